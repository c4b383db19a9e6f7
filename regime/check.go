package regime

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// ParseNumber reads a bound on a number.
func ParseNumber(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return f, nil
}

// contradictions refuses what can never hold, or is said twice: in one "all" a
// fact that is two things, in one "all" or "any" the same part twice. An "all"
// within an "all" is one with it.
func (l *loader) contradictions(at strictyaml.Place, r Rule) {
	seen := map[string]bool{}
	for _, p := range r.parts() {
		if id := p.identity(); id != "" && seen[id] {
			l.At(at, "%s stands twice in one list", id)
		} else {
			seen[id] = true
		}
	}
	var atoms []Rule
	r.conjuncts(&atoms)
	for i, a := range atoms {
		for _, b := range atoms[:i] {
			if why := clash(a, b); why != "" {
				l.At(at, "the rule never holds: %s", why)
			}
		}
	}
	for _, p := range r.parts() {
		if p.parts() != nil {
			l.contradictions(at, p)
		}
	}
}

// conjuncts lists the atoms that must all hold for the rule to hold.
func (r Rule) conjuncts(out *[]Rule) {
	for _, p := range r.All {
		switch {
		case p.All != nil:
			p.conjuncts(out)
		case p.Any == nil:
			*out = append(*out, p)
		}
	}
}

// clash says why two atoms never hold together.
func clash(a, b Rule) string {
	if a.Ask != nil && b.Ask != nil && a.Ask.Ask.Fact() == b.Ask.Ask.Fact() && a.Ask.Is != b.Ask.Is {
		return fmt.Sprintf("%s is answered both ways", a.Ask.Ask.Fact())
	}
	if a.Fact == nil || b.Fact == nil || a.Fact.ID != b.Fact.ID {
		return ""
	}
	x, y := a.Fact.values(), b.Fact.values()
	if x != nil && y != nil && !slices.ContainsFunc(x, func(s string) bool { return slices.Contains(y, s) }) {
		return fmt.Sprintf("fact %s is both %s and %s", a.Fact.ID, strings.Join(x, "|"), strings.Join(y, "|"))
	}
	for _, p := range [][2]*FactAtom{{a.Fact, b.Fact}, {b.Fact, a.Fact}} {
		lo, hi := p[0].AtLeast, p[1].AtMost
		if lo != "" && hi != "" && len(lo) == len(DayForm) && len(hi) == len(DayForm) && lo > hi {
			return fmt.Sprintf("fact %s is at least %s and at most %s", a.Fact.ID, lo, hi)
		}
	}
	return ""
}

// values lists what a fact may be, nil where it is bounded only.
func (a *FactAtom) values() []string {
	if a.Is != nil {
		return []string{fmt.Sprint(a.Is)}
	}
	return a.In
}

// circles refuses regimes that wait for one another: labels in rules that need a
// label back, and requirements that rest on themselves.
func (l *loader) circles() {
	needs := map[string][]string{}
	node := func(r *Regime, q *Requirement) string { return string(r.ID) + ":" + q.ID }
	all := func(r *Regime) []string {
		var out []string
		for _, q := range r.Requirements {
			out = append(out, node(r, q))
		}
		return out
	}
	for _, r := range l.set.Regimes {
		for _, q := range r.Requirements {
			for _, rule := range []*Rule{q.Rule, q.Applies} {
				if rule == nil {
					continue
				}
				rule.walk(func(n *Rule) {
					switch {
					case n.Label != nil && l.set.byID[n.Label.Scheme] != nil:
						needs[node(r, q)] = append(needs[node(r, q)], all(l.set.byID[n.Label.Scheme])...)
					case n.Requirement != nil && n.Requirement.ID != "":
						needs[node(r, q)] = append(needs[node(r, q)], string(n.Requirement.Regime)+":"+n.Requirement.ID)
					case n.Requirement != nil && l.set.byID[n.Requirement.Regime] != nil:
						needs[node(r, q)] = append(needs[node(r, q)], all(l.set.byID[n.Requirement.Regime])...)
					}
				})
			}
		}
	}
	for _, r := range l.set.Regimes {
		for _, q := range r.Requirements {
			if reaches(needs, node(r, q), node(r, q), map[string]bool{}) {
				l.At(l.at.rules[q], "requirement %q rests on itself, through labels or requirements", q.ID)
			}
		}
	}
}

func reaches(needs map[string][]string, from, to string, seen map[string]bool) bool {
	for _, n := range needs[from] {
		if n == to {
			return true
		}
		if !seen[n] {
			seen[n] = true
			if reaches(needs, n, to, seen) {
				return true
			}
		}
	}
	return false
}

// identity names an atom, to tell when it stands twice; "" for an inner node.
func (r *Rule) identity() string {
	switch {
	case r.Provision != nil:
		return fmt.Sprintf("provision %s of %s", r.Provision.ID, r.Provision.Edition)
	case r.Unit != nil:
		return fmt.Sprintf("unit %s of %s", r.Unit.ID, r.Unit.Edition)
	case r.Fact != nil:
		return fmt.Sprintf("fact %s %v%v %s..%s", r.Fact.ID, r.Fact.Is, r.Fact.In, r.Fact.AtLeast, r.Fact.AtMost)
	case r.Label != nil:
		return fmt.Sprintf("label %s %s", r.Label.Scheme, r.Label.Level)
	case r.Ask != nil:
		return fmt.Sprintf("%s %v", r.Ask.Ask.Fact(), r.Ask.Is)
	case r.Requirement != nil:
		return fmt.Sprintf("requirement %s:%s", r.Requirement.Regime, r.Requirement.ID)
	}
	return ""
}
