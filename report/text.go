package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Text writes the assessment for a terminal: the head, one line per provision
// under its guideline with what fails, what speaks against it and what is missing,
// then the counts and what to do next.
func Text(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog, o TextOptions) error {
	v := view.New(a, cat, o.Folder)
	t := &text{o: o, w: o.width()}
	hs := v.Headings()
	t.head(v)
	t.columns(hs)
	for _, h := range hs {
		t.heading(h)
		for _, r := range h.Rows {
			t.row(r)
			if o.Verbose {
				t.units(v, r)
			}
		}
	}
	t.sum(v)
	t.ics(v)
	t.declaration(v)
	t.next(v.Steps(hs))
	return writeAll(w, t.b.String())
}

// text is a page being written.
type text struct {
	b             strings.Builder
	o             TextOptions
	w             int
	id, title, by int // widths of the columns
}

// ANSI colours of the states.
var colours = map[string]string{
	"pass": "\x1b[32m", "fail": "\x1b[1;31m", "inc": "\x1b[33m", "na": "\x1b[2m", "declined": "\x1b[2m",
	"unstated": "\x1b[33m", "bold": "\x1b[1m", "mark": "\x1b[35m",
}

func (t *text) paint(key, s string) string {
	if !t.o.Color || colours[key] == "" {
		return s
	}
	return colours[key] + s + "\x1b[0m"
}

func (t *text) line(s string) {
	t.b.WriteString(strings.TrimRight(s, " "))
	t.b.WriteByte('\n')
}

// hang writes a text that begins with a label; its further lines stand below the
// text, not below the label.
func (t *text) hang(indent int, label, key, s string) {
	room := t.w - indent - width(label)
	for i, l := range wrap(s, room) {
		first := strings.Repeat(" ", width(label))
		if i == 0 {
			first = t.paint(key, label)
		}
		t.line(strings.Repeat(" ", indent) + first + l)
	}
}

func (t *text) head(v *view.View) {
	p := v.Product
	name := view.Joined(" ", p.Name, "("+p.Model+")")
	if p.Hardware != "" {
		name += ", hardware " + p.Hardware
	}
	if p.Firmware != "" {
		name += ", firmware " + p.Firmware
	}
	t.hang(0, "", "", name+", by "+p.Manufacturer)
	t.hang(0, "", "", fmt.Sprintf("%s, judged by the method of %s on %s", v.Standard(), v.Method(), v.At.Format("2006-01-02")))
	t.hang(0, "", "", v.By()+": "+v.Role().Meaning)
	t.line("")
	s := view.VerdictState(v.Verdict)
	t.hang(0, s.Word+"  ", s.Key, v.Headline())
	for _, c := range v.Caveats() {
		t.hang(len(s.Word)+2, "", "", c)
	}
}

// verdictColumn is the width of the longest word for a state.
const verdictColumn = len(plimsoll.Inconclusive)

func (t *text) columns(hs []view.Heading) {
	t.id, t.by = 4, 15
	longest := 0
	for _, h := range hs {
		for _, r := range h.Rows {
			t.id = max(t.id, min(10, width(string(r.ID))))
			longest = max(longest, width(r.Title))
		}
	}
	// What a row rests on is told in full below it where that matters: the title
	// has the better right to be whole.
	t.title = min(longest, (t.w-t.indent()-2-t.by)*3/5)
}

// indent is where the title column begins, and with it what belongs to a row.
func (t *text) indent() int { return 1 + t.id + 2 + verdictColumn + 2 }

func (t *text) heading(h view.Heading) {
	t.line("")
	state := h.State.Word
	if h.Against > 0 {
		state += fmt.Sprintf(", %d against", h.Against)
	}
	room := t.w - width(state) - 2
	line := pad(view.Joined("  ", h.Clause, h.Title), room)
	t.line(t.paint("bold", line) + "  " + t.paint(h.State.Key, state))
}

func (t *text) row(r *view.Row) {
	fact := t.w - t.indent() - t.title - 2 - 2 - t.by
	by, _, _ := strings.Cut(r.By, "@")
	t.line(" " + pad(string(r.ID), t.id) + "  " + t.paint(r.State.Key, pad(r.State.Word, verdictColumn)) + "  " +
		pad(r.Title, t.title) + "  " + pad(r.Fact, fact) + "  " + cut(by, t.by))
	t.troubles("x ", "fail", r.Fails)
	t.troubles("! ", "mark", r.Marks)
	if (len(r.Fails) > 0 || len(r.Marks) > 0) && r.Matter != "" {
		t.hang(t.indent(), "  why: ", "", r.Matter+" ("+string(r.ID)+")")
	}
	if r.State != view.Pass && r.State != view.Fail && (r.State != view.Unstated || t.o.Verbose) {
		t.gaps(r.Gaps)
	}
}

