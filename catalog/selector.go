package catalog

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
)

// filter reads a filter and checks it against the typed fields of the table.
func (l *loader) filter(v value, id plimsoll.TableID) []Clause {
	cs, err := ParseFilter(v.text())
	if err != nil {
		l.at(v.at, "%v", err)
		return nil
	}
	t, ok := l.c.index.tables[id]
	if !ok {
		return cs // the unknown table is reported where it is named
	}
	for _, c := range cs {
		f, ok := t.typedField(c.Field)
		if !ok {
			l.at(v.at, "table %q has no typed field %q", id, c.Field)
			continue
		}
		for _, val := range c.In {
			if !f.takes(val) {
				l.at(v.at, "field %q of table %q never has the value %q", c.Field, id, val)
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
func (l *loader) selector(v value) Selector {
	if v.absent() {
		return Selector{}
	}
	o := v.object()
	table := o.need("table")
	s := Selector{Table: plimsoll.TableID(table.text())}
	l.table(table.at, s.Table)
	filter := o.get("filter")
	s.Text = filter.text()
	s.Filter = l.filter(filter, s.Table)
	s.ReferredBy = l.reference(o.get("referred_by"), s.Table)
	s.Required = o.get("required").bool()
	o.done()
	return s
}

// reference reads by which rows the selected rows must be referred to.
func (l *loader) reference(v value, to plimsoll.TableID) *Reference {
	if v.absent() {
		return nil
	}
	o := v.object()
	table, field := o.need("table"), o.need("field")
	r := &Reference{Table: plimsoll.TableID(table.text()), Field: field.text()}
	r.Filter = l.filter(o.get("filter"), r.Table)
	o.done()
	if t := l.table(table.at, r.Table); t != nil {
		l.refersTo(field.at, t, r.Field, to)
	}
	return r
}

// refersTo checks that a field of a table refers to rows of another.
func (l *loader) refersTo(at place, t *Table, field string, to plimsoll.TableID) {
	f, ok := t.typedField(field)
	if !ok || f.Type != "refs" || f.Values[0] != string(to) {
		l.at(at, "field %q of table %q does not refer to table %q", field, t.ID, to)
	}
}
