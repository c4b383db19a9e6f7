package paper

import (
	"slices"
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

// Question is what a field of a form asks, with its source in small print. It stays
// with the beginning of what follows, of the height that is handed in.
func (s *Sheet) Question(text string, verbatim bool, cite string, follows float64) {
	st := Body.Sized(9).In(Grey)
	if verbatim {
		st = Font("text", "I", 9.5, Ink)
	}
	h := 4 + float64(len(s.Lines(st, text, Width)))*st.Leading() + float64(len(s.Lines(Small, cite, Width)))*Small.Leading()
	s.Need(min(h+follows, (Floor-Top)/2))
	s.Hairline(s.GetY() + 0.5)
	s.SetY(s.GetY() + 2.4)
	s.Flow(st, text, Left, Width)
	s.Flow(Small.Sized(7.5), cite, Left, Width)
	s.SetY(s.GetY() + 1)
}

// Option is a choice with its box, ticked or not.
func (s *Sheet) Option(st Style, ticked bool, runs []Run) {
	const side = 3.0
	s.Need(st.Leading())
	y := s.GetY() + (st.Leading()-side)/2
	s.Stroke(Ink)
	s.SetLineWidth(0.3)
	s.Rect(Left+0.5, y, side, side, "D")
	if ticked {
		at := s.GetY()
		s.Use(st)
		s.SetX(Left + 0.5)
		s.CellFormat(side, st.Leading(), "×", "", 0, "C", false, 0, "")
		s.SetXY(Left, at)
	}
	s.Paragraph(st, runs, Left+6, Width-6)
}

// Signature leaves the places for place and date, name, function and signature, by
// the captions that are handed in, two in a row.
func (s *Sheet) Signature(who string, captions ...string) {
	const column, apart, high = (Width - 10) / 2, 10.0, 17.0
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

// High is the height that a text takes in a column.
func (s *Sheet) High(st Style, runs []Run, w float64) float64 {
	return float64(len(s.broken(st, runs, w))) * st.Leading()
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
