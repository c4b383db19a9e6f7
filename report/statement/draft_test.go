package statement

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

var notHeld = []answer.Status{
	answer.NotSatisfied, answer.Undecided, answer.EvidenceAgainst, answer.OutOfScope, answer.Upcoming, answer.Indicated, "", "something new",
}

// TestDraft: whatever a document depends on, and however it is open or failing,
// the document is a draft; and nothing else makes it one.
func TestDraft(t *testing.T) {
	all := infos(t)
	lib, err := load()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		info := rapid.SampledFrom(all).Draw(rt, "document")
		in := whole(t, info)
		f := lib.forms[slices.IndexFunc(lib.forms, func(f *form) bool { return f.id == info.ID })]
		want := false
		if in.Answer != nil {
			for i := range in.Answer.Requirements {
				q := &in.Answer.Requirements[i]
				q.Obligation = rapid.SampledFrom([]regime.Obligation{regime.Mandatory, regime.Recommended}).Draw(rt, "obligation")
				q.Status = rapid.SampledFrom(append([]answer.Status{answer.Satisfied, answer.Supported, answer.NotApplicable, answer.Ended}, notHeld...)).Draw(rt, "status")
				counts := f.depends.answer && q.Obligation == regime.Mandatory && strings.HasPrefix(q.ID, f.depends.only) && !slices.Contains(f.depends.except, q.ID)
				want = want || counts && slices.Contains(notHeld, q.Status)
			}
			none := !slices.ContainsFunc(in.Answer.Requirements, func(q answer.RequirementAnswer) bool {
				return q.Obligation == regime.Mandatory && strings.HasPrefix(q.ID, f.depends.only) && !slices.Contains(f.depends.except, q.ID)
			})
			want = want || f.depends.answer && none
			in.Answer.Scope.In = rapid.SampledFrom([]string{"yes", "yes", "yes", "open", "no", ""}).Draw(rt, "scope")
			in.Answer.State = rapid.SampledFrom([]regime.State{regime.InForce, regime.Open, regime.InForce, regime.Suspended, regime.ClosedToNew, regime.Repealed, regime.Announced, ""}).Draw(rt, "state")
			want = want || f.depends.answer && (in.Answer.Scope.In != "yes" || in.Answer.State != regime.InForce && in.Answer.State != regime.Open)
		}
		for _, id := range f.depends.provisions {
			p := &in.Assessment.Provisions[slices.IndexFunc(in.Assessment.Provisions, func(p plimsoll.ProvisionResult) bool { return p.ID == id })]
			p.Verdict = rapid.SampledFrom([]plimsoll.Verdict{plimsoll.Pass, plimsoll.Pass, plimsoll.Fail, plimsoll.Inconclusive, ""}).Draw(rt, "verdict")
			p.Support = rapid.SampledFrom([]plimsoll.Support{plimsoll.SupportYes, plimsoll.SupportYes, plimsoll.SupportNo, ""}).Draw(rt, "support")
			want = want || p.Verdict != plimsoll.Pass || p.Support != plimsoll.SupportYes
		}
		d := made(t, in)
		if d.Draft != want || d.Draft != (len(d.DraftBecause) > 0) {
			rt.Fatalf("%s: draft %v, want %v: %q", info.ID, d.Draft, want, d.DraftBecause)
		}
		if page := html(t, d); strings.Contains(page, `class="water"`) != want {
			rt.Fatalf("%s: the page and the document differ on the draft", info.ID)
		}
	})
}

func TestDraftBecause(t *testing.T) {
	for _, c := range []struct {
		name, id string
		change   func(*Input)
		want     string
	}{
		{"no answer", "uk-statement", func(in *Input) { in.Answer = nil }, "there is no answer"},
		{"no assessment", "uk-statement", func(in *Input) { in.Assessment = nil }, "was not assessed"},
		{"changed declaration", "uk-statement", func(in *Input) { in.Assessment.Product.Digest = "sha256:other" }, "changed since"},
		{"provisional", "uk-statement", func(in *Input) { in.Assessment.Edition.Method = plimsoll.MethodProvisional }, "provisional"},
		{"support is over", "support-period", func(in *Input) { in.Day = in.Day.AddDate(5, 0, 0) }, "ended on 2031-01-15"},
		{"evidence against", "consumer-sheet", func(in *Input) {
			for i := range in.Assessment.Provisions {
				in.Assessment.Provisions[i].Against = []plimsoll.Against{{Reason: "seen"}}
			}
		}, "evidence against"},
		{"ICS in doubt", "consumer-sheet", func(in *Input) {
			in.Assessment.ICS.Problems = []plimsoll.ICSProblem{{Provision: "5.2-1", Reason: "no reason"}}
		}, "ICS is in doubt"},
		{"a tier that counts", "sg-cls-declaration", func(in *Input) {
			in.Answer.Requirements[0].Levels, in.Answer.Requirements[0].Status = []string{"1"}, answer.Undecided
		}, "EN-5.1-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := slices.IndexFunc(infos(t), func(x Info) bool { return x.ID == c.id })
			in := whole(t, infos(t)[i])
			c.change(&in)
			d := made(t, in)
			if !d.Draft || !strings.Contains(strings.Join(d.DraftBecause, "\n"), c.want) {
				t.Errorf("got %v %q, want %q", d.Draft, d.DraftBecause, c.want)
			}
		})
	}
}

// TestTier: what only a higher tier asks for does not keep a lower one a draft.
func TestTier(t *testing.T) {
	i := slices.IndexFunc(infos(t), func(x Info) bool { return x.ID == "sg-cls-declaration" })
	in := whole(t, infos(t)[i])
	in.Answer.Requirements[0].Levels, in.Answer.Requirements[0].Status = []string{"3"}, answer.Undecided
	if d := made(t, in); d.Draft {
		t.Errorf("got %q", d.DraftBecause)
	}
	in.Given["level"] = "3"
	if d := made(t, in); !d.Draft {
		t.Error("not a draft at the tier that asks for it")
	}
}

// TestNotApplicable: a provision that does not apply under a valid ICS holds.
func TestNotApplicable(t *testing.T) {
	a := &plimsoll.Assessment{ICS: plimsoll.ICSResult{Verdict: plimsoll.Pass}, Provisions: []plimsoll.ProvisionResult{
		{ID: "5.1-2", Support: plimsoll.SupportNA, Applies: plimsoll.AppliesNo},
	}}
	if why := provision(a, "5.1-2"); why != "" {
		t.Errorf("got %q", why)
	}
	a.ICS.Verdict = plimsoll.Inconclusive
	if why := provision(a, "5.1-2"); why == "" {
		t.Error("holds under an open ICS")
	}
}
