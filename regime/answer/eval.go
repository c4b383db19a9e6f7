package answer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

const (
	atomAll = "all"
	atomAny = "any"
)

// rule evaluates a rule in three values (Kleene).
func (rd *reading) rule(r *regime.Rule) *Trace {
	switch {
	case r.All != nil:
		return rd.combine(atomAll, r.All, plimsoll.And)
	case r.Any != nil:
		return rd.combine(atomAny, r.Any, plimsoll.Or)
	case r.Provision != nil:
		return rd.provision(r.Provision)
	case r.Unit != nil:
		return rd.unit(r.Unit)
	case r.Fact != nil:
		return rd.fact(r.Fact)
	case r.Label != nil:
		return rd.label(r.Label)
	case r.Ask != nil:
		return rd.ask(r.Ask)
	case r.Requirement != nil:
		return rd.other(r.Requirement)
	}
	return (&Trace{Atom: "empty"}).set(plimsoll.Unknown, "the rule is empty")
}

func (rd *reading) combine(name string, rules []regime.Rule, join func(...plimsoll.Truth) plimsoll.Truth) *Trace {
	t := &Trace{Atom: name}
	truths := make([]plimsoll.Truth, len(rules))
	for i := range rules {
		p := rd.rule(&rules[i])
		t.Parts = append(t.Parts, p)
		truths[i] = p.is
	}
	return t.set(join(truths...), "")
}

// judged is the result of a provision under the pinned edition, or why there is
// none, together with what the claim of the ICS alone decides.
func (rd *reading) judged(t *Trace, id plimsoll.ProvisionID, e plimsoll.Edition) (*plimsoll.ProvisionResult, *Trace) {
	a := rd.under[e]
	if a == nil {
		t.step = &Step{Kind: StepEdition, ID: string(e), What: fmt.Sprintf("judge the evidence under %s", e), cost: costEdition}
		return nil, t.set(plimsoll.Unknown, fmt.Sprintf("no assessment under %s", e))
	}
	p := a.provisions[id]
	if p == nil {
		return nil, t.set(plimsoll.Unknown, fmt.Sprintf("the assessment under %s does not speak of it", e))
	}
	if len(p.Against) > 0 {
		t.Against = true
		for _, x := range p.Against {
			t.Evidence = append(t.Evidence, x.Evidence...)
		}
	}
	switch {
	case p.Support == plimsoll.SupportNA:
		why, ok := a.notApplicable(p)
		if ok {
			t.notApplicable = true
			return p, t.set(plimsoll.True, why)
		}
		return p, t.set(plimsoll.Unknown, why)
	case p.Declined || p.Support == plimsoll.SupportNo:
		return p, t.set(plimsoll.False, "the ICS claims that it is not supported")
	}
	return p, nil
}

// notApplicable says whether the claim that a provision does not apply stands.
func (e *edition) notApplicable(p *plimsoll.ProvisionResult) (why string, ok bool) {
	switch {
	case e.problems[p.ID] != "":
		return "claimed not applicable, but " + e.problems[p.ID], false
	case e.ICS.Verdict != plimsoll.Pass:
		return fmt.Sprintf("claimed not applicable under an ICS that is %s", e.ICS.Verdict), false
	case len(p.Against) > 0:
		return "claimed not applicable, but there is evidence against: " + p.Against[0].Reason, false
	case e.Edition.Method == plimsoll.MethodProvisional:
		return "claimed not applicable under a provisional method", false
	}
	return "does not apply: " + p.Why, true
}

func (rd *reading) provision(a *regime.ProvisionAtom) *Trace {
	t := &Trace{Atom: "provision " + string(a.ID) + " of " + string(a.Edition)}
	t.step = &Step{Kind: StepProvision, ID: string(a.ID) + "@" + string(a.Edition), cost: costUnit}
	p, done := rd.judged(t, a.ID, a.Edition)
	if p == nil {
		return t
	}
	units := unitsOf(p)
	t.rests(units)
	if done == nil {
		rd.weigh(t, rd.under[a.Edition], p, p.Verdict)
	}
	if p.External != "" && t.is == plimsoll.True {
		t.Why = p.External
	}
	t.step.plan(t, p, units, "decide provision "+string(a.ID))
	return t
}

