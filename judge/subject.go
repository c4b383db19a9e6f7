package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
)

// subject judges a unit for one subject and returns the findings it rests on. A
// component is judged by the mechanisms that it refers to, of which some must hold.
func (j *judging) subject(u *catalog.Unit, s subject) (plimsoll.SubjectResult, []plimsoll.Finding) {
	if u.Over == "" || len(s.group) == 0 {
		return j.alone(u, s, nil)
	}
	by, fs := j.mechanisms(u, s)
	if !j.spokenOf(u, s.id) {
		return by, fs
	}
	own, ofOwn := j.alone(u, s, fs)
	fs = j.overrule(fs, j.said(u, s, own.Seen))
	if by.Verdict == plimsoll.Fail && own.Verdict == plimsoll.Pass && standing(fs) {
		own.Verdict, own.Reason = plimsoll.Fail, by.Reason
	}
	return own, append(ofOwn, fs...)
}

// standing reports whether a FAIL is left that nobody set aside.
func standing(fs []plimsoll.Finding) bool {
	return slices.ContainsFunc(fs, func(f plimsoll.Finding) bool {
		return f.Verdict == plimsoll.Fail && !f.Overruled && f.Ignored == ""
	})
}

// alone judges a unit for one subject by what is said of that subject. Shown are
// findings on other subjects that a person has before them as well.
func (j *judging) alone(u *catalog.Unit, s subject, shown []plimsoll.Finding) (plimsoll.SubjectResult, []plimsoll.Finding) {
	fs := j.about(u, s)
	res := plimsoll.SubjectResult{ID: s.id, Seen: j.seenDigest(u, s, append(slices.Clone(fs), shown...))}
	said := j.said(u, s, res.Seen)
	fs = j.overrule(fs, said)
	fs = append(fs, said.findings...)

	var fails, open, pass, unsure []string
	var looked []string
	decided := false // a person answered with PASS
	ignored := ""
	for i := range fs {
		f := &fs[i]
		if f.Mismatch && f.Ignored == "" {
			j.addMismatch(u, s.id, *f)
		}
		switch {
		case f.Ignored != "":
			ignored = f.Ignored
		case f.Overruled:
		case j.observesDesign(u, *f):
			j.contradict(u, s, f, &res)
		case f.Verdict == plimsoll.Fail && u.Decider == plimsoll.DeciderStep:
			open = append(open, f.Reason)
		case f.Verdict == plimsoll.Fail:
			j.fail(u, f, said, &fails, &open, &res)
		case f.Verdict == plimsoll.Inconclusive && f.Basis != plimsoll.BasisPerson:
			unsure = append(unsure, f.Reason)
		case f.Verdict == plimsoll.Inconclusive:
			open = append(open, f.Reason)
		case f.Basis != plimsoll.BasisPerson && u.Decider != plimsoll.DeciderSoftware:
			f.Proposal = true
			looked = union(looked, f.Coverage.Looked)
		default:
			decided = decided || f.Basis == plimsoll.BasisPerson
			pass = append(pass, f.Reason)
			looked = union(looked, f.Coverage.Looked)
		}
		if f.State != "" && f.Ignored == "" && f.Verdict != plimsoll.Inconclusive {
			looked = union(looked, []string{"state:" + string(f.State)})
		}
		if f.State == stateUnsaid {
			f.State = ""
		}
	}
	if !decided {
		open = append(open, unsure...) // what software could not tell, a person may decide
	}
	j.conclude(u, s, &res, fails, open, pass, looked, ignored)
	if said.stale != "" && res.Verdict == plimsoll.Inconclusive {
		res.Reason = said.stale
	}
	return res, fs
}

