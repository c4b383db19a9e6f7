// Package strictyaml reads YAML by hand: each key is asked for by name, the keys
// nobody asked for are refused, and every complaint has its file and line. It is
// for data that is part of the program; it must never be given a file from
// outside, because it sets no limits.
package strictyaml

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Problems collects everything that is wrong with the data, each with its place,
// so that one mistake never hides the others.
type Problems struct{ errs []error }

// At adds a problem and where it is.
func (p *Problems) At(at Place, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

// Err joins the problems in the order of the files and lines they were found in.
func (p *Problems) Err() error { return errors.Join(p.errs...) }

// Place is where something stands in the data.
type Place struct {
	file string
	line int
}

// String returns file:line.
func (a Place) String() string { return fmt.Sprintf("%s:%d", a.file, a.line) }

// Value is a node of a YAML file. The zero value stands for an absent key: it
// reads as empty and complains of nothing.
type Value struct {
	node ast.Node
	At   Place // where it stands; of an absent key, where its mapping begins
	p    *Problems
}

// Read parses one file of the data into its top-level mapping.
func Read(fsys fs.FS, name string, p *Problems) *Object {
	bad := &Object{Value: Value{At: Place{name, 1}, p: p}}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		p.At(bad.At, "reading: %v", err)
		return bad
	}
	f, err := parser.ParseBytes(raw, 0)
	if err != nil {
		at := bad.At
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			at.line = syntax.GetToken().Position.Line
		}
		p.At(at, "parsing: %s", firstLine(err))
		return bad
	}
	if len(f.Docs) != 1 {
		p.At(bad.At, "want one YAML document, have %d", len(f.Docs))
		return bad
	}
	return Value{f.Docs[0].Body, bad.At, p}.Object()
}

// firstLine leaves out the excerpt that the YAML library adds to its errors.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// Absent reports whether the key was not there.
func (v Value) Absent() bool { return v.node == nil }

func (v Value) child(n ast.Node) Value {
	at := v.At
	if tok := n.GetToken(); tok != nil {
		at.line = tok.Position.Line
	}
	return Value{n, at, v.p}
}

// Text reads a scalar as it is written: a bool or a number keeps its source form.
func (v Value) Text() string {
	switch n := v.node.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.node.GetToken().Value
	}
	v.p.At(v.At, "want text, have %s", v.node.Type())
	return ""
}

// Scalar reads a bool, a number or a text with its own type.
func (v Value) Scalar() any {
	switch n := v.node.(type) {
	case *ast.BoolNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	case *ast.IntegerNode:
		switch i := n.Value.(type) {
		case uint64:
			return float64(i)
		case int64:
			return float64(i)
		}
	}
	return v.Text()
}

// Bool reads true or false; an absent key is false.
func (v Value) Bool() bool {
	if v.Absent() {
		return false
	}
	b, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.p.At(v.At, "want true or false, have %q", v.Text())
		return false
	}
	return b.Value
}

// Int reads a whole number that is not negative; an absent key is 0.
func (v Value) Int() int {
	if v.Absent() {
		return 0
	}
	if n, ok := v.node.(*ast.IntegerNode); ok {
		if i, ok := n.Value.(uint64); ok && i < 1<<31 {
			return int(i)
		}
	}
	v.p.At(v.At, "want a whole number, have %q", v.Text())
	return 0
}

// List reads a sequence; a single scalar or mapping is no list.
func (v Value) List() []Value {
	if v.Absent() {
		return nil
	}
	s, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.p.At(v.At, "want a list")
		return nil
	}
	out := make([]Value, len(s.Values))
	for i, n := range s.Values {
		out[i] = v.child(n)
	}
	return out
}

// Texts reads a sequence of scalars into strings of type T.
func Texts[T ~string](v Value) []T {
	var out []T
	for _, e := range v.List() {
		out = append(out, T(e.Text()))
	}
	return out
}

// OneOf reads a text that must be one of a few; an absent key is empty.
func OneOf[T ~string](v Value, all ...T) T {
	got := T(v.Text())
	if !v.Absent() && !slices.Contains(all, got) {
		v.p.At(v.At, "%q is not one of %v", got, all)
	}
	return got
}

// Object is a mapping. Each key that is read is thereby known; Done reports the
// others.
type Object struct {
	Value
	// Mappings are many and small: a list is searched faster than a map is made.
	pairs []pair   // in file order
	known []string // the keys that were asked for and are not there
}

type pair struct {
	key  string
	val  Value
	read bool
}

func (o *Object) find(name string) *pair {
	for i := range o.pairs {
		if o.pairs[i].key == name {
			return &o.pairs[i]
		}
	}
	return nil
}

// IsObject reports whether v is a mapping.
func (v Value) IsObject() bool {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// Object reads a mapping. Duplicate keys are refused; anchors, aliases and merge
// keys do not read as mappings or scalars and so are refused too.
func (v Value) Object() *Object {
	o := &Object{Value: v}
	var pairs []*ast.MappingValueNode
	switch n := v.node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		v.p.At(v.At, "want a mapping")
	}
	o.pairs = make([]pair, 0, len(pairs))
	for i, kv := range pairs {
		key := v.child(kv.Key)
		name := kv.Key.GetToken().Value
		val := v.child(kv.Value)
		if _, null := kv.Value.(*ast.NullNode); null {
			v.p.At(key.At, "key %q has no value", name)
			val = Value{At: key.At, p: v.p}
		}
		if i == 0 {
			o.At = key.At
		}
		if twice := o.find(name); twice != nil {
			v.p.At(key.At, "key %q stands twice", name)
			twice.val = val
			continue
		}
		o.pairs = append(o.pairs, pair{key: name, val: val})
	}
	return o
}

// Names lists the keys in the order of the file.
func (o *Object) Names() []string {
	out := make([]string, len(o.pairs))
	for i := range o.pairs {
		out[i] = o.pairs[i].key
	}
	return out
}

// Has reports whether the key is there, without reading it.
func (o *Object) Has(name string) bool { return o.find(name) != nil }

// Get reads a key that may be absent.
func (o *Object) Get(name string) Value {
	if p := o.find(name); p != nil {
		p.read = true
		return p.val
	}
	o.known = append(o.known, name)
	return Value{At: o.At, p: o.p}
}

// Need reads a key that must be there and must not be empty.
func (o *Object) Need(name string) Value {
	v := o.Get(name)
	empty := false
	switch n := v.node.(type) {
	case nil:
		o.p.At(o.At, "%q is missing", name)
	case *ast.StringNode:
		empty = strings.TrimSpace(n.Value) == ""
	case *ast.SequenceNode:
		empty = len(n.Values) == 0
	}
	if empty {
		o.p.At(v.At, "%q is empty", name)
	}
	return v
}

// Done reports the keys nobody asked for.
func (o *Object) Done() {
	for _, p := range o.pairs {
		if p.read {
			continue
		}
		want := slices.Clone(o.known)
		for _, q := range o.pairs {
			if q.read {
				want = append(want, q.key)
			}
		}
		slices.Sort(want)
		o.p.At(p.val.At, "unknown key %q (known: %s)", p.key, strings.Join(slices.Compact(want), ", "))
	}
}
