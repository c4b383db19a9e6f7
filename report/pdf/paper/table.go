package paper

import (
	"slices"
	"strings"
)

// Column of a table; the widths of all add up to Width.
type Column struct {
	head  string
	width float64
	style Style
	right bool
}

// Col is a column of text.
func Col(head string, width float64, st Style) Column { return Column{head, width, st, false} }

// Number is a column of numbers, which stand at its right.
func Number(head string, width float64, st Style) Column { return Column{head, width, st, true} }

// Columns shares the width of the page between columns by what stands in them.
func (s *Sheet) Columns(heads []string, rows [][]string, st Style) []Column {
	const most, least = 60, 16.0
	weight, sum := make([]float64, len(heads)), 0.0
	for j, h := range heads {
		n, word := s.weigh(h, st)
		for _, r := range rows {
			if j < len(r) {
				long, w := s.weigh(r[j], st)
				n, word = max(n, long), max(word, w)
			}
		}
		weight[j] = max(min(n, most), min(word, most*0.7), least)
		sum += weight[j]
	}
	out := make([]Column, len(heads))
	for j, h := range heads {
		out[j] = Col(h, Width*weight[j]/sum, st)
	}
	return out
}

// weigh is the width of the start of a text, and that of its longest word there.
func (s *Sheet) weigh(text string, st Style) (whole, word float64) {
	const most = 120 // letters; what is longer breaks anyway
	s.Use(st)
	rs := []rune(s.Fit(text))
	text = string(rs[:min(len(rs), most)])
	for _, w := range strings.Fields(text) {
		word = max(word, s.GetStringWidth(w)+3)
	}
	return s.GetStringWidth(text) + 3, word
}

// Table draws rows whose cells flow, with the head again on each page. Mark gives a
// cell a style of its own.
func (s *Sheet) Table(cols []Column, rows [][]string, mark func(row, col int) (Style, bool)) {
	s.Need(16)
	s.tableHead(cols)
	for i, cells := range rows {
		lines, height := make([][]string, len(cols)), 0.0
		styles := make([]Style, len(cols))
		for j, c := range cols {
			styles[j] = c.style
			if mark != nil {
				if st, ok := mark(i, j); ok {
					styles[j] = st
				}
			}
			if j < len(cells) {
				lines[j] = s.Lines(styles[j], cells[j], c.width-2)
			}
			height = max(height, float64(len(lines[j]))*styles[j].Leading())
		}
		const most = Floor - Top - 16 // a row that is higher than a page would never fit
		switch {
		case height <= most:
			s.row(cols, styles, lines, height)
		case s.paper.Rest != "": // it loses its end and says so
			s.row(cols, styles, lines, most)
		default:
			s.overleaf(cols, styles, lines, most)
		}
	}
}

// overleaf draws a row in parts, none of which is higher than a page.
func (s *Sheet) overleaf(cols []Column, styles []Style, lines [][]string, most float64) {
	for slices.ContainsFunc(lines, func(l []string) bool { return len(l) > 0 }) {
		part, height := make([][]string, len(cols)), 0.0
		for j, l := range lines {
			n := min(len(l), int(most/styles[j].Leading()))
			part[j], lines[j] = l[:n], l[n:]
			height = max(height, float64(n)*styles[j].Leading())
		}
		s.row(cols, styles, part, height)
	}
}

func (s *Sheet) tableHead(cols []Column) {
	high := 1
	for _, c := range cols {
		high = max(high, len(s.Lines(Label, c.head, c.width-2)))
	}
	s.Fill(Shade)
	y, x := s.GetY(), Left
	h := 6 + float64(high-1)*Label.Leading()
	s.Rect(Left, y, Width, h, "F")
	for _, c := range cols {
		for k, l := range s.Lines(Label, c.head, c.width-2) {
			s.SetXY(x+1, y+float64(k)*Label.Leading())
			s.CellFormat(c.width-2, 6, l, "", 0, align(c), false, 0, "")
		}
		x += c.width
	}
	s.SetXY(Left, y+h+1)
}

func (s *Sheet) row(cols []Column, styles []Style, lines [][]string, height float64) {
	if s.GetY()+height+1.6 > Floor {
		s.AddPage()
		s.SetXY(Left, Top)
		s.tableHead(cols)
	}
	x, y := Left, s.GetY()
	for j, c := range cols {
		s.Use(styles[j])
		most := int(height/styles[j].Leading() + 0.01)
		for k, l := range lines[j] {
			if k == most-1 && len(lines[j]) > most {
				l = s.paper.Rest
			} else if k >= most {
				break
			}
			s.SetXY(x+1, y+float64(k)*styles[j].Leading())
			s.CellFormat(c.width-2, styles[j].Leading(), l, "", 0, align(c), false, 0, "")
		}
		x += c.width
	}
	s.Hairline(y + height + 0.8)
	s.SetXY(Left, y+height+1.6)
}

func align(c Column) string {
	if c.right {
		return "R"
	}
	return "L"
}
