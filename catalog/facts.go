package catalog

import (
	"regexp"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

var (
	factForm  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	makerForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

// MakerDeclaration and MakerPerson are the makers of a fact that are no probes.
const (
	MakerDeclaration = "declaration"
	MakerPerson      = "person"
)

// facts reads facts.yaml.
func (l *loader) facts(o *strictyaml.Object) {
	for _, v := range o.Need("facts").List() {
		e := v.Object()
		f := &Fact{
			ID:      plimsoll.FactID(e.Need("id").Text()),
			Type:    strictyaml.OneOf(e.Need("type"), "bool", "string", "number", "date"),
			Meaning: e.Need("meaning").Text(),
			Makers:  strictyaml.Texts[string](e.Need("makers")),
		}
		if !factForm.MatchString(string(f.ID)) {
			l.At(e.At, "fact id %q is malformed", f.ID)
		}
		if d := e.Get("declared"); !d.Absent() {
			f.Declared = l.declaredFact(d)
		}
		for _, m := range f.Makers {
			if !makerForm.MatchString(m) {
				l.At(e.At, "fact %q: %q is not the name of a maker", f.ID, m)
			}
		}
		if (f.Declared != nil) != slices.Contains(f.Makers, MakerDeclaration) {
			l.At(e.At, "fact %q: the maker %q and the key \"declared\" go together", f.ID, MakerDeclaration)
		}
		e.Done()
		l.file(string(f.ID), e.At)
		l.c.Facts = append(l.c.Facts, f)
		l.c.index.facts[f.ID] = f
	}
}

func (l *loader) declaredFact(v strictyaml.Value) *DeclaredFact {
	o := v.Object()
	if o.Has("product") {
		d := &DeclaredFact{Product: o.Need("product").Text()}
		if !fieldForm.MatchString(d.Product) {
			l.At(o.At, "%q is not a key of the product block", d.Product)
		}
		o.Done()
		return d
	}
	s := l.selector(v)
	if s.Required {
		l.At(v.At, "a fact is of rows that are there; \"required\" is for units")
	}
	return &DeclaredFact{Table: s.Table, Filter: s.Filter, ReferredBy: s.ReferredBy, Text: s.Text}
}

// predicate reads a statement over facts: the id of a fact that must be true, or
// {fact, is}, {all} or {any}.
func (l *loader) predicate(v strictyaml.Value) Predicate {
	if !v.IsObject() {
		id := plimsoll.FactID(v.Text())
		l.checkFact(v.At, id, true)
		return Predicate{Fact: id, Is: true}
	}
	o := v.Object()
	var p Predicate
	if f := o.Get("fact"); !f.Absent() {
		p = Predicate{Fact: plimsoll.FactID(f.Text()), Is: o.Need("is").Scalar()}
		l.checkFact(f.At, p.Fact, p.Is)
	}
	for _, e := range o.Get("all").List() {
		p.All = append(p.All, l.predicate(e))
	}
	for _, e := range o.Get("any").List() {
		p.Any = append(p.Any, l.predicate(e))
	}
	o.Done()
	set := 0
	for _, is := range []bool{p.Fact != "", len(p.All) > 0, len(p.Any) > 0} {
		if is {
			set++
		}
	}
	if set != 1 {
		l.At(v.At, "a rule has exactly one of fact, all and any")
	}
	return p
}

func (l *loader) checkFact(at strictyaml.Place, id plimsoll.FactID, is any) {
	f, ok := l.c.index.facts[id]
	if !ok {
		l.At(at, "unknown fact %q", id)
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
		l.At(at, "fact %q is a %s and never equals %v", id, f.Type, is)
	}
}
