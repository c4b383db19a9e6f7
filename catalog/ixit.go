package catalog

import (
	"regexp"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
)

var (
	keyForm  = regexp.MustCompile(`^[a-z0-9_]+$`)
	typeList = []string{"bool", "int", "port", "duration", "date", "url", "text", "enum", "list", "refs"}
)

// ixit reads ixit.yaml.
func (l *loader) ixit(o *object) {
	for _, v := range o.need("tables").list() {
		t := v.object()
		n := t.need("n")
		table := &Table{
			N:       n.int(),
			ID:      plimsoll.TableID(t.need("short").text()),
			Name:    t.need("name").text(),
			List:    oneOf(t.need("form"), "table", "list") == "list",
			Meaning: t.need("meaning").text(),
		}
		if table.N != len(l.c.Tables)+1 {
			l.at(n.at, "table %q is number %d and stands at place %d", table.ID, table.N, len(l.c.Tables)+1)
		}
		for _, f := range t.need("fields").list() {
			table.Fields = append(table.Fields, l.ixitField(table, f.object()))
		}
		for _, f := range t.get("typed").list() {
			if tf, ok := l.typedField(table, f.object()); ok {
				table.Typed = append(table.Typed, tf)
			}
		}
		t.done()
		l.file(string(table.ID), t.at)
		l.c.Tables = append(l.c.Tables, table)
		l.c.index.tables[table.ID] = table
	}
}

func (l *loader) ixitField(t *Table, o *object) Field {
	f := Field{Name: o.need("name").text(), Key: o.need("key").text(), Meaning: o.need("meaning").text()}
	o.done()
	if !keyForm.MatchString(f.Key) || t.hasKey(f.Key) {
		l.at(o.at, "key %q of table %q is malformed or stands twice", f.Key, t.ID)
	}
	return f
}

func (l *loader) typedField(t *Table, o *object) (TypedField, bool) {
	f := TypedField{
		Name:    o.need("name").text(),
		Type:    oneOf(o.need("type"), typeList...),
		Values:  texts[string](o.get("values")),
		Meaning: o.need("meaning").text(),
	}
	o.done()
	if slices.ContainsFunc(t.Typed, func(g TypedField) bool { return g.Name == f.Name }) {
		l.at(o.at, "typed field %q of table %q stands twice", f.Name, t.ID)
		return f, false
	}
	switch f.Type {
	case "enum":
		if len(f.Values) == 0 {
			l.at(o.at, "typed field %q is an enum without values", f.Name)
		}
	case "refs":
		if len(f.Values) != 1 {
			l.at(o.at, "typed field %q must name the one table it refers to", f.Name)
			return f, false
		}
		l.afterwards(func() { l.table(o.at, plimsoll.TableID(f.Values[0])) })
	}
	return f, true
}

// table finds a table or reports that there is none.
func (l *loader) table(at place, id plimsoll.TableID) *Table {
	t, ok := l.c.index.tables[id]
	if !ok {
		l.at(at, "unknown table %q", id)
		return nil
	}
	return t
}

// fieldRefs reads a mapping of tables to the keys of their fields.
func (l *loader) fieldRefs(v value) []FieldRef {
	if v.absent() {
		return nil
	}
	o := v.object()
	var out []FieldRef
	for _, name := range o.names {
		keys := o.get(name)
		t := l.table(keys.at, plimsoll.TableID(name))
		for _, key := range texts[string](keys) {
			if t != nil && !t.hasKey(key) {
				l.at(keys.at, "table %q has no field %q", name, key)
			}
			out = append(out, FieldRef{plimsoll.TableID(name), key})
		}
	}
	return out
}
