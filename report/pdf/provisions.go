package pdf

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/pdf/paper"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

const (
	badgeWidth = 30.0
	indent     = badgeWidth + 4
)

// provisions are the guidelines one by one.
func (d *document) provisions() {
	d.Section("Provisions")
	for _, h := range d.headings {
		if len(h.Rows) == 0 {
			continue
		}
		d.Sub(view.Joined("  ", h.Clause, h.Title), 14)
		d.Bookmark(d.Fit(view.Joined(" ", h.Clause, h.Title)), 1, -1)
		for _, r := range h.Rows {
			d.provision(r)
		}
	}
}

func (d *document) provision(r *view.Row) {
	title := d.Lines(strong, view.Joined("  ", string(r.ID), r.Title), width-indent)
	d.Need(float64(len(title))*strong.Leading() + 9)
	y := d.GetY()
	d.badge(r.State, left, y+0.2, badgeWidth)
	d.SetXY(left, y)
	d.Flow(strong, view.Joined("  ", string(r.ID), r.Title), left+indent, width-indent)
	claim := "not stated by the supplier"
	if r.Support != "" {
		claim = "supplier claims " + string(r.Support)
	}
	d.Flow(small, view.Joined("; ", r.Status, claim, r.External, provisional(r)), left+indent, width-indent)
	for _, t := range r.Fails {
		d.item("fails", stateColours["fail"], t)
	}
	for _, t := range r.Marks {
		d.item("against", stateColours["fail"], t)
	}
	questions := 0
	for _, g := range r.Gaps {
		if g.Person {
			questions += len(g.Units)
			continue
		}
		d.item("missing", stateColours["inc"], g)
	}
	if len(r.Fails)+len(r.Marks) == 0 && (len(r.Gaps) == 0 || r.State == view.Pass) {
		d.fact(r)
	}
	if questions > 0 {
		d.Flow(note, view.Some(questions, "question")+" for a person; see the open questions", left+indent, width-indent)
	}
	if r.Matter != "" && (len(r.Fails) > 0 || len(r.Marks) > 0) {
		d.Flow(note, "Why it matters: "+r.Matter, left+indent, width-indent)
	}
	d.Gap(2.8)
}

func provisional(r *view.Row) string {
	if r.Provisional {
		return "provisional units"
	}
	return ""
}

// fact is what a state without trouble rests on.
func (d *document) fact(r *view.Row) {
	text := r.Fact
	if text == "" {
		return
	}
	if r.By != "" {
		text += " (" + r.By + ")"
	}
	d.Flow(body, text, left+indent, width-indent)
}

// item is one thing that fails, speaks against a claim or is missing.
func (d *document) item(word string, c paper.Colour, t view.Trouble) {
	d.Gap(0.8)
	d.Need(body.Leading() * 2)
	y := d.GetY()
	d.Use(paper.Font("text", "B", 8, c))
	d.SetXY(left, y)
	d.CellFormat(badgeWidth, body.Leading(), d.OneLine(word, badgeWidth), "", 0, "R", false, 0, "")
	d.SetXY(left, y)
	d.Flow(body, t.Text, left+indent, width-indent)
	d.Flow(small, view.Joined("; ", t.Place(), t.By, t.Note, d.refs(t.Evidence)), left+indent, width-indent)
	if t.Remedy != "" {
		d.Flow(body, "To do: "+t.Remedy, left+indent, width-indent)
	}
}

// exhibit is a piece of evidence with the units that rest on it.
type exhibit struct {
	digest plimsoll.Digest
	units  []string
}

// number gives each piece of evidence its number, in the order of the assessment.
func (d *document) number() {
	d.at = map[plimsoll.Digest]int{}
	for _, p := range d.v.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for _, f := range u.Findings {
					d.file(f.Evidence, string(u.ID))
				}
			}
		}
		for _, a := range p.Against {
			d.file(a.Evidence, "against "+string(p.ID))
		}
	}
	for _, f := range d.v.DeclarationFindings {
		d.file(f.Evidence, string(f.Unit))
	}
	for _, o := range d.v.Open {
		if o.Proposal != nil {
			d.file(o.Proposal.Evidence, string(o.Unit))
		}
	}
	for _, f := range d.v.Facts {
		d.file(f.Evidence, "fact "+string(f.ID))
	}
}

func (d *document) file(ds []plimsoll.Digest, by string) {
	for _, g := range ds {
		i, ok := d.at[g]
		if !ok {
			i = len(d.evidence)
			d.at[g] = i
			d.evidence = append(d.evidence, exhibit{digest: g})
		}
		if e := &d.evidence[i]; !slices.Contains(e.units, by) {
			e.units = append(e.units, by)
		}
	}
}

// refs names pieces of evidence by their numbers.
func (d *document) refs(ds []plimsoll.Digest) string {
	const most = 12
	var out []string
	for _, g := range ds {
		if i, ok := d.at[g]; ok {
			if e := "E" + strconv.Itoa(i+1); !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	if len(out) == 0 {
		return ""
	}
	if len(out) > most {
		out = append(out[:most], fmt.Sprintf("and %d more", len(out)-most))
	}
	return "evidence " + strings.Join(out, ", ")
}

// index lists the evidence by digest.
func (d *document) index() {
	d.Section("Evidence")
	if len(d.evidence) == 0 {
		d.Flow(body, "No finding rests on a piece of evidence: everything comes from the declaration or from persons.", left, width)
		return
	}
	d.Flow(body, "Each piece is named by the SHA-256 of its bytes, which stand in the bundle unless they were withheld. The index of the whole bundle is "+
		cmp.Or(string(d.v.Bundle), "not recorded")+".", left, width)
	d.Gap(3)
	var rows [][]string
	for i, e := range d.evidence {
		rows = append(rows, []string{"E" + strconv.Itoa(i+1), string(e.digest), view.Places(e.units)})
	}
	d.Table([]paper.Column{paper.Col("no.", 12, strong), paper.Col("digest", 115, digest), paper.Col("used by", 43, small.In(ink))}, rows, nil)
}
