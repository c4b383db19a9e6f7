package judge_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/judge"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// declaration is one with rows of every table that the invented findings name.
const declaration = `schema: plimsoll.product/1
product: {manufacturer: {name: Harbour Lights Ltd}, name: Harbour Cam 2, model: HC-2, firmware_version: 2.4.1, category: ip-camera}
standard: en303645-2.1.1
assessor: {role: %s}
ics:
  5.1-1: {support: yes}
  5.1-3: {support: yes}
  5.3-1: {support: yes}
  5.3-2: {support: yes}
  5.3-3: {support: yes}
  5.5-1: {support: yes}
  5.5-6: {support: yes}
  5.6-1: {support: yes}
  5.6-5: {support: no, reason: kept for installers}
ixit:
  AuthMech:
    - {id: AuthMech-1, factor: password, user: human, set_by: factory, used_in: [initialized], network: yes}
    - {id: AuthMech-2, user: human}
  SoftComp:
    - {id: SoftComp-1, update: [UpdMech-1, UpdMech-2], crypto: yes}
  UpdMech:
    - {id: UpdMech-1, network: yes}
    - {id: UpdMech-2, network: no}
  SecParam:
    - {id: SecParam-1, type: critical, communication: [ComMech-1]}
  ComMech:
    - {id: ComMech-1, transport: tcp, port: 443, security: tls, remote: no}
  SoftServ: []
  Intf:
    - {id: Intf-1, type: logical, transport: tcp, port: 443, status: on}
`

var lawUnits = []plimsoll.UnitID{
	"5.1-1-1/a", "5.1-1-2/a", "5.1-1-2/b", "5.1-1-2/c", "5.1-3-2/a", "5.3-1-1/b", "5.3-2-1/a", "5.3-2-2/a", "5.3-2-2/b", "5.3-3-1/a",
	"5.5-1-1/c", "5.5-1-2/a", "5.5-6-2/a", "5.6-1-1/a", "5.6-1-2/a", "5.6-1-2/b", "5.6-5-1/a",
}

var lawSubjects = []string{"", "product", "AuthMech-1", "AuthMech-2", "UpdMech-1", "UpdMech-2", "SoftComp-1", "ComMech-1", "Intf-1", "seen:tcp/23/telnet"}

// world is a random mini-assessment.
type world struct {
	product  *product.Product
	findings []plimsoll.Finding
	rules    []bool // whether the finding is by a rule
	atts     []attest.Attestation
}

func drawFinding(t *rapid.T, label string) plimsoll.Finding {
	f := plimsoll.Finding{
		Unit:     rapid.SampledFrom(lawUnits).Draw(t, label+" unit"),
		Subject:  rapid.SampledFrom(lawSubjects).Draw(t, label+" subject"),
		Verdict:  rapid.SampledFrom([]plimsoll.Verdict{plimsoll.Pass, plimsoll.Pass, plimsoll.Fail, plimsoll.Inconclusive}).Draw(t, label+" verdict"),
		State:    rapid.SampledFrom([]plimsoll.State{"", plimsoll.StateInitialized, plimsoll.StateFactory}).Draw(t, label+" state"),
		Reason:   label,
		Coverage: plimsoll.Coverage{Looked: []string{"tcp", "udp", "ipv6", "manual", "physical", "state:initialized"}},
		Evidence: []plimsoll.Digest{evidence.DigestOf([]byte(label))},
	}
	if rapid.Bool().Draw(t, label+" looked") {
		f.Coverage.Looked = nil
	}
	return f
}

func drawWorld(t *rapid.T, tb testing.TB) *world {
	role := rapid.SampledFrom([]string{"first-party", "laboratory"}).Draw(t, "role")
	p, problems := product.Parse("product.yaml", []byte(fmt.Sprintf(declaration, role)), mustCatalog(tb), product.Options{})
	if errs := problems.Blocking(); len(errs) > 0 {
		tb.Fatal(errs.String())
	}
	w := &world{product: p}
	for i := range rapid.IntRange(0, 12).Draw(t, "findings") {
		w.findings = append(w.findings, drawFinding(t, fmt.Sprintf("finding %d", i)))
		w.rules = append(w.rules, rapid.Bool().Draw(t, fmt.Sprintf("rule %d", i)))
	}
	before := w.judge(tb, nil)
	for i := range rapid.IntRange(0, 4).Draw(t, "answers") {
		w.atts = append(w.atts, drawAnswer(t, before, fmt.Sprintf("answer %d", i)))
	}
	return w
}

