// Package judge turns a view of the evidence, the declaration and the answers of
// persons into an assessment, by the rules of TS 103 701 V1.1.1 and of
// doc/design.md.
//
// Judging is pure: the same input gives the same bytes. The package must never
// read a file, a clock, a network or a feed, and never give PASS for silence.
package judge

import (
	"fmt"
	"runtime/debug"
	"sort"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Input is all that a judgement depends on.
type Input struct {
	View         *probe.View
	Probes       []*probe.Probe // probes and rules, in any order
	Attestations []attest.Attestation
	Runs         []plimsoll.Run
	Tool         plimsoll.Tool
}

// judging is one judgement under way.
type judging struct {
	Input
	p        *product.Product
	cat      *catalog.Catalog
	edition  plimsoll.Edition
	at       time.Time
	findings map[plimsoll.UnitID][]plimsoll.Finding
	facts    *factSet
	persons  map[plimsoll.UnitID][]attest.Attestation
	signers  map[plimsoll.Digest][]attest.Attestation // countersignatures by what they sign
	external map[plimsoll.ProvisionID][]attest.Attestation
	stated   []attest.Attestation                  // facts
	outside  map[plimsoll.UnitID][]plimsoll.Digest // evidence that somebody added for a unit
	units    map[plimsoll.UnitID]plimsoll.UnitResult
	against  map[plimsoll.ProvisionID][]plimsoll.Against
	declared []plimsoll.DeclarationFinding
	skipped  []plimsoll.Skipped
}

// Judge makes the assessment.
func Judge(in Input) *plimsoll.Assessment {
	j := &judging{
		Input: in, p: in.View.Product, cat: in.View.Catalog, at: in.View.At,
		edition:  in.View.Product.Standard,
		findings: map[plimsoll.UnitID][]plimsoll.Finding{},
		persons:  map[plimsoll.UnitID][]attest.Attestation{},
		signers:  map[plimsoll.Digest][]attest.Attestation{},
		external: map[plimsoll.ProvisionID][]attest.Attestation{},
		outside:  map[plimsoll.UnitID][]plimsoll.Digest{},
		units:    map[plimsoll.UnitID]plimsoll.UnitResult{},
		against:  map[plimsoll.ProvisionID][]plimsoll.Against{},
	}
	j.facts = newFactSet(j.p.Facts(j.cat))
	for _, a := range in.Attestations {
		j.sortAttestation(a)
	}
	j.statedFacts()
	for _, it := range probe.Items(j.View, evidence.Outside) {
		for _, u := range it.Value.Units {
			j.outside[u] = append(j.outside[u], it.Digest)
		}
	}
	j.runProbes()
	j.facts.seal()
	j.modelled()
	for _, pr := range j.cat.Edition(j.edition) {
		for _, c := range j.cat.CasesUnder(j.edition, pr.ID) {
			for _, u := range c.Units {
				j.units[u.ID] = j.unit(u)
			}
		}
	}
	return j.assessment()
}

// sortAttestation files an answer under what it is about. Answers dated after the
// day of judging do not exist yet.
func (j *judging) sortAttestation(a attest.Attestation) {
	if a.Date.After(j.at) {
		return
	}
	switch {
	case a.Countersigns != "":
		j.signers[a.Countersigns] = append(j.signers[a.Countersigns], a)
	case a.External != "":
		j.external[a.External] = append(j.external[a.External], a)
	case a.Fact != nil:
		j.stated = append(j.stated, a)
	case a.Unit != "":
		j.persons[a.Unit] = append(j.persons[a.Unit], a)
	}
}

// statedFacts adds what persons stated: of several statements with one key about one
// thing the newest.
func (j *judging) statedFacts() {
	type thing struct {
		key, subject string
		id           plimsoll.FactID
	}
	newest := map[thing]int{}
	about := func(a attest.Attestation) thing { return thing{a.KeyID, a.Fact.Subject, a.Fact.ID} }
	for i, a := range j.stated {
		if old, ok := newest[about(a)]; !ok || !a.Date.Before(j.stated[old].Date) {
			newest[about(a)] = i
		}
	}
	for i, a := range j.stated {
		if newest[about(a)] == i {
			j.facts.add(plimsoll.Fact{
				ID: a.Fact.ID, Subject: a.Fact.Subject, Value: a.Fact.Value,
				Source: plimsoll.SourcePerson, By: "person:" + a.KeyID, Evidence: a.Evidence,
				Model: a.Fact.Model, Firmware: a.Fact.Firmware,
			})
		}
	}
}

func (j *judging) runProbes() {
	ps := append([]*probe.Probe(nil), j.Probes...)
	sort.Slice(ps, func(a, b int) bool { return ps[a].Name < ps[b].Name })
	for _, p := range ps {
		res, err := safely(p, j.View)
		if err != nil {
			j.skipped = append(j.skipped, plimsoll.Skipped{
				Probe: p.Name, Needs: "judging", Hint: err.Error(),
			})
			res = probe.Result{Findings: undecided(p, "the probe could not judge: "+err.Error())}
		}
		for _, f := range complete(p, res.Findings) {
			f.By = p.ID()
			f.Basis = plimsoll.BasisProbe
			if p.Collect == nil {
				f.Basis = plimsoll.BasisRule
			}
			if f.State == "" && p.Needs == probe.NeedsDevice && len(f.Evidence) > 0 {
				f.State = stateUnsaid
			}
			f.Digest = findingDigest(f)
			j.findings[f.Unit] = append(j.findings[f.Unit], f)
		}
		for _, f := range res.Facts {
			f.By, f.Source = p.ID(), plimsoll.SourceObserved
			j.facts.add(f)
		}
	}
	for _, fs := range j.findings {
		sort.SliceStable(fs, func(a, b int) bool { return findingLess(fs[a], fs[b]) })
	}
	if len(j.View.Records()) == 0 {
		for _, why := range j.View.Foreign {
			j.skipped = append(j.skipped, plimsoll.Skipped{Probe: "evidence", Needs: "a run on this product", Hint: why + ": run `plimsoll assess`"})
		}
	}
	for _, a := range j.View.Skipped {
		j.skipped = append(j.skipped, plimsoll.Skipped{Probe: a.Probe, Needs: a.Needs, Hint: a.Hint})
	}
	for _, b := range j.View.Broken() {
		j.skipped = append(j.skipped, plimsoll.Skipped{Probe: "evidence", Needs: "bytes that match their digest", Hint: b})
	}
}

// modelled brings what speaks against a unit of V1.1.1 to the provisional unit that is
// modelled on it: whether it fails that one is for a person to say, but it must
// neither vanish nor leave the unit with nothing to judge.
func (j *judging) modelled() {
	for _, pr := range j.cat.Edition(j.edition) {
		for _, c := range j.cat.CasesUnder(j.edition, pr.ID) {
			for _, u := range c.Units {
				old, ok := j.cat.Unit(u.Like)
				if !ok {
					continue
				}
				for _, f := range j.findings[u.Like] {
					if f = j.inState(old, f); f.Verdict != plimsoll.Fail || f.Ignored != "" || f.Basis != plimsoll.BasisProbe {
						continue
					}
					f.Unit, f.Verdict = u.ID, plimsoll.Inconclusive
					f.Reason = fmt.Sprintf("it fails unit %s, on which this one is modelled: %s", u.Like, f.Reason)
					f.Digest = findingDigest(f)
					j.findings[u.ID] = append(j.findings[u.ID], f)
					j.addAgainst(u, f.Subject, f)
				}
			}
		}
	}
}

// stateUnsaid marks an observation of a device whose state nobody declared.
const stateUnsaid plimsoll.State = "unsaid"

// safely judges with one probe; its panic costs that probe only.
func safely(p *probe.Probe, v *probe.View) (res probe.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			res, err = probe.Result{}, fmt.Errorf("probe %q panicked: %v at %s", p.Name, r, firstFrame(debug.Stack()))
		}
	}()
	return p.Judge(v), nil
}

