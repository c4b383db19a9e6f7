package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product"
)

// applied judges a unit that takes over the units of another case for its own
// subjects.
func (j *judging) applied(u *catalog.Unit, res plimsoll.UnitResult, subs []subject) plimsoll.UnitResult {
	res.Applied = u.Apply.Case
	c, ok := j.cat.Case(u.Apply.Case)
	if !ok {
		res.Verdict = plimsoll.Inconclusive
		return res
	}
	var vs []plimsoll.Verdict
	for _, s := range subs {
		sr := j.appliedSubject(u, c, s)
		res.Subjects = append(res.Subjects, sr)
		res.Missing = union(res.Missing, sr.Missing)
		vs = append(vs, sr.Verdict)
	}
	res.Verdict = quantify(u.Quantifier, vs)
	return res
}

func (j *judging) appliedSubject(u *catalog.Unit, c *catalog.Case, s subject) plimsoll.SubjectResult {
	out := plimsoll.SubjectResult{ID: s.id}
	var vs []plimsoll.Verdict
	for _, au := range c.Units {
		if !takes(u.Apply.Units, au.Letter) {
			continue
		}
		own := s
		if au.Where.Table == "" || au.Completeness {
			own = subject{id: wholeProduct}
		}
		r, fs := j.subject(au, own)
		vs = append(vs, r.Verdict)
		out.Missing = union(out.Missing, r.Missing)
		out.Unconfirmed = out.Unconfirmed || r.Unconfirmed
		if r.Contradicted {
			out.Contradicted = true
			for _, f := range fs {
				if f.Verdict == plimsoll.Fail && j.observesDesign(au, f) {
					j.addAgainst(u, s.id, f)
				}
			}
		}
		if out.Reason == "" && r.Verdict != plimsoll.Pass || r.Verdict == plimsoll.Fail {
			out.Reason = fmt.Sprintf("%s: %s", au.ID, r.Reason)
		}
	}
	out.Verdict = plimsoll.All(vs...)
	if out.Verdict == plimsoll.Pass {
		out.Reason = fmt.Sprintf("every unit of %s that it takes over holds", c.ID)
	}
	return out
}

func takes(letters []string, l string) bool {
	if len(letters) == 0 {
		return true
	}
	for _, x := range letters {
		if x == l {
			return true
		}
	}
	return false
}

// testCase combines the units of a case by the expression of the catalog.
func (j *judging) testCase(c *catalog.Case) plimsoll.CaseResult {
	res := plimsoll.CaseResult{ID: c.ID, Kind: c.Kind, Units: []plimsoll.UnitResult{}}
	byLetter := map[string]plimsoll.Verdict{}
	for _, u := range c.Units {
		r := j.units[u.ID]
		res.Units = append(res.Units, r)
		byLetter[u.Letter] = r.Verdict
	}
	res.Verdict = evalExpr(c.Verdict, byLetter)
	return res
}

func evalExpr(e catalog.Expr, v map[string]plimsoll.Verdict) plimsoll.Verdict {
	each := func(es []catalog.Expr) []plimsoll.Verdict {
		var out []plimsoll.Verdict
		for _, x := range es {
			out = append(out, evalExpr(x, v))
		}
		return out
	}
	switch {
	case e.Unit != "":
		return plimsoll.All(v[e.Unit])
	case len(e.Some) > 0:
		return plimsoll.Some(each(e.Some)...)
	}
	return plimsoll.All(each(e.All)...)
}

// provision judges one provision under the claim of the ICS.
func (j *judging) provision(p *catalog.Provision) plimsoll.ProvisionResult {
	st := p.Status[j.edition]
	claim := j.p.ICS[p.ID]
	res := plimsoll.ProvisionResult{
		ID: p.ID, Title: p.Title, Status: st.Code, Support: claim.Support,
		Against: []plimsoll.Against{}, Cases: []plimsoll.CaseResult{},
		Provisional: j.edition == plimsoll.EditionV3 && p.V3Units != "same",
	}
	res.Applies, res.Why = j.applies(st, claim.Reason)
	for _, c := range j.cat.CasesUnder(j.edition, p.ID) {
		res.Cases = append(res.Cases, j.testCase(c))
	}
	res.Against = append(res.Against, j.against[p.ID]...)
	switch {
	case claim.Support == plimsoll.SupportNA:
		res.Applies = plimsoll.AppliesNo
		res.Why = "claimed not applicable: " + orNone(claim.Reason)
		j.observedOnly(&res)
	case claim.Support == plimsoll.SupportNo && !st.Mandatory:
		res.Declined = true
		res.Why = "declined: " + orNone(claim.Reason)
		j.observedOnly(&res)
	case claim.Support == plimsoll.SupportNo:
		res.Verdict = plimsoll.Fail
		res.Why = "a mandatory provision is claimed as not supported: " + orNone(claim.Reason)
	default:
		j.group(p, &res)
	}
	return res
}

