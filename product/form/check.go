package form

import (
	"fmt"
	"strconv"
	"strings"
)

// Check holds the document to a form. What does not fit is reported and reads as
// absent afterwards. Every node gets its path.
func (d *Document) Check(s *Spec) {
	if d.Root != nil {
		d.check(d.Root, s, "")
	}
}

func (d *Document) check(n *Node, s *Spec, path string) {
	n.Path = path
	if s.Scalar != nil && s.Scalar.Hide {
		n.Hide()
	}
	if n.bad || n.Kind == Null {
		return
	}
	switch {
	case s.Scalar != nil:
		d.checkScalar(n, s.Scalar)
	case s.Item != nil:
		d.checkList(n, s)
	case s.Dict != nil:
		d.checkDict(n, s)
	default:
		d.checkMapping(n, s)
	}
}

func (d *Document) checkScalar(n *Node, s *Scalar) {
	if n.Kind != Scalars {
		d.refuse(n, fmt.Sprintf("%s stands where %s is expected", shape(n), s.Want), "write "+s.Want)
		return
	}
	if s.Check == nil {
		return
	}
	issue := s.Check(n.Text)
	if issue == nil {
		return
	}
	d.put(n, *issue)
	n.bad = !issue.Warning
	n.hidden = n.hidden || issue.Hide
}

func (d *Document) checkList(n *Node, s *Spec) {
	if n.Kind == Scalars && s.Bare {
		d.check(n, s.Item, n.Path)
		return
	}
	if n.Kind != List {
		remedy := "write each item on a line of its own that begins with -"
		if n.Kind == Scalars && s.Item.Scalar != nil {
			remedy = "write it in brackets: [" + mayQuote(n, s.Item) + "]"
		}
		d.refuse(n, shape(n)+" stands where a list is expected", remedy)
		return
	}
	for i, item := range n.Items {
		path := n.Path + "[" + strconv.Itoa(i) + "]"
		if item.Kind == Null && !item.bad {
			item.Path = path
			d.Warn(item, "this item is empty", "fill it in, or delete its line")
			continue
		}
		d.check(item, s.Item, path)
	}
}

func (d *Document) checkDict(n *Node, s *Spec) {
	if n.Kind != Mapping {
		d.refuse(n, shape(n)+" stands where a mapping is expected", "write name: value lines, indented")
		hideUnder(n, s)
		return
	}
	for _, e := range n.Entries {
		e.At.Path = join(n.Path, e.Key)
		d.check(e.Value, s.Dict, e.At.Path)
	}
}

func (d *Document) checkMapping(n *Node, s *Spec) {
	if n.Kind == Scalars && s.Short != "" {
		d.check(n, s.key(s.Short).Spec, n.Path)
		return
	}
	if n.Kind != Mapping {
		d.refuse(n, shape(n)+" stands where a mapping is expected", mappingRemedy(n, s))
		hideUnder(n, s)
		return
	}
	for _, e := range n.Entries {
		e.At.Path = join(n.Path, e.Key)
		k := s.key(e.Key)
		if k == nil {
			e.Value.bad = true
			e.Value.Hide()
			d.Report(e.At, unknownKey(e.Key, n.Path), d.keyRemedy(e.Key, s))
			continue
		}
		d.check(e.Value, k.Spec, e.At.Path)
	}
	for _, k := range s.Keys {
		if k.Required && n.Get(k.Name) == nil && !n.child(k.Name).refused() {
			d.Report(n, fmt.Sprintf("%q is missing", k.Name), fmt.Sprintf("write %s: …  (%s)", k.Name, k.Spec.Doc))
		}
	}
}

func mappingRemedy(n *Node, s *Spec) string {
	keys := "write these keys, indented: " + some(s.names())
	if n.Kind == Scalars && n.Path != "" && !n.hidden && s.Keys[0].Required {
		return fmt.Sprintf("write {%s: %s}; the keys are %s", s.Keys[0].Name, clip(n.Text), some(s.names()))
	}
	return keys
}

// hideUnder hides a value of the wrong shape that stands where secrets belong.
func hideUnder(n *Node, s *Spec) {
	if s.Dict != nil && s.Dict.Scalar != nil && s.Dict.Scalar.Hide {
		n.Hide()
	}
	for _, k := range s.Keys {
		hideUnder(n, k.Spec)
	}
}

func (n *Node) refused() bool { return n != nil && n.bad }

func (d *Document) refuse(n *Node, message, remedy string) {
	d.Report(n, message, remedy)
	n.bad = true
}

func unknownKey(key, path string) string {
	if path == "" {
		return fmt.Sprintf("unknown key %q", clip(key))
	}
	return fmt.Sprintf("unknown key %q in %s", clip(key), path)
}

func (d *Document) keyRemedy(key string, s *Spec) string {
	if head, tail, dotted := strings.Cut(key, "."); dotted && s.Has(head) {
		return fmt.Sprintf("write it nested: %s: {%s: …}", head, clip(tail))
	}
	if near := Nearest(key, s.names()); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "known here: " + some(s.names())
}

func shape(n *Node) string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[n.Kind]
}

func mayQuote(n *Node, s *Spec) string {
	if n.hidden || s.Scalar.Hide {
		return "…"
	}
	return clip(n.Text)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// some lists names, not more than a line holds.
func some(names []string) string {
	const most = 24
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// clip shortens outside text for a message.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
