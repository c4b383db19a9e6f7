package align

import (
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/report/align/crosswalk"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// SVG writes the drawing for a slide: 1600 by 900, with its own colours and without
// anything outside it.
func SVG(w io.Writer, v *View) error {
	_, err := io.WriteString(w, drawing(v, true))
	return err
}

// Sizes of the drawing.
const (
	wide, high        = 1600, 900
	headEnd           = 118 // of the heading
	left, right       = 188, 96
	gap               = 7.0 // between guidelines
	lineY, baseY      = 268.0, 344.0
	rowsY, rowsBottom = 392.0, 826.0
	tallest           = 19.0 // of a row
)

// paints are the looks of the classes; a page may override them by its style.
var paints = map[string]string{
	"paper": `fill="#fbfaf6"`,
	"ink":   `fill="#14232f"`,
	"soft":  `fill="#4d5c68"`,
	"sea":   `fill="#1d5573"`,
	"band":  `fill="#dfe9ee"`,
	"bar":   `fill="#9dbfd0"`,
	"zebra": `fill="#f2f0e8"`,
	"rule":  `fill="none" stroke="#d9d6cb" stroke-width="1"`,
	"load":  `fill="none" stroke="#1d5573" stroke-width="2.6"`,
	"off":   `fill="#1d5573" stroke="#1d5573"`,
	"third": `fill="#5487a3" stroke="#5487a3"`,
	"ours":  `fill="#9dbfd0" stroke="#5487a3"`,
	"empty": `fill="#ffffff"`,
}

// canvas writes an SVG. Every text is escaped.
type canvas struct{ strings.Builder }

func f(x float64) string { return strconv.FormatFloat(float64(int(x*10+0.5))/10, 'f', -1, 64) }

func (c *canvas) rect(class string, x, y, w, h float64) {
	fmt.Fprintf(c, `<rect class="%s" %s x="%s" y="%s" width="%s" height="%s"/>`, class, paints[class], f(x), f(y), f(w), f(h))
}

func (c *canvas) path(class, d string) {
	fmt.Fprintf(c, `<path class="%s" %s d="%s"/>`, class, paints[class], d)
}

// text writes a text; extra are further attributes, part of the program.
func (c *canvas) text(class string, x, y float64, size, extra, s string) {
	fmt.Fprintf(c, `<text class="%s" %s x="%s" y="%s" font-size="%s" %s>%s</text>`, class, paints[class], f(x), f(y), size, extra, html.EscapeString(view.Clean(s)))
}

const (
	sans  = `font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"`
	serif = `font-family="Georgia, 'Times New Roman', serif" font-weight="600"`
	mono  = `font-family="ui-monospace, Menlo, Consolas, monospace"`
)

// sheet is the drawing being made.
type sheet struct {
	canvas
	*View
	x    []float64 // left edge of each provision
	cell float64   // width of a column
}

func drawing(v *View, alone bool) string {
	s := &sheet{View: v}
	s.columns()
	if alone {
		fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" %s`, wide, high, wide, high, sans)
	} else { // the page has the heading
		fmt.Fprintf(s, `<svg class="pic broad" viewBox="0 %d %d %d"`, headEnd, wide, high-headEnd)
	}
	s.WriteString(` role="img" aria-labelledby="pic-title pic-desc"`)
	fmt.Fprintf(s, `><title id="pic-title">%s</title><desc id="pic-desc">%s</desc>`, html.EscapeString(v.Headline()), html.EscapeString(v.Described()))
	s.rect("paper", 0, 0, wide, high)
	if alone {
		s.head()
	}
	s.shared()
	s.names()
	s.bars()
	s.heat()
	s.legend()
	s.WriteString("</svg>\n")
	return s.String()
}

func (s *sheet) columns() {
	room := float64(wide-left-right) - gap*float64(len(s.Guidelines)-1)
	s.cell = room / float64(max(1, len(s.Provisions)))
	x := float64(left)
	for _, g := range s.Guidelines {
		for range g.Provisions {
			s.x = append(s.x, x)
			x += s.cell
		}
		x += gap
	}
}

func (s *sheet) head() {
	s.text("ink", 40, 62, "36", serif, s.Headline())
	for i, l := range report.Wrap(s.Subline(), 150) {
		s.text("soft", 40, 94+float64(i)*23, "17", "", l)
	}
}

// shared draws a band behind what every compared market asks for.
func (s *sheet) shared() {
	for i, p := range s.Provisions {
		if s.Common(p) {
			s.rect("band", s.x[i]-1, lineY, s.cell+2, rowsBottom-lineY+4)
		}
	}
}

// names writes the guidelines above their provisions, slanted; where a guideline has
// room, in two lines.
func (s *sheet) names() {
	i := 0
	for _, g := range s.Guidelines {
		x := s.x[i]
		room := s.cell * float64(len(g.Provisions))
		i += len(g.Provisions)
		lines := report.Wrap(g.Clause+" "+g.Title, 30)
		if room < 40 && len(lines) > 1 {
			lines = []string{strings.TrimRight(report.Pad(g.Clause+" "+g.Title, 36), " ")}
		}
		for n, l := range lines[:min(2, len(lines))] {
			// The second line begins further along, so that both begin on the line.
			s.text("ink", float64(n)*17.9, float64(n)*13, "11.5", fmt.Sprintf(`transform="translate(%s %s) rotate(-36)"`, f(x+9), f(lineY-12)), l)
		}
		s.path("rule", fmt.Sprintf("M%s %sv%s", f(x-gap/2), f(lineY-8), f(rowsBottom-lineY+8)))
	}
}

// bars draws for each provision how many of the markets ask for it. The load line
// lies where all do.
func (s *sheet) bars() {
	n := max(1, len(s.Markets))
	unit := (baseY - lineY) / float64(n)
	for i, p := range s.Provisions {
		h := unit * float64(len(p.Markets))
		class := pick(s.Common(p), "sea", "bar")
		if h > 0 {
			s.rect(class, s.x[i]+1.5, baseY-h, s.cell-3, h)
		}
		extra := mono + fmt.Sprintf(` transform="rotate(-90 %s %s)" text-anchor="end"`, f(s.x[i]+s.cell/2+3), f(baseY+5))
		if s.Common(p) {
			extra += ` font-weight="700"`
		}
		s.text(pick(s.Common(p), "sea", "soft"), s.x[i]+s.cell/2+3, baseY+5, "9.5", extra, string(p.ID))
	}
	s.path("load", fmt.Sprintf("M%d %sH%d", left-34, f(lineY), wide-right))
	fmt.Fprintf(s, `<circle class="load" %s cx="%d" cy="%s" r="11"/>`, paints["load"], left-52, f(lineY))
	s.path("load", fmt.Sprintf("M%d %sh40", left-72, f(lineY)))
	s.text("sea", left-80, lineY+4, "12.5", `text-anchor="end" font-weight="700"`, fmt.Sprintf("all %d markets", len(s.Markets)))
	s.text("soft", left-14, baseY, "12", `text-anchor="end"`, "none")
	s.text("soft", left-14, (lineY+baseY)/2+8, "12", `text-anchor="end"`, "markets that ask")
	s.path("rule", fmt.Sprintf("M%d %sH%d", left, f(baseY), wide-right))
}

var instrumentNames = map[regime.Instrument]string{
	regime.Law: "Laws", regime.Label: "Labels", regime.Standard: "Standards", regime.Guidance: "Guidance",
}

func (s *sheet) heat() {
	groups, last := 0, regime.Instrument("")
	for _, c := range s.Regimes {
		if c.Instrument != last {
			groups, last = groups+1, c.Instrument
		}
	}
	const between = 9.0
	h := min(tallest, (rowsBottom-rowsY-between*float64(max(0, groups-1)))/float64(max(1, len(s.Regimes))))
	y, last := rowsY, regime.Instrument("")
	s.text("soft", wide-right+34, rowsY-8, "11", `text-anchor="end"`, "touch")
	s.text("soft", wide-14, rowsY-8, "11", `text-anchor="end"`, "beyond")
	for i, c := range s.Regimes {
		if c.Instrument != last {
			if last != "" {
				y += between
			}
			last = c.Instrument
			s.text("soft", 16, y+h-4, "11", `font-weight="700" letter-spacing=".06em"`, instrumentNames[last])
		}
		s.text("ink", left-10, y+h-4, f(min(12, h-3)), mono+` text-anchor="end"`, string(c.ID))
		s.path("rule", fmt.Sprintf("M%d %sH%d", left, f(y+h), wide-right))
		s.row(i, y, h)
		s.text("ink", wide-right+34, y+h-4, "11.5", `text-anchor="end"`, strconv.Itoa(c.Touched))
		s.text("soft", wide-14, y+h-4, "11.5", `text-anchor="end"`, "+"+strconv.Itoa(len(c.Beyond)))
		y += h
	}
}

func (s *sheet) row(i int, y, h float64) {
	n := 0
	for _, g := range s.Guidelines {
		if w := g.Whole[i]; w != nil {
			x, end := s.x[n], s.x[n+len(g.Provisions)-1]+s.cell
			s.path(look(w.Lead.By), fmt.Sprintf("M%s %sH%sv2.4H%sz", f(x), f(y+h/2-1.2), f(end), f(x)))
		}
		for _, p := range g.Provisions {
			if c := p.Cells[i]; c != nil {
				s.tile(c.Lead, c.Counted(), s.x[n], y, s.cell, h)
			}
			n++
		}
	}
}

// looks are the classes of those who say something.
var looks = map[regime.By]string{regime.Official: "off", regime.ThirdParty: "third", regime.Ours: "ours"}

func look(b regime.By) string { return looks[b] }

// fills is how full the tile of a relation is: how much of the requirement the
// provision answers.
var fills = map[regime.Relation]float64{regime.Equal: 1, regime.SubsetOf: 1, regime.SupersetOf: 0.55, regime.Intersects: 0.22}

// tile draws a row in a box: the fuller, the more the provision answers; the darker,
// the better the source; the outline dashed where the confidence is low; narrow where
// nothing is owed at the entry.
func (s *sheet) tile(r *crosswalk.Row, counted bool, x, y, w, h float64) {
	x, y, w, h = x+1.5, y+1.5, w-3, h-3
	if !counted {
		x, w = x+w*0.28, w*0.44
	}
	class := look(r.By)
	line := `stroke-width="1"`
	if r.Confidence == regime.Low {
		line = `stroke-width="1" stroke-dasharray="2 1.6"`
	}
	fmt.Fprintf(s, `<rect class="%s frame" %s fill-opacity="0" %s x="%s" y="%s" width="%s" height="%s"/>`, class, paints[class], line, f(x), f(y), f(w), f(h))
	fill := h * fills[r.Relation]
	fmt.Fprintf(s, `<rect class="%s" %s stroke="none" x="%s" y="%s" width="%s" height="%s"/>`, class, strings.Split(paints[class], " stroke")[0], f(x), f(y+h-fill), f(w), f(fill))
	if r.Relation == regime.SubsetOf {
		s.rect("empty", x+w*0.3, y+h*0.3, w*0.4, h*0.4)
	}
}

func (s *sheet) legend() {
	const y = 846.0
	x := 40.0
	item := func(r *crosswalk.Row, counted bool, words string) {
		s.tile(r, counted, x, y, 17, 17)
		s.text("ink", x+22, y+13, "12.5", "", words)
		x += 36 + float64(len(words))*7.2
	}
	for _, r := range crosswalk.Relations()[:4] {
		item(&crosswalk.Row{Relation: r, By: regime.Official, Confidence: regime.High}, true, crosswalk.RelationWord(r))
	}
	x = 40
	const down = 26.0
	s.legendSources(y+down, x)
	s.text("soft", wide-14, y+13, "11.5", `text-anchor="end"`, "touch: provisions it touches · beyond: its requirements that no provision answers")
	s.text("soft", wide-14, y+down+13, "11.5", `text-anchor="end"`, "Plimsoll · computed from the regimes' data; the method stands in the page beside it")
}

func (s *sheet) legendSources(y, x float64) {
	for _, l := range []struct {
		row     crosswalk.Row
		counted bool
		words   string
	}{
		{crosswalk.Row{By: regime.Official, Confidence: regime.High}, true, "an authority pairs the two"},
		{crosswalk.Row{By: regime.ThirdParty, Confidence: regime.High}, true, "a third party does"},
		{crosswalk.Row{By: regime.Ours, Confidence: regime.High}, true, "our reading only"},
		{crosswalk.Row{By: regime.Ours, Confidence: regime.Low}, true, "low confidence"},
		{crosswalk.Row{By: regime.Official, Confidence: regime.High}, false, "not owed at the entry"},
	} {
		l.row.Relation = regime.SupersetOf
		s.tile(&l.row, l.counted, x, y, 17, 17)
		s.text("ink", x+22, y+13, "12.5", "", l.words)
		x += 36 + float64(len(l.words))*7
	}
	s.path("off", fmt.Sprintf("M%s %sh18v2.4h-18z", f(x), f(y+7)))
	s.text("ink", x+24, y+13, "12.5", "", "the guideline as a whole")
}
