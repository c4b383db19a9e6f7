package regime

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// Rule is a boolean expression: exactly one of its parts is set.
type Rule struct {
	All         []Rule
	Any         []Rule
	Provision   *ProvisionAtom
	Unit        *UnitAtom
	Fact        *FactAtom
	Label       *LabelAtom
	Ask         *AskRef
	Requirement *RequirementAtom
}

// parts lists the parts of an inner node; none for an atom.
func (r *Rule) parts() []Rule {
	if r.All != nil {
		return r.All
	}
	return r.Any
}

// walk calls f for the rule and everything below it.
func (r *Rule) walk(f func(*Rule)) {
	f(r)
	parts := r.parts()
	for i := range parts {
		parts[i].walk(f)
	}
}

// rests reports whether the rule rests on another requirement.
func (r *Rule) rests() bool {
	out := false
	r.walk(func(n *Rule) { out = out || n.Requirement != nil })
	return out
}

// ProvisionAtom holds when the provision has PASS in the pinned edition, or does
// not apply under a valid ICS.
type ProvisionAtom struct {
	ID      plimsoll.ProvisionID
	Edition plimsoll.Edition
}

// UnitAtom holds when the test unit has PASS in the pinned edition.
type UnitAtom struct {
	ID        plimsoll.UnitID
	Provision plimsoll.ProvisionID // the provision the unit belongs to
	Edition   plimsoll.Edition
}

// FactAtom compares a fact: Is, In, or one or both of AtLeast and AtMost are set.
// Dates compare as dates; a bound on a date is a day, or "placed" or "day" with a
// term, as "placed+5y".
type FactAtom struct {
	ID      plimsoll.FactID
	Is      any // bool, string or float64
	In      []string
	AtLeast string
	AtMost  string
}

// LabelAtom holds when the product holds a label of the scheme at least at the
// level, valid on the day.
type LabelAtom struct {
	Scheme plimsoll.RegimeID
	Level  string // "" any
}

// AskAtom is a question of the regime's own that a person answers and signs: the
// answer is the fact "ask.<regime>.<id>", true or false.
type AskAtom struct {
	Regime   plimsoll.RegimeID
	ID       string
	Question string
	Hint     string
	Nearest  plimsoll.ProvisionID
	About    About
}

// About is what a question is about, and so how long an answer to it holds.
type About string

// What questions are about. Where the data does not say, an answer holds for the
// version of the firmware that the person had before them and for no other.
const (
	AboutVersion About = "version"
	AboutModel   About = "model" // what the law takes the product for, how it is sold, what is published of it
	AboutMaker   About = "maker" // how the organisation works, or the scheme
)

// Fact is the id under which the answer is recorded.
func (a *AskAtom) Fact() plimsoll.FactID {
	return plimsoll.FactID("ask." + string(a.Regime) + "." + a.ID)
}

// AskRef holds when the question is answered as wanted.
type AskRef struct {
	Ask *AskAtom
	Is  bool
}

// RequirementAtom holds when another requirement does, or, without an id, every
// mandatory requirement of the regime.
type RequirementAtom struct {
	Regime plimsoll.RegimeID
	ID     string
}

// Comparison is what a fact is compared with, in signs; "" for "is true".
func (a *FactAtom) Comparison() string {
	switch {
	case a.Is == true:
		return ""
	case a.Is != nil:
		return fmt.Sprintf(" = %v", a.Is)
	case a.In != nil:
		return " in " + strings.Join(a.In, ", ")
	}
	var out string
	if a.AtLeast != "" {
		out += " >= " + a.AtLeast
	}
	if a.AtMost != "" {
		out += " <= " + a.AtMost
	}
	return out
}
