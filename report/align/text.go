package align

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/report/align/crosswalk"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// TextOptions are the choices for text. The zero value gives 100 columns.
type TextOptions struct {
	Width int // columns; less than 100 is 100
}

// Text writes the view for a terminal.
func Text(w io.Writer, v *View, o TextOptions) error {
	t := &text{w: max(100, o.Width)}
	t.hang("", v.Headline())
	t.hang("", v.Subline())
	t.agree(v)
	t.maps(v)
	t.part(v)
	t.alone(v)
	t.tallies(v)
	t.head("Method")
	for _, m := range v.Method() {
		t.hang("", m)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

type text struct {
	b strings.Builder
	w int
}

func (t *text) line(s string) { t.b.WriteString(strings.TrimRight(s, " ") + "\n") }

func (t *text) head(s string) {
	t.line("")
	t.line(s)
	t.line(strings.Repeat("-", len(s)))
}

func (t *text) hang(label, s string) {
	for i, l := range report.Wrap(view.Clean(s), t.w-len(label)) {
		if i > 0 {
			label = strings.Repeat(" ", len(label))
		}
		t.line(label + l)
	}
}

func (t *text) agree(v *View) {
	t.head("Where they agree")
	for n, count := range v.Spread() {
		n = len(v.Markets) - n
		count = v.Spread()[n]
		if count == 0 {
			continue
		}
		var in []*crosswalk.Provision
		for _, p := range v.Provisions {
			if len(p.Markets) == n {
				in = append(in, p)
			}
		}
		t.hang(fmt.Sprintf("  %d of %d  %2d  ", n, len(v.Markets), count), crosswalk.IDs(in))
	}
	t.hang("  nobody   ", pick(len(v.Nobody) == 0, "every provision is touched by some regime", crosswalk.IDs(v.Nobody)+": touched by no regime, guidance included"))
}

// most is the number of regimes beside each other.
const most = 19

// maps writes the heat map: those that ask, then those that only guide.
func (t *text) maps(v *View) {
	var legend []string
	for _, s := range signs {
		legend = append(legend, s.sign+" "+s.words)
	}
	var asks, guides []int
	for i, c := range v.Regimes {
		if c.Instrument == regime.Law || c.Instrument == regime.Label {
			asks = append(asks, i)
		} else {
			guides = append(guides, i)
		}
	}
	for _, b := range []struct {
		title string
		cols  []int
	}{{"Laws and labels", asks}, {"Standards and guidance", guides}} {
		for len(b.cols) > 0 {
			n := min(len(b.cols), most)
			t.head(b.title)
			t.hang("  ", strings.Join(legend, " · "))
			t.heat(v, b.cols[:n])
			b.cols = b.cols[n:]
		}
	}
}

func (t *text) heat(v *View, cols []int) {
	letters := ""
	for n, i := range cols {
		c := v.Regimes[i]
		letter := string(rune('A' + n))
		letters += letter + "  "
		t.hang("  "+letter+"  ", view.Joined(", ", string(c.ID), c.Title, string(c.State)))
	}
	room := t.w - 3*len(cols) - 14
	t.line(strings.Repeat(" ", 10+room+3) + letters)
	for _, g := range v.Guidelines {
		whole := ""
		for _, i := range cols {
			if g.Whole[i] != nil {
				whole += "g  "
			} else {
				whole += "   "
			}
		}
		t.line(report.Pad(g.Clause+" "+g.Title, 10+room+3) + whole)
		for _, p := range g.Provisions {
			cells := ""
			for _, i := range cols {
				if c := p.Cells[i]; c != nil {
					cells += sign(c.Lead, c.Counted())
				} else {
					cells += "·  "
				}
			}
			t.line("  " + report.Pad(string(p.ID), 7) + " " + report.Pad(p.Title, room) + " " + fmt.Sprintf("%d ", len(p.Markets)) + cells)
		}
	}
}

func (t *text) part(v *View) {
	t.head("Where they part")
	for _, m := range v.Markets {
		var rs []string
		for _, c := range m.Regimes {
			rs = append(rs, string(c.ID))
		}
		t.hang("  ", fmt.Sprintf("%s (%s) asks for %s", crosswalk.MarketName(m.Name), strings.Join(rs, ", "), view.Some(len(m.Asks), "provision")))
		if len(m.Alone) > 0 {
			t.hang("    alone: ", crosswalk.IDs(m.Alone))
		}
		if len(m.Lacks) > 0 {
			t.hang("    all but this one: ", crosswalk.IDs(m.Lacks))
		}
	}
	for _, m := range v.Others {
		t.hang("  ", fmt.Sprintf("%s, not compared: %s", crosswalk.MarketName(m.Name), view.Some(len(m.Asks), "provision")))
	}
}

func (t *text) alone(v *View) {
	t.head("Beyond the standard: requirements that no provision answers")
	for _, c := range v.Regimes {
		if len(c.Beyond) == 0 {
			continue
		}
		t.hang("  ", fmt.Sprintf("%s: %d of %s", c.ID, len(c.Beyond), view.Some(len(c.Requirements), "requirement")))
		for _, b := range c.Beyond {
			who := "nobody else"
			if len(b.Shared) > 0 {
				who = "also " + b.Also()
			}
			t.hang("    - ", fmt.Sprintf("%s %s (%s)", b.ID, b.Title, who))
		}
	}
}

func (t *text) tallies(v *View) {
	t.head("Mappings by relation, source and confidence")
	heads := []string{"same", "part", "more", "over", "none", " official", "third", "ours", " high", "medium", "low", " by rule"}
	line := "  " + report.Pad("", 20)
	for _, h := range heads {
		line += fmt.Sprintf("%*s", tallyWidth(h), h)
	}
	t.line(line)
	for _, c := range v.Regimes {
		n := tallied(crosswalk.Relations(), c.Tally.Relation)
		n = append(append(n, tallied(crosswalk.Sources(), c.Tally.By)...), tallied(crosswalk.Grades(), c.Tally.Confidence)...)
		line := "  " + report.Pad(string(c.ID), 20)
		for i, x := range append(n, c.Tally.FromRules) {
			line += fmt.Sprintf("%*d", tallyWidth(heads[i]), x)
		}
		t.line(line)
	}
}

func tallyWidth(head string) int { return max(5, len(head)+1) }

// columns of the table and how each cell is made. New ones are added at the end.
var columns = []struct {
	name string
	cell func(*crosswalk.Row) string
}{
	{"regime", func(r *crosswalk.Row) string { return string(r.Regime.ID) }},
	{"regime_title", func(r *crosswalk.Row) string { return r.Regime.Title }},
	{"instrument", func(r *crosswalk.Row) string { return string(r.Regime.Instrument) }},
	{"markets", func(r *crosswalk.Row) string { return strings.Join(r.Regime.Markets, " ") }},
	{"requirement", func(r *crosswalk.Row) string { return r.Requirement.ID }},
	{"requirement_title", func(r *crosswalk.Row) string { return r.Requirement.Title }},
	{"requirement_cite", func(r *crosswalk.Row) string { return r.Requirement.Cite }},
	{"obligation", func(r *crosswalk.Row) string { return string(r.Requirement.Obligation) }},
	{"levels", func(r *crosswalk.Row) string { return strings.Join(r.Requirement.Levels, " ") }},
	{"guideline", func(r *crosswalk.Row) string {
		if r.Provision == "" && r.Guideline == 0 {
			return ""
		}
		return strconv.Itoa(r.Guideline)
	}},
	{"provision", func(r *crosswalk.Row) string { return string(r.Provision) }},
	{"written", func(r *crosswalk.Row) string { return string(r.Written) }},
	{"edition", func(r *crosswalk.Row) string { return string(r.Edition) }},
	{"relation", func(r *crosswalk.Row) string { return string(r.Relation) }},
	{"by", func(r *crosswalk.Row) string { return string(r.By) }},
	{"confidence", func(r *crosswalk.Row) string { return string(r.Confidence) }},
	{"source", func(r *crosswalk.Row) string { return string(r.Source) }},
	{"via", func(r *crosswalk.Row) string { return r.Via }},
	{"cite", func(r *crosswalk.Row) string { return r.Cite }},
	{"counts", func(r *crosswalk.Row) string { return map[bool]string{true: "yes", false: "no"}[r.Counted] }},
}

// CSV writes one row per regime, requirement and mapping, with the header in the
// first row (RFC 4180). A requirement that touches nothing has a row without a
// provision. A cell that a spreadsheet would run as a formula gets a leading
// apostrophe; whoever reads the table with a program takes that one off again.
func CSV(w io.Writer, v *View) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	var head []string
	for _, col := range columns {
		head = append(head, col.name)
	}
	if err := c.Write(head); err != nil {
		return fmt.Errorf("writing the alignment as CSV: %w", err)
	}
	for _, r := range whole(v) {
		var cells []string
		for _, col := range columns {
			cells = append(cells, tame(view.Clean(col.cell(r))))
		}
		if err := c.Write(cells); err != nil {
			return fmt.Errorf("writing the alignment as CSV: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing the alignment as CSV: %w", err)
	}
	return nil
}

// whole lists the rows, and a row for each requirement that has none.
func whole(v *View) []*crosswalk.Row {
	var out []*crosswalk.Row
	for _, c := range v.Regimes {
		rows := c.Rows
		for _, q := range c.Requirements {
			had := len(out)
			for len(rows) > 0 && rows[0].Requirement == q {
				out, rows = append(out, rows[0]), rows[1:]
			}
			if len(out) == had {
				out = append(out, &crosswalk.Row{Regime: c.Regime, Requirement: q, By: q.By, Confidence: q.Confidence})
			}
		}
	}
	return out
}

// tame keeps a spreadsheet from running a cell. A cell that begins with an
// apostrophe gets one too, so that taking the first one off gives every cell back.
func tame(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠'", first) {
		return "'" + s
	}
	return s
}