// weigh turns a verdict into a truth. A PASS counts only where the ICS claims the
// provision, nothing speaks against it, and the method is that of TS 103 701.
func (rd *reading) weigh(t *Trace, e *edition, p *plimsoll.ProvisionResult, v plimsoll.Verdict) {
	switch {
	case v == plimsoll.Fail && p.Provisional:
		t.Against = true
		t.set(plimsoll.Unknown, "it fails, by a provisional method")
	case v == plimsoll.Fail:
		t.set(plimsoll.False, "it fails")
	case v != plimsoll.Pass:
		t.set(plimsoll.Unknown, "it is not decided")
	case p.Support != plimsoll.SupportYes:
		t.set(plimsoll.Unknown, "the ICS does not claim it")
	case e.problems[p.ID] != "":
		t.set(plimsoll.Unknown, "the ICS is in doubt: "+e.problems[p.ID])
	case len(p.Against) > 0:
		t.set(plimsoll.Unknown, "evidence against: "+p.Against[0].Reason)
	case p.Provisional || e.Edition.Method != plimsoll.MethodTS103701:
		t.set(plimsoll.Unknown, "it passes, but only by a provisional method")
	default:
		t.set(plimsoll.True, "it passes")
	}
}

func (rd *reading) unit(a *regime.UnitAtom) *Trace {
	t := &Trace{Atom: "unit " + string(a.ID) + " of " + string(a.Edition)}
	t.step = &Step{Kind: StepUnit, ID: string(a.ID) + "@" + string(a.Edition), cost: costUnit}
	p, done := rd.judged(t, a.Provision, a.Edition)
	if p == nil {
		return t
	}
	units := unitsOf(p)
	i := slices.IndexFunc(units, func(u plimsoll.UnitResult) bool { return u.ID == a.ID })
	switch {
	case done != nil:
	case i < 0:
		t.set(plimsoll.Unknown, "the assessment does not hold the unit")
	case units[i].Open && units[i].Verdict == plimsoll.Pass:
		t.set(plimsoll.Unknown, "a person has yet to decide")
	default:
		rd.weigh(t, rd.under[a.Edition], p, units[i].Verdict)
	}
	if i >= 0 {
		units = units[i : i+1]
		t.rests(units)
	}
	t.step.plan(t, p, units, "decide unit "+string(a.ID))
	return t
}

func unitsOf(p *plimsoll.ProvisionResult) []plimsoll.UnitResult {
	var out []plimsoll.UnitResult
	for _, c := range p.Cases {
		out = append(out, c.Units...)
	}
	return out
}

// rests notes the units, findings and evidence that an atom rests on: those that
// fail, else those that are open, else all.
func (t *Trace) rests(units []plimsoll.UnitResult) {
	worst := plimsoll.Pass
	for _, u := range units {
		worst = plimsoll.All(worst, u.Verdict)
	}
	for _, u := range units {
		if plimsoll.All(u.Verdict) != worst {
			continue
		}
		t.Units = append(t.Units, u.ID)
		for _, f := range u.Findings {
			if f.Ignored == "" && f.Digest != "" {
				t.Findings = append(t.Findings, f.Digest)
			}
			t.Evidence = append(t.Evidence, f.Evidence...)
		}
	}
	t.Evidence = unique(t.Evidence)
	t.Findings = unique(t.Findings)
}

