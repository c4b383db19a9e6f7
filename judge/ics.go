package judge

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
)

// Conditions of TS 103 701 Table A.1 that speak of constrained devices.
const (
	condConstrained    = "4"
	condNotConstrained = "5"
)

// ics judges the implementation conformance statement (TS 103 701, phase 4).
func (j *judging) ics() plimsoll.ICSResult {
	res := plimsoll.ICSResult{Verdict: plimsoll.Pass, Problems: []plimsoll.ICSProblem{}}
	for _, p := range j.cat.Edition(j.edition) {
		for _, pr := range j.icsOf(p) {
			pr.Provision = p.ID
			res.Problems = append(res.Problems, pr)
			res.Verdict = plimsoll.All(res.Verdict, pr.Verdict)
		}
	}
	return res
}

func (j *judging) icsOf(p *catalog.Provision) []plimsoll.ICSProblem {
	st := p.Status[j.edition]
	c, stated := j.p.ICS[p.ID]
	invalid := func(facts []plimsoll.FactID, remedy, format string, args ...any) []plimsoll.ICSProblem {
		return []plimsoll.ICSProblem{{Verdict: plimsoll.Fail, Reason: fmt.Sprintf(format, args...), Remedy: remedy, Facts: facts}}
	}
	switch {
	case !stated || c.Support == "":
		return []plimsoll.ICSProblem{{
			Verdict: plimsoll.Inconclusive, Reason: "the ICS does not state it",
			Remedy: fmt.Sprintf("write ics.%s: {support: yes|no|n/a, reason: …}", p.ID),
		}}
	case c.Support == plimsoll.SupportNo && st.Mandatory:
		return invalid(nil, "implement it, or claim n/a where its condition allows that", "it is mandatory and claimed as not supported")
	case c.Support == plimsoll.SupportNA && len(st.Conditions) == 0:
		return invalid(nil, "claim yes or, for a recommendation, no with a reason", "it is unconditional and cannot be not applicable")
	case c.Support == plimsoll.SupportNA:
		return append(j.naProblems(st, invalid), j.reasonless(c.Reason, st)...)
	case c.Support == plimsoll.SupportNo:
		return j.reasonless(c.Reason, st)
	}
	return j.yesProblems(st, invalid)
}

// reasonless asks for the reason of an n/a on a mandatory provision. Reasons of
// recommendations are judged by group 4-1 (5.0-1 in V3.1.3).
func (j *judging) reasonless(reason string, st catalog.Status) []plimsoll.ICSProblem {
	if strings.TrimSpace(reason) != "" || !st.Mandatory {
		return nil
	}
	return []plimsoll.ICSProblem{{
		Verdict: plimsoll.Inconclusive, Reason: "the claim has no reason", Remedy: "write the reason beside the claim",
	}}
}

type invalidFunc func(facts []plimsoll.FactID, remedy, format string, args ...any) []plimsoll.ICSProblem

// naProblems judges a claim of "not applicable" on a conditional provision: it
// must not be that all conditions show signs of holding, and a claim that rests on
// the device being constrained, or not, needs the declaration of that.
func (j *judging) naProblems(st catalog.Status, invalid invalidFunc) []plimsoll.ICSProblem {
	all := plimsoll.True
	other := false // some other condition is declared or observed not to hold
	var refs, texts []string
	var facts []plimsoll.FactID
	var by []string
	for _, c := range st.Conditions {
		t := j.holds(c)
		all = plimsoll.And(all, t)
		refs = append(refs, c.Ref)
		texts = append(texts, c.Text)
		if c.Ref != condConstrained && c.Ref != condNotConstrained && t == plimsoll.False {
			other = true
		}
		for _, f := range j.facts.behind(c.Rule, true) {
			facts = append(facts, f.ID)
			by = union(by, []string{f.By})
		}
	}
	if all == plimsoll.True {
		return invalid(facts, "claim yes and fill the tables of the provision, or correct what contradicts the claim",
			"claimed not applicable, but there are signs that %s (seen by %s)", strings.Join(texts, " and "), strings.Join(by, ", "))
	}
	if other || j.edition != plimsoll.EditionV2 {
		return nil
	}
	return j.constrainedProblems(refs, invalid)
}

func (j *judging) constrainedProblems(refs []string, invalid invalidFunc) []plimsoll.ICSProblem {
	con := j.p.Info.Constrained
	for _, r := range refs {
		switch {
		case r == condNotConstrained && (con == nil || !con.Is || strings.TrimSpace(con.Justification) == ""):
			return invalid([]plimsoll.FactID{"device.constrained"}, "declare product.constrained: {is: yes, justification: …} when it is true, else claim yes",
				"claimed not applicable because the device is constrained, without a valid justification of that")
		case r == condConstrained && con == nil:
			return invalid([]plimsoll.FactID{"device.constrained"}, "declare product.constrained: {is: no}",
				"claimed not applicable because the device is not constrained, which is not declared")
		}
	}
	return nil
}

// holds says whether a condition holds: an observation or a person's statement
// counts before the declaration, and a sign that it holds counts from anywhere.
func (j *judging) holds(c catalog.Condition) plimsoll.Truth {
	seen, said := j.facts.eval(c.Rule, signs), j.facts.eval(c.Rule, declaredOnly)
	if seen == plimsoll.Unknown || said == plimsoll.True {
		return said
	}
	return seen
}

// yesProblems judges a claim of support: no sign may say that a condition does not
// hold. Conditions 4 and 5 are excepted (TS 103 701, phase 4).
func (j *judging) yesProblems(st catalog.Status, invalid invalidFunc) []plimsoll.ICSProblem {
	for _, c := range st.Conditions {
		if j.edition == plimsoll.EditionV2 && (c.Ref == condConstrained || c.Ref == condNotConstrained) {
			continue
		}
		if j.facts.eval(c.Rule, signs) == plimsoll.False || j.holds(c) == plimsoll.False {
			var facts []plimsoll.FactID
			var by []string
			for _, f := range j.facts.behind(c.Rule, false) {
				facts = append(facts, f.ID)
				by = union(by, []string{f.By})
			}
			return invalid(facts, "claim n/a with the reason, or correct the declaration",
				"claimed as supported, but there are signs against its condition %s, that %s (said by %s)", c.Ref, c.Text, strings.Join(by, ", "))
		}
	}
	return nil
}
