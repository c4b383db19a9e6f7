package pdf

import (
	"fmt"
	"strings"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Measures of the page in millimetres.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	left       = 20.0
	right      = 20.0
	top        = 26.0
	bottom     = 22.0
	width      = pageWidth - left - right
	floor      = pageHeight - bottom
)

// faces are the fonts, by family and style.
var faces = []struct {
	family, style string
	ttf           []byte
}{
	{"text", "", goregular.TTF},
	{"text", "B", gobold.TTF},
	{"text", "I", goitalic.TTF},
	{"mono", "", gomono.TTF},
}

type colour struct{ r, g, b int }

var (
	ink    = colour{0x1a, 0x1d, 0x21}
	grey   = colour{0x59, 0x60, 0x68}
	rule   = colour{0xc9, 0xce, 0xd4}
	shade  = colour{0xf2, 0xf4, 0xf6}
	white  = colour{0xff, 0xff, 0xff}
	accent = colour{0x12, 0x3b, 0x5d}
)

// stateColours are those of the states; the words carry the meaning.
var stateColours = map[string]colour{
	"pass": {0x1b, 0x69, 0x3a}, "fail": {0xa8, 0x1d, 0x1d}, "inc": {0x80, 0x52, 0x00},
	"na": {0x59, 0x60, 0x68}, "declined": {0x4b, 0x3f, 0x72}, "unstated": {0x80, 0x52, 0x00},
}

// style is how text looks; size in points.
type style struct {
	family, face string
	size         float64
	colour       colour
}

var (
	body    = style{"text", "", 9.5, ink}
	strong  = style{"text", "B", 9.5, ink}
	small   = style{"text", "", 8, grey}
	note    = style{"text", "I", 9, grey}
	label   = style{"text", "B", 8, grey}
	digest  = style{"mono", "", 7.5, ink}
	heading = style{"text", "B", 15, accent}
	under   = style{"text", "B", 11, accent}
	running = style{"text", "", 8, grey}
)

func (s style) in(c colour) style { s.colour = c; return s }

// leading is the height of a line in millimetres.
func (s style) leading() float64 { return s.size * 0.48 }

// sheet is the paper: text that flows down and over to the next page.
type sheet struct {
	*fpdf.Fpdf
	plan
	glyphs   *sfnt.Font
	buffer   sfnt.Buffer
	known    map[rune]bool
	missing  int // different characters without a glyph
	sections []section
	foot     string
	head     [2]string
	bare     bool // the cover has no running head
}

func newSheet(v *view.View, p plan) (*sheet, error) {
	f := fpdf.New("P", "mm", "A4", "")
	s := &sheet{Fpdf: f, plan: p, known: map[rune]bool{}, bare: true}
	var err error
	if s.glyphs, err = sfnt.Parse(goregular.TTF); err != nil {
		return nil, fmt.Errorf("reading the font: %w", err)
	}
	for _, x := range faces {
		f.AddUTF8FontFromBytes(x.family, x.style, x.ttf)
	}
	f.SetMargins(left, top, right)
	f.SetAutoPageBreak(false, bottom)
	f.SetCellMargin(0)
	f.SetCatalogSort(true)
	f.SetCreationDate(v.At.UTC())
	f.SetModificationDate(v.At.UTC())
	f.SetLang("en")
	f.SetCreator(s.fit(view.Joined(" ", v.Tool.Name, v.Tool.Version)), true)
	f.SetAuthor(s.fit(v.By()), true)
	f.SetTitle(s.fit("Assessment of "+productName(v)), true)
	s.head = [2]string{"Assessment of " + productName(v), string(v.Verdict)}
	s.foot = fmt.Sprintf("%s, method %s. Judged %s.", v.Standard(), v.Method(), instant(v.At))
	f.SetHeaderFunc(s.header)
	f.SetFooterFunc(s.footer)
	return s, nil
}

// header is the running head.
func (s *sheet) header() {
	if s.bare {
		return
	}
	s.set(running)
	s.SetXY(left, 13)
	s.CellFormat(width-35, 4, s.oneLine(s.head[0], width-35), "", 0, "L", false, 0, "")
	s.CellFormat(35, 4, s.fit(s.head[1]), "", 0, "R", false, 0, "")
	s.hairline(18.5)
	s.SetXY(left, top)
}

func (s *sheet) footer() {
	s.hairline(pageHeight - 15.5)
	s.set(running)
	s.SetXY(left, pageHeight-14)
	s.CellFormat(width-35, 4, s.oneLine(s.foot, width-35), "", 0, "L", false, 0, "")
	s.CellFormat(35, 4, fmt.Sprintf("page %d of %d", s.PageNo(), s.pages), "", 0, "R", false, 0, "")
}

func (s *sheet) hairline(y float64) {
	s.SetDrawColor(rule.r, rule.g, rule.b)
	s.SetLineWidth(0.2)
	s.Line(left, y, pageWidth-right, y)
}

func (s *sheet) set(st style) {
	s.SetFont(st.family, st.face, st.size)
	s.SetTextColor(st.colour.r, st.colour.g, st.colour.b)
}

// box stands for a character that the fonts have not.
const box = '\u25a1'

