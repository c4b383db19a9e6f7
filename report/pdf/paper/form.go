package paper

import (
	"slices"
	"strings"
	"unicode"
)

// Run is a piece of a text; what is missing is marked.
type Run struct {
	Text    string `json:"text"`
	Missing bool   `json:"missing,omitempty"`
}

const (
	wide  = Width - barIn
	barIn = 5.0 // what stands beside a bar
)

// Begin opens a form with its title. The first page has no running head.
func (s *Sheet) Begin(title, subtitle string) {
	s.AddPage()
	s.bare = false
	s.Fill(Accent)
	s.Rect(0, 0, PageWidth, 5, "F")
	s.SetXY(Left, 20)
	s.Flow(Font("text", "B", 20, Accent), title, Left, Width)
	s.Gap(1)
	s.Flow(Font("text", "", 10.5, Grey), subtitle, Left, Width)
	s.Gap(4)
}

// Alarm is a warning with its reasons, beside a red bar.
func (s *Sheet) Alarm(title string, reasons []string) {
	s.barred(Strong.Sized(11).In(alarm), title, alarm)
	for _, r := range reasons {
		s.barred(Body.Sized(9), "• "+r, alarm)
	}
	s.Gap(4)
}

// barred flows a text beside a bar that goes with it over pages.
func (s *Sheet) barred(st Style, text string, c Colour) {
	h := st.Leading() + 0.4
	for _, l := range s.Lines(st, text, wide) {
		s.Need(h)
		s.Fill(c)
		s.Rect(Left, s.GetY(), 1.2, h, "F")
		s.Use(st)
		s.SetX(Left + barIn)
		s.CellFormat(wide, h, l, "", 2, "L", false, 0, "")
	}
}

// Lead is a paragraph that carries the document, beside a bar.
func (s *Sheet) Lead(runs []Run) {
	st := Strong.Sized(12)
	y, page := s.GetY(), s.PageNo()
	s.Need(float64(len(s.broken(st, runs, wide))) * st.Leading())
	if s.PageNo() != page {
		y = s.GetY()
	}
	page = s.PageNo()
	s.Paragraph(st, runs, Left+barIn, wide)
	if s.PageNo() == page {
		s.Fill(Accent)
		s.Rect(Left, y, 1.2, s.GetY()-y, "F")
	}
	s.Gap(1)
}

// Bullets is a list under a small heading; without items there is neither.
func (s *Sheet) Bullets(title string, items []string) {
	if len(items) == 0 {
		return
	}
	s.Gap(3)
	s.Need(Label.Leading() + 2*Small.Leading())
	s.Flow(Label.In(Ink), title, Left, Width)
	s.Gap(0.6)
	for _, t := range items {
		for i, l := range s.Lines(Small, t, wide) {
			s.Need(Small.Leading())
			s.Use(Small)
			if i == 0 {
				s.SetX(Left + 1)
				s.CellFormat(3, Small.Leading(), "•", "", 0, "L", false, 0, "")
			}
			s.SetX(Left + barIn)
			s.CellFormat(wide, Small.Leading(), l, "", 2, "L", false, 0, "")
		}
		s.Gap(0.6)
	}
}

// Field is one thing that a form states.
type Field struct {
	Label    string // what is asked
	Verbatim bool   // the label is the words of Cite
	Cite     string // in small print
	Lines    [][]Run
	Quiet    bool     // the lines say only why there is no value
	Who      string   // on whose behalf it is signed
	Signed   []string // captions of the places that are left to the signatory
}

// Text is how the text of a form looks.
var Text = Body.Sized(10.5)

// Field draws a field. What is asked stays with the beginning of the answer. A line
// that begins with ☐ or ☒ has a box drawn for it, as the fonts have no such letter.
func (s *Sheet) Field(f Field) {
	asked, st := Body.Sized(9).In(Grey), Text
	if f.Verbatim {
		asked = Font("text", "I", 9.5, Ink)
	}
	if f.Quiet {
		st = st.In(Grey)
	}
	cite := Small.Sized(7.5)
	h := 4 + float64(len(s.Lines(asked, f.Label, Width)))*asked.Leading() + float64(len(s.Lines(cite, f.Cite, Width)))*cite.Leading()
	for _, l := range f.Lines {
		_, l = choice(l)
		h += float64(len(s.broken(st, l, Width-choiceIn))) * st.Leading()
	}
	h += float64((len(f.Signed)+1)/2) * signedHigh
	s.Need(min(h, (Floor-Top)/2))
	if s.GetY() != s.ruled { // a heading has drawn its line already
		s.Hairline(s.GetY() + 0.5)
		s.SetY(s.GetY() + 2.4)
	}
	s.Flow(asked, f.Label, Left, Width)
	s.Flow(cite, f.Cite, Left, Width)
	s.SetY(s.GetY() + 1)
	for _, l := range f.Lines {
		if box, rest := choice(l); box != 0 {
			s.option(st, box == ticked, rest)
		} else {
			s.Paragraph(st, l, Left, Width)
		}
	}
	if len(f.Signed) > 0 {
		s.Signature(f.Who, f.Signed...)
	}
	s.Gap(2)
}

