package catalog

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// v3Prefix begins the ids of what is made for V3.1.3, whose own test units are
// not public here.
const v3Prefix = "v3:"

// v3 reads v3.yaml: the provisional cases of the provisions that V3.1.3 added or
// changed. Their units are for an assessor to decide, whatever the units they are
// modelled on say.
func (l *loader) v3(o *strictyaml.Object) {
	for _, v := range o.Need("groups").List() {
		e := v.Object()
		id := plimsoll.ProvisionID(e.Need("provision").Text())
		p, ok := l.c.index.provisions[id]
		if !ok || p.V3Units != V3New {
			l.At(e.At, "provision %q is not one that V3.1.3 needs new units for", id)
		}
		if _, twice := l.c.index.v3[id]; twice {
			l.At(e.At, "provisional cases for %q stand already", id)
		}
		var cases []*Case
		for _, c := range e.Need("cases").List() {
			cases = append(cases, l.v3Case(c.Object(), id))
		}
		e.Done()
		l.c.index.v3[id] = cases
	}
	for _, p := range l.c.index.editions[plimsoll.EditionV3] {
		if p.V3Units == V3New && l.c.index.v3[p.ID] == nil {
			l.At(o.At, "provision %q has no provisional cases", p.ID)
		}
	}
}

// v3Case reads a provisional case. With "like" it takes over the units of a case
// of V1.1.1; the units given replace or join those.
func (l *loader) v3Case(o *strictyaml.Object, id plimsoll.ProvisionID) *Case {
	own := o.Need("id")
	c := &Case{ID: plimsoll.CaseID(v3Prefix + own.Text())}
	if !strings.HasPrefix(own.Text(), string(id)+"-") {
		l.At(own.At, "case %q is not one of provision %q", own.Text(), id)
	}
	l.file(string(c.ID), o.At)
	if like := o.Get("like"); !like.Absent() {
		l.like(like, c, id)
		l.without(o.Get("without"), c)
	} else {
		c.Kind = strictyaml.OneOf(o.Need("kind"), plimsoll.Conceptual, plimsoll.Functional, plimsoll.Both)
		c.Purpose = o.Need("purpose").Text()
	}
	for _, v := range o.Get("units").List() {
		u := l.v3Unit(v.Object(), c, id)
		i := slices.IndexFunc(c.Units, func(w *Unit) bool { return w.Letter == u.Letter })
		if i < 0 {
			c.Units = append(c.Units, u)
		} else {
			u.Like = c.Units[i].Like
			c.Units[i] = u
		}
	}
	o.Done()
	if len(c.Units) == 0 {
		l.At(o.At, "case %q has no units", c.ID)
	}
	for _, u := range c.Units {
		if u.Decider == plimsoll.DeciderApply {
			l.At(o.At, "unit %q applies another case and needs words of its own", u.ID)
		}
		u.Decider, u.Provisional = plimsoll.DeciderAssessor, true
		c.Verdict.All = append(c.Verdict.All, Expr{Unit: u.Letter})
		l.file(string(u.ID), o.At)
		l.c.index.units[u.ID] = u
	}
	l.c.index.cases[c.ID] = c
	return c
}

func (l *loader) like(v strictyaml.Value, c *Case, id plimsoll.ProvisionID) {
	model, ok := l.c.index.cases[plimsoll.CaseID(v.Text())]
	if !ok {
		l.At(v.At, "case %q is like the unknown case %q", c.ID, v.Text())
		return
	}
	c.Kind, c.Purpose = model.Kind, model.Purpose
	for _, m := range model.Units {
		u := *m
		u.Case, u.Provision = c, id
		u.ID = plimsoll.UnitID(string(c.ID) + "/" + u.Letter)
		u.Like = m.ID
		c.Units = append(c.Units, &u)
	}
}

// without leaves out units that V3.1.3 no longer asks for.
func (l *loader) without(v strictyaml.Value, c *Case) {
	for _, letter := range strictyaml.Texts[string](v) {
		had := len(c.Units)
		c.Units = slices.DeleteFunc(c.Units, func(u *Unit) bool { return u.Letter == letter })
		if len(c.Units) == had {
			l.At(v.At, "case %q has no unit %q to leave out", c.ID, letter)
		}
	}
}

func (l *loader) v3Unit(o *strictyaml.Object, c *Case, id plimsoll.ProvisionID) *Unit {
	g := &Group{Provision: id}
	u := &Unit{
		Case:         c,
		Provision:    id,
		Letter:       o.Need("unit").Text(),
		Text:         o.Need("text").Text(),
		Question:     l.question(o.Need("question")),
		Hint:         o.Need("hint").Text(),
		Verb:         "assess",
		Completeness: o.Get("completeness").Bool(),
		Where:        l.selector(o.Get("where")),
	}
	u.ID = plimsoll.UnitID(string(c.ID) + "/" + u.Letter)
	if u.Where.Table != "" {
		u.Tables = []plimsoll.TableID{u.Where.Table}
	}
	if !letterForm.MatchString(u.Letter) {
		l.At(o.At, "%q is not the letter of a unit", u.Letter)
	}
	l.quantifier(o.Get("quantifier"), u)
	l.looks(o, u, g)
	o.Done()
	return u
}
