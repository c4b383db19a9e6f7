package statement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/wire/securitytxt"
)

// because lists why the document is a draft; empty when nothing it depends on is
// open or failing.
func (fl *filler) because() []string {
	var out []string
	if n := len(fl.gaps); n > 0 {
		out = append(out, fmt.Sprintf("%d of its values are missing", n))
	}
	dep := fl.form.depends
	out = append(out, fl.stale(dep.answer || len(dep.provisions) > 0)...)
	if dep.answer {
		out = append(out, fl.answered()...)
	}
	for _, id := range dep.provisions {
		if a := fl.in.Assessment; a != nil {
			if why := provision(a, id); why != "" {
				out = append(out, fmt.Sprintf("provision %s: %s", id, why))
			}
		}
	}
	day := fl.in.Day.UTC().Format(time.DateOnly)
	if until := supportUntil(fl); until != "" && until < day {
		out = append(out, fmt.Sprintf("the support period ended on %s, before %s", until, day))
	}
	return out
}

// invalid says what is wrong with a security.txt file that would be published, as
// its own reader sees it.
func (fl *filler) invalid(d *Document) []string {
	if d.layout != LayoutText {
		return nil
	}
	place, _ := fl.value("web.security_txt")
	var out []string
	for _, p := range securitytxt.Check([]byte(plain(d)), securitytxt.Origin{URL: place, At: fl.in.Day}).Problems {
		if p.Severity == securitytxt.Error {
			out = append(out, clean(p.String()))
		}
	}
	return out
}

// stale says why the assessment cannot carry the document.
func (fl *filler) stale(needed bool) []string {
	a := fl.in.Assessment
	switch {
	case !needed:
		return nil
	case a == nil:
		return []string{"the product was not assessed"}
	}
	var out []string
	if a.Product.Digest != fl.in.Product.Identity().Digest {
		out = append(out, "the declaration was changed since the assessment: judge again")
	}
	if a.Edition.Method != plimsoll.MethodTS103701 {
		out = append(out, fmt.Sprintf("the method of the assessment is provisional (%s)", clean(a.Edition.Method)))
	}
	return out
}

// holds are the statuses of a requirement that is neither open nor failing. What
// is not known here counts as open.
var holds = map[answer.Status]bool{answer.Satisfied: true, answer.Supported: true, answer.NotApplicable: true, answer.Ended: true}

// answered says what of the regime's answer is open, failing or not in force.
func (fl *filler) answered() []string {
	a := fl.in.Answer
	if a == nil {
		return []string{"there is no answer of the regime"}
	}
	var out []string
	if a.Scope.In != "yes" {
		out = append(out, fmt.Sprintf("in scope of %s: %s (%s)", a.Regime, a.Scope.In, clean(a.Scope.Why)))
	}
	if a.State != regime.InForce && a.State != regime.Open {
		out = append(out, fmt.Sprintf("%s is %s on %s", a.Regime, cmp.Or(clean(string(a.State)), "not there yet"), a.Day))
	}
	within := fl.tiers()
	n := 0
	for _, q := range a.Requirements {
		if q.Obligation != regime.Mandatory || !strings.HasPrefix(q.ID, fl.form.depends.only) || slices.Contains(fl.form.depends.except, q.ID) || !owed(q, within) {
			continue
		}
		n++
		if !holds[q.Status] {
			out = append(out, fmt.Sprintf("%s %s: %s (%s)", q.ID, clean(q.Title), q.Status, clean(q.Why)))
		}
	}
	if n == 0 {
		out = append(out, "the answer holds no requirement that this document could rest on")
	}
	return out
}

// tiers lists the levels whose requirements count; nil: every level.
func (fl *filler) tiers() []string {
	id := fl.form.depends.level
	if strings.HasPrefix(id, "given.") {
		id, _ = fl.value(id)
	}
	if fl.in.Regime == nil || id == "" {
		return nil
	}
	lv, ok := fl.in.Regime.Level(id)
	if !ok {
		return nil
	}
	return fl.in.Regime.Below(lv)
}

func owed(q answer.RequirementAnswer, within []string) bool {
	return within == nil || len(q.Levels) == 0 || slices.ContainsFunc(q.Levels, func(l string) bool { return slices.Contains(within, l) })
}

// provision says why a provision does not carry a statement, "" when it does.
func provision(a *plimsoll.Assessment, id plimsoll.ProvisionID) string {
	i := slices.IndexFunc(a.Provisions, func(p plimsoll.ProvisionResult) bool { return p.ID == id })
	if i < 0 {
		return "the assessment does not speak of it"
	}
	p := a.Provisions[i]
	for _, x := range a.ICS.Problems {
		if x.Provision == id {
			return "the ICS is in doubt: " + clean(x.Reason)
		}
	}
	switch {
	case len(p.Against) > 0:
		return "there is evidence against it: " + clean(p.Against[0].Reason)
	case p.Support == plimsoll.SupportNA && p.Applies == plimsoll.AppliesNo && a.ICS.Verdict == plimsoll.Pass:
		return ""
	case p.Provisional:
		return "judged by a provisional method"
	case p.Support != plimsoll.SupportYes || p.Declined:
		return "not claimed"
	case p.Verdict != plimsoll.Pass:
		return "its verdict is " + string(plimsoll.All(p.Verdict))
	}
	return ""
}
