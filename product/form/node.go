package form

// Kind is the shape of a node.
type Kind int8

// The shapes of nodes.
const (
	Null Kind = iota
	Scalars
	List
	Mapping
)

// Node is a place in the file. The methods of a nil Node answer as for a place
// that is not there.
type Node struct {
	Kind         Kind
	Text         string // of a scalar: its source text, quotes and folding undone
	Line, Column int    // from 1; columns count characters
	Path         string // set by Check, such as "targets.devices[0].mac"
	Items        []*Node
	Entries      []Entry

	endLine int
	raw     string // source form of a scalar on one line
	bad     bool   // refused by Check: read as absent
	hidden  bool
}

// Entry is a key of a mapping and its value.
type Entry struct {
	Key   string
	At    *Node // place of the key
	Value *Node
}

// Get returns the value under the keys; nil when it is absent, empty or refused.
func (n *Node) Get(keys ...string) *Node {
	for _, k := range keys {
		n = n.child(k)
	}
	if n == nil || n.bad || n.Kind == Null {
		return nil
	}
	return n
}

func (n *Node) child(key string) *Node {
	if n == nil || n.bad || n.Kind != Mapping {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// At returns the place of a key, for reports; nil when the key is not written.
func (n *Node) At(key string) *Node {
	if n == nil {
		return nil
	}
	for _, e := range n.Entries {
		if e.Key == key {
			return e.At
		}
	}
	return nil
}

// Refused reports whether the key is written and its value was refused.
func (n *Node) Refused(key string) bool {
	if n == nil || n.Kind != Mapping {
		return false
	}
	for _, e := range n.Entries {
		if e.Key == key {
			return e.Value.bad
		}
	}
	return false
}

// State says how much of a place is written.
type State int8

// The states of a place.
const (
	Absent State = iota // neither key nor value
	Empty               // the key without a value, or with an empty text
	Filled              // a value, even a refused one
)

// Find says what is written under the keys, and where the last key stands.
func (n *Node) Find(keys ...string) (at *Node, state State) {
	for _, k := range keys {
		if n.Refused(k) {
			return n.At(k), Filled
		}
		if at = n.At(k); at == nil {
			return nil, Absent
		}
		n = n.child(k)
	}
	if n.Kind == Null || n.Kind == Scalars && n.Text == "" {
		return at, Empty
	}
	return at, Filled
}

// Str returns the text under the keys, empty when there is none.
func (n *Node) Str(keys ...string) string {
	if v := n.Get(keys...); v != nil && v.Kind == Scalars {
		return v.Text
	}
	return ""
}

// Strs returns the texts of the list under the keys; a bare value is a list of
// one. It is nil when there is no list, and empty but not nil for [].
func (n *Node) Strs(keys ...string) []string {
	v := n.Get(keys...)
	if v == nil {
		return nil
	}
	if v.Kind == Scalars {
		return []string{v.Text}
	}
	out := make([]string, 0, len(v.Items))
	for _, i := range v.List() {
		if i.Kind == Scalars {
			out = append(out, i.Text)
		}
	}
	return out
}

// List returns the items that were not refused; a bare value is a list of one.
func (n *Node) List() []*Node {
	if n == nil || n.bad {
		return nil
	}
	if n.Kind == Scalars {
		return []*Node{n}
	}
	out := make([]*Node, 0, len(n.Items))
	for _, i := range n.Items {
		if !i.bad && i.Kind != Null {
			out = append(out, i)
		}
	}
	return out
}

// Map returns the entries that were not refused and are not empty.
func (n *Node) Map() []Entry {
	if n == nil || n.bad {
		return nil
	}
	out := make([]Entry, 0, len(n.Entries))
	for _, e := range n.Entries {
		if !e.Value.bad && e.Value.Kind != Null {
			out = append(out, e)
		}
	}
	return out
}

// Hide keeps the text of the node and of all below it out of every excerpt.
func (n *Node) Hide() {
	n.hidden = true
	for _, i := range n.Items {
		i.Hide()
	}
	for _, e := range n.Entries {
		e.Value.Hide()
	}
}
