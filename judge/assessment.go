package judge

import (
	"sort"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// assessment puts the judgements together.
func (j *judging) assessment() *plimsoll.Assessment {
	a := &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, Tool: j.Tool, At: j.at.UTC(),
		Product: j.p.Identity(), Assessor: j.p.Assessor,
		Edition: plimsoll.EditionInfo{Standard: j.edition, Method: plimsoll.MethodTS103701},
		Bundle:  j.bundleDigest(), ICS: j.ics(),
		Provisions: []plimsoll.ProvisionResult{}, DeclarationFindings: []plimsoll.DeclarationFinding{},
		Facts: j.facts.all, Persons: j.personList(), Runs: j.runs(), Feeds: []plimsoll.Feed{},
		Labels: append([]plimsoll.HeldLabel{}, j.p.Labels...), Waivers: j.waivers(),
		Incidents: j.incidents(), Skipped: j.skippedList(), Open: []plimsoll.OpenUnit{},
	}
	if j.edition == plimsoll.EditionV3 {
		a.Edition.Method = plimsoll.MethodProvisional
	}
	if a.Facts == nil {
		a.Facts = []plimsoll.Fact{}
	}
	vs := []plimsoll.Verdict{a.ICS.Verdict}
	for _, p := range j.cat.Edition(j.edition) {
		r := j.provision(p)
		a.Provisions = append(a.Provisions, r)
		count(&a.Counts, r)
		if r.Support == plimsoll.SupportYes {
			vs = append(vs, r.Verdict)
		}
		j.cover226(&a.Coverage, r)
		a.Open = append(a.Open, j.openUnits(r)...)
	}
	if len(vs) == 1 {
		vs = append(vs, plimsoll.Inconclusive) // nothing is claimed
	}
	a.Verdict = plimsoll.All(vs...)
	a.Guidelines = j.guidelines(a.Provisions)
	a.DeclarationFindings = append(a.DeclarationFindings, j.declared...)
	return a
}

func count(c *plimsoll.Counts, r plimsoll.ProvisionResult) {
	switch {
	case r.Support == plimsoll.SupportNA:
		c.NotApplicable++
	case r.Declined:
		c.Declined++
	case r.Support == "":
		c.Unstated++
	case r.Verdict == plimsoll.Pass:
		c.Pass++
	case r.Verdict == plimsoll.Fail:
		c.Fail++
	default:
		c.Inconclusive++
	}
}

// cover226 counts who decided the units of the claimed groups.
func (j *judging) cover226(c *plimsoll.UnitCoverage, r plimsoll.ProvisionResult) {
	for _, cs := range r.Cases {
		for _, u := range cs.Units {
			c.Units++
			if r.Support != plimsoll.SupportYes {
				continue
			}
			c.Applicable++
			for _, f := range u.Findings {
				if f.Overruled {
					c.Overruled++
				}
			}
			switch {
			case u.Verdict == plimsoll.Inconclusive && hasProposal(u):
				c.Proposed++
			case u.Verdict == plimsoll.Inconclusive:
				c.Open++
			case u.Decider == plimsoll.DeciderApply:
				c.Applied++
			case decidedByPerson(u):
				c.Person++
			default:
				c.Software++
			}
		}
	}
}

func hasProposal(u plimsoll.UnitResult) bool {
	for _, f := range u.Findings {
		if f.Proposal && f.Ignored == "" || f.Unconfirmed {
			return true
		}
	}
	return false
}

func decidedByPerson(u plimsoll.UnitResult) bool {
	for _, f := range u.Findings {
		if f.Basis == plimsoll.BasisPerson && f.Ignored == "" {
			return true
		}
	}
	return false
}

// openUnits lists the questions that a claimed or unstated provision leaves to a
// person.
func (j *judging) openUnits(r plimsoll.ProvisionResult) []plimsoll.OpenUnit {
	if r.Support == plimsoll.SupportNA || r.Declined {
		return nil
	}
	var out []plimsoll.OpenUnit
	for _, c := range r.Cases {
		for _, u := range c.Units {
			cu, ok := j.cat.Unit(u.ID)
			if !ok || !u.Open && !unconfirmed(u) {
				continue
			}
			for _, s := range u.Subjects {
				if s.Verdict == plimsoll.Pass || s.Verdict == plimsoll.Fail && !s.Unconfirmed {
					continue
				}
				out = append(out, plimsoll.OpenUnit{
					Unit: u.ID, Subject: s.ID, Question: cu.Question, Hint: cu.Hint,
					Why: s.Reason, Seen: s.Seen, Missing: s.Missing, Proposal: proposal(u, s.ID),
				})
			}
		}
	}
	return out
}

