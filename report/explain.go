package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/form"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Explain writes what an id means: a guideline, a provision, a case, a unit, an
// IXIT table, a fact or a probe. It says what is asked, who decides, which probes
// speak to it and how to satisfy it. An unknown id is an error that names the
// nearest known one.
func Explain(w io.Writer, cat *catalog.Catalog, id string, probes []ProbeInfo, o TextOptions) error {
	e := &explainer{text: text{o: o, w: o.width()}, cat: cat, probes: probes}
	for _, known := range explainers {
		if known(e, id) {
			return writeAll(w, e.b.String())
		}
	}
	ids := cat.IDs()
	for _, p := range probes {
		ids = append(ids, p.Name)
	}
	if near := form.Nearest(id, ids); near != "" {
		return fmt.Errorf("explaining %q: no such id, did you mean %q", id, near)
	}
	return fmt.Errorf("explaining %q: no such id; try a provision such as 5.1-1, a unit such as 5.1-1-2/c, "+
		"a guideline such as cop-1, a table such as AuthMech, a fact such as passwords.used, or the name of a probe", id)
}

type explainer struct {
	text
	cat    *catalog.Catalog
	probes []ProbeInfo
}

var explainers = []func(*explainer, string) bool{
	(*explainer).guideline, (*explainer).provision, (*explainer).testCase, (*explainer).unit,
	(*explainer).table, (*explainer).fact, (*explainer).probe,
}

// labelColumn is the width of the labels of an explanation.
const labelColumn = 14

func (e *explainer) title(kind, id, s string) {
	e.hang(0, "", "bold", kind+" "+id+": "+s)
	e.line("")
}

// say writes a labelled text; without text it writes nothing.
func (e *explainer) say(label, s string) {
	if s != "" {
		e.hang(0, pad(label, labelColumn), "bold", s)
	}
}

func (e *explainer) guideline(id string) bool {
	for _, g := range e.cat.Guidelines {
		if id != g.ID && id != strconv.Itoa(g.N) && id != g.Clause {
			continue
		}
		e.title("Guideline", strconv.Itoa(g.N), g.Title)
		e.say("Asks", g.Summary)
		e.say("Addresses", strings.ReplaceAll(strings.Join(g.AppliesTo, ", "), "_", " "))
		e.say("Clause", "EN 303 645 "+g.Clause)
		e.line("")
		for _, p := range e.cat.Provisions {
			if p.Guideline == g.N {
				e.hang(1, pad(string(p.ID), 9), "", p.Title+" ("+e.statuses(p)+")")
			}
		}
		return true
	}
	return false
}

var editions = []struct {
	id   plimsoll.Edition
	name string
}{{plimsoll.EditionV2, "V2.1.1"}, {plimsoll.EditionV3, "V3.1.3"}}

func (e *explainer) statuses(p *catalog.Provision) string {
	var out []string
	for _, ed := range editions {
		if s, ok := p.Status[ed.id]; ok {
			out = append(out, ed.name+": "+s.Code)
		}
	}
	return strings.Join(out, ", ")
}

func (e *explainer) provision(id string) bool {
	p, ok := e.cat.Provision(plimsoll.ProvisionID(id))
	if !ok {
		return false
	}
	e.title("Provision", id, p.Title)
	e.summaries(p)
	e.say("Why", p.Why)
	e.say("How", p.Guidance)
	e.say("Status", e.statuses(p))
	for _, ed := range editions {
		for _, c := range p.Status[ed.id].Conditions {
			e.say("Applies when", c.Text+" ("+ed.name+", "+c.Ref+")")
		}
	}
	e.say("Change", p.Change)
	e.say("Replaces", ids(p.Replaces))
	e.say("Replaced by", ids(p.ReplacedBy))
	e.say("Software", p.Automation.Software)
	e.say("A person", p.Automation.Person)
	g, ok := e.cat.Group(p.ID)
	if ok {
		e.say("Scope", g.Scope)
		if !g.Functional() {
			e.say("Judged on", "the declaration only; what is seen on the device is shown as evidence against")
		}
		e.say("Fields", fields(g.Fields))
	}
	e.cases(p)
	return true
}

