package view

import (
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
)

// TestLines asks for one line per subject, with what its verdict rests on: neither a
// finding that was set aside or does not count, nor a proposal behind a PASS.
func TestLines(t *testing.T) {
	finding := func(subject, reason string, v plimsoll.Verdict) plimsoll.Finding {
		return plimsoll.Finding{By: "p@1", Basis: plimsoll.BasisProbe, Subject: subject, Verdict: v, Reason: reason}
	}
	over, ignored, proposal := finding("A-1", "set aside", plimsoll.Fail), finding("A-1", "of another state", plimsoll.Fail), finding("A-2", "proposed", plimsoll.Pass)
	over.Overruled, ignored.Ignored, proposal.Proposal = true, "another state", true
	v, _ := one(t, plimsoll.ProvisionResult{Support: plimsoll.SupportYes, Verdict: plimsoll.Fail}, plimsoll.UnitResult{
		ID: "5.1-1-2/c", Verdict: plimsoll.Fail,
		Subjects: []plimsoll.SubjectResult{
			{ID: "A-1", Verdict: plimsoll.Fail, Reason: "opened"},
			{ID: "A-2", Verdict: plimsoll.Pass, Reason: "a person said so"},
			{ID: "A-3", Verdict: plimsoll.Inconclusive, Reason: "nobody looked"},
		},
		Findings: []plimsoll.Finding{over, ignored, finding("A-1", "opened", plimsoll.Fail), proposal},
	})
	v.Waivers = []plimsoll.Waiver{{Unit: "5.1-1-2/c", Owner: "Ann", Until: "2026-12-31", Reason: "soon"}}
	var got []string
	for _, l := range v.Lines() {
		s := l.Subject.ID + " " + l.Word() + ":"
		for _, x := range l.Says {
			s += " " + x.Text
		}
		if l.Waiver != nil {
			s += "; " + WaiverNote(*l.Waiver)
		}
		got = append(got, s)
	}
	want := "A-1 FAIL: opened; waiver ended: by Ann until 2026-12-31: soon|A-2 PASS: a person said so|A-3 INCONCLUSIVE: nobody looked"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// TestLinesNotJudged asks that units of a provision that is declined are shown and
// marked, and that a unit without a subject has a line.
func TestLinesNotJudged(t *testing.T) {
	v, _ := one(t, plimsoll.ProvisionResult{Support: plimsoll.SupportNo, Declined: true}, plimsoll.UnitResult{ID: "5.1-1-2/c", Verdict: plimsoll.Inconclusive})
	ls := v.Lines()
	if len(ls) != 1 || ls[0].Judged || ls[0].Subject.Verdict != plimsoll.Inconclusive || ls[0].Says[0].Text != "nothing was judged" {
		t.Errorf("got %+v", ls)
	}
}