func unconfirmed(u plimsoll.UnitResult) bool {
	for _, s := range u.Subjects {
		if s.Unconfirmed {
			return true
		}
	}
	return false
}

// proposal is what software thinks: a FAIL before anything else.
func proposal(u plimsoll.UnitResult, subject string) *plimsoll.Proposal {
	var best *plimsoll.Proposal
	for _, f := range u.Findings {
		if f.Ignored != "" || f.Basis == plimsoll.BasisPerson || !f.Proposal && !f.Unconfirmed {
			continue
		}
		if f.Subject != subject && (f.Subject != "" || subject != wholeProduct) {
			continue
		}
		p := &plimsoll.Proposal{Verdict: f.Verdict, Reason: f.Reason, By: f.By, Digest: f.Digest, Evidence: f.Evidence}
		if f.Verdict == plimsoll.Pass {
			p.Reason = "no contrary indication: " + f.Reason
		}
		if best == nil || p.Verdict == plimsoll.Fail && best.Verdict != plimsoll.Fail {
			best = p
		}
	}
	return best
}

// guidelines gives the state of each guideline: all claimed provisions of its
// clause. The clauses 4 and 6 of EN 303 645 stand before and after the thirteen.
func (j *judging) guidelines(ps []plimsoll.ProvisionResult) []plimsoll.GuidelineResult {
	verdicts := map[int][]plimsoll.Verdict{}
	against := map[int]int{}
	for _, r := range ps {
		p, ok := j.cat.Provision(r.ID)
		if !ok || r.Support == plimsoll.SupportNA || r.Declined {
			continue
		}
		v := r.Verdict
		if r.Support == "" {
			v = plimsoll.All(v, plimsoll.Inconclusive)
		}
		verdicts[p.Guideline] = append(verdicts[p.Guideline], v)
		against[p.Guideline] += len(r.Against)
	}
	var out []plimsoll.GuidelineResult
	for n := 0; n <= 14; n++ {
		title := map[int]string{0: "Reporting implementation", 14: "Data protection"}[n]
		if g, ok := j.cat.Guideline(n); ok {
			title = g.Title
		}
		r := plimsoll.GuidelineResult{N: n, Title: title, Against: against[n]}
		if vs := verdicts[n]; len(vs) > 0 {
			r.Verdict = plimsoll.All(vs...)
		}
		out = append(out, r)
	}
	return out
}

// runs lists the runs of which evidence was judged.
func (j *judging) runs() []plimsoll.Run {
	used := map[string]bool{}
	for _, r := range j.View.Records() {
		used[r.Run] = true
	}
	out := []plimsoll.Run{}
	for _, r := range j.Input.Runs {
		if used[r.ID] {
			out = append(out, r)
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].Start.Before(out[b].Start) })
	return out
}

func (j *judging) waivers() []plimsoll.Waiver {
	out := []plimsoll.Waiver{}
	day := j.at.UTC().Format("2006-01-02")
	for _, w := range j.p.Waivers {
		w.Live = w.Until >= day
		out = append(out, w)
	}
	return out
}

func (j *judging) incidents() []plimsoll.Incident {
	out := []plimsoll.Incident{}
	for _, it := range probe.Items(j.View, evidence.Incidents) {
		v := it.Value
		out = append(out, plimsoll.Incident{Run: it.Run, At: v.At, Target: v.Target, During: v.During, Recovered: v.Recovered, Seconds: v.Seconds})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At.Before(out[b].At) })
	return out
}

func (j *judging) skippedList() []plimsoll.Skipped {
	out := append([]plimsoll.Skipped{}, j.skipped...)
	sort.SliceStable(out, func(a, b int) bool { return out[a].Probe < out[b].Probe })
	return out
}
