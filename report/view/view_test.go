package view

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
)

func TestClean(t *testing.T) {
	for _, x := range []struct{ name, in, want string }{
		{"plain", "TLS 1.0 accepted", "TLS 1.0 accepted"},
		{"white space", "  a\n\r\tb  c\u2028d ", "a b c d"},
		{"escape", "\x1b[31mPASS", "<U+001B>[31mPASS"},
		{"c1", "a\u009b31mb", "a<U+009B>31mb"},
		{"nul and bell", "\x00\x07", "<U+0000><U+0007>"},
		{"direction", "abc\u202Egnp", "abc<U+202E>gnp"},
		{"invisible", "a\u200Bb\uFEFFc", "a<U+200B>b<U+FEFF>c"},
		{"tags", "\U000E0041", "<U+E0041>"},
		{"broken bytes", "a\xff\xfeb", "a<FF><FE>b"},
		{"replacement character itself", "\uFFFD", "\uFFFD"},
		{"joiner of a family", "👩\u200d👧", "👩\u200d👧"},
		{"other scripts", "héllo 漢字 العربية", "héllo 漢字 العربية"},
		{"pile of marks", "a" + strings.Repeat("\u0300", 50), "a" + strings.Repeat("\u0300", 4)},
		{"long", strings.Repeat("x", 5000), strings.Repeat("x", 4000) + " [1000 more bytes in assessment.json]"},
	} {
		t.Run(strings.ReplaceAll(x.name, " ", "_"), func(t *testing.T) {
			if got := Clean(x.in); got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[0m\u202e\xff")
	f.Add("\u0300\u0300\u0300\u0300\u0300\u0300")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if Hidden(r) && !joins(r) {
				t.Fatalf("%U stays in %q", r, got)
			}
		}
	})
}

// one makes an assessment of one provision with one unit.
func one(t *testing.T, p plimsoll.ProvisionResult, u plimsoll.UnitResult) (*View, *Row) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p.ID = "5.1-1"
	p.Cases = []plimsoll.CaseResult{{ID: "5.1-1-2", Units: []plimsoll.UnitResult{u}}}
	v := New(&plimsoll.Assessment{
		Provisions: []plimsoll.ProvisionResult{p}, Guidelines: []plimsoll.GuidelineResult{{N: 1}},
		Persons: []plimsoll.Person{{KeyID: "k1", Name: "Ben"}},
	}, cat, "camera")
	return v, v.Headings()[0].Rows[0]
}

// TestGaps asks that each INCONCLUSIVE says what is missing and what to type or
// supply.
func TestGaps(t *testing.T) {
	inc := plimsoll.Inconclusive
	for _, x := range []struct {
		name             string
		unit             plimsoll.UnitResult
		text, remedy, by string
	}{
		{
			"declare",
			plimsoll.UnitResult{Subjects: []plimsoll.SubjectResult{{ID: "AuthMech-1", Verdict: inc, Reason: "declare AuthMech-1.set_by"}}},
			"the declaration does not say enough", "declare AuthMech-1.set_by", "declaration",
		},
		{
			"confirm",
			plimsoll.UnitResult{Subjects: []plimsoll.SubjectResult{{ID: "AuthMech-1", Verdict: inc, Reason: "confirm AuthMech-1: delete its key `observed`"}}},
			"the row was proposed by software and nobody has confirmed it", "confirm AuthMech-1: delete its key `observed`", "declaration",
		},
		{
			"cover",
			plimsoll.UnitResult{Subjects: []plimsoll.SubjectResult{{ID: "product", Verdict: inc, Reason: "not looked at: radio:ble, manual", Missing: []string{"radio:ble", "manual"}}}},
			"not looked at: radio:ble, manual",
			"look at each declared radio and add what was seen: plimsoll evidence add; name the manual: targets.documents.user_guide", "",
		},
		{
			"probe",
			plimsoll.UnitResult{
				Subjects: []plimsoll.SubjectResult{{ID: "product", Verdict: inc, Reason: "no answer from 192.0.2.1"}},
				Findings: []plimsoll.Finding{{By: "open-ports@1", Subject: "product", Verdict: inc, Reason: "no answer from 192.0.2.1", Remedy: "switch the device on"}},
			},
			"no answer from 192.0.2.1", "switch the device on", "open-ports@1",
		},
		{
			"person",
			plimsoll.UnitResult{
				Open: true, Decider: plimsoll.DeciderAssessor,
				Subjects: []plimsoll.SubjectResult{{ID: "AuthMech-1", Verdict: inc, Reason: "a person has yet to decide"}},
			},
			"a person has yet to decide", "plimsoll ask camera", "a person",
		},
		{
			"contradicted",
			plimsoll.UnitResult{Subjects: []plimsoll.SubjectResult{{ID: "AuthMech-1", Verdict: inc, Contradicted: true, Reason: "x"}}},
			"an observation contradicts the declaration", "fix the device or fix the declaration", "",
		},
		{
			"unconfirmed",
			plimsoll.UnitResult{Subjects: []plimsoll.SubjectResult{{ID: "AuthMech-1", Verdict: inc, Unconfirmed: true, Reason: "a person has yet to confirm the FAIL: y"}}},
			"a person has yet to confirm the FAIL: y", "confirm or refute it: plimsoll ask camera", "",
		},
		{"nothing", plimsoll.UnitResult{}, "nothing was judged", "plimsoll explain 5.1-1-2/c", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.unit.ID, x.unit.Verdict = "5.1-1-2/c", inc
			_, r := one(t, plimsoll.ProvisionResult{Support: plimsoll.SupportYes, Verdict: inc}, x.unit)
			if len(r.Gaps) != 1 {
				t.Fatalf("got %d gaps, want 1", len(r.Gaps))
			}
			if g := r.Gaps[0]; g.Text != x.text || g.Remedy != x.remedy || g.By != x.by {
				t.Errorf("got %q, %q, %q\nwant %q, %q, %q", g.Text, g.Remedy, g.By, x.text, x.remedy, x.by)
			}
		})
	}
}

