package securitytxt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/lab/webbench"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire/page"
	"github.com/plimsoll-iot/plimsoll/wire/securitytxt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var day = probetest.Day()

const (
	target = "https://www.example.com/.well-known/security.txt"
	place  = "https://www.example.com/security"
	good   = "Contact: mailto:security@example.com\nExpires: 2027-06-30T00:00:00Z\n"
	named  = good + "Policy: " + place + "\n"
)

const declaration = "targets: {web: {security_txt: " + target + "}}\nixit: {UserInfo: {publication_of_vulnerability_disclosure_policy: {text: x, url: " + place + "}}}\n"

// file is what the probe keeps of a body that came with a status.
func file(status int, body string) Observation {
	s := page.Snapshot{URL: target, FinalURL: target, Status: status, ContentType: "text/plain; charset=utf-8"}
	return Observation{s, securitytxt.Check([]byte(body), securitytxt.Origin{URL: target, FinalURL: target, ContentType: s.ContentType, Status: status, At: day})}
}

func judged(t *testing.T, decl string, at time.Time, os ...Observation) probe.Result {
	t.Helper()
	var vs []probe.MemoryValue
	for _, o := range os {
		vs = append(vs, webbench.Value(Files, target, o))
	}
	v := probetest.View(t, webbench.Product(t, "", decl), vs...)
	v.At = at
	res := Probe.Judge(v)
	webbench.Complete(t, res)
	if n := len(probetest.Of(res, unitPublished)); n != len(res.Findings) {
		t.Errorf("%d findings on another unit: %+v", len(res.Findings)-n, res.Findings)
	}
	return res
}

func TestJudge(t *testing.T) {
	const none = plimsoll.Verdict("")
	change := func(o Observation, f func(*page.Snapshot)) Observation { f(&o.Snapshot); return o }
	for _, c := range []struct {
		name   string
		o      Observation
		want   plimsoll.Verdict
		reason string
		facts  string
	}{
		{"names the policy", file(200, named), plimsoll.Pass, "names the declared policy", "expires=2027-06-30 valid=true"},
		{"names it among others", file(200, good+"Policy: https://www.example.com/old\nPolicy: https://WWW.example.com:443/security#x\n"), plimsoll.Pass, "", "expires=2027-06-30 valid=true"},
		{"with a warning", file(200, strings.Replace(named, "2027", "2029", 1)), plimsoll.Pass, "worth mending: line 2: Expires", "expires=2029-06-30 valid=true"},
		{"names no policy", file(200, good), none, "", "expires=2027-06-30 valid=true"},
		{"names another policy", file(200, good+"Policy: https://www.example.com/old\n"), plimsoll.Inconclusive, "names https://www.example.com/old; declared is " + place, "expires=2027-06-30 valid=true"},
		{"expired", file(200, strings.Replace(named, "2027", "2021", 1)), plimsoll.Fail, "line 2: Expires: the file is stale since 2021-06-30", "expires=2021-06-30 valid=false"},
		{"all problems", file(200, "Contact: security@example.com\nPolicy: http://www.example.com/security\nhello\n"), plimsoll.Fail, "line 3: \"hello\" is neither a field nor a comment (4)", "valid=false"},
		{"no contact", file(200, "Expires: 2027-06-30T00:00:00Z\n"), plimsoll.Fail, "there is no Contact field (2.5.3)", "expires=2027-06-30 valid=false"},
		{"a web page", file(200, "<!DOCTYPE html><p>Not found"), plimsoll.Fail, "line 1: the file is a web page", "valid=false"},
		{"empty", file(200, ""), plimsoll.Fail, "no Contact field", "valid=false"},
		{"404", file(404, "no"), plimsoll.Fail, "status 404", "valid=false"},
		{"403", file(403, "no"), plimsoll.Fail, "status 403", "valid=false"},
		{"500", file(500, named), plimsoll.Inconclusive, "status 500", ""},
		{"timeout", change(file(0, ""), func(s *page.Snapshot) { s.Error = "the server did not answer in time" }), plimsoll.Inconclusive, "in time", ""},
		{"certificate", change(file(200, named), func(s *page.Snapshot) { s.TLSError = "x509: expired" }), plimsoll.Inconclusive, "expired", ""},
		{"another domain", change(file(200, named), func(s *page.Snapshot) { s.LeftDomain, s.FinalURL = true, "https://example.org/x" }), plimsoll.Inconclusive, "https://example.org/x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := judged(t, declaration, day, c.o)
			var got plimsoll.Verdict
			reason := ""
			for _, f := range res.Findings {
				got, reason = f.Verdict, f.Reason
			}
			if len(res.Findings) > 1 || got != c.want || !strings.Contains(reason, c.reason) {
				t.Errorf("got %+v\nwant %s, reason %q", res.Findings, c.want, c.reason)
			}
			if c.want == plimsoll.Fail && !res.Findings[0].Mismatch {
				t.Error("a declared file that is not there does not fit the declaration")
			}
			var facts []string
			for _, f := range res.Facts {
				facts = append(facts, fmt.Sprintf("%s=%v", strings.TrimPrefix(string(f.ID), "security_txt."), f.Value))
			}
			slices.Sort(facts)
			if s := strings.Join(facts, " "); s != c.facts {
				t.Errorf("facts: got %q, want %q", s, c.facts)
			}
		})
	}
	for _, line := range []string{"line 1: Contact", "line 2: Policy", "line 3:", "no Expires field"} {
		f := judged(t, declaration, day, file(200, "Contact: security@example.com\nPolicy: http://www.example.com/security\nhello\n")).Findings[0]
		if !strings.Contains(f.Reason, line) {
			t.Errorf("%q is not in %q", line, f.Reason)
		}
	}
}

