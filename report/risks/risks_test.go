package risks

import (
	"bytes"
	"encoding/json"
	"flag"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/browser"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// forms renders a view in every form.
func forms(t testing.TB, v *View) map[string]string {
	return map[string]string{
		"text":    fixture.Rendered(t, func(b *bytes.Buffer) error { return Text(b, v, TextOptions{}) }),
		"json":    fixture.Rendered(t, func(b *bytes.Buffer) error { return JSON(b, v) }),
		"section": fixture.Rendered(t, func(b *bytes.Buffer) error { return Section(b, v) }),
		"html":    fixture.Rendered(t, func(b *bytes.Buffer) error { return HTML(b, v) }),
	}
}

// two keeps two risks, so that a golden changes with the form and not with the data.
func two(t testing.TB) *catalog.Catalog {
	cat := fixture.Stable(t)
	cat.Risks = []*catalog.Risk{
		{
			ID: "one", Title: "First risk", What: "Something happens.", Who: "Somebody.", Beyond: "Much.",
			Sources: []catalog.RiskSource{{What: "an account", URL: "https://example.com/a"}},
			Mitigations: []catalog.Mitigation{
				{Provision: "5.1-1", How: "keeps strangers out"},
				{Provision: "5.1-2A", How: "needs no password"},
				{Provision: "5.2-1", How: "hears of it"},
				{Provision: "5.3-4A", How: "by itself"},
				{Provision: "5.3-4B", How: "and from the beginning"},
				{Provision: "5.5-1", How: "on its way"},
			},
		},
		{
			ID: "two", Title: "Second risk", What: "Something else happens.", Who: "Others.", Beyond: "Little.",
			Sources:     []catalog.RiskSource{{What: "another account", URL: "https://example.com/b"}},
			Mitigations: []catalog.Mitigation{{Provision: "6-8", How: "names nobody"}},
		},
	}
	return cat
}

func TestGolden(t *testing.T) {
	cat := two(t)
	got := forms(t, Build(fixture.Camera(cat), cat))
	fixture.Golden(t, "risks.txt", []byte(got["text"]), *update)
	fixture.Golden(t, "risks.json", []byte(got["json"]), *update)
	fixture.Golden(t, "section.html", []byte(got["section"]), *update)
}

// made is an assessment with one provision of each kind.
func made(cat *catalog.Catalog, e plimsoll.Edition, change func(*plimsoll.ProvisionResult)) *plimsoll.Assessment {
	a := &plimsoll.Assessment{Edition: plimsoll.EditionInfo{Standard: e}}
	for _, n := range append(cat.Guidelines, &catalog.Guideline{N: 0}, &catalog.Guideline{N: 14}) {
		a.Guidelines = append(a.Guidelines, plimsoll.GuidelineResult{N: n.N})
	}
	for _, p := range cat.Edition(e) {
		r := plimsoll.ProvisionResult{ID: p.ID, Support: plimsoll.SupportYes, Applies: plimsoll.AppliesYes, Verdict: plimsoll.Pass}
		change(&r)
		a.Provisions = append(a.Provisions, r)
	}
	return a
}

func TestLead(t *testing.T) {
	cat := fixture.Loaded(t)
	cat.Risks = []*catalog.Risk{{ID: "x", Mitigations: []catalog.Mitigation{
		{Provision: "5.1-1", How: "a"}, {Provision: "5.1-2A", How: "b"}, {Provision: "5.3-4A", How: "c"}, {Provision: "5.3-4B", How: "d"}, {Provision: "5.5-1", How: "e"},
	}}}
	type result = plimsoll.ProvisionResult
	only := func(id plimsoll.ProvisionID, change func(*result)) func(*result) {
		return func(r *result) {
			if r.ID == id {
				change(r)
			}
		}
	}
	na := func(r *result) { r.Support, r.Applies, r.Verdict = plimsoll.SupportNA, plimsoll.AppliesNo, "" }
	against := []plimsoll.Against{{Unit: "u", Reason: "seen"}}
	for _, x := range []struct {
		name    string
		edition plimsoll.Edition
		change  func(*result)
		ics     []plimsoll.ICSProblem
		lead    Lead
		counts  Counts
		says    string
	}{
		{"all pass", plimsoll.EditionV2, func(*result) {}, nil, LeadPass, Counts{Pass: 3, NotAsked: 1}, "no contrary indication: 3 of 3 provisions that hold it off pass"},
		{"all pass in V3", plimsoll.EditionV3, func(*result) {}, nil, LeadPass, Counts{Pass: 5}, "no contrary indication: 5 of 5 provisions that hold it off pass"},
		{"one fails", plimsoll.EditionV2, only("5.1-1", func(r *result) { r.Verdict = plimsoll.Fail }), nil, LeadFail, Counts{Pass: 2, Fail: 1, NotAsked: 1}, "1 of 3 provisions that hold it off fails; 2 pass"},
		{"one open", plimsoll.EditionV2, only("5.1-1", func(r *result) { r.Verdict = plimsoll.Inconclusive }), nil, LeadOpen, Counts{Pass: 2, Open: 1, NotAsked: 1}, "1 of 3 provisions that hold it off cannot be decided yet; none fails; 2 pass"},
		{"nothing judged", plimsoll.EditionV2, only("5.1-1", func(r *result) { r.Verdict = "" }), nil, LeadOpen, Counts{Pass: 2, Open: 1, NotAsked: 1}, "1 of 3 provisions that hold it off cannot be decided yet; none fails; 2 pass"},
		{"unstated", plimsoll.EditionV2, only("5.1-1", func(r *result) { r.Support = "" }), nil, LeadOpen, Counts{Pass: 2, Open: 1, NotAsked: 1}, "1 of 3 provisions that hold it off cannot be decided yet; none fails; 2 pass"},
		{"evidence against a PASS", plimsoll.EditionV2, only("5.5-1", func(r *result) { r.Against = against }), nil, LeadAgainst, Counts{Pass: 3, NotAsked: 1, Against: 1}, "evidence speaks against 1 of 3 provisions that hold it off; none fails; 3 pass"},
		{"all declined or n/a", plimsoll.EditionV2, na, nil, LeadNothing, Counts{NotApplicable: 3, NotAsked: 1}, "nothing to go by; 3 claimed not to apply"},
		{"one declined", plimsoll.EditionV2, only("5.3-4", func(r *result) { r.Support, r.Declined, r.Verdict = plimsoll.SupportNo, true, "" }), nil, LeadPass, Counts{Pass: 2, Declined: 1, NotAsked: 1}, "no contrary indication: 2 of 3 provisions that hold it off pass; 1 declined by the maker"},
		{"n/a that the ICS refutes", plimsoll.EditionV2, only("5.1-1", na), []plimsoll.ICSProblem{{Provision: "5.1-1", Verdict: plimsoll.Fail, Reason: "a login was seen"}}, LeadAgainst, Counts{Pass: 2, NotApplicable: 1, NotAsked: 1, Against: 1}, "evidence speaks against 1 of 3 provisions that hold it off; none fails; 2 pass; 1 claimed not to apply"},
		{"n/a in doubt", plimsoll.EditionV2, only("5.1-1", na), []plimsoll.ICSProblem{{Provision: "5.1-1", Verdict: plimsoll.Inconclusive, Reason: "nobody knows"}}, LeadOpen, Counts{Pass: 2, Open: 1, NotAsked: 1}, "1 of 3 provisions that hold it off cannot be decided yet; none fails; 2 pass"},
	} {
		a := made(cat, x.edition, x.change)
		a.ICS.Problems = x.ics
		r := Build(a, cat).Risks[0]
		if r.Lead != x.lead || r.Counts != x.counts || r.Says != x.says {
			t.Errorf("%s:\n got %s %+v %q\nwant %s %+v %q", x.name, r.Lead, r.Counts, r.Says, x.lead, x.counts, x.says)
		}
	}
	empty := Build(&plimsoll.Assessment{}, cat).Risks[0]
	if empty.Lead != LeadOpen || empty.Counts.Open != 5 {
		t.Errorf("an empty assessment: got %s %+v, want open", empty.Lead, empty.Counts)
	}
}

// TestWording asks that no form says what nobody may say.
func TestWording(t *testing.T) {
	cat := fixture.Loaded(t)
	bad := regexp.MustCompile(`(?i)complian|[0-9] ?%|\bscores?\b[^s]|\bis (safe|secure)\b|\brating\b`)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "empty": {}, "passing": made(cat, plimsoll.EditionV2, func(*plimsoll.ProvisionResult) {})} {
		for form, s := range forms(t, Build(a, cat)) {
			if form == "html" {
				continue // its style has lengths in per cent
			}
			if m := bad.FindString(s); m != "" {
				t.Errorf("%s as %s says %q", name, form, m)
			}
		}
	}
}