// summaries says what both editions ask, once where they ask the same.
func (e *explainer) summaries(p *catalog.Provision) {
	v2, v3 := p.Summary[plimsoll.EditionV2], p.Summary[plimsoll.EditionV3]
	if v2 == v3 || v2 == "" || v3 == "" {
		e.say("Asks", cmp.Or(v2, v3))
		return
	}
	e.say("Asks (V2.1.1)", v2)
	e.say("Asks (V3.1.3)", v3)
}

// cases lists the cases that answer a provision, those of V3.1.3 where they differ.
func (e *explainer) cases(p *catalog.Provision) {
	var seen []plimsoll.CaseID
	for _, ed := range editions {
		for _, c := range e.cat.CasesUnder(ed.id, p.ID) {
			if slices.Contains(seen, c.ID) {
				continue
			}
			seen = append(seen, c.ID)
			e.line("")
			e.oneCase(c)
		}
	}
}

func (e *explainer) oneCase(c *catalog.Case) {
	e.hang(0, "Case "+string(c.ID)+"  ", "bold", string(c.Kind)+": "+c.Purpose)
	for _, u := range c.Units {
		e.hang(1, pad(string(u.ID), labelColumn)+" ", "", u.Question)
		by := cmp.Or(view.Deciders[u.Decider], string(u.Decider))
		if ps := e.decide(u.ID); ps != "" {
			by += "; probes: " + ps
		}
		e.hang(labelColumn+2, "", "", by)
	}
}

func (e *explainer) testCase(id string) bool {
	c, ok := e.cat.Case(plimsoll.CaseID(id))
	if !ok {
		return false
	}
	e.title("Case", id, c.Purpose)
	e.say("Verdict", expression(c.Verdict))
	e.oneCase(c)
	return true
}

// expression writes a verdict expression in words.
func expression(x catalog.Expr) string {
	list := func(xs []catalog.Expr, sep string) string {
		var out []string
		for _, y := range xs {
			s := expression(y)
			if len(y.All)+len(y.Some) > 1 {
				s = "(" + s + ")"
			}
			out = append(out, s)
		}
		return strings.Join(out, sep)
	}
	switch {
	case x.Unit != "":
		return x.Unit
	case len(x.Some) > 0:
		return list(x.Some, " or ")
	}
	return list(x.All, " and ")
}

func (e *explainer) unit(id string) bool {
	u, ok := e.cat.Unit(plimsoll.UnitID(id))
	if !ok {
		return false
	}
	e.title("Unit", id, u.Text)
	e.say("Question", u.Question)
	e.say("Hint", u.Hint)
	e.say("Decided by", cmp.Or(view.Deciders[u.Decider], string(u.Decider)))
	if u.Apply != nil {
		e.say("Applies", view.Joined(", units ", string(u.Apply.Case), strings.Join(u.Apply.Units, ", ")))
	}
	e.say("Probes", cmp.Or(e.decide(u.ID), "none"))
	e.say("Subjects", subjects(u))
	e.say("Must look at", strings.Join(u.Cover, ", "))
	var states []string
	for _, s := range u.States {
		states = append(states, string(s))
	}
	e.say("States", strings.Join(states, ", "))
	e.say("Fields", fields(u.Fields))
	if u.Provisional {
		e.say("Provisional", "made for V3.1.3, whose own units are not public here")
	}
	if p, ok := e.cat.Provision(u.Provision); ok {
		e.say("Provision", string(p.ID)+" "+p.Title)
		e.say("Why", p.Why)
		e.say("How", p.Guidance)
	}
	return true
}

// subjects says which rows a unit speaks of and how many must hold.
func subjects(u *catalog.Unit) string {
	switch {
	case u.Completeness:
		return "the product, and each discovered thing that no row declares"
	case u.Where.Table == "":
		return "the product as a whole"
	}
	s := "each row of " + string(u.Where.Table)
	if u.Some && u.Over == "" {
		s = "some row of " + string(u.Where.Table)
	}
	if u.Over != "" {
		s = fmt.Sprintf("for each row of %s some row of %s that its %s names", u.Over, u.Where.Table, u.Via)
	}
	if u.Where.Text != "" {
		s += " where " + u.Where.Text
	}
	return s
}

