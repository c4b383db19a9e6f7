package paper

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// Sheet is the paper while it is drawn: text flows down and over to the next page.
type Sheet struct {
	*fpdf.Fpdf
	paper    Paper
	plan     Plan
	glyphs   *sfnt.Font
	buffer   sfnt.Buffer
	known    map[rune]bool
	missing  []rune // without a glyph, in the order of their appearance
	sections []Section
	bare     bool    // the first pages have no running head
	ruled    float64 // where what follows the line of a heading begins
}

func newSheet(p Paper, known Plan) (*Sheet, error) {
	f := fpdf.New("P", "mm", "A4", "")
	s := &Sheet{Fpdf: f, paper: p, plan: known, known: map[rune]bool{}, bare: true}
	var err error
	if s.glyphs, err = sfnt.Parse(goregular.TTF); err != nil {
		return nil, fmt.Errorf("reading the font: %w", err)
	}
	for _, x := range faces {
		// fpdf renumbers the parts of composed letters in the bytes it is given
		f.AddUTF8FontFromBytes(x.family, x.style, bytes.Clone(x.ttf))
	}
	f.SetMargins(Left, Top, Right)
	f.SetAutoPageBreak(false, Bottom)
	f.SetCellMargin(0)
	f.SetCatalogSort(true)
	f.SetCreationDate(p.Date.UTC())
	f.SetModificationDate(p.Date.UTC())
	f.SetLang(p.Language)
	f.SetCreator(s.Fit(p.Creator), true)
	f.SetAuthor(s.Fit(p.Author), true)
	f.SetTitle(s.Fit(p.Title), true)
	f.SetHeaderFunc(s.header)
	f.SetFooterFunc(s.footer)
	return s, nil
}

// Known is what the pass before has found out; on the first pass it is empty.
func (s *Sheet) Known() Plan { return s.plan }

// header is the watermark, below all else, and the running head.
func (s *Sheet) header() {
	s.water()
	if s.bare {
		return
	}
	s.Use(running)
	s.SetXY(Left, 13)
	s.CellFormat(Width-35, 4, s.OneLine(s.paper.Head[0], Width-35), "", 0, "L", false, 0, "")
	s.CellFormat(35, 4, s.Fit(s.paper.Head[1]), "", 0, "R", false, 0, "")
	s.Hairline(18.5)
	s.SetXY(Left, Top)
}

// water lays the word from corner to corner, as large as it fits.
func (s *Sheet) water() {
	word := s.Fit(s.paper.Water)
	if word == "" {
		return
	}
	const across, most = 230.0, 120.0 // millimetres, points
	st := Font("text", "B", most, waterInk)
	s.Use(st)
	if w := s.GetStringWidth(word); w > across {
		st = st.Sized(most * across / w)
		s.Use(st)
	}
	w := s.GetStringWidth(word)
	s.TransformBegin()
	s.TransformRotate(50, PageWidth/2, PageHeight/2)
	s.SetXY((PageWidth-w)/2, PageHeight/2-st.Leading()/2)
	s.CellFormat(w, st.Leading(), word, "", 0, "C", false, 0, "")
	s.TransformEnd()
	s.SetXY(Left, Top)
}

func (s *Sheet) footer() {
	s.Hairline(PageHeight - 15.5)
	s.Use(running)
	s.SetXY(Left, PageHeight-14)
	s.CellFormat(Width-35, 4, s.OneLine(s.paper.Foot, Width-35), "", 0, "L", false, 0, "")
	page := strings.NewReplacer("{page}", strconv.Itoa(s.PageNo()), "{pages}", strconv.Itoa(s.plan.Pages)).
		Replace(cmp.Or(s.paper.Page, "page {page} of {pages}"))
	s.CellFormat(35, 4, s.Fit(page), "", 0, "R", false, 0, "")
}

// Hairline is a line across the page.
func (s *Sheet) Hairline(y float64) {
	s.SetDrawColor(hair.r, hair.g, hair.b)
	s.SetLineWidth(0.2)
	s.Line(Left, y, PageWidth-Right, y)
}

// Use makes a style that of the text to come.
func (s *Sheet) Use(st Style) {
	s.SetFont(st.family, st.face, st.size)
	s.SetTextColor(st.colour.r, st.colour.g, st.colour.b)
}

// Stroke makes a colour that of the lines to come.
func (s *Sheet) Stroke(c Colour) { s.SetDrawColor(c.r, c.g, c.b) }

// Fill makes a colour that of the areas to come.
func (s *Sheet) Fill(c Colour) { s.SetFillColor(c.r, c.g, c.b) }

// Box stands for a character that the fonts have not.
const Box = '\u25a1'

// Fit composes letters with their marks and puts a box for what the fonts have not.
func (s *Sheet) Fit(text string) string {
	return strings.Map(func(r rune) rune {
		has, known := s.known[r]
		if !known {
			i, err := s.glyphs.GlyphIndex(&s.buffer, r)
			has = err == nil && i != 0 && r <= 0xffff
			s.known[r] = has
			if !has {
				s.missing = append(s.missing, r)
			}
		}
		if !has {
			return Box
		}
		return r
	}, norm.NFC.String(text))
}

// OneLine cuts a text that is too wide for a line.
func (s *Sheet) OneLine(text string, w float64) string {
	const most = 300 // no line of the page has as many letters
	rs := []rune(s.Fit(text))
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

// Lines breaks a text for a width.
func (s *Sheet) Lines(st Style, text string, w float64) []string {
	s.Use(st)
	if text == "" {
		return nil
	}
	return s.SplitText(s.Fit(text), w)
}

// Need begins a page when less than h is left.
func (s *Sheet) Need(h float64) {
	if s.GetY()+h > Floor {
		s.AddPage()
		s.SetXY(Left, Top)
	}
}

// Flow flows a text into a column.
func (s *Sheet) Flow(st Style, text string, x, w float64) {
	for _, l := range s.Lines(st, text, w) {
		s.Need(st.Leading())
		s.Use(st)
		s.SetX(x)
		s.CellFormat(w, st.Leading(), l, "", 2, "L", false, 0, "")
	}
}

// Gap leaves room; at the head of a page there is none to leave.
func (s *Sheet) Gap(h float64) {
	if s.GetY() > Top {
		s.SetY(s.GetY() + h)
	}
}

// Section begins a part of the document on a page of its own.
func (s *Sheet) Section(title string) {
	s.bare = false
	s.AddPage()
	s.SetXY(Left, Top)
	s.sections = append(s.sections, Section{title, s.PageNo()})
	s.Bookmark(s.Fit(title), 0, -1)
	s.Flow(heading, title, Left, Width)
	s.Gap(3)
}

// Sub is a heading within a part that stays with what follows.
func (s *Sheet) Sub(title string, follows float64) {
	s.Gap(5)
	s.Need(under.Leading() + 3 + follows)
	s.Flow(under, title, Left, Width)
	s.Hairline(s.GetY() + 0.8)
	s.SetY(s.GetY() + 2.6)
	s.ruled = s.GetY()
}