// conclude combines what was found: any FAIL, else whatever is missing, else PASS.
func (j *judging) conclude(u *catalog.Unit, s subject, res *plimsoll.SubjectResult, fails, open, pass, looked []string, ignored string) {
	for _, c := range j.cover(u) {
		if !slices.Contains(looked, c) {
			res.Missing = append(res.Missing, c)
		}
	}
	switch {
	case len(fails) > 0:
		res.Verdict, res.Reason, res.Missing = plimsoll.Fail, fails[0], nil
	case res.Contradicted:
		res.Verdict = plimsoll.Inconclusive
	case s.verify != "":
		res.Verdict, res.Reason = plimsoll.Inconclusive, s.verify
	case strings.HasPrefix(s.id, plimsoll.SeenPrefix) && len(open) == 0:
		res.Verdict, res.Reason = plimsoll.Inconclusive, "seen, and explained by no declared row"
	case len(open) > 0:
		res.Verdict, res.Reason = plimsoll.Inconclusive, open[0]
	case len(pass) == 0:
		res.Verdict, res.Reason = plimsoll.Inconclusive, j.nobody(u)
		if ignored != "" {
			res.Reason = ignored
		}
	case len(res.Missing) > 0:
		res.Verdict, res.Reason = plimsoll.Inconclusive, "not looked at: "+strings.Join(res.Missing, ", ")
	default:
		res.Verdict, res.Reason = plimsoll.Pass, pass[0]
	}
}

func (j *judging) nobody(u *catalog.Unit) string {
	switch u.Decider {
	case plimsoll.DeciderSoftware:
		return "no probe and no rule has answered"
	case plimsoll.DeciderStep:
		return "nobody has said yet whether it was done"
	}
	return "a person has yet to decide"
}

// fail books a FAIL. On a person's unit a FAIL by software waits for confirmation
// where the assessor's role demands it.
func (j *judging) fail(u *catalog.Unit, f *plimsoll.Finding, said answers, fails, open *[]string, res *plimsoll.SubjectResult) {
	res.Unconfirmed = res.Unconfirmed || f.Unconfirmed
	software := f.Basis == plimsoll.BasisProbe || f.Basis == plimsoll.BasisRule
	if software && u.Decider != plimsoll.DeciderSoftware && !slices.Contains(said.confirms, f.Digest) {
		f.Unconfirmed = true
		res.Unconfirmed = true
		if j.p.Assessor.Role.NeedsConfirmation() {
			*open = append(*open, "a person has yet to confirm the FAIL: "+f.Reason)
			return
		}
	}
	*fails = append(*fails, f.Reason)
}

// observesDesign reports whether a finding is an observation about a unit that is
// judged on the declared design only.
func (j *judging) observesDesign(u *catalog.Unit, f plimsoll.Finding) bool {
	return u.Conceptual() && f.Basis == plimsoll.BasisProbe
}

// contradict books an observation on a conceptual unit: one that speaks against
// the declaration makes the unit INCONCLUSIVE and is evidence against the
// provision; one that speaks for it changes nothing.
func (j *judging) contradict(u *catalog.Unit, s subject, f *plimsoll.Finding, res *plimsoll.SubjectResult) {
	f.Proposal = true
	if f.Verdict != plimsoll.Fail {
		return
	}
	f.Unconfirmed = true
	res.Contradicted = true
	res.Reason = "an observation contradicts the declaration: " + f.Reason
	j.addAgainst(u, s.id, *f)
}

func (j *judging) addAgainst(u *catalog.Unit, id string, f plimsoll.Finding) {
	a := plimsoll.Against{Unit: u.ID, Subject: id, By: f.By, Reason: f.Reason, Remedy: f.Remedy, Evidence: f.Evidence}
	for _, old := range j.against[u.Provision] {
		if old.By == a.By && old.Subject == a.Subject && old.Reason == a.Reason {
			return
		}
	}
	j.against[u.Provision] = append(j.against[u.Provision], a)
	j.addMismatch(u, id, f)
}

// addMismatch lists what does not fit the declaration, each thing once.
func (j *judging) addMismatch(u *catalog.Unit, id string, f plimsoll.Finding) {
	for _, d := range j.declared {
		if d.By == f.By && d.Subject == id && d.Reason == f.Reason {
			return
		}
	}
	j.declared = append(j.declared, plimsoll.DeclarationFinding{
		Table: u.Where.Table, Subject: id, Unit: u.ID, By: f.By, Reason: f.Reason,
		Remedy: "fix the device or fix the declaration: " + f.Remedy, Evidence: f.Evidence,
	})
}

// spokenOf reports whether some finding or answer is about the subject itself.
func (j *judging) spokenOf(u *catalog.Unit, id string) bool {
	for _, f := range j.findings[u.ID] {
		if f.Subject == id {
			return true
		}
	}
	for _, a := range j.persons[u.ID] {
		if a.Subject == id {
			return true
		}
	}
	return false
}

