// Package art draws labels: the QR code, the drawing that is printed on a box as SVG
// and PDF, and the lint that refuses what will not scan.
//
// The same label gives the same bytes. The package must never draw a label that
// Lint refuses, a status (a print cannot change), or another scheme's mark, and
// never leave out a character in silence.
package art

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

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

// Measures of the drawing in millimetres.
const (
	textHeight = 2.3  // of a line, 6.5 points
	leading    = 2.65 // from line to line
	textWidth  = 40.0 // of the column
	dotRadius  = 0.85
	dotStep    = 2.2 // from dot to dot
	dotStroke  = 0.18
	lines      = 9
)

// drawing is a label in millimetres from its upper left corner. SVG and PDF are two
// ways to write it down.
type drawing struct {
	width, height float64
	title         string
	dated         time.Time // when the label was issued; zero: it does not say
	code          *QR
	codeX, codeY  float64 // of the quiet zone's corner
	codeMM        float64
	dots          []dot
	rows          []row
}

// dot is one step of the level: filled when it was reached. It needs no colour.
type dot struct {
	x, y   float64 // of the middle
	filled bool
}

// row is a text on its baseline, squeezed when it is wider than room.
type row struct {
	text       string
	x, y, room float64
	bold       bool
}

// newDrawing lays a label out. It is refused when Lint would refuse it.
func newDrawing(ctx context.Context, t label.Token, s *label.Scheme, p Print) (*drawing, error) {
	if err := scans(ctx, t, s, p); err != nil {
		return nil, fmt.Errorf("drawing label %s: %w", t.NumberText(), err)
	}
	q, err := EncodeQR(t.URL(s.Hosts[0]))
	if err != nil {
		return nil, fmt.Errorf("drawing label %s: %w", t.NumberText(), err)
	}
	c, mm := t.Claims(), p.mm()
	d := &drawing{
		width: mm + textWidth + 1, height: max(mm, lines*leading+1),
		title: s.Name + ": " + c.Brand + " " + c.Model, dated: c.From, code: q, codeMM: mm,
	}
	d.codeY = (d.height - mm) / 2
	y := (d.height-lines*leading)/2 + textHeight*0.8
	for i, text := range texts(t, s, p.Lang) {
		l := row{text: text, x: mm, y: y, bold: i < 3}
		if i == 1 {
			l.x += d.level(l.x, y, int(c.Level), len(s.Levels))
		}
		l.room = mm + textWidth - l.x
		d.rows = append(d.rows, l)
		y += leading
	}
	return d, nil
}

// level puts a dot for each level of the scheme before a line, clear of the quiet
// zone, and returns how much room they take.
func (d *drawing) level(x, y float64, level, of int) float64 {
	for i := range of {
		d.dots = append(d.dots, dot{x: x + dotRadius + dotStroke + float64(i)*dotStep, y: y - textHeight*0.36, filled: i < level})
	}
	return float64(of)*dotStep + 0.7
}

// texts are the lines of the label; on whose word it stands comes first. They are
// English but for the level's name: the page behind the code speaks other languages.
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
		c.Assurance.Sentence(),
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

// needMM is the width at which the modules of a symbol are large enough.
func needMM(q *QR) float64 {
	return float64(int(float64(q.Size+2*Quiet)*minModule*10+0.999)) / 10
}

var errLevel = errors.New("the scheme has no such level")
