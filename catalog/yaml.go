package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// problems collects everything that is wrong with the data, each with its place,
// so that one mistake never hides the others.
type problems struct{ errs []error }

func (p *problems) at(at place, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

// err joins the problems in the order of the files and lines they were found in.
func (p *problems) err() error { return errors.Join(p.errs...) }

// place is where something stands in the data.
type place struct {
	file string
	line int
}

func (a place) String() string { return fmt.Sprintf("%s:%d", a.file, a.line) }

// value is a node of a YAML file. The zero value stands for an absent key: it
// reads as empty and complains of nothing.
type value struct {
	node ast.Node
	at   place
	p    *problems
}

// readYAML parses one file of the data into its top-level mapping.
func readYAML(fsys fs.FS, name string, p *problems) *object {
	bad := &object{value: value{at: place{name, 1}, p: p}, known: map[string]bool{}}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		p.at(bad.at, "reading: %v", err)
		return bad
	}
	f, err := parser.ParseBytes(raw, 0)
	if err != nil {
		p.at(bad.at, "parsing: %v", err)
		return bad
	}
	if len(f.Docs) != 1 {
		p.at(bad.at, "want one YAML document, have %d", len(f.Docs))
		return bad
	}
	return value{f.Docs[0].Body, bad.at, p}.object()
}

func (v value) absent() bool { return v.node == nil }

func (v value) child(n ast.Node) value {
	at := v.at
	if tok := n.GetToken(); tok != nil {
		at.line = tok.Position.Line
	}
	return value{n, at, v.p}
}

// text reads a scalar as it is written: a bool or a number keeps its source form.
func (v value) text() string {
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
	v.p.at(v.at, "want text, have %s", v.node.Type())
	return ""
}

// scalar reads a bool, a number or a text with its own type.
func (v value) scalar() any {
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
	return v.text()
}

func (v value) bool() bool {
	if v.absent() {
		return false
	}
	b, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.p.at(v.at, "want true or false, have %q", v.text())
		return false
	}
	return b.Value
}

func (v value) int() int {
	if v.absent() {
		return 0
	}
	if n, ok := v.node.(*ast.IntegerNode); ok {
		if i, ok := n.Value.(uint64); ok && i < 1<<31 {
			return int(i)
		}
	}
	v.p.at(v.at, "want a whole number, have %q", v.text())
	return 0
}

// list reads a sequence; a single scalar or mapping is no list.
func (v value) list() []value {
	if v.absent() {
		return nil
	}
	s, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.p.at(v.at, "want a list")
		return nil
	}
	out := make([]value, len(s.Values))
	for i, n := range s.Values {
		out[i] = v.child(n)
	}
	return out
}

// texts reads a sequence of scalars into strings of type T.
func texts[T ~string](v value) []T {
	var out []T
	for _, e := range v.list() {
		out = append(out, T(e.text()))
	}
	return out
}

// object is a mapping. Each key that is read is thereby known; done reports the
// others.
type object struct {
	value
	names []string // in file order
	keys  map[string]value
	known map[string]bool
}

func (v value) isObject() bool {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// object reads a mapping. Duplicate keys are refused; anchors, aliases and merge
// keys do not read as mappings or scalars and so are refused too.
func (v value) object() *object {
	o := &object{value: v, keys: map[string]value{}, known: map[string]bool{}}
	var pairs []*ast.MappingValueNode
	switch n := v.node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		v.p.at(v.at, "want a mapping")
	}
	for _, kv := range pairs {
		key := v.child(kv.Key)
		name := kv.Key.GetToken().Value
		if _, twice := o.keys[name]; twice {
			v.p.at(key.at, "key %q stands twice", name)
		}
		val := v.child(kv.Value)
		if _, null := kv.Value.(*ast.NullNode); null {
			v.p.at(key.at, "key %q has no value", name)
			val = value{at: key.at, p: v.p}
		}
		o.names = append(o.names, name)
		o.keys[name] = val
	}
	if len(o.names) > 0 {
		o.at = v.child(pairs[0].Key).at
	}
	return o
}

// get reads a key that may be absent.
func (o *object) get(name string) value {
	o.known[name] = true
	v, ok := o.keys[name]
	if !ok {
		return value{at: o.at, p: o.p}
	}
	return v
}

// need reads a key that must be there and must not be empty.
func (o *object) need(name string) value {
	v := o.get(name)
	if v.absent() {
		o.p.at(o.at, "%q is missing", name)
	} else if s, ok := v.node.(*ast.StringNode); ok && strings.TrimSpace(s.Value) == "" {
		o.p.at(v.at, "%q is empty", name)
	}
	return v
}

// done reports the keys nobody asked for.
func (o *object) done() {
	for _, name := range o.names {
		if !o.known[name] {
			want := make([]string, 0, len(o.known))
			for k := range o.known {
				want = append(want, k)
			}
			slices.Sort(want)
			o.p.at(o.keys[name].at, "unknown key %q (known: %s)", name, strings.Join(want, ", "))
		}
	}
}