func (e *explainer) table(id string) bool {
	t, ok := e.cat.Table(plimsoll.TableID(id))
	if !ok {
		return false
	}
	e.title("IXIT table", id, t.Name)
	e.say("Holds", t.Meaning)
	e.say("Number", strconv.Itoa(t.N)+" of TS 103 701")
	e.line("")
	e.line("Fields of the standard (text):")
	for _, f := range t.Fields {
		e.hang(1, pad(f.Key, 28)+" ", "", f.Meaning)
	}
	if len(t.Typed) > 0 {
		e.line("")
		e.line("Typed fields (values that software can compare with what it sees; all optional):")
	}
	for _, f := range t.Typed {
		s := f.Type
		if len(f.Values) > 0 {
			s += " of " + strings.Join(f.Values, ", ")
		}
		e.hang(1, pad(f.Name, 28)+" ", "", f.Meaning+" ("+s+")")
	}
	var units []string
	for _, u := range e.cat.Units() {
		if u.Where.Table == t.ID || slices.Contains(u.Tables, t.ID) {
			units = append(units, string(u.ID))
		}
	}
	e.line("")
	e.say("Read by", strings.Join(units, ", "))
	return true
}

func (e *explainer) fact(id string) bool {
	f, ok := e.cat.Fact(plimsoll.FactID(id))
	if !ok {
		return false
	}
	e.title("Fact", id, f.Meaning)
	e.say("Type", f.Type)
	e.say("Made by", strings.Join(f.Makers, ", "))
	if d := f.Declared; d != nil {
		e.say("Declared", view.Joined(" where ", cmp.Or(d.Product, string(d.Table)), d.Text))
	}
	var uses []string
	for _, p := range e.cat.Provisions {
		for _, ed := range editions {
			for _, c := range p.Status[ed.id].Conditions {
				if speaksOf(c.Rule, f.ID) {
					uses = append(uses, fmt.Sprintf("%s (%s)", p.ID, ed.name))
				}
			}
		}
	}
	e.say("Condition of", strings.Join(uses, ", "))
	return true
}

func speaksOf(p catalog.Predicate, id plimsoll.FactID) bool {
	in := func(q catalog.Predicate) bool { return speaksOf(q, id) }
	return p.Fact == id || slices.ContainsFunc(p.All, in) || slices.ContainsFunc(p.Any, in)
}

func (e *explainer) probe(id string) bool {
	i := slices.IndexFunc(e.probes, func(p ProbeInfo) bool { return p.Name == id })
	if i < 0 {
		return false
	}
	p := e.probes[i]
	first, rest, _ := strings.Cut(p.Doc, "\n")
	e.title("Probe", fmt.Sprintf("%s@%d", p.Name, p.Version), first)
	e.hang(0, "", "", rest)
	e.say("Needs", cmp.Or(p.Needs, "nothing but the declaration"))
	e.say("Reads", strings.Join(p.Reads, ", "))
	e.say("Makes", strings.Join(p.Makes, ", "))
	for _, id := range p.Decides {
		what := ""
		if u, ok := e.cat.Unit(id); ok {
			what = u.Text
			if u.Decider != plimsoll.DeciderSoftware {
				what += " (its PASS is a proposal, its FAIL stands on a reproduced counter-example)"
			}
		}
		e.hang(0, pad("Speaks to", labelColumn)+pad(string(id), labelColumn), "", what)
	}
	return true
}

// decide names the probes that speak to a unit.
func (e *explainer) decide(id plimsoll.UnitID) string {
	var out []string
	for _, p := range e.probes {
		if slices.Contains(p.Decides, id) {
			out = append(out, p.Name)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, ", ")
}

func ids(ps []plimsoll.ProvisionID) string {
	var out []string
	for _, p := range ps {
		out = append(out, string(p))
	}
	return strings.Join(out, ", ")
}

func fields(fs []catalog.FieldRef) string {
	var out []string
	for _, f := range fs {
		out = append(out, string(f.Table)+"."+f.Key)
	}
	return strings.Join(out, ", ")
}
