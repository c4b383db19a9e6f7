package sarif

import (
	"bytes"
	"encoding/json"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const schemaFile = "sarif-schema-2.1.0.json"

func write(t testing.TB, a *plimsoll.Assessment, cat *catalog.Catalog) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, a, cat); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func results(t testing.TB, b []byte) []result {
	t.Helper()
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d.Runs[0].Results
}

func TestGolden(t *testing.T) {
	cat := fixture.Stable(t)
	fixture.Golden(t, "camera.sarif", write(t, fixture.Excerpt(cat), cat), *update)
}

func TestSchema(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{
		"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat), "empty": {},
	} {
		t.Run(name, func(t *testing.T) { fixture.Valid(t, schemaFile, write(t, a, cat)) })
	}
	b := write(t, fixture.Camera(cat), cat)
	fixture.Invalid(t, schemaFile, bytes.Replace(b, []byte(`"level": "error"`), []byte(`"level": "fatal"`), 1))
}

// TestResults counts: each FAIL of a judged unit and subject, each piece of evidence
// against, each undecided subject has a result of its level, and nothing that passes
// has one.
func TestResults(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	want := map[string]int{}
	for _, p := range a.Provisions {
		want[levelAgainst] += len(p.Against)
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for _, s := range u.Subjects {
					switch {
					case p.Support == plimsoll.SupportNA || p.Declined:
					case s.Verdict == plimsoll.Fail:
						want[levelFail]++
					case s.Verdict == plimsoll.Inconclusive:
						want[levelOpen]++
					}
				}
			}
		}
	}
	if want[levelFail] != 5 || want[levelAgainst] != 2 || want[levelOpen] < 50 {
		t.Fatalf("the fixture has %v: the test checks too little", want)
	}
	want[levelOpen]++ // the finding that a person set aside
	got := map[string]int{}
	for _, r := range results(t, write(t, a, cat)) {
		got[r.Level]++
	}
	for l, n := range want {
		if got[l] != n {
			t.Errorf("got %d results of level %s, want %d", got[l], l, n)
		}
	}
}

func TestMessage(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, r := range results(t, write(t, fixture.Camera(cat), cat)) {
		if r.RuleID == "5.4-3-2/a" && r.Level == levelFail {
			for _, want := range []string{"FAIL: an RSA private key", "not yet confirmed by a person", "To do: make the key on each unit"} {
				if !strings.Contains(r.Message.Text, want) {
					t.Errorf("got %q, which lacks %q", r.Message.Text, want)
				}
			}
			if len(r.Props.Evidence) != 2 || r.Locations[0].Logical[0].Name != "seen:file:/etc/ssl/private/server.key" {
				t.Errorf("got %+v", r)
			}
			return
		}
	}
	t.Error("the key in the image has no result")
}

// TestWaiver asks that a waived failure stays an error with its waiver beside it,
// and that an ended waiver does not suppress.
func TestWaiver(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	for _, live := range []bool{true, false} {
		a.Waivers[0].Live = live
		want := map[bool]string{true: "accepted", false: "rejected"}[live]
		n := 0
		for _, r := range results(t, write(t, a, cat)) {
			if r.Level != levelFail || len(r.Suppressions) == 0 {
				continue
			}
			n++
			if s := r.Suppressions[0]; s.Status != want || !strings.Contains(s.Justification, "Ann Example until 2026-12-31") {
				t.Errorf("live %v: got %+v", live, s)
			}
			if r.RuleID != "5.6-1-2/a" || r.Props.Subject != "seen:udp/3702/ws-discovery" {
				t.Errorf("%s of %s is suppressed", r.RuleID, r.Props.Subject)
			}
		}
		if n != 1 {
			t.Errorf("live %v: %d failures carry the waiver, want 1", live, n)
		}
	}
}

func TestFingerprints(t *testing.T) {
	cat := fixture.Loaded(t)
	first := results(t, write(t, fixture.Camera(cat), cat))
	seen := map[string]bool{}
	for _, r := range first {
		if p := r.Fingerprints["primaryLocationLineHash"]; seen[p] || p == "" {
			t.Errorf("%s of %s has the fingerprint %q of another", r.RuleID, r.Props.Subject, p)
		} else {
			seen[p] = true
		}
	}
	again := view.Remade(fixture.Camera(cat), func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "@1", "@2"), "opened the admin page", "was let in")
	})
	for i, r := range results(t, write(t, again, cat)) {
		if r.Fingerprints["plimsoll/v1"] != first[i].Fingerprints["plimsoll/v1"] {
			t.Errorf("another wording of %s gives another fingerprint", r.RuleID)
		}
	}
}

func TestHostile(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Poisoned(cat)
	a.Provisions[1].Against = append(a.Provisions[1].Against, plimsoll.Against{
		Unit: "x{0}", Subject: "[here](http://example.com)", Reason: "{0} {12} [click](http://example.com)",
	})
	b := write(t, a, cat)
	if bytes.ContainsAny(b, "\x1b\x00\u202e\u2066") {
		t.Error("a hidden character came through")
	}
	for _, r := range results(t, b) {
		if m := regexp.MustCompile(`[^{]\{\d+\}[^}]|\]\(`).FindString(r.Message.Text); m != "" {
			t.Errorf("the message %q holds %q", r.Message.Text, m)
		}
		if strings.Contains(r.Message.Text, "complian") {
			t.Errorf("the message %q says it", r.Message.Text)
		}
	}
}

func TestDeterministic(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	if !bytes.Equal(write(t, a, cat), write(t, a, cat)) {
		t.Error("two runs differ")
	}
}