func unique(ds []plimsoll.Digest) []plimsoll.Digest {
	var out []plimsoll.Digest
	for _, d := range ds {
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// plan says what to do about an atom that does not hold.
func (s *Step) plan(t *Trace, p *plimsoll.ProvisionResult, units []plimsoll.UnitResult, decide string) {
	if t.is == plimsoll.True || s.Kind == StepEdition {
		return
	}
	s.What, s.Mend = decide, t.is == plimsoll.False || t.against()
	var open []string
	for _, u := range units {
		if plimsoll.All(u.Verdict) == plimsoll.Inconclusive {
			open = append(open, string(u.ID))
		}
	}
	switch {
	case p.Support == plimsoll.SupportNo || p.Declined:
		s.What = fmt.Sprintf("support provision %s", p.ID)
	case s.Mend:
		s.What = fmt.Sprintf("mend what fails %s", s.ID[:strings.IndexByte(s.ID, '@')])
		s.Hint = remedy(p, units)
	case p.Support == "":
		s.What = fmt.Sprintf("claim %s in the ICS, and %s", p.ID, decide)
	case len(open) > 0:
		s.Hint = "open: " + strings.Join(open, ", ")
		s.cost += len(open)
	}
	if s.Mend {
		s.cost = costMend
	}
}

// remedy is the first remedy that a finding or evidence against gives.
func remedy(p *plimsoll.ProvisionResult, units []plimsoll.UnitResult) string {
	for _, u := range units {
		for _, f := range u.Findings {
			if f.Verdict == plimsoll.Fail && f.Remedy != "" && f.Ignored == "" {
				return f.Remedy
			}
		}
	}
	for _, a := range p.Against {
		if a.Remedy != "" {
			return a.Remedy
		}
	}
	return ""
}

// other evaluates a requirement by name, or all mandatory ones of a regime.
func (rd *reading) other(a *regime.RequirementAtom) *Trace {
	t := &Trace{Atom: "requirement " + string(a.Regime) + ":" + a.ID}
	r, ok := rd.set.Regime(a.Regime)
	if !ok || slices.Contains(rd.within, *a) {
		return t.set(plimsoll.Unknown, "it cannot be answered")
	}
	rd.within = append(rd.within, *a)
	defer func() { rd.within = rd.within[:len(rd.within)-1] }()
	var truths []plimsoll.Truth
	for _, q := range r.Requirements {
		if q.Rule == nil || a.ID != "" && q.ID != a.ID || a.ID == "" && q.Obligation != regime.Mandatory {
			continue
		}
		p := rd.conditional(r, q)
		t.Parts = append(t.Parts, p)
		truths = append(truths, p.is)
	}
	if len(truths) == 0 {
		return t.set(plimsoll.Unknown, "it cannot be answered")
	}
	return t.set(plimsoll.And(truths...), "")
}

// conditional is a requirement as one truth: it holds where it does not apply.
func (rd *reading) conditional(r *regime.Regime, q *regime.Requirement) *Trace {
	rule := rd.rule(q.Rule)
	out := &Trace{Atom: "requirement " + string(r.ID) + ":" + q.ID, Parts: []*Trace{rule}}
	applies := rd.applies(r, q)
	if applies == nil || applies.is == plimsoll.True || rule.is == plimsoll.True {
		return out.set(rule.is, q.Title)
	}
	out.Parts = []*Trace{applies, rule}
	if applies.is == plimsoll.False {
		return out.set(plimsoll.True, q.Title+": does not apply")
	}
	return out.set(plimsoll.Unknown, q.Title+": open whether it applies")
}

// dayOf resolves a bound on a date.
func (rd *reading) dayOf(bound string) (time.Time, bool) {
	base, t, err := regime.ParseBound(bound)
	if err != nil {
		return time.Time{}, false
	}
	start := rd.day
	switch base {
	case "placed":
		if start, err = time.Parse(regime.DayForm, rd.placed); err != nil {
			return time.Time{}, false
		}
	case "day":
	default:
		start, err = time.Parse(regime.DayForm, base)
	}
	if t == (regime.Term{}) {
		return start, err == nil
	}
	return t.After(start), err == nil
}