func TestHostile(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Poisoned(cat)
	before, _ := json.Marshal(a)
	v := Build(a, cat)
	if after, _ := json.Marshal(a); !bytes.Equal(before, after) {
		t.Error("the assessment was changed")
	}
	got := forms(t, v)
	again := forms(t, Build(a, cat))
	for form, s := range got {
		if strings.ContainsAny(s, "\x1b\x00\u202e\u2066") {
			t.Errorf("%s: a hidden character came through", form)
		}
		if s != again[form] {
			t.Errorf("%s: two runs differ", form)
		}
	}
	for _, form := range []string{"section", "html"} {
		if strings.Contains(got[form], "<script>alert") || strings.Contains(got[form], "<img") {
			t.Errorf("%s: markup came through", form)
		}
		if _, err := html.Parse(strings.NewReader(got[form])); err != nil {
			t.Error(err)
		}
	}
	fixture.Narrow(t, got["text"])
	if !json.Valid([]byte(got["json"])) {
		t.Error("the JSON is none")
	}
}

// TestReport puts the section into the report: each provision links to its place.
func TestReport(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	body := fixture.Rendered(t, func(b *bytes.Buffer) error { return Section(b, Build(a, cat)) })
	page := fixture.Rendered(t, func(b *bytes.Buffer) error {
		return report.HTML(b, a, cat, report.HTMLOptions{Sections: []report.Section{{ID: "risks", Title: "Risks", Body: template.HTML(body)}}})
	})
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		ids[m[1]]++
		if ids[m[1]] > 1 {
			t.Errorf("id %q stands twice", m[1])
		}
	}
	links := regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(page, -1)
	missing := []string{}
	for _, m := range links {
		if to, err := url.PathUnescape(m[1]); (err != nil || ids[to] == 0) && !slices.Contains(missing, m[1]) {
			missing = append(missing, m[1])
		}
	}
	if len(missing) > 0 {
		t.Errorf("links that lead nowhere: %v", missing)
	}
	if !strings.Contains(page, `<h2 id="risks">Risks</h2>`) || len(page) > 1<<20 {
		t.Errorf("the section is missing or the report too large: %d bytes", len(page))
	}
}

// TestBrowser loads the page in a browser, which must find nothing to complain of.
func TestBrowser(t *testing.T) {
	cat := fixture.Loaded(t)
	if dom := browser.Clean(t, forms(t, Build(fixture.Poisoned(cat), cat))["html"], ""); !strings.Contains(dom, "A way into the home network") {
		t.Error("the page is not whole")
	}
}
