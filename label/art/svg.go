package art

import (
	"context"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll/label"
)

const unit = 100.0 // drawing units in a millimetre

// SVG draws the label of a scheme: what it says in text, and the QR code. It is
// refused when Lint would refuse it. The text stays text, in the reader's own
// sans-serif font: every script can be printed.
func SVG(ctx context.Context, t label.Token, s *label.Scheme, p Print) ([]byte, error) {
	d, err := newDrawing(ctx, t, s, p)
	if err != nil {
		return nil, err
	}
	return d.svg(), nil
}

func (d *drawing) svg() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%gmm" height="%gmm" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="t d">`+"\n",
		d.width, d.height, d.width*unit, d.height*unit)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n", esc(d.title))
	var all []string
	for _, l := range d.rows {
		all = append(all, l.text)
	}
	fmt.Fprintf(&b, "<desc id=\"d\">%s</desc>\n", esc(strings.Join(all, ". ")))
	fmt.Fprintf(&b, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n", d.width*unit, d.height*unit)
	fmt.Fprintf(&b, "<g transform=\"translate(%.1f %.1f) scale(%.4f)\"><path fill=\"#000\" shape-rendering=\"crispEdges\" d=\"%s\"/></g>\n",
		d.codeX*unit, d.codeY*unit, d.code.Module(d.codeMM)*unit, path(d.code))
	for _, c := range d.dots {
		fill := "#fff"
		if c.filled {
			fill = "#000"
		}
		fmt.Fprintf(&b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" stroke=\"#000\" stroke-width=\"%.0f\"/>\n",
			c.x*unit, c.y*unit, dotRadius*unit, fill, dotStroke*unit)
	}
	for _, l := range d.rows {
		weight := ""
		if l.bold {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.1f\" font-family=\"sans-serif\" font-size=\"%.1f\"%s%s>%s</text>\n",
			l.x*unit, l.y*unit, textHeight*unit, weight, fit(l), esc(l.text))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// fit squeezes a line that could be wider than its room. Widths of letters differ by
// font, and which one it will be is not known: the estimate is that of a wide one.
func fit(l row) string {
	wide := 0.58
	if l.bold {
		wide = 0.64
	}
	n := 0.0
	for _, r := range l.text {
		if n += wide; r >= 0x1100 { // scripts of square characters
			n += 1 - wide
		}
	}
	if n*textHeight <= l.room {
		return ""
	}
	return fmt.Sprintf(" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"", l.room*unit)
}

// path draws runs of dark modules, in modules, with the quiet zone to the left and
// above.
func path(q *QR) string {
	var b strings.Builder
	for r := range q.runs() {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", r.x, r.y, r.n, r.n)
	}
	return b.String()
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func esc(s string) string { return escaper.Replace(s) }