func drawAnswer(t *rapid.T, a *plimsoll.Assessment, label string) attest.Attestation {
	at := attest.Attestation{
		Unit:    rapid.SampledFrom(lawUnits).Draw(t, label+" unit"),
		Subject: rapid.SampledFrom(lawSubjects[1:]).Draw(t, label+" subject"),
		Verdict: rapid.SampledFrom([]plimsoll.Verdict{plimsoll.Pass, plimsoll.Fail}).Draw(t, label+" verdict"),
		Step:    attest.StepDone, Note: label, Date: day.AddDate(0, 0, -1), KeyID: label,
		Person: attest.Person{Name: label, Role: "assessor"}, Digest: evidence.DigestOf([]byte(label)),
		Looked: []string{"tcp", "udp", "ipv6", "manual", "physical", "state:initialized"},
	}
	for _, u := range unitsOf(a) {
		for _, s := range u.Subjects {
			if u.ID == at.Unit && s.ID == at.Subject {
				at.Seen = s.Seen
			}
		}
		for _, f := range u.Findings {
			if u.ID == at.Unit && f.Subject == at.Subject && f.Verdict == plimsoll.Fail && rapid.Bool().Draw(t, label+" overrules") {
				at.Overrules = f.Digest
			}
		}
	}
	return at
}

func (w *world) judge(tb testing.TB, order []int) *plimsoll.Assessment {
	v, err := probe.MemoryView(w.product, mustCatalog(tb), day)
	if err != nil {
		tb.Fatal(err)
	}
	var ps []*probe.Probe
	for i, f := range w.findings {
		p := &probe.Probe{Name: fmt.Sprintf("p%d", i), Version: 1, Needs: probe.NeedsDevice, Collect: noCollect, Judge: func(*probe.View) probe.Result {
			return probe.Result{Findings: []plimsoll.Finding{f}}
		}}
		if w.rules[i] {
			p.Collect, p.Needs = nil, probe.NeedsNothing
		}
		ps = append(ps, p)
	}
	if order != nil {
		shuffled := make([]*probe.Probe, len(ps))
		for i, j := range order {
			shuffled[i] = ps[j]
		}
		ps = shuffled
	}
	return judge.Judge(judge.Input{View: v, Probes: ps, Attestations: w.atts, Tool: plimsoll.Tool{Name: "plimsoll", Version: "test"}})
}

func unitsOf(a *plimsoll.Assessment) []plimsoll.UnitResult {
	var out []plimsoll.UnitResult
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			out = append(out, c.Units...)
		}
	}
	return out
}

func vacuous(u plimsoll.UnitResult) bool {
	return len(u.Subjects) == 1 && u.Subjects[0].Vacuous
}

// TestSilenceNeverPasses: without a finding or an answer only what has nothing to
// judge passes.
func TestSilenceNeverPasses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		a := w.judge(t, nil)
		for _, u := range unitsOf(a) {
			if u.Verdict == plimsoll.Pass && !vacuous(u) && u.Applied == "" && !slices.ContainsFunc(u.Findings, func(f plimsoll.Finding) bool {
				return f.Verdict == plimsoll.Pass && f.Ignored == "" && !f.Overruled
			}) {
				rt.Fatalf("unit %s passes with no PASS behind it: %+v", u.ID, u)
			}
		}
		w.findings, w.rules, w.atts = nil, nil, nil
		for _, u := range unitsOf(w.judge(t, nil)) {
			if u.Verdict == plimsoll.Pass && !vacuous(u) && !onlyVacuous(u, w.judge(t, nil)) {
				rt.Fatalf("unit %s passes in silence: %+v", u.ID, u)
			}
		}
	})
}

// onlyVacuous allows an applied unit whose units are all vacuous.
func onlyVacuous(u plimsoll.UnitResult, _ *plimsoll.Assessment) bool {
	return u.Applied != "" && vacuous(u)
}

var rank = map[plimsoll.Verdict]int{plimsoll.Fail: 0, plimsoll.Inconclusive: 1, plimsoll.Pass: 2, "": 3}