func orNone(s string) string {
	if s == "" {
		return "no reason given"
	}
	return s
}

// observedOnly turns the failures of a group that gets no verdict into evidence
// against, so that what was seen stays in sight.
func (j *judging) observedOnly(res *plimsoll.ProvisionResult) {
	for _, c := range res.Cases {
		for _, u := range c.Units {
			for _, f := range u.Findings {
				if f.Verdict != plimsoll.Fail || f.Basis != plimsoll.BasisProbe || f.Ignored != "" || f.Overruled {
					continue
				}
				a := plimsoll.Against{Unit: u.ID, Subject: f.Subject, By: f.By, Reason: f.Reason, Remedy: f.Remedy, Evidence: f.Evidence}
				if !hasAgainst(res.Against, a) {
					res.Against = append(res.Against, a)
				}
			}
		}
	}
}

func hasAgainst(as []plimsoll.Against, a plimsoll.Against) bool {
	for _, b := range as {
		if b.By == a.By && b.Subject == a.Subject && b.Reason == a.Reason {
			return true
		}
	}
	return false
}

// group gives the verdict of a claimed or unstated group: all its cases, or
// accepted external evidence where no case fails (TS 103 701, 4.7).
func (j *judging) group(p *catalog.Provision, res *plimsoll.ProvisionResult) {
	var vs []plimsoll.Verdict
	for _, c := range res.Cases {
		vs = append(vs, c.Verdict)
	}
	res.Verdict = plimsoll.All(vs...)
	if ext := j.p.ICS[p.ID].External; ext != nil && res.Verdict != plimsoll.Pass {
		j.byExternal(p.ID, ext, res)
	}
}

// byExternal lets a group stand on external evidence that somebody accepted as it is
// declared now. Of several answers with one key the newest counts, and whoever does
// not accept it keeps it from counting.
func (j *judging) byExternal(id plimsoll.ProvisionID, ext *product.External, res *plimsoll.ProvisionResult) {
	name := fmt.Sprintf("external evidence %q by %s", ext.Document, ext.Issuer)
	newest := map[string]attest.Attestation{}
	for _, a := range j.external[id] {
		if old, ok := newest[a.KeyID]; !ok || !a.Date.Before(old.Date) {
			newest[a.KeyID] = a
		}
	}
	var by []string
	for _, k := range slices.Sorted(maps.Keys(newest)) {
		switch a := newest[k]; {
		case a.Verdict != plimsoll.Pass:
			res.External = fmt.Sprintf("%s was not accepted by %s", name, a.Person.Name)
			return
		case a.Seen != ExternalSeen(j.p, id):
			res.External = fmt.Sprintf("the acceptance of %s by %s is stale: its declaration has changed since", name, a.Person.Name)
		default:
			by = append(by, a.Person.Name)
		}
	}
	switch {
	case len(by) == 0 && res.External == "":
		res.External = name + " waits for a person to accept its scope, purposes and depth"
	case len(by) == 0:
	case ext.Until != "" && ext.Until < j.at.UTC().Format("2006-01-02"):
		res.External = fmt.Sprintf("%s ended on %s", name, ext.Until)
	case res.Verdict == plimsoll.Fail:
		res.External = name + " does not help: a case fails"
	default:
		res.Verdict = plimsoll.Pass
		res.External = fmt.Sprintf("by external evidence: %q, %s, accepted by %s", ext.Document, ext.Issuer, strings.Join(by, ", "))
	}
}

// ExternalSeen names what a person has before them who accepts the external evidence
// that the ICS declares for a provision.
func ExternalSeen(p *product.Product, id plimsoll.ProvisionID) plimsoll.Digest {
	return digestOf(struct {
		Product   string
		Provision plimsoll.ProvisionID
		External  *product.External
	}{p.FullName(), id, p.ICS[id].External})
}

// applies says whether the conditions of a provision hold.
func (j *judging) applies(st catalog.Status, reason string) (plimsoll.Applies, string) {
	if len(st.Conditions) == 0 {
		return plimsoll.AppliesYes, "unconditional"
	}
	t := plimsoll.True
	why := ""
	for _, c := range st.Conditions {
		ct := plimsoll.Or(j.facts.eval(c.Rule, signs), j.facts.eval(c.Rule, declaredOnly))
		if j.facts.eval(c.Rule, signs) == plimsoll.Unknown {
			ct = j.facts.eval(c.Rule, declaredOnly)
		}
		t = plimsoll.And(t, ct)
		why += fmt.Sprintf("; condition %s (%s): %s", c.Ref, c.Text, ct)
	}
	if reason != "" {
		why += "; " + reason
	}
	switch t {
	case plimsoll.True:
		return plimsoll.AppliesYes, why[2:]
	case plimsoll.False:
		return plimsoll.AppliesNo, why[2:]
	}
	return plimsoll.AppliesUnknown, why[2:]
}
