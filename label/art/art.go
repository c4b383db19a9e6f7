// Package art draws labels: the QR code, the drawing that is printed on a box, and
// the lint that refuses what will not scan.
//
// The same label gives the same bytes. The package must never draw a label that
// Lint refuses, a status (a print cannot change), or another scheme's mark.
package art

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll/label"
)

// Print says what stands around the QR code. The zero value is English at 20 mm.
type Print struct {
	MM   float64 // width of the QR code with its quiet zone; 0: 20
	Lang string  // of the level's name; "": en
}

// The sizes of a print in millimetres.
const (
	DefaultMM     = 20
	RecommendedMM = 25 // 0.4 mm a module, as GS1 asks at a till
	maxMM         = 60
	// minModule is the smallest module that phones were seen to read, in
	// millimetres: version 9 at 20 mm.
	minModule = 0.3275
)

func (p Print) mm() float64 {
	if p.MM == 0 {
		return DefaultMM
	}
	return p.MM
}

// words of the drawing, by what they say. The label is printed in English; the
// page behind it speaks other languages.
var assuranceWords = map[label.Assurance]string{
	label.SelfDeclared:     "Self-declared by the maker",
	label.LabTested:        "Tested by a laboratory",
	label.AuthorityChecked: "Checked by the authority",
}

const (
	unit       = 100.0 // drawing units in a millimetre
	textHeight = 2.3   // of a line in millimetres, 6.5 points
	textWidth  = 40.0  // of the column in millimetres
	lines      = 9
)

// SVG draws the label of a scheme: what it says in text, and the QR code. It is
// refused when Lint would refuse it.
func SVG(ctx context.Context, t label.Token, s *label.Scheme, p Print) ([]byte, error) {
	if err := scans(ctx, t, s, p); err != nil {
		return nil, fmt.Errorf("drawing label %s: %w", t.NumberText(), err)
	}
	q, err := EncodeQR(t.URL(s.Hosts[0]))
	if err != nil {
		return nil, fmt.Errorf("drawing label %s: %w", t.NumberText(), err)
	}
	return draw(t, s, q, p), nil
}

func draw(t label.Token, s *label.Scheme, q *QR, p Print) []byte {
	c := t.Claims()
	mm := p.mm()
	height := max(mm, lines*(textHeight+0.35)+1)
	width := mm + textWidth + 1
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%gmm" height="%gmm" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="t d">`+"\n",
		width, height, width*unit, height*unit)
	fmt.Fprintf(&b, "<title id=\"t\">%s: %s %s</title>\n", esc(s.Name), esc(c.Brand), esc(c.Model))
	text := texts(t, s, p.Lang)
	fmt.Fprintf(&b, "<desc id=\"d\">%s</desc>\n", esc(strings.Join(text, ". ")))
	fmt.Fprintf(&b, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n", width*unit, height*unit)
	fmt.Fprintf(&b, "<g transform=\"translate(0 %.1f) scale(%.4f)\"><path fill=\"#000\" shape-rendering=\"crispEdges\" d=\"%s\"/></g>\n",
		(height-mm)/2*unit, q.Module(mm)*unit, path(q))
	y := (height-lines*(textHeight+0.35))/2 + textHeight*0.8
	for i, line := range text {
		x := mm
		if i == 1 {
			x += symbol(&b, x, y, c.Level, len(s.Levels))
		}
		weight := ""
		if i < 3 {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.1f\" font-family=\"sans-serif\" font-size=\"%.1f\"%s%s>%s</text>\n",
			x*unit, y*unit, textHeight*unit, weight, fit(line, mm+textWidth-x, weight != ""), esc(line))
		y += textHeight + 0.35
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// texts are the lines of the label; on whose word it stands comes first.
func texts(t label.Token, s *label.Scheme, lang string) []string {
	c := t.Claims()
	names := s.Levels[c.Level-1].Names
	name := names[lang]
	if name == "" {
		name = names["en"]
	}
	mark := "Not a CE or government mark"
	if s.Official != "" {
		mark = strings.Join(strings.Fields(s.Official), " ")
	}
	dates := "Valid until " + c.Until.Format("2006-01-02")
	if !c.From.IsZero() {
		dates = "Issued " + c.From.Format("2006-01-02") + ", valid until " + c.Until.Format("2006-01-02")
	}
	return []string{
		assuranceWords[c.Assurance],
		fmt.Sprintf("Level %d of %d: %s", c.Level, len(s.Levels), name),
		c.Brand + " " + c.Model,
		"Assessed version " + c.Version,
		"Security updates until " + c.SupportEnd.String(),
		dates,
		"No. " + t.NumberText() + " by " + s.Name,
		"Check only at " + s.Hosts[0],
		mark,
	}
}

// symbol draws the level as filled load lines among empty ones and returns its
// width in millimetres. It needs no colour.
func symbol(b *strings.Builder, x, y float64, level uint8, of int) float64 {
	const r = 0.85
	for i := range of {
		fill := "#fff"
		if i < int(level) {
			fill = "#000"
		}
		cx := x + r + float64(i)*(2*r+0.5)
		fmt.Fprintf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" stroke=\"#000\" stroke-width=\"18\"/>\n", cx*unit, (y-textHeight*0.36)*unit, r*unit, fill)
	}
	return float64(of)*(2*r+0.5) + 0.6
}

// fit squeezes a line that could be wider than the column. Widths of letters differ
// by font: the estimate is that of a wide one.
func fit(s string, mm float64, bold bool) string {
	wide := 0.58
	if bold {
		wide = 0.64
	}
	n := 0.0
	for _, r := range s {
		if n += wide; r >= 0x1100 { // scripts of square characters
			n += 1 - wide
		}
	}
	if n*textHeight <= mm {
		return ""
	}
	return fmt.Sprintf(" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"", mm*unit)
}

// path draws runs of dark modules, in modules, with the quiet zone to the left and
// above.
func path(q *QR) string {
	var b strings.Builder
	for y := range q.Size {
		for x := 0; x < q.Size; x++ {
			n := 0
			for q.Black(x+n, y) {
				n++
			}
			if n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+Quiet, y+Quiet, n, n)
				x += n
			}
		}
	}
	return b.String()
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func esc(s string) string { return escaper.Replace(s) }

// needMM is the width at which the modules of a symbol are large enough.
func needMM(q *QR) float64 {
	return float64(int(float64(q.Size+2*Quiet)*minModule*10+0.999)) / 10
}

var errLevel = errors.New("the scheme has no such level")
