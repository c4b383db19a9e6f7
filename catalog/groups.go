package catalog

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

var (
	verbs = []string{
		"check", "assess", "functionally check", "functionally assess", "perform", "attempt", "apply",
		"devise", "identify", "set up", "interrupt", "create", "trigger",
	}
	states     = []plimsoll.State{plimsoll.StateFactory, plimsoll.StateInitialization, plimsoll.StateInitialized}
	deciders   = []plimsoll.Decider{plimsoll.DeciderSoftware, plimsoll.DeciderOperator, plimsoll.DeciderAssessor, plimsoll.DeciderStep, plimsoll.DeciderApply}
	covers     = []string{"tcp", "udp", "ipv6", "radios", "manual", "physical", "firmware", "state:factory", "state:initialization", "state:initialized"}
	letterForm = regexp.MustCompile(`^[a-z]$`)
)

// groups reads ts103701.yaml.
func (l *loader) groups(o *strictyaml.Object) {
	for _, v := range o.Need("groups").List() {
		e := v.Object()
		g := &Group{
			Provision: plimsoll.ProvisionID(e.Need("provision").Text()),
			Scope:     e.Get("scope").Text(),
			Fields:    l.fieldRefs(e.Get("ixit")),
		}
		for _, s := range e.Get("states").List() {
			g.States = append(g.States, strictyaml.OneOf(s, states...))
		}
		for _, c := range e.Need("cases").List() {
			g.Cases = append(g.Cases, l.testCase(c.Object(), g))
		}
		e.Done()
		p, ok := l.c.index.provisions[g.Provision]
		if !ok || p.Status[plimsoll.EditionV2].Code == "" {
			l.At(e.At, "provision %q is not in V2.1.1", g.Provision)
		}
		if _, twice := l.c.index.groups[g.Provision]; twice {
			l.At(e.At, "a group for %q stands already", g.Provision)
		}
		l.c.Groups = append(l.c.Groups, g)
		l.c.index.groups[g.Provision] = g
	}
	for _, p := range l.c.index.editions[plimsoll.EditionV2] {
		if l.c.index.groups[p.ID] == nil {
			l.At(o.At, "provision %q has no group", p.ID)
		}
	}
}

func (l *loader) testCase(o *strictyaml.Object, g *Group) *Case {
	c := &Case{
		ID:      plimsoll.CaseID(o.Need("id").Text()),
		Kind:    strictyaml.OneOf(o.Need("kind"), plimsoll.Conceptual, plimsoll.Functional, plimsoll.Both),
		Purpose: o.Need("purpose").Text(),
	}
	if n, ok := strings.CutPrefix(string(c.ID), string(g.Provision)+"-"); !ok || len(n) != 1 {
		l.At(o.At, "case %q is not one of provision %q", c.ID, g.Provision)
	}
	l.file(string(c.ID), o.At)
	for _, u := range o.Need("units").List() {
		c.Units = append(c.Units, l.unit(u.Object(), c, g))
	}
	c.Verdict = l.verdict(o.Get("verdict"), c)
	o.Done()
	l.c.index.cases[c.ID] = c
	return c
}

// verdict reads the expression over the units of a case; without one, all units
// must hold. Every unit must stand in it.
func (l *loader) verdict(v strictyaml.Value, c *Case) Expr {
	var e Expr
	if v.Absent() {
		for _, u := range c.Units {
			e.All = append(e.All, Expr{Unit: u.Letter})
		}
		return e
	}
	seen := map[string]bool{}
	e = l.expr(v, c, seen)
	for _, u := range c.Units {
		if !seen[u.Letter] {
			l.At(v.At, "the verdict of case %q leaves out unit %q", c.ID, u.Letter)
		}
	}
	return e
}

func (l *loader) expr(v strictyaml.Value, c *Case, seen map[string]bool) Expr {
	if !v.IsObject() {
		letter := v.Text()
		if !slices.ContainsFunc(c.Units, func(u *Unit) bool { return u.Letter == letter }) {
			l.At(v.At, "case %q has no unit %q", c.ID, letter)
		}
		seen[letter] = true
		return Expr{Unit: letter}
	}
	o := v.Object()
	var e Expr
	for _, x := range o.Get("all").List() {
		e.All = append(e.All, l.expr(x, c, seen))
	}
	for _, x := range o.Get("some").List() {
		e.Some = append(e.Some, l.expr(x, c, seen))
	}
	o.Done()
	if (len(e.All) > 0) == (len(e.Some) > 0) {
		l.At(v.At, "a verdict has exactly one of all and some")
	}
	return e
}