// TestFailureNeverImproves: within one view, adding evidence of a failure never
// improves the verdict of a unit, a case, a provision, the ICS or the product.
func TestFailureNeverImproves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		before := w.judge(t, nil)
		f := drawFinding(rt, "added")
		f.Verdict = plimsoll.Fail
		w.findings, w.rules = append(w.findings, f), append(w.rules, rapid.Bool().Draw(rt, "added by a rule"))
		after := w.judge(t, nil)
		if rank[after.Verdict] > rank[before.Verdict] {
			rt.Fatalf("the product went from %s to %s", before.Verdict, after.Verdict)
		}
		for i, p := range before.Provisions {
			q := after.Provisions[i]
			if rank[q.Verdict] > rank[p.Verdict] {
				rt.Fatalf("provision %s went from %s to %s", p.ID, p.Verdict, q.Verdict)
			}
			if len(q.Against) < len(p.Against) {
				rt.Fatalf("provision %s lost evidence against it", p.ID)
			}
		}
		us, vs := unitsOf(before), unitsOf(after)
		for i := range us {
			if rank[vs[i].Verdict] > rank[us[i].Verdict] {
				rt.Fatalf("unit %s went from %s to %s:\n%+v\n%+v", us[i].ID, us[i].Verdict, vs[i].Verdict, us[i], vs[i])
			}
		}
	})
}

// TestProbeNeverClosesPersonsUnit: a PASS by software on a person's unit leaves it
// open.
func TestProbeNeverClosesPersonsUnit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		for _, u := range unitsOf(w.judge(t, nil)) {
			person := u.Decider == plimsoll.DeciderAssessor || u.Decider == plimsoll.DeciderOperator || u.Decider == plimsoll.DeciderStep
			if person && u.Verdict == plimsoll.Pass && !vacuous(u) && !slices.ContainsFunc(u.Findings, func(f plimsoll.Finding) bool {
				return f.Basis == plimsoll.BasisPerson && f.Verdict == plimsoll.Pass && f.Ignored == ""
			}) {
				rt.Fatalf("unit %s passes without a person: %+v", u.ID, u)
			}
		}
	})
}

// TestOrderAndRepetition: the order of probes never matters, and judging twice
// gives the same bytes.
func TestOrderAndRepetition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt, t)
		first := encoded(t, w.judge(t, nil))
		if again := encoded(t, w.judge(t, nil)); again != first {
			rt.Fatal("judging twice gave different bytes")
		}
		idx := make([]int, len(w.findings))
		for i := range idx {
			idx[i] = i
		}
		if other := encoded(t, w.judge(t, rapid.Permutation(idx).Draw(rt, "order"))); other != first {
			rt.Fatal("another order of probes gave different bytes")
		}
	})
}

// TestCoverageAddsUp: the classes of units add up to the units of claimed groups,
// and the counts of provisions to all provisions.
func TestCoverageAddsUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawWorld(rt, t).judge(t, nil)
		c := a.Coverage
		if c.Units != 226 || c.Software+c.Person+c.Applied+c.Proposed+c.Open != c.Applicable {
			rt.Fatalf("coverage does not add up: %+v", c)
		}
		n := a.Counts
		if n.Pass+n.Fail+n.Inconclusive+n.NotApplicable+n.Declined+n.Unstated != 68 {
			rt.Fatalf("counts do not add up: %+v", n)
		}
	})
}

// TestPanickingProbe: a probe that panics while judging costs that probe only.
func TestPanickingProbe(t *testing.T) {
	p, _ := product.Parse("product.yaml", []byte(fmt.Sprintf(declaration, "first-party")), mustCatalog(t), product.Options{})
	v, err := probe.MemoryView(p, mustCatalog(t), day)
	if err != nil {
		t.Fatal(err)
	}
	bad := &probe.Probe{Name: "bad", Version: 1, Decides: []plimsoll.UnitID{"5.6-1-2/a"}, Collect: noCollect, Judge: func(*probe.View) probe.Result { panic("broken") }}
	good := &probe.Probe{Name: "good", Version: 1, Collect: noCollect, Judge: func(*probe.View) probe.Result {
		return probe.Result{Findings: []plimsoll.Finding{{Unit: "5.6-1-2/b", Subject: "seen:x", Verdict: plimsoll.Fail, Reason: "seen"}}}
	}}
	a := judge.Judge(judge.Input{View: v, Probes: []*probe.Probe{bad, good}})
	if len(a.Skipped) != 1 || a.Skipped[0].Probe != "bad" || !strings.Contains(a.Skipped[0].Hint, "broken") {
		t.Errorf("skipped %+v, want the panic of probe bad", a.Skipped)
	}
	for _, u := range unitsOf(a) {
		if u.ID == "5.6-1-2/a" && u.Verdict != plimsoll.Inconclusive {
			t.Errorf("unit %s: %s, want INCONCLUSIVE", u.ID, u.Verdict)
		}
		if u.ID == "5.6-1-2/b" && u.Verdict != plimsoll.Fail {
			t.Errorf("unit %s: %s, want FAIL by the other probe", u.ID, u.Verdict)
		}
	}
}

func encoded(t testing.TB, a *plimsoll.Assessment) string {
	t.Helper()
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
