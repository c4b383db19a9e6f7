package catalog

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// filter reads a filter and checks it against the typed fields of the table.
func (l *loader) filter(v strictyaml.Value, id plimsoll.TableID) []Clause {
	cs, err := ParseFilter(v.Text())
	if err != nil {
		l.At(v.At, "%v", err)
		return nil
	}
	t, ok := l.c.index.tables[id]
	if !ok {
		return cs // the unknown table is reported where it is named
	}
	for _, c := range cs {
		f, ok := t.typedField(c.Field)
		if !ok {
			l.At(v.At, "table %q has no typed field %q", id, c.Field)
			continue
		}
		for _, val := range c.In {
			if !f.takes(val) {
				l.At(v.At, "field %q of table %q never has the value %q", c.Field, id, val)
			}
		}
	}
	return cs
}

// takes reports whether a filter may ask for the value.
func (f TypedField) takes(val string) bool {
	switch f.Type {
	case "bool":
		return val == "yes" || val == "no"
	case "refs":
		return val == "none"
	case "enum":
		return slices.Contains(f.Values, val)
	case "list":
		return val == "none" || len(f.Values) == 0 || slices.Contains(f.Values, val)
	}
	return true
}

// selector reads the subjects of a unit.
func (l *loader) selector(v strictyaml.Value) Selector {
	if v.Absent() {
		return Selector{}
	}
	o := v.Object()
	table := o.Need("table")
	s := Selector{Table: plimsoll.TableID(table.Text())}
	l.table(table.At, s.Table)
	filter := o.Get("filter")
	s.Text = filter.Text()
	s.Filter = l.filter(filter, s.Table)
	s.ReferredBy = l.reference(o.Get("referred_by"), s.Table)
	s.Required = o.Get("required").Bool()
	o.Done()
	return s
}

// reference reads by which rows the selected rows must be referred to.
func (l *loader) reference(v strictyaml.Value, to plimsoll.TableID) *Reference {
	if v.Absent() {
		return nil
	}
	o := v.Object()
	table, field := o.Need("table"), o.Need("field")
	r := &Reference{Table: plimsoll.TableID(table.Text()), Field: field.Text()}
	r.Filter = l.filter(o.Get("filter"), r.Table)
	o.Done()
	if t := l.table(table.At, r.Table); t != nil {
		l.refersTo(field.At, t, r.Field, to)
	}
	return r
}

// refersTo checks that a field of a table refers to rows of another.
func (l *loader) refersTo(at strictyaml.Place, t *Table, field string, to plimsoll.TableID) {
	f, ok := t.typedField(field)
	if !ok || f.Type != "refs" || f.Values[0] != string(to) {
		l.At(at, "field %q of table %q does not refer to table %q", field, t.ID, to)
	}
}
