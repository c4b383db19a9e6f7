// Package trace puts in words what an answer to a requirement rests on: the units and
// the evidence below it, the way through its rule, the label that it is met by. It
// must never decide anything, and never show more of a trace than stands in it.
package trace

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Rests names the units and the number of pieces of evidence below an answer.
func Rests(q answer.RequirementAnswer) string {
	var units []string
	evidence := map[plimsoll.Digest]bool{}
	walk(q.Trace, 0, func(t *answer.Trace, _ int) {
		for _, u := range t.Units {
			units = AppendNew(units, string(u))
		}
		for _, e := range t.Evidence {
			evidence[e] = true
		}
	})
	const most = 8
	if n := len(units); n > most {
		units = append(units[:most:most], fmt.Sprintf("and %d more units", n-most))
	}
	if n := len(evidence); n > 0 {
		units = append(units, fmt.Sprintf("%d pieces of evidence", n))
	}
	if q.Via != nil {
		units = append(units, "label "+view.Clean(Via(q.Via)))
	}
	return strings.Join(units, ", ")
}

// Paths are the way through the decision: each atom that decided, with its truth.
func Paths(q answer.RequirementAnswer) []string {
	var out []string
	for _, t := range []*answer.Trace{q.Applies, q.Trace} {
		walk(t, 0, func(t *answer.Trace, _ int) {
			if len(t.Parts) == 0 {
				out = AppendNew(out, fmt.Sprintf("%s → %s", view.Clean(t.Atom), t.Truth))
			}
		})
	}
	return out
}

// walk visits a trace, parts after their whole. Its depth is bounded by the
// regimes, whose rules nest a few levels; the bound is for traces from elsewhere.
func walk(t *answer.Trace, depth int, visit func(*answer.Trace, int)) {
	if t == nil || depth > 64 {
		return
	}
	visit(t, depth)
	for _, p := range t.Parts {
		walk(p, depth+1, visit)
	}
}

// AppendNew appends what is not there yet.
func AppendNew(to []string, s string) []string {
	for _, x := range to {
		if x == s {
			return to
		}
	}
	return append(to, s)
}

// Via names the label that stands for a requirement.
func Via(r *answer.Recognition) string {
	if r.Label == nil {
		return "of " + string(r.From)
	}
	l := r.Label
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s, valid until %s", l.Scheme, l.Level, l.ID, l.Until)), " ")
}
