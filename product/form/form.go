// Package form reads a YAML file that a person filled in and checks it against
// the description of a form: every problem at once, each with line, column, the
// offending line and what to write instead. The same description gives the JSON
// Schema and the canonical JSON of the file.
//
// It knows no product and no standard. It must never follow an alias, never keep
// more of a file than its limits allow, and never show a value the form hides.
package form

// Spec describes one place of a form. Exactly one of Scalar, Keys, Item and Dict
// is set.
type Spec struct {
	Doc    string
	Scalar *Scalar // a single value
	Keys   []Key   // a mapping with these keys
	Item   *Spec   // a list
	Dict   *Spec   // a mapping with keys of the user's choice
	Short  string  // of a mapping: the key that a bare value stands for
	Bare   bool    // of a list: a bare value stands for a list of one
}

// Key is a key of a mapping.
type Key struct {
	Name     string
	Required bool
	Spec     *Spec
}

// Scalar is a kind of single value. Its text is the source text of the file.
type Scalar struct {
	Want   string                   // what it should be, such as "a date such as 2026-12-01"
	Check  func(text string) *Issue // nil: any text
	Schema map[string]any           // JSON Schema of the value as JSON; nil: text
	JSON   func(text string) any    // the canonical value; nil: the text
	Hide   bool                     // a secret: never shown, canonical "[secret]"
}

// Issue is what is wrong with a value. Message must not quote hidden values.
type Issue struct {
	Message string
	Remedy  string
	Warning bool
	Hide    bool // the value must not be shown
}

// key returns the key of a mapping.
func (s *Spec) key(name string) *Key {
	for i := range s.Keys {
		if s.Keys[i].Name == name {
			return &s.Keys[i]
		}
	}
	return nil
}

func (s *Spec) names() []string {
	out := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		out[i] = k.Name
	}
	return out
}

// Has reports whether a mapping has the key.
func (s *Spec) Has(name string) bool { return s.key(name) != nil }
