package view

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// The states a provision is shown in, beside the three verdicts.
const (
	wordNA       = "n/a"
	wordDeclined = "declined"
	wordUnstated = "unstated"
)

// state is a word with the name of its style. Words carry the meaning; the style
// only repeats it.
type State struct{ Word, Key string }

var (
	Pass          = State{string(plimsoll.Pass), "pass"}
	Fail          = State{string(plimsoll.Fail), "fail"}
	Open          = State{string(plimsoll.Inconclusive), "inc"}
	NotApplicable = State{wordNA, "na"}
	Declined      = State{wordDeclined, "declined"}
	Unstated      = State{wordUnstated, "unstated"}
	stateNothing  = State{"not claimed", "na"}
)

// states lists the states of provisions in the order of the counts.
var states = []State{Pass, Fail, Open, NotApplicable, Declined, Unstated}

func VerdictState(v plimsoll.Verdict) State {
	switch v {
	case plimsoll.Pass:
		return Pass
	case plimsoll.Fail:
		return Fail
	case "":
		return stateNothing
	}
	return Open
}

// provisionState is the state a provision is counted in.
func ProvisionState(p plimsoll.ProvisionResult) State {
	switch {
	case p.Support == plimsoll.SupportNA:
		return NotApplicable
	case p.Declined:
		return Declined
	case p.Support == "":
		return Unstated
	}
	return VerdictState(p.Verdict)
}

func countOf(c plimsoll.Counts) map[string]int {
	return map[string]int{
		"pass": c.Pass, "fail": c.Fail, "inc": c.Inconclusive,
		"na": c.NotApplicable, "declined": c.Declined, "unstated": c.Unstated,
	}
}

// countsSentence is "68 provisions: 20 PASS, 6 FAIL, …".
func CountsSentence(c plimsoll.Counts) string {
	n, sum := countOf(c), 0
	var parts []string
	for _, s := range states {
		sum += n[s.Key]
		parts = append(parts, fmt.Sprintf("%d %s", n[s.Key], s.Word))
	}
	return fmt.Sprintf("%s: %s", Some(sum, "provision"), strings.Join(parts, ", "))
}

// coverageSentence says who decided the units. It never gives a percentage.
func CoverageSentence(c plimsoll.UnitCoverage) string {
	of := ""
	if c.Applicable != c.Units {
		of = fmt.Sprintf(", %d of them claimed", c.Applicable)
	}
	s := fmt.Sprintf("%s%s: %d by software, %d by a person, %d applied, %d proposed, %d open",
		Some(c.Units, "unit"), of, c.Software, c.Person, c.Applied, c.Proposed, c.Open)
	if c.Overruled > 0 {
		s += fmt.Sprintf("; %d overruled", c.Overruled)
	}
	return s
}