// TestFails asks that what was overruled or does not count is not shown as what
// fails, and that the same said of two units stands once.
func TestFails(t *testing.T) {
	fail := func(by string) plimsoll.Finding {
		return plimsoll.Finding{By: by, Subject: "AuthMech-1", Verdict: plimsoll.Fail, Reason: "opened", Remedy: "close it"}
	}
	over, ignored := fail("over@1"), fail("ignored@1")
	over.Overruled, ignored.Ignored = true, "another state"
	_, r := one(t, plimsoll.ProvisionResult{Support: plimsoll.SupportYes, Verdict: plimsoll.Fail}, plimsoll.UnitResult{
		ID: "5.1-1-2/c", Verdict: plimsoll.Fail,
		Subjects: []plimsoll.SubjectResult{{ID: "AuthMech-1", Verdict: plimsoll.Fail, Reason: "opened"}},
		Findings: []plimsoll.Finding{over, ignored, fail("person:k1"), fail("person:k1")},
	})
	if len(r.Fails) != 1 || r.Fails[0].By != "Ben" || r.Fact != "opened" || r.By != "Ben" {
		t.Errorf("got %+v, fact %q by %q", r.Fails, r.Fact, r.By)
	}
}

// TestProposalIsNoPass asks that software's opinion on a person's unit is never
// what a PASS rests on, nor called one.
func TestProposalIsNoPass(t *testing.T) {
	f := plimsoll.Finding{By: "p@1", Subject: "x", Verdict: plimsoll.Pass, Proposal: true, Reason: "nothing found", Basis: plimsoll.BasisProbe}
	if got := FindingWord(f); got != "no contrary indication" {
		t.Errorf("got %q", got)
	}
	u := plimsoll.UnitResult{ID: "5.1-1-2/c", Decider: plimsoll.DeciderAssessor, Verdict: plimsoll.Inconclusive, Open: true, Findings: []plimsoll.Finding{f}}
	if got := UnitState(u); got.Word != "open, no contrary indication" || got.Key != "inc" {
		t.Errorf("got %+v", got)
	}
	u.Verdict, u.Open = plimsoll.Pass, false
	if _, r := one(t, plimsoll.ProvisionResult{Support: plimsoll.SupportYes, Verdict: plimsoll.Pass}, u); r.Fact == f.Reason {
		t.Error("a proposal is shown as what a PASS rests on")
	}
}

func TestHeadline(t *testing.T) {
	for _, x := range []struct {
		a    plimsoll.Assessment
		want string
	}{
		{plimsoll.Assessment{Verdict: plimsoll.Pass, Counts: plimsoll.Counts{Pass: 2}}, "2 claimed provisions passed, and so did the conformance statement (ICS)"},
		{plimsoll.Assessment{Verdict: plimsoll.Fail, Counts: plimsoll.Counts{Pass: 2, Fail: 1}}, "1 of 3 claimed provisions fail"},
		{plimsoll.Assessment{Verdict: plimsoll.Fail, Counts: plimsoll.Counts{Pass: 2}}, "the conformance statement (ICS) is invalid"},
		{plimsoll.Assessment{Verdict: plimsoll.Inconclusive, Counts: plimsoll.Counts{Pass: 2, Inconclusive: 1}}, "none of 3 claimed provisions fails, but 1 cannot be decided yet"},
		{plimsoll.Assessment{Verdict: plimsoll.Inconclusive, Counts: plimsoll.Counts{Pass: 2}}, "no claimed provision fails, but the conformance statement (ICS) is incomplete"},
		{plimsoll.Assessment{Verdict: plimsoll.Inconclusive}, "nothing is claimed yet, so nothing can pass"},
	} {
		if got := New(&x.a, nil, "").Headline(); got != x.want {
			t.Errorf("got %q, want %q", got, x.want)
		}
	}
}

func TestItems(t *testing.T) {
	fail := plimsoll.Finding{Subject: "Intf-1", Basis: plimsoll.BasisProbe, Verdict: plimsoll.Pass}
	v, _ := one(t, plimsoll.ProvisionResult{Support: plimsoll.SupportYes}, plimsoll.UnitResult{
		ID:       "5.6-2-1/a",
		Subjects: []plimsoll.SubjectResult{{ID: "Intf-1"}, {ID: "Intf-2"}, {ID: "seen:tcp/2323/telnet"}, {ID: "seen:file:/etc/key"}, {ID: "Intf"}, {ID: "none", Vacuous: true}},
		Findings: []plimsoll.Finding{fail},
	})
	u, ok := v.Catalog.Unit("5.6-2-1/a")
	if !ok || u.Where.Table != "Intf" {
		t.Fatalf("unit 5.6-2-1/a speaks of %q, and the test of Intf", u.Where.Table)
	}
	var got []string
	for _, i := range v.Items(nil) {
		got = append(got, i.Label+" "+i.Place()+": "+i.State().Word)
	}
	want := "telnet tcp 2323: seen, not declared|Intf-1 : declared and seen|Intf-2 : declared, not seen"
	if strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
