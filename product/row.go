package product

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/blank"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// Row is one row of an IXIT table. Values holds text and typed fields alike, by
// dotted key ("rate_limit.attempts"); the text of an entry of a list-form table
// stands under the key of the entry itself, "" when the entry gives only typed
// sub-keys.
type Row struct {
	Table    plimsoll.TableID
	ID       string
	Observed string // where a draft saw it; such a row is not a declaration
	Values   map[string]Value
	Line     int
}

// Value is a value as the file writes it: text is the source text of the scalar.
type Value struct {
	Text         string
	List         []string
	IsList       bool
	Line, Column int
}

// Has reports whether the row gives the field.
func (r Row) Has(key string) bool {
	_, ok := r.Values[key]
	return ok
}

// Text returns the field as text, empty when it is absent or a list.
func (r Row) Text(key string) string { return r.Values[key].Text }

// List returns the field as a list, and whether the row gives it as one. An empty
// list that is given says "none".
func (r Row) List(key string) ([]string, bool) {
	v, ok := r.Values[key]
	if !ok || !v.IsList {
		return nil, false
	}
	return v.List, true
}

// Bool returns the field as a truth value, unknown when it is absent.
func (r Row) Bool(key string) plimsoll.Truth {
	b, ok := form.ParseBool(r.Values[key].Text)
	if !ok {
		return plimsoll.Unknown
	}
	return plimsoll.TruthOf(b)
}

// Int returns the field as a whole number.
func (r Row) Int(key string) (int, bool) {
	n, err := strconv.Atoi(r.Values[key].Text)
	return n, err == nil
}

// Duration returns the field as a duration.
func (r Row) Duration(key string) (time.Duration, bool) {
	return form.ParseDuration(r.Values[key].Text)
}

// matches says whether the field has one of the values in. An empty list has the
// value "none".
func (r Row) matches(field string, in []string) plimsoll.Truth {
	v, ok := r.Values[field]
	switch {
	case !ok:
		return plimsoll.Unknown
	case v.IsList && len(v.List) == 0:
		return plimsoll.TruthOf(slices.Contains(in, "none"))
	case v.IsList:
		return plimsoll.TruthOf(slices.ContainsFunc(v.List, func(s string) bool { return slices.Contains(in, s) }))
	}
	if slices.Contains(in, v.Text) {
		return plimsoll.True
	}
	if b, ok := form.ParseBool(v.Text); ok {
		return plimsoll.TruthOf(slices.Contains(in, yesNo(b)))
	}
	return plimsoll.False
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// rowsOf reads the rows of a table.
func rowsOf(def *catalog.Table, n *form.Node) []Row {
	if def.List {
		r := Row{Table: def.ID, ID: string(def.ID), Observed: observed(n), Line: n.Line, Values: map[string]Value{}}
		for _, e := range n.Map() {
			if e.Key != blank.ObservedKey {
				entry(r.Values, e)
			}
		}
		return []Row{r}
	}
	rows := []Row{}
	for i, item := range n.Items {
		rows = append(rows, rowOf(def.ID, i, item))
	}
	return rows
}

// entry reads an entry of a list-form table: a text, or a mapping with one.
func entry(into map[string]Value, e form.Entry) {
	if e.Value.Kind != form.Mapping {
		into[e.Key] = valueOf(e.Value, e.Value)
		return
	}
	into[e.Key] = valueOf(e.Value.Get(blank.TextKey), e.Value)
	collect(into, e.Key, e.Value)
	delete(into, e.Key+"."+blank.TextKey)
}

// observed says where a row was seen. The key alone, even without a value, keeps
// the row from being a declaration.
func observed(n *form.Node) string {
	if s := n.Str(blank.ObservedKey); s != "" || n.At(blank.ObservedKey) == nil {
		return s
	}
	return "somewhere"
}

// rowOf reads a row. An item that is empty or was refused stays a row, of which
// nothing is known: dropping it would say that the product has no such thing.
func rowOf(t plimsoll.TableID, i int, item *form.Node) Row {
	r := Row{Table: t, ID: item.Str("id"), Observed: observed(item), Line: item.Line, Values: map[string]Value{}}
	if item.Get() != nil {
		collect(r.Values, "", item)
	}
	delete(r.Values, blank.ObservedKey)
	if r.ID == "" {
		r.ID = fmt.Sprintf("%s[%d]", t, i)
	}
	return r
}

// collect gathers scalars and lists under dotted keys. An empty text is still to
// fill in, so it is left out.
func collect(into map[string]Value, key string, n *form.Node) {
	switch n.Kind {
	case form.Scalars:
		if n.Text != "" {
			into[key] = valueOf(n, n)
		}
	case form.List:
		if len(n.List()) == len(n.Items) { // else what it lists is not known
			into[key] = valueOf(n, n)
		}
	case form.Mapping:
		for _, e := range n.Map() {
			k := e.Key
			if key != "" {
				k = key + "." + k
			}
			collect(into, k, e.Value)
		}
	}
}

// valueOf reads a scalar or a list; at gives the place when n is not there.
func valueOf(n, at *form.Node) Value {
	v := Value{Line: at.Line, Column: at.Column}
	switch {
	case n == nil:
	case n.Kind == form.List:
		v.IsList, v.List = true, n.Strs()
	case n.Kind == form.Scalars:
		v.Text = n.Text
	}
	return v
}

// Keys returns the dotted keys that the row gives, sorted.
func (r Row) Keys() []string { return slices.Sorted(maps.Keys(r.Values)) }
