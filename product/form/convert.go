package form

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node turns the parser's tree into ours, and refuses what a form has no use for.
func (d *Document) node(a ast.Node, depth int) *Node {
	if a == nil || a.GetToken() == nil {
		return &Node{Line: 1, Column: 1}
	}
	tk := a.GetToken()
	n := &Node{Line: tk.Position.Line, Column: tk.Position.Column}
	n.endLine = n.Line
	if depth > maxDepth {
		n.bad, d.syntax = true, true
		d.Report(n, fmt.Sprintf("nested deeper than %d levels", maxDepth), "write it flatter")
		return n
	}
	switch a := a.(type) {
	case *ast.MappingNode:
		n.Kind = Mapping
		d.entries(n, a.Values, depth)
	case *ast.MappingValueNode:
		n.Kind = Mapping
		d.entries(n, []*ast.MappingValueNode{a}, depth)
	case *ast.SequenceNode:
		n.Kind = List
		for _, v := range a.Values {
			n.Items = append(n.Items, d.node(v, depth+1))
		}
	case *ast.NullNode:
	case *ast.LiteralNode:
		n.scalar(strings.TrimRight(a.Value.Value, "\n"), a.Value.GetToken())
		n.endLine++
	case *ast.AnchorNode:
		d.Report(n, "anchors (&) are not used here", "delete the anchor and write the value where it is needed")
		d.drop(n, a.Value, depth)
	case *ast.AliasNode:
		d.Report(n, "aliases (*) are not used here", "write the value itself; text that begins with * goes in double quotes")
		n.bad = true
	case *ast.TagNode:
		d.Report(n, "tags (!) are not used here", "delete the tag; text that begins with ! goes in double quotes")
		d.drop(n, a.Value, depth)
	case ast.ScalarNode:
		n.scalar(tk.Value, tk)
	default:
		d.Report(n, "this has no place in a form", "write a value, a list or a mapping")
		n.bad = true
	}
	return n
}

// drop refuses a node and remembers what it holds, so that no excerpt shows it.
func (d *Document) drop(n *Node, value ast.Node, depth int) {
	n.bad = true
	v := d.node(value, depth+1)
	v.Hide()
	d.dropped = append(d.dropped, v)
}

func (n *Node) scalar(text string, tk *token.Token) {
	n.Kind = Scalars
	n.Text = text
	n.raw = strings.TrimSpace(tk.Origin)
	n.endLine = n.Line + strings.Count(n.raw, "\n")
}

// entries fills a mapping. A key that stands twice counts once, as first written.
func (d *Document) entries(n *Node, values []*ast.MappingValueNode, depth int) {
	seen := map[string]int{}
	for i, v := range values {
		at := d.keyNode(v.Key)
		if i == 0 && n.Column > at.Column && n.Line == at.Line {
			n.Line, n.Column = at.Line, at.Column
		}
		value := d.node(v.Value, depth+1)
		if at.bad {
			value.Hide()
			d.dropped = append(d.dropped, value)
			continue
		}
		if line, twice := seen[at.Text]; twice {
			value.Hide()
			d.dropped = append(d.dropped, value)
			d.Report(at, fmt.Sprintf("the key %q stands here a second time; first in line %d", at.Text, line), "delete one of the two")
			continue
		}
		seen[at.Text] = at.Line
		n.Entries = append(n.Entries, Entry{Key: at.Text, At: at, Value: value})
	}
}

func (d *Document) keyNode(key ast.MapKeyNode) *Node {
	tk := key.GetToken()
	at := &Node{Line: tk.Position.Line, Column: tk.Position.Column, endLine: tk.Position.Line}
	switch key.(type) {
	case *ast.MergeKeyNode:
		d.Report(at, "merge keys (<<) are not used here", "write the keys themselves")
		at.bad = true
	case *ast.MappingKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.Report(at, "this cannot be a key", "write a plain word and a colon")
		at.bad = true
	default:
		at.scalar(tk.Value, tk)
	}
	return at
}