// complete makes sure that every unit which the probe decides has a finding: a
// probe that says nothing is INCONCLUSIVE, never silent.
func complete(p *probe.Probe, fs []plimsoll.Finding) []plimsoll.Finding {
	has := map[plimsoll.UnitID]bool{}
	out := make([]plimsoll.Finding, 0, len(fs))
	for _, f := range fs {
		if !f.Verdict.Valid() {
			f.Verdict, f.Reason = plimsoll.Inconclusive, "the probe gave no verdict: "+f.Reason
		}
		has[f.Unit] = true
		out = append(out, f)
	}
	for _, u := range p.Decides {
		if !has[u] {
			out = append(out, plimsoll.Finding{Unit: u, Verdict: plimsoll.Inconclusive, Reason: "the probe has nothing to say"})
		}
	}
	return out
}

func undecided(p *probe.Probe, why string) []plimsoll.Finding {
	var out []plimsoll.Finding
	for _, u := range p.Decides {
		out = append(out, plimsoll.Finding{Unit: u, Verdict: plimsoll.Inconclusive, Reason: why, Remedy: "run it again; report it if it stays"})
	}
	return out
}

func findingLess(a, b plimsoll.Finding) bool {
	if a.Subject != b.Subject {
		return a.Subject < b.Subject
	}
	if a.By != b.By {
		return a.By < b.By
	}
	if a.Verdict != b.Verdict {
		return a.Verdict < b.Verdict
	}
	return a.Digest < b.Digest
}

func findingDigest(f plimsoll.Finding) plimsoll.Digest {
	return digestOf(struct {
		Unit     plimsoll.UnitID
		Subject  string
		By       string
		State    plimsoll.State
		Sample   string
		Verdict  plimsoll.Verdict
		Reason   string
		Evidence []plimsoll.Digest
	}{f.Unit, f.Subject, f.By, f.State, f.Sample, f.Verdict, f.Reason, f.Evidence})
}

func (j *judging) bundleDigest() plimsoll.Digest { return evidence.IndexDigest(j.View.Records()) }
