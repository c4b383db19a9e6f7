package judge

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
)

// factSet holds all facts about a product by id.
type factSet struct {
	all  []plimsoll.Fact
	byID map[plimsoll.FactID][]plimsoll.Fact
}

func newFactSet(fs []plimsoll.Fact) *factSet {
	s := &factSet{byID: map[plimsoll.FactID][]plimsoll.Fact{}}
	for _, f := range fs {
		s.add(f)
	}
	return s
}

func (s *factSet) add(f plimsoll.Fact) {
	s.all = append(s.all, f)
	s.byID[f.ID] = append(s.byID[f.ID], f)
}

// seal puts the facts into a stable order.
func (s *factSet) seal() {
	key := func(f plimsoll.Fact) string {
		return fmt.Sprintf("%s|%s|%s|%s|%v", f.ID, f.Subject, f.Source, f.By, f.Value)
	}
	sort.SliceStable(s.all, func(a, b int) bool { return key(s.all[a]) < key(s.all[b]) })
}

// declaredOnly accepts what the declaration says; signs accepts what was observed
// or what a person stated.
func declaredOnly(s plimsoll.Source) bool { return s == plimsoll.SourceDeclared }
func signs(s plimsoll.Source) bool        { return s != plimsoll.SourceDeclared }

// eval answers a predicate from the facts of some sources. Of several subjects one
// that fits makes a fact true. Facts that do not fit make it false only where the
// declaration speaks: to have seen no sign is to know nothing.
func (s *factSet) eval(p catalog.Predicate, from func(plimsoll.Source) bool) plimsoll.Truth {
	switch {
	case len(p.All) > 0:
		return plimsoll.And(s.each(p.All, from)...)
	case len(p.Any) > 0:
		return plimsoll.Or(s.each(p.Any, from)...)
	}
	out := plimsoll.Unknown
	for _, f := range s.byID[p.Fact] {
		if !from(f.Source) {
			continue
		}
		if sameValue(f.Value, p.Is) {
			return plimsoll.True
		}
		out = plimsoll.False
	}
	return out
}

func (s *factSet) each(ps []catalog.Predicate, from func(plimsoll.Source) bool) []plimsoll.Truth {
	out := make([]plimsoll.Truth, 0, len(ps))
	for _, p := range ps {
		out = append(out, s.eval(p, from))
	}
	return out
}

// behind lists the facts that speak for a predicate, or against it.
func (s *factSet) behind(p catalog.Predicate, speaksFor bool) []plimsoll.Fact {
	var out []plimsoll.Fact
	for _, q := range append(append([]catalog.Predicate{}, p.All...), p.Any...) {
		out = append(out, s.behind(q, speaksFor)...)
	}
	for _, f := range s.byID[p.Fact] {
		if p.Fact != "" && sameValue(f.Value, p.Is) == speaksFor {
			out = append(out, f)
		}
	}
	return out
}

func sameValue(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func digestOf(v any) plimsoll.Digest {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // every value that is digested here encodes
	}
	return evidence.DigestOf(b)
}

// firstFrame is the place of a panic: the first line of the stack after the
// runtime's own.
func firstFrame(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") && i+3 < len(lines) {
			place := strings.TrimSpace(lines[i+3])
			place, _, _ = strings.Cut(place, " +0x")
			if at := strings.LastIndex(place, "/"); at >= 0 {
				place = place[at+1:]
			}
			return place
		}
	}
	return "an unknown place"
}