func (l *loader) unit(o *strictyaml.Object, c *Case, g *Group) *Unit {
	letter := o.Need("unit")
	u := &Unit{
		Case:         c,
		Provision:    g.Provision,
		Letter:       letter.Text(),
		Text:         o.Need("text").Text(),
		Question:     l.question(o.Need("question")),
		Hint:         o.Need("hint").Text(),
		Verb:         strictyaml.OneOf(o.Need("verb"), verbs...),
		Decider:      strictyaml.OneOf(o.Need("decider"), deciders...),
		Completeness: o.Get("completeness").Bool(),
		Prose:        o.Get("prose").Text(),
		Where:        l.selector(o.Get("where")),
	}
	u.ID = plimsoll.UnitID(string(c.ID) + "/" + u.Letter)
	if !letterForm.MatchString(u.Letter) {
		l.At(letter.At, "%q is not the letter of a unit", u.Letter)
	}
	l.reads(o.Get("ixit"), u, g)
	l.quantifier(o.Get("quantifier"), u)
	l.looks(o, u, g)
	l.apply(o.Get("apply"), u)
	o.Done()
	if u.Completeness && u.Where.Table != "" {
		l.At(o.At, "completeness unit %q speaks of the whole product and has no \"where\"", u.ID)
	}
	l.file(string(u.ID), o.At)
	l.c.index.units[u.ID] = u
	return u
}

// reads says which fields of the declaration a unit reads: those its group needs
// of the tables that it names.
func (l *loader) reads(v strictyaml.Value, u *Unit, g *Group) {
	u.Tables = strictyaml.Texts[plimsoll.TableID](v)
	for _, t := range u.Tables {
		l.table(v.At, t)
		found := false
		for _, f := range g.Fields {
			if f.Table == t {
				u.Fields = append(u.Fields, f)
				found = true
			}
		}
		if !found {
			l.At(v.At, "unit %q reads table %q, which its group does not need", u.ID, t)
		}
	}
}

// quantifier reads "some", or {over, via}; each is the default.
func (l *loader) quantifier(v strictyaml.Value, u *Unit) {
	if v.Absent() {
		return
	}
	if !v.IsObject() {
		u.Some = strictyaml.OneOf(v, "some") == "some"
		return
	}
	o := v.Object()
	over, via := o.Need("over"), o.Need("via")
	u.Over, u.Via = plimsoll.TableID(over.Text()), via.Text()
	o.Done()
	if t := l.table(over.At, u.Over); t != nil {
		if f, ok := t.typedField(u.Via); !ok || f.Type != "refs" {
			l.At(via.At, "field %q of table %q refers to no table", u.Via, u.Over)
		}
	}
	if u.Over != u.Where.Table {
		l.At(over.At, "the subjects of unit %q are rows of %q and not of %q", u.ID, u.Where.Table, u.Over)
	}
}

// looks reads what must have been looked at. A unit that is judged on the declared
// design needs no look; the others speak of the states of their group.
func (l *loader) looks(o *strictyaml.Object, u *Unit, g *Group) {
	for _, v := range o.Get("cover").List() {
		u.Cover = append(u.Cover, strictyaml.OneOf(v, covers...))
	}
	if !u.Conceptual() {
		u.States = g.States
	}
	if u.Conceptual() && len(u.Cover) > 0 {
		l.At(o.At, "unit %q is judged on the declared design and covers nothing", u.ID)
	}
}

// apply reads {case, units} of a unit that takes over another case.
func (l *loader) apply(v strictyaml.Value, u *Unit) {
	if v.Absent() != (u.Decider != plimsoll.DeciderApply) {
		l.At(v.At, "unit %q: decider \"apply\" and the key \"apply\" go together", u.ID)
	}
	if v.Absent() {
		return
	}
	o := v.Object()
	u.Apply = &Apply{Case: plimsoll.CaseID(o.Need("case").Text()), Units: strictyaml.Texts[string](o.Get("units"))}
	o.Done()
	l.afterwards(func() {
		c, ok := l.c.index.cases[u.Apply.Case]
		if !ok {
			l.At(o.At, "unit %q applies the unknown case %q", u.ID, u.Apply.Case)
			return
		}
		for _, taken := range c.Units {
			if taken.Where.Table != "" && taken.Where.Table != u.Where.Table {
				l.At(o.At, "unit %q speaks of rows of %q and applies %q, which speaks of rows of %q", u.ID, u.Where.Table, taken.ID, taken.Where.Table)
			}
		}
		for _, letter := range u.Apply.Units {
			if _, ok := l.c.index.units[plimsoll.UnitID(string(c.ID)+"/"+letter)]; !ok {
				l.At(o.At, "unit %q applies the unknown unit %q of case %q", u.ID, letter, c.ID)
			}
		}
	})
}
