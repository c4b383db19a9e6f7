package catalog

import (
	"regexp"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

var (
	keyForm  = regexp.MustCompile(`^[a-z0-9_]+$`)
	typeList = []string{"bool", "int", "port", "duration", "date", "url", "text", "enum", "list", "refs"}
)

// ixit reads ixit.yaml.
func (l *loader) ixit(o *strictyaml.Object) {
	for _, v := range o.Need("tables").List() {
		t := v.Object()
		n := t.Need("n")
		table := &Table{
			N:       n.Int(),
			ID:      plimsoll.TableID(t.Need("short").Text()),
			Name:    t.Need("name").Text(),
			List:    strictyaml.OneOf(t.Need("form"), "table", "list") == "list",
			Meaning: t.Need("meaning").Text(),
		}
		if table.N != len(l.c.Tables)+1 {
			l.At(n.At, "table %q is number %d and stands at place %d", table.ID, table.N, len(l.c.Tables)+1)
		}
		for _, f := range t.Need("fields").List() {
			table.Fields = append(table.Fields, l.ixitField(table, f.Object()))
		}
		for _, f := range t.Get("typed").List() {
			if tf, ok := l.typedField(table, f.Object()); ok {
				table.Typed = append(table.Typed, tf)
			}
		}
		t.Done()
		l.file(string(table.ID), t.At)
		l.c.Tables = append(l.c.Tables, table)
		l.c.index.tables[table.ID] = table
	}
}

func (l *loader) ixitField(t *Table, o *strictyaml.Object) Field {
	f := Field{Name: o.Need("name").Text(), Key: o.Need("key").Text(), Meaning: o.Need("meaning").Text()}
	o.Done()
	if !keyForm.MatchString(f.Key) || t.hasKey(f.Key) {
		l.At(o.At, "key %q of table %q is malformed or stands twice", f.Key, t.ID)
	}
	return f
}

func (l *loader) typedField(t *Table, o *strictyaml.Object) (TypedField, bool) {
	f := TypedField{
		Name:    o.Need("name").Text(),
		Type:    strictyaml.OneOf(o.Need("type"), typeList...),
		Values:  strictyaml.Texts[string](o.Get("values")),
		Meaning: o.Need("meaning").Text(),
	}
	o.Done()
	if slices.ContainsFunc(t.Typed, func(g TypedField) bool { return g.Name == f.Name }) {
		l.At(o.At, "typed field %q of table %q stands twice", f.Name, t.ID)
		return f, false
	}
	switch f.Type {
	case "enum":
		if len(f.Values) == 0 {
			l.At(o.At, "typed field %q is an enum without values", f.Name)
		}
	case "refs":
		if len(f.Values) != 1 {
			l.At(o.At, "typed field %q must name the one table it refers to", f.Name)
			return f, false
		}
		l.afterwards(func() { l.table(o.At, plimsoll.TableID(f.Values[0])) })
	}
	return f, true
}

// table finds a table or reports that there is none.
func (l *loader) table(at strictyaml.Place, id plimsoll.TableID) *Table {
	t, ok := l.c.index.tables[id]
	if !ok {
		l.At(at, "unknown table %q", id)
		return nil
	}
	return t
}

// fieldRefs reads a mapping of tables to the keys of their fields.
func (l *loader) fieldRefs(v strictyaml.Value) []FieldRef {
	if v.Absent() {
		return nil
	}
	o := v.Object()
	var out []FieldRef
	for _, name := range o.Names() {
		keys := o.Get(name)
		t := l.table(keys.At, plimsoll.TableID(name))
		for _, key := range strictyaml.Texts[string](keys) {
			if t != nil && !t.hasKey(key) {
				l.At(keys.At, "table %q has no field %q", name, key)
			}
			out = append(out, FieldRef{plimsoll.TableID(name), key})
		}
	}
	return out
}