// fit composes letters with their marks and puts a box for what the fonts have not.
func (s *sheet) fit(text string) string {
	return strings.Map(func(r rune) rune {
		has, known := s.known[r]
		if !known {
			i, err := s.glyphs.GlyphIndex(&s.buffer, r)
			has = err == nil && i != 0 && r <= 0xffff
			s.known[r] = has
			if !has {
				s.missing++
			}
		}
		if !has {
			return box
		}
		return r
	}, norm.NFC.String(text))
}

// oneLine cuts a text that is too wide for a line.
func (s *sheet) oneLine(text string, w float64) string {
	const most = 300 // no line of the page has as many letters
	rs := []rune(s.fit(text))
	cut := len(rs) > most
	rs = rs[:min(len(rs), most)]
	if !cut && s.GetStringWidth(string(rs)) <= w-1 {
		return string(rs)
	}
	for len(rs) > 0 && s.GetStringWidth(string(rs)+"…") > w-1 {
		rs = rs[:len(rs)-1]
	}
	return string(rs) + "…"
}

// lines breaks a text for a width.
func (s *sheet) lines(st style, text string, w float64) []string {
	s.set(st)
	if text == "" {
		return nil
	}
	return s.SplitText(s.fit(text), w)
}

// need begins a page when less than h is left.
func (s *sheet) need(h float64) {
	if s.GetY()+h > floor {
		s.AddPage()
		s.SetXY(left, top)
	}
}

// text flows a text into a column.
func (s *sheet) text(st style, text string, x, w float64) {
	for _, l := range s.lines(st, text, w) {
		s.need(st.leading())
		s.set(st)
		s.SetX(x)
		s.CellFormat(w, st.leading(), l, "", 2, "L", false, 0, "")
	}
}

// gap leaves room; at the head of a page there is none to leave.
func (s *sheet) gap(h float64) {
	if s.GetY() > top {
		s.SetY(s.GetY() + h)
	}
}

// section begins a part of the document on a page of its own.
func (s *sheet) section(title string) {
	s.bare = false
	s.AddPage()
	s.SetXY(left, top)
	s.sections = append(s.sections, section{title, s.PageNo()})
	s.Bookmark(title, 0, -1)
	s.text(heading, title, left, width)
	s.gap(3)
}

// sub is a heading within a part that stays with what follows.
func (s *sheet) sub(title string, follows float64) {
	s.gap(5)
	s.need(under.leading() + 3 + follows)
	s.text(under, title, left, width)
	s.hairline(s.GetY() + 0.8)
	s.SetY(s.GetY() + 2.6)
}

// badge is the word of a state on its colour.
func (s *sheet) badge(st view.State, x, y, w float64) {
	c := stateColours[st.Key]
	s.SetFillColor(c.r, c.g, c.b)
	s.Rect(x, y, w, 4.6, "F")
	s.set(style{"text", "B", 7.5, white})
	s.SetXY(x, y)
	s.CellFormat(w, 4.6, s.oneLine(st.Word, w), "", 0, "C", false, 0, "")
}

// column of a table; the widths of all add up to that of the page.
type column struct {
	head  string
	width float64
	style style
	right bool
}

// table draws rows whose cells flow, with the head again on each page.
func (s *sheet) table(cols []column, rows [][]string, mark func(row, col int) (style, bool)) {
	head := func() {
		s.SetFillColor(shade.r, shade.g, shade.b)
		y := s.GetY()
		s.Rect(left, y, width, 6, "F")
		x := left
		for _, c := range cols {
			s.set(label)
			s.SetXY(x+1, y)
			s.CellFormat(c.width-2, 6, c.head, "", 0, align(c), false, 0, "")
			x += c.width
		}
		s.SetXY(left, y+7)
	}
	s.need(16)
	head()
	for i, cells := range rows {
		lines, height := make([][]string, len(cols)), 0.0
		styles := make([]style, len(cols))
		for j, c := range cols {
			styles[j] = c.style
			if mark != nil {
				if st, ok := mark(i, j); ok {
					styles[j] = st
				}
			}
			lines[j] = s.lines(styles[j], cells[j], c.width-2)
			height = max(height, float64(len(lines[j]))*styles[j].leading())
		}
		// a row that is higher than a page would never fit: it loses its end and says so
		if most := floor - top - 16; height > most {
			height = most
		}
		if s.GetY()+height+1.6 > floor {
			s.AddPage()
			s.SetXY(left, top)
			head()
		}
		s.cells(cols, styles, lines, height)
	}
}

func (s *sheet) cells(cols []column, styles []style, lines [][]string, height float64) {
	x, y := left, s.GetY()
	for j, c := range cols {
		s.set(styles[j])
		most := int(height/styles[j].leading() + 0.01)
		for k, l := range lines[j] {
			if k == most-1 && len(lines[j]) > most {
				l = "… the rest stands in assessment.json"
			} else if k >= most {
				break
			}
			s.SetXY(x+1, y+float64(k)*styles[j].leading())
			s.CellFormat(c.width-2, styles[j].leading(), l, "", 0, align(c), false, 0, "")
		}
		x += c.width
	}
	s.hairline(y + height + 0.8)
	s.SetXY(left, y+height+1.6)
}

func align(c column) string {
	if c.right {
		return "R"
	}
	return "L"
}