// some counts things: "1 unit", "2 units".
func Some(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

var editionNames = map[plimsoll.Edition]string{
	plimsoll.EditionV2: "EN 303 645 V2.1.1",
	plimsoll.EditionV3: "EN 303 645 V3.1.3",
}

var methodNames = map[string]string{
	plimsoll.MethodTS103701:    "TS 103 701 V1.1.1",
	plimsoll.MethodProvisional: "plimsoll-provisional",
}

func (v *View) Standard() string {
	return cmp.Or(editionNames[v.Edition.Standard], string(v.Edition.Standard))
}

func (v *View) Method() string { return cmp.Or(methodNames[v.Edition.Method], v.Edition.Method) }

func (v *View) Provisional() bool { return v.Edition.Method == plimsoll.MethodProvisional }

const provisionalNote = "provisional: the test units of this edition are not public here, so those of the older edition " +
	"serve where nothing changed and our own elsewhere; no label is granted on it"

// role says plainly on whose word the assessment rests.
type role struct{ Name, Meaning string }

var roles = map[plimsoll.Role]role{
	plimsoll.RoleFirstParty: {"first-party self-assessment", "the supplier assessed its own product; nobody independent has checked it"},
	plimsoll.RoleLaboratory: {"assessment by a test laboratory", "a FAIL that software found on a person's unit counts only after a person has confirmed it"},
	plimsoll.RoleResearcher: {"assessment by a researcher", "made without a mandate of the supplier or of an authority, as far as is said here"},
	plimsoll.RoleAuthority:  {"assessment by an authority", "a FAIL that software found on a person's unit counts only after a person has confirmed it"},
}

func (v *View) Role() role {
	if r, ok := roles[v.Assessor.Role]; ok {
		return r
	}
	return role{"assessment of unstated role", "the declaration does not say on whose behalf it was made"}
}

// assessor is the role with the names behind it.
func (v *View) By() string {
	by := Joined(", ", v.Assessor.Name, v.Assessor.Organisation)
	if by == "" {
		return v.Role().Name
	}
	return v.Role().Name + " by " + by
}

// joined joins the texts that are not empty.
func Joined(sep string, ss ...string) string {
	var out []string
	for _, s := range ss {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}

// deciders says in words who decides a unit.
var Deciders = map[plimsoll.Decider]string{
	plimsoll.DeciderSoftware: "software decides: a plain check that it can observe",
	plimsoll.DeciderOperator: "a person checks it at the device",
	plimsoll.DeciderAssessor: "a competent, named person decides; software can only propose",
	plimsoll.DeciderStep:     "a step of the test: done, or could not be done",
	plimsoll.DeciderApply:    "takes over the result of another case",
}

var Bases = map[plimsoll.Basis]string{
	plimsoll.BasisRule:     "from the declaration",
	plimsoll.BasisProbe:    "observed",
	plimsoll.BasisPerson:   "a person's signed answer",
	plimsoll.BasisExternal: "external evidence",
}

// headline is the verdict in words.
func (v *View) Headline() string {
	c := v.Counts
	claimed := c.Pass + c.Fail + c.Inconclusive
	switch {
	case v.Verdict == plimsoll.Pass:
		return fmt.Sprintf("%s passed, and so did the conformance statement (ICS)", Some(claimed, "claimed provision"))
	case v.Verdict == plimsoll.Fail && c.Fail == 0:
		return "the conformance statement (ICS) is invalid"
	case v.Verdict == plimsoll.Fail:
		return fmt.Sprintf("%d of %s fail", c.Fail, Some(claimed, "claimed provision"))
	case claimed == 0:
		return "nothing is claimed yet, so nothing can pass"
	case c.Inconclusive == 0:
		return "no claimed provision fails, but the conformance statement (ICS) is incomplete"
	}
	return fmt.Sprintf("none of %s fails, but %d cannot be decided yet", Some(claimed, "claimed provision"), c.Inconclusive)
}

// against counts the evidence against claimed provisions.
func (v *View) against() int {
	n := 0
	for _, p := range v.Provisions {
		if p.Support == plimsoll.SupportYes {
			n += len(p.Against)
		}
	}
	return n
}

// caveats are what must stand beside the verdict: a reader who sees only the first
// screen must not miss them.
func (v *View) Caveats() []string {
	var out []string
	if n := v.against(); n > 0 {
		out = append(out, Some(n, "piece")+" of evidence against claimed provisions")
	}
	switch v.ICS.Verdict {
	case plimsoll.Fail:
		out = append(out, fmt.Sprintf("the conformance statement (ICS) is invalid: %s", Some(len(v.ICS.Problems), "problem")))
	case plimsoll.Inconclusive:
		out = append(out, fmt.Sprintf("the conformance statement (ICS) is incomplete: %s", Some(len(v.ICS.Problems), "problem")))
	}
	if n := v.Coverage.Overruled; n > 0 {
		out = append(out, Some(n, "finding")+" by software set aside (overruled) by a person; both stay on record")
	}
	for _, w := range v.Waivers {
		live := "waived"
		if !w.Live {
			live = "waiver ended"
		}
		out = append(out, fmt.Sprintf("%s, which hides nothing: %s by %s until %s: %s",
			live, Joined(" ", string(w.Unit), w.Subject), w.Owner, w.Until, w.Reason))
	}
	if v.Provisional() {
		out = append(out, provisionalNote)
	}
	for _, i := range v.Incidents {
		after := "did not come back"
		if i.Recovered {
			after = fmt.Sprintf("came back after %.0f s", i.Seconds)
		}
		out = append(out, fmt.Sprintf("%s stopped answering during %s and %s", i.Target, i.During, after))
	}
	return out
}

// unitState is the state of a unit in words that say who is next.
func UnitState(u plimsoll.UnitResult) State {
	s := VerdictState(u.Verdict)
	switch {
	case u.Step == "done" && u.Verdict == plimsoll.Pass:
		return State{"done", s.Key}
	case u.Step == "could-not":
		return State{"could not be done", "inc"}
	case u.Verdict == plimsoll.Pass && vacuous(u):
		return State{"PASS, nothing to judge", s.Key}
	case u.Verdict != plimsoll.Inconclusive:
		return s
	}
	proposal := Proposed(u)
	switch {
	case proposal == plimsoll.Fail:
		return State{"INCONCLUSIVE, FAIL proposed", "inc"}
	case u.Open && proposal == plimsoll.Pass:
		return State{"open, no contrary indication", "inc"}
	case u.Open:
		return State{"open, a person decides", "inc"}
	}
	return s
}

func vacuous(u plimsoll.UnitResult) bool {
	for _, s := range u.Subjects {
		if !s.Vacuous {
			return false
		}
	}
	return len(u.Subjects) > 0
}

// Proposed is what software proposes for a unit: a FAIL before a PASS.
func Proposed(u plimsoll.UnitResult) plimsoll.Verdict {
	var out plimsoll.Verdict
	for _, f := range u.Findings {
		switch {
		case f.Ignored != "" || f.Overruled || !f.Proposal && !f.Unconfirmed:
		case f.Verdict == plimsoll.Fail:
			return plimsoll.Fail
		case f.Verdict == plimsoll.Pass:
			out = plimsoll.Pass
		}
	}
	return out
}

// findingWord is the verdict of a finding in the words it deserves: software that
// may not decide never says PASS.
func FindingWord(f plimsoll.Finding) string {
	word := string(f.Verdict)
	switch {
	case f.Proposal && f.Verdict == plimsoll.Pass:
		word = "no contrary indication"
	case f.Proposal && f.Verdict == plimsoll.Fail:
		word = "FAIL proposed"
	case f.Vacuous:
		word = "PASS, nothing to judge"
	}
	if f.Mismatch {
		word += ", not as declared"
	}
	switch {
	case f.Overruled:
		word += ", set aside by a person"
	case f.Ignored != "":
		word += ", does not count here"
	case f.Unconfirmed:
		word += ", unconfirmed"
	}
	return word
}