// few is the number of troubles of one sort that a provision shows when the reader
// did not ask for all.
const few = 3

func (t *text) troubles(mark, key string, ts []view.Trouble) {
	for i, x := range ts {
		if i == few && !t.o.Verbose {
			t.hang(t.indent(), "  ", "", fmt.Sprintf("and %d more; the HTML report shows all", len(ts)-few))
			return
		}
		s := x.Text + x.Source()
		if key == "mark" {
			s = "against: " + s
		}
		t.hang(t.indent(), mark, key, s)
		if x.Remedy != "" {
			t.hang(t.indent(), "  mend: ", "", x.Remedy)
		}
	}
}

// gaps shows what is missing and what to supply. Where only persons are waited
// for, the line of the provision says so already.
func (t *text) gaps(gs []view.Trouble) {
	shown, persons := 0, 0
	for _, g := range gs {
		if g.Person && !t.o.Verbose {
			persons += len(g.Units)
			continue
		}
		if shown == 1 && !t.o.Verbose {
			t.hang(t.indent(), "  ", "", "and more; the HTML report shows all")
			break
		}
		t.hang(t.indent(), "? ", "inc", g.Text+g.Source()+" -> "+g.Remedy)
		shown++
	}
	if persons > 0 && shown > 0 {
		t.hang(t.indent(), "? ", "inc", view.Some(persons, "question")+" for a person")
	}
}

// units shows every unit of a provision with its findings.
func (t *text) units(v *view.View, r *view.Row) {
	for _, c := range r.Cases {
		for _, u := range c.Units {
			s := view.UnitState(u)
			t.hang(4, pad(string(u.ID), 12)+" "+pad(string(u.Verdict), verdictColumn)+" ", s.Key, view.Joined(": ", strings.Trim(strings.TrimPrefix(s.Word, string(u.Verdict)), ", "), u.Title))
			for _, f := range u.Findings {
				t.hang(8, "- ", "", view.FindingWord(f)+view.Joined(" ", ",", f.Subject, "by", v.Who(f.By))+": "+f.Reason)
			}
		}
	}
}

func (t *text) sum(v *view.View) {
	t.line("")
	t.hang(0, "", "", view.CountsSentence(v.Counts))
	t.hang(0, "", "", view.CoverageSentence(v.Coverage))
}

func (t *text) ics(v *view.View) {
	if len(v.ICS.Problems) == 0 {
		return
	}
	t.line("")
	s := view.VerdictState(v.ICS.Verdict)
	t.line(t.paint("bold", "Conformance statement (ICS)") + "  " + t.paint(s.Key, s.Word))
	for _, p := range v.ICSGroups() {
		key := "? "
		if p.State == view.Fail {
			key = "x "
		}
		t.hang(1, key, p.State.Key, view.Places(p.IDs)+": "+p.Reason)
		if p.Remedy != "" {
			t.hang(3, "mend: ", "", p.Remedy)
		}
	}
}

func (t *text) declaration(v *view.View) {
	if len(v.DeclarationFindings) == 0 {
		return
	}
	t.line("")
	t.line(t.paint("bold", "Declared and observed differ"))
	for i, d := range v.DeclarationFindings {
		if i == 2*few && !t.o.Verbose {
			t.line(fmt.Sprintf("   and %d more; the HTML report shows all", len(v.DeclarationFindings)-i))
			break
		}
		t.hang(1, "! ", "mark", view.Joined(": ", view.Joined(" ", string(d.Table), d.Subject), d.Reason)+" ("+v.Who(d.By)+")")
		t.hang(3, "mend: ", "", cmp.Or(d.Remedy, "fix the device or fix the declaration"))
	}
}

func (t *text) next(ss []view.Step) {
	t.line("")
	t.line(t.paint("bold", "What to do next"))
	for i, s := range ss {
		where := ""
		if len(s.Where) > 0 {
			where = " [" + view.Places(s.Where) + "]"
		}
		t.hang(0, fmt.Sprintf("%2d. ", i+1), "", s.Do+": "+s.What+where)
	}
}