const (
	unticked = '☐'
	ticked   = '☒'
	choiceIn = 6.0 // where the text of a choice begins
)

// choice takes the box from a line, 0 when there is none.
func choice(l []Run) (rune, []Run) {
	if len(l) == 0 {
		return 0, l
	}
	for _, box := range []rune{unticked, ticked} {
		if text, ok := strings.CutPrefix(l[0].Text, string(box)+" "); ok {
			return box, append([]Run{{text, l[0].Missing}}, l[1:]...)
		}
	}
	return 0, l
}

// option draws a choice with its box.
func (s *Sheet) option(st Style, chosen bool, runs []Run) {
	const side = 3.0
	s.Need(st.Leading())
	at := s.GetY()
	s.Stroke(st.colour)
	s.SetLineWidth(0.3)
	s.Rect(Left+0.5, at+(st.Leading()-side)/2, side, side, "D")
	if chosen {
		s.Use(st.Bold())
		s.SetX(Left + 0.5)
		s.CellFormat(side, st.Leading(), "×", "", 0, "C", false, 0, "")
		s.SetXY(Left, at)
	}
	s.Paragraph(st, runs, Left+choiceIn, Width-choiceIn)
}

const signedHigh = 17.0 // a row of places for a signature

// Signature leaves the places for place and date, name, function and signature, by
// the captions that are handed in, two in a row.
func (s *Sheet) Signature(who string, captions ...string) {
	const column, apart, high = (Width - 10) / 2, 10.0, signedHigh
	rows := float64((len(captions) + 1) / 2)
	s.Need(rows*high + 2*Body.Leading())
	s.Flow(Body.Sized(10.5), who, Left, Width)
	top := s.GetY()
	for i, c := range captions {
		x, y := Left+float64(i%2)*(column+apart), top+float64(i/2)*high+high-5
		s.Stroke(Ink)
		s.SetLineWidth(0.25)
		s.Line(x, y, x+column, y)
		s.Use(Small)
		s.SetXY(x, y+0.8)
		s.CellFormat(column, Small.Leading(), s.OneLine(c, column), "", 0, "L", false, 0, "")
	}
	s.SetXY(Left, top+rows*high+1)
}

// Paragraph flows a text into a column, its missing values on a ground.
func (s *Sheet) Paragraph(st Style, runs []Run, x, w float64) {
	for _, line := range s.broken(st, runs, w) {
		s.Need(st.Leading())
		y, at := s.GetY(), x
		for _, r := range line {
			s.Use(st)
			if r.Missing {
				s.Use(st.In(alarm))
			}
			n := s.GetStringWidth(r.Text)
			if r.Missing {
				s.Fill(blush)
				s.Rect(at-0.2, y+0.3, n+0.4, st.Leading()-0.6, "F")
			}
			s.SetXY(at, y)
			s.CellFormat(n, st.Leading(), r.Text, "", 0, "L", false, 0, "")
			at += n
		}
		s.SetXY(x, y+st.Leading())
	}
}

// broken breaks runs into lines. The text is broken as a whole; each line is then
// followed through the runs, past the spaces at which lines end.
func (s *Sheet) broken(st Style, runs []Run, w float64) [][]Run {
	var text []rune
	var missing []bool
	for _, r := range runs {
		rs := []rune(s.Fit(r.Text))
		text = append(text, rs...)
		missing = append(missing, slices.Repeat([]bool{r.Missing}, len(rs))...)
	}
	s.Use(st)
	var out [][]Run
	at := 0
	for _, l := range s.SplitText(string(text), w) {
		var line []Run
		for _, c := range l {
			for at < len(text)-1 && text[at] != c && unicode.IsSpace(text[at]) {
				at++
			}
			if n := len(line); n > 0 && line[n-1].Missing == missing[at] {
				line[n-1].Text += string(c)
			} else {
				line = append(line, Run{string(c), missing[at]})
			}
			at = min(at+1, len(text)-1)
		}
		out = append(out, line)
	}
	return out
}
