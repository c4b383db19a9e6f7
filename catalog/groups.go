package catalog

import (
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
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
func (l *loader) groups(o *object) {
	for _, v := range o.need("groups").list() {
		e := v.object()
		g := &Group{
			Provision: plimsoll.ProvisionID(e.need("provision").text()),
			Scope:     e.get("scope").text(),
			Fields:    l.fieldRefs(e.get("ixit")),
		}
		for _, s := range e.get("states").list() {
			g.States = append(g.States, oneOf(s, states...))
		}
		for _, c := range e.need("cases").list() {
			g.Cases = append(g.Cases, l.testCase(c.object(), g))
		}
		e.done()
		p, ok := l.c.index.provisions[g.Provision]
		if !ok || p.Status[plimsoll.EditionV2].Code == "" {
			l.at(e.at, "provision %q is not in V2.1.1", g.Provision)
		}
		if _, twice := l.c.index.groups[g.Provision]; twice {
			l.at(e.at, "a group for %q stands already", g.Provision)
		}
		l.c.Groups = append(l.c.Groups, g)
		l.c.index.groups[g.Provision] = g
	}
	for _, p := range l.c.index.editions[plimsoll.EditionV2] {
		if l.c.index.groups[p.ID] == nil {
			l.at(o.at, "provision %q has no group", p.ID)
		}
	}
}

func (l *loader) testCase(o *object, g *Group) *Case {
	c := &Case{
		ID:      plimsoll.CaseID(o.need("id").text()),
		Kind:    oneOf(o.need("kind"), plimsoll.Conceptual, plimsoll.Functional, plimsoll.Both),
		Purpose: o.need("purpose").text(),
	}
	if n, ok := strings.CutPrefix(string(c.ID), string(g.Provision)+"-"); !ok || len(n) != 1 {
		l.at(o.at, "case %q is not one of provision %q", c.ID, g.Provision)
	}
	l.file(string(c.ID), o.at)
	for _, u := range o.need("units").list() {
		c.Units = append(c.Units, l.unit(u.object(), c, g))
	}
	c.Verdict = l.verdict(o.get("verdict"), c)
	o.done()
	l.c.index.cases[c.ID] = c
	return c
}

// verdict reads the expression over the units of a case; without one, all units
// must hold. Every unit must stand in it.
func (l *loader) verdict(v value, c *Case) Expr {
	var e Expr
	if v.absent() {
		for _, u := range c.Units {
			e.All = append(e.All, Expr{Unit: u.Letter})
		}
		return e
	}
	seen := map[string]bool{}
	e = l.expr(v, c, seen)
	for _, u := range c.Units {
		if !seen[u.Letter] {
			l.at(v.at, "the verdict of case %q leaves out unit %q", c.ID, u.Letter)
		}
	}
	return e
}

func (l *loader) expr(v value, c *Case, seen map[string]bool) Expr {
	if !v.isObject() {
		letter := v.text()
		if !slices.ContainsFunc(c.Units, func(u *Unit) bool { return u.Letter == letter }) {
			l.at(v.at, "case %q has no unit %q", c.ID, letter)
		}
		seen[letter] = true
		return Expr{Unit: letter}
	}
	o := v.object()
	var e Expr
	for _, x := range o.get("all").list() {
		e.All = append(e.All, l.expr(x, c, seen))
	}
	for _, x := range o.get("some").list() {
		e.Some = append(e.Some, l.expr(x, c, seen))
	}
	o.done()
	if (len(e.All) > 0) == (len(e.Some) > 0) {
		l.at(v.at, "a verdict has exactly one of all and some")
	}
	return e
}

func (l *loader) unit(o *object, c *Case, g *Group) *Unit {
	letter := o.need("unit")
	u := &Unit{
		Case:         c,
		Provision:    g.Provision,
		Letter:       letter.text(),
		Text:         o.need("text").text(),
		Question:     o.need("question").text(),
		Hint:         o.need("hint").text(),
		Verb:         oneOf(o.need("verb"), verbs...),
		Decider:      oneOf(o.need("decider"), deciders...),
		Completeness: o.get("completeness").bool(),
		Prose:        o.get("prose").text(),
		Where:        l.selector(o.get("where")),
	}
	u.ID = plimsoll.UnitID(string(c.ID) + "/" + u.Letter)
	if !letterForm.MatchString(u.Letter) {
		l.at(letter.at, "%q is not the letter of a unit", u.Letter)
	}
	l.reads(o.get("ixit"), u, g)
	l.quantifier(o.get("quantifier"), u)
	l.looks(o, u, g)
	l.apply(o.get("apply"), u)
	o.done()
	if u.Completeness && u.Where.Table != "" {
		l.at(o.at, "completeness unit %q speaks of the whole product and has no \"where\"", u.ID)
	}
	l.file(string(u.ID), o.at)
	l.c.index.units[u.ID] = u
	return u
}

// reads says which fields of the declaration a unit reads: those its group needs
// of the tables that it names.
func (l *loader) reads(v value, u *Unit, g *Group) {
	u.Tables = texts[plimsoll.TableID](v)
	for _, t := range u.Tables {
		l.table(v.at, t)
		found := false
		for _, f := range g.Fields {
			if f.Table == t {
				u.Fields = append(u.Fields, f)
				found = true
			}
		}
		if !found {
			l.at(v.at, "unit %q reads table %q, which its group does not need", u.ID, t)
		}
	}
}

// quantifier reads "some", or {over, via}; each is the default.
func (l *loader) quantifier(v value, u *Unit) {
	if v.absent() {
		return
	}
	if !v.isObject() {
		u.Some = oneOf(v, "some") == "some"
		return
	}
	o := v.object()
	over, via := o.need("over"), o.need("via")
	u.Over, u.Via = plimsoll.TableID(over.text()), via.text()
	o.done()
	if t := l.table(over.at, u.Over); t != nil {
		l.refersTo(via.at, t, u.Via, u.Where.Table)
	}
}

// looks reads what must have been looked at. A unit that is judged on the declared
// design needs no look; the others speak of the states of their group.
func (l *loader) looks(o *object, u *Unit, g *Group) {
	for _, v := range o.get("cover").list() {
		u.Cover = append(u.Cover, oneOf(v, covers...))
	}
	if !u.Conceptual() {
		u.States = g.States
	}
	if u.Conceptual() && len(u.Cover) > 0 {
		l.at(o.at, "unit %q is judged on the declared design and covers nothing", u.ID)
	}
}

// apply reads {case, units} of a unit that takes over another case.
func (l *loader) apply(v value, u *Unit) {
	if v.absent() != (u.Decider != plimsoll.DeciderApply) {
		l.at(v.at, "unit %q: decider \"apply\" and the key \"apply\" go together", u.ID)
	}
	if v.absent() {
		return
	}
	o := v.object()
	u.Apply = &Apply{Case: plimsoll.CaseID(o.need("case").text()), Units: texts[string](o.get("units"))}
	o.done()
	l.afterwards(func() {
		c, ok := l.c.index.cases[u.Apply.Case]
		if !ok {
			l.at(o.at, "unit %q applies the unknown case %q", u.ID, u.Apply.Case)
			return
		}
		for _, letter := range u.Apply.Units {
			if _, ok := l.c.index.units[plimsoll.UnitID(string(c.ID)+"/"+letter)]; !ok {
				l.at(o.at, "unit %q applies the unknown unit %q of case %q", u.ID, letter, c.ID)
			}
		}
	})
}
