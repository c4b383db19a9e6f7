package catalog

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// v3Prefix begins the ids of what is made for V3.1.3, whose own test units are
// not public here.
const v3Prefix = "v3:"

// v3 reads v3.yaml: the provisional cases of the provisions that V3.1.3 added or
// changed. Their units are for an assessor to decide, whatever the units they are
// modelled on say.
func (l *loader) v3(o *object) {
	for _, v := range o.need("groups").list() {
		e := v.object()
		id := plimsoll.ProvisionID(e.need("provision").text())
		p, ok := l.c.index.provisions[id]
		if !ok || p.V3Units != V3New {
			l.at(e.at, "provision %q is not one that V3.1.3 needs new units for", id)
		}
		if _, twice := l.c.index.v3[id]; twice {
			l.at(e.at, "provisional cases for %q stand already", id)
		}
		var cases []*Case
		for _, c := range e.need("cases").list() {
			cases = append(cases, l.v3Case(c.object(), id))
		}
		e.done()
		l.c.index.v3[id] = cases
	}
	for _, p := range l.c.index.editions[plimsoll.EditionV3] {
		if p.V3Units == V3New && l.c.index.v3[p.ID] == nil {
			l.at(o.at, "provision %q has no provisional cases", p.ID)
		}
	}
}

// v3Case reads a provisional case. With "like" it takes over the units of a case
// of V1.1.1; the units given replace or join those.
func (l *loader) v3Case(o *object, id plimsoll.ProvisionID) *Case {
	own := o.need("id")
	c := &Case{ID: plimsoll.CaseID(v3Prefix + own.text())}
	if !strings.HasPrefix(own.text(), string(id)+"-") {
		l.at(own.at, "case %q is not one of provision %q", own.text(), id)
	}
	l.file(string(c.ID), o.at)
	if like := o.get("like"); !like.absent() {
		l.like(like, c, id)
	} else {
		c.Kind = oneOf(o.need("kind"), plimsoll.Conceptual, plimsoll.Functional, plimsoll.Both)
		c.Purpose = o.need("purpose").text()
	}
	for _, v := range o.get("units").list() {
		u := l.v3Unit(v.object(), c, id)
		i := slices.IndexFunc(c.Units, func(w *Unit) bool { return w.Letter == u.Letter })
		if i < 0 {
			c.Units = append(c.Units, u)
		} else {
			c.Units[i] = u
		}
	}
	o.done()
	if len(c.Units) == 0 {
		l.at(o.at, "case %q has no units", c.ID)
	}
	for _, u := range c.Units {
		if u.Decider == plimsoll.DeciderApply {
			l.at(o.at, "unit %q applies another case and needs words of its own", u.ID)
		}
		u.Decider, u.Provisional = plimsoll.DeciderAssessor, true
		c.Verdict.All = append(c.Verdict.All, Expr{Unit: u.Letter})
		l.file(string(u.ID), o.at)
		l.c.index.units[u.ID] = u
	}
	l.c.index.cases[c.ID] = c
	return c
}

func (l *loader) like(v value, c *Case, id plimsoll.ProvisionID) {
	model, ok := l.c.index.cases[plimsoll.CaseID(v.text())]
	if !ok {
		l.at(v.at, "case %q is like the unknown case %q", c.ID, v.text())
		return
	}
	c.Kind, c.Purpose = model.Kind, model.Purpose
	for _, m := range model.Units {
		u := *m
		u.Case, u.Provision = c, id
		u.ID = plimsoll.UnitID(string(c.ID) + "/" + u.Letter)
		c.Units = append(c.Units, &u)
	}
}

func (l *loader) v3Unit(o *object, c *Case, id plimsoll.ProvisionID) *Unit {
	g := &Group{Provision: id}
	u := &Unit{
		Case:         c,
		Provision:    id,
		Letter:       o.need("unit").text(),
		Text:         o.need("text").text(),
		Question:     o.need("question").text(),
		Hint:         o.need("hint").text(),
		Verb:         "assess",
		Completeness: o.get("completeness").bool(),
		Where:        l.selector(o.get("where")),
	}
	u.ID = plimsoll.UnitID(string(c.ID) + "/" + u.Letter)
	if u.Where.Table != "" {
		u.Tables = []plimsoll.TableID{u.Where.Table}
	}
	if !letterForm.MatchString(u.Letter) {
		l.at(o.at, "%q is not the letter of a unit", u.Letter)
	}
	l.quantifier(o.get("quantifier"), u)
	l.looks(o, u, g)
	o.done()
	return u
}
