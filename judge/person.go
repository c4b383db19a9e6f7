package judge

import (
	"fmt"
	"slices"
	"sort"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
)

// said collects the answers of persons about a subject. Of several answers with
// one key the newest counts. An answer given before something else was seen is
// stale: a PASS then decides nothing, a FAIL stands until it is answered again.
func (j *judging) said(u *catalog.Unit, s subject, seen plimsoll.Digest) answers {
	out := answers{overrules: map[plimsoll.Digest]attest.Attestation{}}
	newest := map[string]attest.Attestation{}
	for _, a := range j.persons[u.ID] {
		if a.Subject != s.id && !(a.Subject == "" && s.id == wholeProduct) {
			continue
		}
		if a.Confirms != "" {
			out.confirms = append(out.confirms, a.Confirms)
		}
		// Dates are whole seconds: of two in one second the later in the file counts.
		if old, ok := newest[a.KeyID]; !ok || !a.Date.Before(old.Date) {
			newest[a.KeyID] = a
		}
	}
	keys := make([]string, 0, len(newest))
	for k := range newest {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		j.answer(u, s, newest[k], seen, &out)
	}
	return out
}

func (j *judging) answer(u *catalog.Unit, s subject, a attest.Attestation, seen plimsoll.Digest, out *answers) {
	f := plimsoll.Finding{
		Unit: u.ID, By: "person:" + a.KeyID, Basis: plimsoll.BasisPerson, Subject: s.id,
		Verdict: answerVerdict(u, a), Reason: a.Note, Overrules: a.Overrules,
		Coverage: plimsoll.Coverage{Looked: a.Looked}, Evidence: a.Evidence, Digest: a.Digest,
	}
	if f.Reason == "" {
		f.Reason = fmt.Sprintf("decided by %s on %s", a.Person.Name, a.Date.UTC().Format("2006-01-02"))
	}
	switch {
	case !f.Verdict.Valid():
		return
	case a.Seen != seen && f.Verdict == plimsoll.Fail:
		// More evidence must not lift a failure: it stands until somebody answers again.
		f.Unconfirmed = true
		f.Reason = fmt.Sprintf("%s (said by %s before something changed: answer again)", f.Reason, a.Person.Name)
	case a.Seen != seen:
		out.stale = fmt.Sprintf("the answer of %s of %s is stale: what was seen or declared has changed since; ask again", a.Person.Name, a.Date.UTC().Format("2006-01-02"))
		f.Ignored = out.stale
	case a.Overrules != "" && (u.Decider == plimsoll.DeciderSoftware || slices.Contains(j.p.Policy.Countersign, u.ID)) && !j.countersigned(a):
		f.Ignored = "overruling a check of software needs the signature of a second person"
	case f.Verdict == plimsoll.Pass && slices.Contains(j.p.Policy.Countersign, u.ID) && !j.countersigned(a):
		f.Ignored = "the policy of the declaration asks for the signature of a second person"
	case a.Overrules != "" && a.Note == "":
		f.Ignored = "overruling a FAIL needs a reason in `note`"
	case a.Overrules != "":
		out.overrules[a.Overrules] = a
	}
	out.findings = append(out.findings, f)
}

func answerVerdict(u *catalog.Unit, a attest.Attestation) plimsoll.Verdict {
	if u.Decider != plimsoll.DeciderStep {
		return a.Verdict
	}
	switch a.Step {
	case attest.StepDone:
		return plimsoll.Pass
	case attest.StepCouldNot:
		return plimsoll.Inconclusive
	}
	return ""
}

// countersigned reports whether a second person, with another key and another
// name, signed the attestation.
func (j *judging) countersigned(a attest.Attestation) bool {
	for _, c := range j.signers[a.Digest] {
		if c.KeyID != a.KeyID && c.Person.Name != a.Person.Name {
			return true
		}
	}
	return false
}

// overrule marks the findings that a person set aside. They stay on record.
func (j *judging) overrule(fs []plimsoll.Finding, said answers) []plimsoll.Finding {
	for i := range fs {
		if _, ok := said.overrules[fs[i].Digest]; ok && fs[i].Verdict == plimsoll.Fail {
			fs[i].Overruled = true
		}
	}
	return fs
}

// personList lists everyone whose answers were before the judge.
func (j *judging) personList() []plimsoll.Person {
	out := []plimsoll.Person{}
	at := map[string]int{}
	for _, a := range j.Attestations {
		if a.Date.After(j.at) {
			continue
		}
		p := plimsoll.Person{KeyID: a.KeyID, Name: a.Person.Name, Role: a.Person.Role, Date: a.Date.UTC().Format("2006-01-02")}
		key := p.KeyID + "|" + p.Name + "|" + p.Role
		if i, ok := at[key]; ok {
			out[i].Date = max(out[i].Date, p.Date)
			continue
		}
		at[key] = len(out)
		out = append(out, p)
	}
	sort.Slice(out, func(a, b int) bool { return out[a].KeyID+out[a].Name < out[b].KeyID+out[b].Name })
	return out
}