func TestUndecided(t *testing.T) {
	if res := judged(t, "targets: {web: {disclosure_policy: "+place+"}}\n", day, file(404, "")); len(res.Findings)+len(res.Facts) != 0 {
		t.Errorf("no file is declared: got %+v", res)
	}
	if f := judged(t, declaration, day).Findings; len(f) != 1 || f[0].Verdict != plimsoll.Inconclusive || !strings.Contains(f[0].Reason, "not fetched") {
		t.Errorf("not fetched: got %+v", f)
	}
	moved := file(200, named)
	moved.Snapshot.URL = "https://www.example.com/old/security.txt"
	if f := judged(t, declaration, day, moved).Findings; len(f) != 1 || f[0].Verdict != plimsoll.Inconclusive || !strings.Contains(f[0].Reason, "not fetched") {
		t.Errorf("another address: got %+v", f)
	}
	// A year later the file as fetched has expired, but the maker may have renewed it.
	if f := judged(t, declaration, day.AddDate(1, 0, 0), file(200, named)).Findings; len(f) != 1 || f[0].Verdict != plimsoll.Inconclusive || !strings.Contains(f[0].Reason, "since it was fetched") {
		t.Errorf("a year later: got %+v", f)
	}
	if f := judged(t, declaration, day.AddDate(1, 0, 0), file(200, strings.Replace(named, "2027", "2021", 1))).Findings; len(f) != 1 || f[0].Verdict != plimsoll.Fail {
		t.Errorf("expired when it was fetched: got %+v", f)
	}
}

func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		t.Run(kind, func(t *testing.T) {
			silent := [][]string{nil, {"no-support-period"}, {"policy-missing"}, {"default-password"}}
			for _, flaws := range silent {
				res := Probe.Judge(probetest.Twin(t, Probe, sim.Config{Kind: kind, Base: 22100, Flaws: flaws}))
				if len(res.Findings) != 1 || res.Findings[0].Verdict != plimsoll.Pass {
					t.Errorf("%v: %+v", flaws, res.Findings)
				}
			}
			for _, flaw := range sim.Flaws() {
				if flaw.Probe != Probe.Name {
					continue
				}
				res := Probe.Judge(probetest.Twin(t, Probe, sim.Config{Kind: kind, Base: 22100, Flaws: []string{flaw.Name}}))
				if len(res.Findings) != 1 || res.Findings[0].Verdict != plimsoll.Fail || !slices.Contains(flaw.Units, string(res.Findings[0].Unit)) {
					t.Errorf("%s: got %+v", flaw.Name, res.Findings)
				}
			}
		})
	}
}