// mechanisms judges a component by what software found of each mechanism.
func (j *judging) mechanisms(u *catalog.Unit, s subject) (plimsoll.SubjectResult, []plimsoll.Finding) {
	res := plimsoll.SubjectResult{ID: s.id}
	var vs []plimsoll.Verdict
	var all []plimsoll.Finding
	var why []string
	for _, id := range s.group {
		m, fs := j.alone(u, subject{id: id, verify: s.verify}, nil)
		vs = append(vs, m.Verdict)
		all = append(all, fs...)
		why = append(why, id+": "+m.Reason)
		res.Missing = union(res.Missing, m.Missing)
		res.Unconfirmed = res.Unconfirmed || m.Unconfirmed
	}
	res.Verdict = plimsoll.Some(vs...)
	res.Reason = strings.Join(why, "; ")
	if res.Verdict == plimsoll.Pass {
		res.Missing, res.Unconfirmed = nil, false
	}
	res.Seen = j.seenDigest(u, s, append(j.about(u, s), all...))
	return res, all
}

// about returns the findings of software on a subject, those that the unit cannot
// use marked with the reason.
func (j *judging) about(u *catalog.Unit, s subject) []plimsoll.Finding {
	var out []plimsoll.Finding
	for _, f := range j.findings[u.ID] {
		// What is said of no subject can only leave others open: it never passes a
		// row, and says nothing of a discovered thing.
		general := f.Subject == "" && (s.id == wholeProduct ||
			f.Verdict == plimsoll.Inconclusive && !strings.HasPrefix(s.id, plimsoll.SeenPrefix))
		if f.Subject != s.id && !general {
			continue
		}
		if strings.HasPrefix(s.id, plimsoll.SeenPrefix) && f.Verdict == plimsoll.Pass {
			continue // a thing nobody declared never passes
		}
		out = append(out, j.inState(u, f))
	}
	return out
}

// inState says whether an observation was made in a state that the unit speaks of.
func (j *judging) inState(u *catalog.Unit, f plimsoll.Finding) plimsoll.Finding {
	if len(u.States) == 0 || f.Basis != plimsoll.BasisProbe || f.Verdict == plimsoll.Inconclusive {
		return f
	}
	switch {
	case f.State == "": // an image, a page: no device was looked at
	case f.State == stateUnsaid:
		f.Reason = "the state of the device is not declared (targets.device.state), and this unit speaks of " + states(u.States) + ": " + f.Reason
		f.Verdict = plimsoll.Inconclusive
	case !slices.Contains(u.States, f.State):
		f.Ignored = fmt.Sprintf("seen in state %s; this unit speaks of %s", f.State, states(u.States))
	}
	return f
}

func states(ss []plimsoll.State) string {
	var out []string
	for _, s := range ss {
		out = append(out, string(s))
	}
	return strings.Join(out, ", ")
}

// seenDigest names what a person has before them who decides the unit for the
// subject: the product, the question, the declared row, what software found and what
// was added from outside. What was seen of the working product holds for its firmware
// version only; an answer about the design lasts until the declaration changes.
func (j *judging) seenDigest(u *catalog.Unit, s subject, fs []plimsoll.Finding) plimsoll.Digest {
	var ds []plimsoll.Digest
	for _, f := range fs {
		ds = append(ds, f.Digest)
	}
	var row map[string][]string
	if s.row != nil {
		row = map[string][]string{}
		for k, v := range s.row.Values {
			row[k] = append([]string{v.Text}, v.List...)
			if t := s.row.Bool(k); t != plimsoll.Unknown {
				row[k] = []string{t.String()} // yes and true are one answer
			}
		}
	}
	firmware := ""
	if !u.Conceptual() {
		firmware = j.p.Info.FirmwareVersion
	}
	return digestOf(struct {
		Product  string
		Firmware string
		Unit     plimsoll.UnitID
		Question string
		Subject  string
		Row      map[string][]string
		Findings []plimsoll.Digest
		Outside  []plimsoll.Digest
	}{j.p.FullName(), firmware, u.ID, u.Question, s.id, row, ds, j.outside[u.ID]})
}

// answers is what persons said about a unit and subject.
type answers struct {
	findings  []plimsoll.Finding
	confirms  []plimsoll.Digest
	overrules map[plimsoll.Digest]attest.Attestation
	stale     string
}
