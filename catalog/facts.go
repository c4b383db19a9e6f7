package catalog

import (
	"regexp"

	"github.com/plimsoll-iot/plimsoll"
)

var factForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

// MakerDeclaration and MakerPerson are the makers of a fact that are no probes.
const (
	MakerDeclaration = "declaration"
	MakerPerson      = "person"
)

// facts reads facts.yaml.
func (l *loader) facts(o *object) {
	for _, v := range o.need("facts").list() {
		e := v.object()
		f := &Fact{
			ID:      plimsoll.FactID(e.need("id").text()),
			Type:    oneOf(e.need("type"), "bool", "string", "number", "date"),
			Meaning: e.need("meaning").text(),
			Makers:  texts[string](e.need("makers")),
		}
		if !factForm.MatchString(string(f.ID)) {
			l.at(e.at, "fact id %q is malformed", f.ID)
		}
		if d := e.get("declared"); !d.absent() {
			f.Declared = l.declaredFact(d)
		}
		if (f.Declared != nil) != contains(f.Makers, MakerDeclaration) {
			l.at(e.at, "fact %q: the maker %q and the key \"declared\" go together", f.ID, MakerDeclaration)
		}
		e.done()
		l.file(string(f.ID), e.at)
		l.c.Facts = append(l.c.Facts, f)
		l.c.index.facts[f.ID] = f
	}
}

func (l *loader) declaredFact(v value) *DeclaredFact {
	o := v.object()
	if _, ok := o.keys["product"]; ok {
		d := &DeclaredFact{Product: o.need("product").text()}
		if !fieldForm.MatchString(d.Product) {
			l.at(o.at, "%q is not a key of the product block", d.Product)
		}
		o.done()
		return d
	}
	s := l.selector(v)
	return &DeclaredFact{Table: s.Table, Filter: s.Filter, ReferredBy: s.ReferredBy, Text: s.Text}
}

func contains[T comparable](list []T, x T) bool {
	for _, e := range list {
		if e == x {
			return true
		}
	}
	return false
}

// predicate reads a statement over facts: the id of a fact that must be true, or
// {fact, is}, {all} or {any}.
func (l *loader) predicate(v value) Predicate {
	if !v.isObject() {
		id := plimsoll.FactID(v.text())
		l.checkFact(v.at, id, true)
		return Predicate{Fact: id, Is: true}
	}
	o := v.object()
	var p Predicate
	if f := o.get("fact"); !f.absent() {
		p = Predicate{Fact: plimsoll.FactID(f.text()), Is: o.need("is").scalar()}
		l.checkFact(f.at, p.Fact, p.Is)
	}
	for _, e := range o.get("all").list() {
		p.All = append(p.All, l.predicate(e))
	}
	for _, e := range o.get("any").list() {
		p.Any = append(p.Any, l.predicate(e))
	}
	o.done()
	set := 0
	for _, is := range []bool{p.Fact != "", len(p.All) > 0, len(p.Any) > 0} {
		if is {
			set++
		}
	}
	if set != 1 {
		l.at(v.at, "a rule has exactly one of fact, all and any")
	}
	return p
}

func (l *loader) checkFact(at place, id plimsoll.FactID, is any) {
	f, ok := l.c.index.facts[id]
	if !ok {
		l.at(at, "unknown fact %q", id)
		return
	}
	want := f.Type
	switch is.(type) {
	case bool:
		want = "bool"
	case float64:
		want = "number"
	case string:
		if want != "date" {
			want = "string"
		}
	}
	if want != f.Type {
		l.at(at, "fact %q is a %s and never equals %v", id, f.Type, is)
	}
}
