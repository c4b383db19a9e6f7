package align

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/report/align/crosswalk"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

//go:embed align.html.tmpl align.css align.js
var assets embed.FS

// HTML writes the view as one page that needs nothing else. Without script all of it
// can be read.
func HTML(w io.Writer, v *View) error {
	t, err := template.New("align.html.tmpl").Funcs(funcs(v)).ParseFS(assets, "align.html.tmpl")
	if err != nil {
		return fmt.Errorf("writing the alignment as HTML: %w", err)
	}
	css, err := assets.ReadFile("align.css")
	if err != nil {
		return fmt.Errorf("writing the alignment as HTML: %w", err)
	}
	script, err := assets.ReadFile("align.js")
	if err != nil {
		return fmt.Errorf("writing the alignment as HTML: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("writing the alignment as HTML: %w", err)
	}
	return report.Page{
		Title: v.Headline(), About: "where the regimes agree", Body: template.HTML(b.String()), Style: string(css), Script: string(script),
		Links: []report.Link{
			{To: "map", Text: "Map"},
			{To: "part", Text: "Differences"},
			{To: "beyond", Text: "Beyond"},
			{To: "figures", Text: "Figures"},
			{To: "provisions", Text: "Provisions"},
			{To: "method", Text: "Method"},
		},
		Footer: []string{"Every figure on this page is computed from the data of the regimes, and the CSV form lists each row behind it. It compares texts, as read and cited; it is no legal advice."},
	}.Write(w)
}

func funcs(v *View) template.FuncMap {
	return template.FuncMap{
		"drawing":    func() template.HTML { return template.HTML(drawing(v, false)) },
		"symbols":    func() template.HTML { return template.HTML(symbols()) },
		"narrow":     func() template.HTML { return template.HTML(narrow(v)) },
		"market":     crosswalk.MarketName,
		"hard":       func(s string) string { return strings.ReplaceAll(s, "-", "\u2011") },
		"markets":    crosswalk.MarketNames,
		"ids":        crosswalk.IDs,
		"by":         crosswalk.ByWord,
		"relation":   crosswalk.RelationWord,
		"tile":       tileID,
		"cell":       func(r *crosswalk.Row) *crosswalk.Cell { return &crosswalk.Cell{Lead: r, Rows: []*crosswalk.Row{r}} },
		"some":       view.Some,
		"list":       func(ss []string) string { return strings.Join(ss, ", ") },
		"shared":     (*crosswalk.Beyond).Also,
		"relations":  func(t crosswalk.Tally) []int { return tallied(crosswalk.Relations(), t.Relation) },
		"sources":    func(t crosswalk.Tally) []int { return tallied(crosswalk.Sources(), t.By) },
		"grades":     func(t crosswalk.Tally) []int { return tallied(crosswalk.Grades(), t.Confidence) },
		"instrument": func(i regime.Instrument) string { return instrumentNames[i] },
		"spans":      func() []span { return spans(v) },
		"common":     v.Common,
		"askedIn": func(n int) []*crosswalk.Provision {
			var out []*crosswalk.Provision
			for _, p := range v.Provisions {
				if len(p.Markets) == n {
					out = append(out, p)
				}
			}
			return out
		},
		"down":    func() []int { return down(len(v.Markets)) },
		"of":      func(i int) *crosswalk.Column { return v.Regimes[i] },
		"only":    func(c *crosswalk.Column) int { return len(c.Only()) },
		"cite":    view.Clean,
		"status":  func(p *crosswalk.Provision) string { return p.Status[crosswalk.Edition].Code },
		"asks":    func(p *crosswalk.Provision) string { return p.Summary[crosswalk.Edition] },
		"kind":    func(c *crosswalk.Column) string { return string(c.Instrument) },
		"samples": samples,
		"touching": func(p *crosswalk.Provision) int {
			n := 0
			for _, c := range p.Cells {
				if c != nil {
					n++
				}
			}
			return n
		},
	}
}

func down(n int) []int {
	var out []int
	for i := n; i >= 0; i-- {
		out = append(out, i)
	}
	return out
}

// span is a group of columns of the same instrument.
type span struct {
	Instrument regime.Instrument
	N          int
}

func spans(v *View) []span {
	var out []span
	for _, c := range v.Regimes {
		if n := len(out); n > 0 && out[n-1].Instrument == c.Instrument {
			out[n-1].N++
			continue
		}
		out = append(out, span{c.Instrument, 1})
	}
	return out
}

// tileID names the symbol of a cell.
func tileID(c *crosswalk.Cell) string { return symbolID(c.Lead, c.Counted()) }

var relationKeys = map[regime.Relation]string{regime.Equal: "eq", regime.SubsetOf: "part", regime.SupersetOf: "more", regime.Intersects: "over"}

func symbolID(r *crosswalk.Row, counted bool) string {
	id := "t-" + relationKeys[r.Relation] + "-" + look(r.By)
	if r.Confidence == regime.Low {
		id += "-low"
	}
	if !counted {
		id += "-out"
	}
	return id
}

// symbols are the tiles, once each.
func symbols() string {
	s := &sheet{View: &View{}}
	s.WriteString(`<svg class="symbols" width="0" height="0" aria-hidden="true" focusable="false">`)
	for _, relation := range crosswalk.Relations()[:4] {
		for _, by := range crosswalk.Sources() {
			for _, confidence := range []regime.Confidence{regime.High, regime.Low} {
				for _, counted := range []bool{true, false} {
					r := &crosswalk.Row{Relation: relation, By: by, Confidence: confidence}
					fmt.Fprintf(s, `<symbol id="%s" viewBox="0 0 20 20">`, symbolID(r, counted))
					s.tile(r, counted, 0, 0, 20, 20)
					s.WriteString("</symbol>")
				}
			}
		}
	}
	s.WriteString("</svg>")
	return s.String()
}

// sample is a tile of the legend.
type sample struct{ Tile, Words string }

func samples() []sample {
	var out []sample
	add := func(r regime.Relation, b regime.By, c regime.Confidence, counted bool, words string) {
		out = append(out, sample{symbolID(&crosswalk.Row{Relation: r, By: b, Confidence: c}, counted), words})
	}
	for _, r := range crosswalk.Relations()[:4] {
		add(r, regime.Official, regime.High, true, crosswalk.RelationWord(r))
	}
	add(regime.SupersetOf, regime.Official, regime.High, true, "official: an authority pairs the two")
	add(regime.SupersetOf, regime.ThirdParty, regime.High, true, "a third party does")
	add(regime.SupersetOf, regime.Ours, regime.High, true, "our reading only")
	add(regime.SupersetOf, regime.Ours, regime.Low, true, "dashed: low confidence")
	add(regime.SupersetOf, regime.Official, regime.High, false, "narrow: not owed at the entry")
	return out
}

// narrow is the drawing for phones: provisions down, compared markets across.
func narrow(v *View) string {
	const w, rowH, headH, left, top = 360, 17.0, 26.0, 74.0, 34.0
	step := (w - left - 8) / float64(max(1, len(v.Markets)))
	h := top + headH*float64(len(v.Guidelines)) + rowH*float64(len(v.Provisions)) + 6
	s := &sheet{View: v}
	fmt.Fprintf(s, `<svg class="pic slim" viewBox="0 0 %d %s" aria-hidden="true" focusable="false">`, w, f(h))
	for i, m := range v.Markets {
		s.text("ink", left+step*(float64(i)+0.5), 20, "13", `text-anchor="middle" font-weight="700"`, strings.ToUpper(m.Name))
	}
	y := top
	for _, g := range v.Guidelines {
		s.text("ink", 4, y+17, "12.5", `font-weight="650"`, strings.TrimRight(report.Pad(g.Clause+" "+g.Title, 50), " "))
		y += headH
		for _, p := range g.Provisions {
			if v.Common(p) {
				s.rect("band", 0, y, w, rowH)
			}
			s.text(pick(v.Common(p), "sea", "soft"), 8, y+12.5, "11.5", mono, string(p.ID))
			s.path("rule", fmt.Sprintf("M%s %sH%d", f(left), f(y+rowH), w))
			for i, m := range v.Markets {
				if c := v.Best(m, p); c != nil {
					s.tile(c.Lead, c.Counted(), left+step*(float64(i)+0.5)-8, y, 16, rowH)
				}
			}
			y += rowH
		}
	}
	s.WriteString("</svg>")
	return s.String()
}
