package product

import (
	"slices"
	"strconv"
	"time"

	"github.com/plimsoll-iot/plimsoll"
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
	b, ok := parseBool(r.Values[key].Text)
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
func (r Row) Duration(key string) (time.Duration, bool) { return parseDuration(r.Values[key].Text) }

// matches says whether the field has one of the values in.
func (r Row) matches(field string, in []string) plimsoll.Truth {
	v, ok := r.Values[field]
	switch {
	case !ok:
		return plimsoll.Unknown
	case v.IsList:
		return plimsoll.TruthOf(slices.ContainsFunc(v.List, func(s string) bool { return slices.Contains(in, s) }))
	}
	if slices.Contains(in, v.Text) {
		return plimsoll.True
	}
	if b, ok := parseBool(v.Text); ok {
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
