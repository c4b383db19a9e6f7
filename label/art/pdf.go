package art

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/plimsoll-iot/plimsoll/label"
)

// ErrScript says that the fonts of the PDF cannot show a character. The caller
// should offer the SVG, or the level's name in another language.
var ErrScript = errors.New("PDF has Latin, Greek and Cyrillic letters only")

// faces are the two fonts, by their style in fpdf.
var faces = []struct {
	style string
	ttf   []byte
}{{"", goregular.TTF}, {"B", gobold.TTF}}

const family = "text"

// points in a millimetre.
const points = 72 / 25.4

// PDF draws the same as SVG on a page of the label's own size, in vectors and with
// the letters that it uses embedded. It is refused when Lint would refuse the label,
// and as ErrScript when a text has letters that the fonts have not. A label that
// does not say when it was issued gets a file of 1970.
func PDF(ctx context.Context, t label.Token, s *label.Scheme, p Print) ([]byte, error) {
	d, err := newDrawing(ctx, t, s, p)
	if err != nil {
		return nil, err
	}
	b, err := d.pdf()
	if err != nil {
		return nil, fmt.Errorf("drawing label %s: %w", t.NumberText(), err)
	}
	return b, nil
}

func (d *drawing) pdf() ([]byte, error) {
	if err := d.shown(); err != nil {
		return nil, err
	}
	f := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: d.width, Ht: d.height}})
	for _, x := range faces {
		f.AddUTF8FontFromBytes(family, x.style, bytes.Clone(x.ttf)) // fpdf changes what it is given
	}
	dated := d.dated
	if dated.IsZero() {
		dated = time.Unix(0, 0) // fpdf reads the zero time as the present moment
	}
	f.SetCreationDate(dated.UTC())
	f.SetModificationDate(dated.UTC())
	f.SetCatalogSort(true)
	f.SetTitle(d.title, true)
	f.SetLang("en")
	f.SetAutoPageBreak(false, 0)
	f.AddPage()
	d.draw(f)
	var b bytes.Buffer
	if err := f.Output(&b); err != nil {
		return nil, fmt.Errorf("writing the PDF: %w", err)
	}
	return b.Bytes(), nil
}

func (d *drawing) draw(f *fpdf.Fpdf) {
	f.SetFillColor(0, 0, 0)
	// The modules are one path, so that no renderer leaves seams between them.
	m := d.code.Module(d.codeMM)
	for r := range d.code.runs() {
		left, top, right, low := d.codeX+float64(r.x)*m, d.codeY+float64(r.y)*m, d.codeX+float64(r.x+r.n)*m, d.codeY+float64(r.y+1)*m
		f.MoveTo(left, top)
		f.LineTo(right, top)
		f.LineTo(right, low)
		f.LineTo(left, low)
		f.ClosePath()
	}
	f.DrawPath("F")
	f.SetLineWidth(dotStroke)
	for _, c := range d.dots {
		style := "D"
		if c.filled {
			style = "FD"
		}
		f.Circle(c.x, c.y, dotRadius, style)
	}
	for _, l := range d.rows {
		style := ""
		if l.bold {
			style = "B"
		}
		f.SetFont(family, style, textHeight*points)
		f.TransformBegin()
		if w := f.GetStringWidth(l.text); w > l.room {
			f.TransformScaleX(100*l.room/w, l.x, l.y)
		}
		f.Text(l.x, l.y, l.text)
		f.TransformEnd()
	}
}

// shown asks that the fonts have every character.
func (d *drawing) shown() error {
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		return fmt.Errorf("reading the font: %w", err)
	}
	var b sfnt.Buffer
	for _, l := range d.rows {
		for _, r := range l.text {
			if i, err := font.GlyphIndex(&b, r); err != nil || i == 0 {
				return fmt.Errorf("%w and cannot show %q (%U) of %q: take the SVG, or another language", ErrScript, r, r, l.text)
			}
		}
	}
	return nil
}
