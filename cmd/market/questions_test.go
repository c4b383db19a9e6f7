package market_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// TestMarketQuestions: the twelve questions of doc/markets.md, each asked of the
// camera on the command line. What no command answers fully is said there.
func TestMarketQuestions(t *testing.T) {
	for _, q := range []struct {
		name string
		ask  func(*testing.T, *folder)
	}{
		{"1_scope", askScope},
		{"2_role", askRole},
		{"3_gap", askGap},
		{"4_delta", askDelta},
		{"5_route", askRoute},
		{"6_shortcut", askShortcut},
		{"7_documents", askDocuments},
		{"8_clock", askClock},
		{"9_change", askChange},
		{"10_incident", askIncident},
		{"11_proof", askProof},
		{"12_history", askHistory},
	} {
		t.Run(q.name, func(t *testing.T) { q.ask(t, unpack(t, "camera")) })
	}
}

// has runs a command and looks for texts in what it prints; runs of blanks and ends
// of lines count as one blank.
func (f *folder) has(line string, code int, want ...string) string {
	f.t.Helper()
	out, errs, got := f.run(line)
	if got != code {
		f.t.Errorf("%s: exit %d, want %d\n%s", line, got, code, errs)
	}
	flat := strings.Join(strings.Fields(out+errs), " ")
	for _, w := range want {
		if !strings.Contains(flat, w) {
			f.t.Errorf("%s: no %q in\n%s", line, w, flat)
		}
	}
	return flat
}

func askScope(_ *testing.T, f *folder) {
	f.has("answer DIR eu-cra", 4, "in scope", "unless medical devices and in vitro diagnostics (Art. 2(2)(a), (b))", "important-1 (important product, Annex III class I)")
	f.has("answer DIR eu-red", 4, "1 (EN 18031-1, Art. 3(3)(d): no harm to the network)", "2 (EN 18031-2, Art. 3(3)(e): personal data and privacy)")
	f.has("answer DIR in-tec", 4, "CCTV (essential requirements for CCTV)")
	f.answer("uk-psti.medical_device: yes")
	f.has("answer DIR uk-psti", 0, "OUT OF SCOPE: medical devices", "medical devices [Sch. 3 para. 3]")
}

func askRole(t *testing.T, f *folder) {
	as := f.answers("--market uk,eu,us,in,br")
	for _, want := range [][2]string{
		{"uk-psti", "importer"},
		{"uk-psti", "distributor"},
		{"uk-psti", "authorised_representative"},
		{"uk-psti", "signatory"},
		{"us-cyber-trust-mark", "us_agent"},
		{"in-tec", "agent"},
		{"in-tec", "signature"},
		{"eu-cra", "importer_as_manufacturer"},
	} {
		roles := find(t, as, want[0]).Roles
		i := slices.IndexFunc(roles, func(r regime.Role) bool { return r.ID == want[1] })
		if i < 0 || roles[i].Cite == "" {
			t.Errorf("%s names no %s with its source: %v", want[0], want[1], roles)
		}
	}
	// Whom each requirement addresses, and the languages of the papers.
	q := requirement(t, find(t, as, "uk-psti"), "s9")
	if want := []string{"manufacturer", "importer", "distributor"}; !slices.Equal(q.Addresses, want) {
		t.Errorf("s9 addresses %v, want %v", q.Addresses, want)
	}
	f.has("answer DIR jp-jcstar", 4, "Application for the label, in ja")
	f.has("answer DIR br-anatel", 4, "in pt")
}

func askGap(t *testing.T, f *folder) {
	before := find(t, f.answers("--market uk"), "uk-psti")
	if got := requirement(t, before, "sch1.3.6"); got.Status != answer.Undecided || len(got.Steps) != 1 || got.Steps[0].Kind != answer.StepAsk {
		t.Fatalf("got %s and the steps %v, want one question", got.Status, got.Steps)
	}
	f.answer("uk-psti.never_shortened: yes\nuk-psti.sales_page: no")
	after := find(t, f.answers("--market uk"), "uk-psti")
	for id, want := range map[string]answer.Status{"sch1.3.6": answer.Satisfied, "sch1.3.5": answer.NotSatisfied, "s9": answer.Undecided} {
		if got := requirement(t, after, id).Status; got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	f.has("answer DIR uk-psti -v", 3, "NOT SATISFIED: 1 of its requirements are not satisfied", "mend: Where the product is offered on your own website",
		"person true by person:", "addresses the manufacturer")
}

func askDelta(_ *testing.T, f *folder) {
	f.has("answer DIR --delta uk,eu +sg", 0, "What sg adds to uk, eu", "regime sg-cls", "voluntary, level 1", "things to do that are needed already", "5 days of those that are published", "fee not published")
	f.has("answer DIR --delta uk +jp", 0, "fee JPY 198000 with tax", "Application for the label, in ja")
	f.has("answer DIR --delta uk,eu +au", 0, "au-smart-devices: Statement of compliance, in en, kept until 2031-12-01")
}

func askRoute(t *testing.T, f *folder) {
	f.has("answer DIR uk-psti", 4, "route self-declaration")
	f.has("answer DIR eu-cra", 4, "route notified-body")
	red := find(t, f.answers("eu-red"), "eu-red")
	for _, l := range red.Levels[:2] {
		if l.Route != "module-a" || !slices.ContainsFunc(l.RouteIf, func(n answer.RouteNote) bool { return n.Route == "notified-body" }) {
			t.Errorf("part %s: route %s, else %v", l.ID, l.Route, l.RouteIf)
		}
	}
	f.answer("eu-red.password_optional: yes\neu-cra.harmonised_applied: yes")
	f.has("answer DIR eu-red", 4, "route notified-body: the user may choose not to set or use a password")
	f.has("answer DIR eu-cra", 4, "route module-a: harmonised standards, common specifications or a certificate are applied in full (Art. 32(2))")
}

func askShortcut(t *testing.T, f *folder) {
	const label = "\nlabels: [{scheme: sg-cls, level: \"2\", id: CSA/310328/00001, until: 2028-03-31, basis: %}]\n"
	bare := f.read("product.yaml")
	for _, basis := range []string{"claimed", "documented", "verified"} {
		f.write("product.yaml", bare+strings.ReplaceAll(label, "%", basis))
		for day, want := range map[string]answer.Status{"2028-03-31": answer.Satisfied, "2028-04-01": answer.Undecided} {
			q := requirement(t, find(t, f.answers("uk-psti --at "+day), "uk-psti"), "sch1.1.2")
			if q.Status != want {
				t.Errorf("%s on %s: got %s, want %s", basis, day, q.Status, want)
			}
			if want != answer.Satisfied {
				continue
			}
			if q.Via == nil || q.Via.Label.Until != "2028-03-31" || q.Via.Label.Basis != basis || q.Own != answer.Undecided {
				t.Errorf("%s on %s: via %+v, own %s", basis, day, q.Via, q.Own)
			}
		}
		f.has("answer DIR uk-psti --at 2028-03-31", 0, "sg-cls 2 held until 2028-03-31 ("+basis+")", "a label of sg-cls: treated as complying with the three security requirements")
		f.has("answer DIR uk-psti --at 2028-03-30", 0, "2028-03-31 the label sg-cls 2 ends")
		f.has("answer DIR uk-psti --at 2028-04-01", 4, "OPEN: 15 of its requirements are open")
	}
	f.write("product.yaml", bare)
	// With the German label alone, level 2 of Singapore is reached; the law of the United
	// Kingdom deems on a label of Singapore itself (SI 2025/1267), which that is not.
	if flat := f.has("answer DIR --plan --market uk,sg", 0, "market uk reached when the steps are done: uk-psti on own evidence", "sg-cls 2 by de-bsi-itsik consumer"); strings.Contains(flat, "uk-psti by") {
		t.Errorf("a recognition leads on into the law:\n%s", flat)
	}
	f.has("answer DIR --plan --market uk,sg,kr,de", 0, "uk-psti by sg-cls 3", "sg-cls 3 by laboratory", "kr-cic Basic by sg-cls 3", "de-bsi-itsik consumer by sg-cls 3")
}

func askDocuments(_ *testing.T, f *folder) {
	f.has("answer DIR uk-psti", 4, "paper Statement of compliance, in en, kept until 2036-12-01", "paper Public page on how to report security issues, in en", "paper Public page with the defined support period, in en")
	f.has("answer DIR eu-red", 4, "paper EU declaration of conformity, kept until 2036-12-01", "paper Simplified EU declaration of conformity", "paper Assessment report after EN 18031")
	// One end of support in each of them.
	for line, want := range map[string]string{
		"statement DIR uk-psti --document uk-statement --format json":          "2031-12-01",
		"statement DIR au-smart-devices --document au-statement --format json": "2031-12-01",
		"statement DIR --document support-period --format json":                "until 1 December 2031",
	} {
		f.has(line, 4, want, `"draft": true`)
	}
}

func askClock(_ *testing.T, f *folder) {
	f.has("answer DIR uk-psti eu-red eu-cra us-cyber-trust-mark", 4,
		"2027-12-11 all other obligations apply to units placed on the market from this day", "2027-12-11 Delegated Regulation (EU) 2026/339 repeals 2022/30",
		"2031-12-01 support ends", "2036-12-01 Statement of compliance is kept until then", "2027-01-04 by executive order")
}

// askChange: no command lists what a change invalidates. A new version of the
// firmware and a shorter support period show in the next answer.
func askChange(t *testing.T, f *folder) {
	clock := func() string { return strings.Join(lines(find(t, f.answers("uk-psti"), "uk-psti")), "\n") }
	if !strings.Contains(clock(), "clock 2031-12-01 support: support ends") {
		t.Fatal("no end of support")
	}
	f.edit("until: 2031-12-01", "until: 2029-06-30")
	if now := clock(); !strings.Contains(now, "clock 2029-06-30 support: support ends") || strings.Contains(now, "clock 2031-12-01 support") {
		t.Errorf("after shortening:\n%s", now)
	}
	f.answer("uk-psti.never_shortened: yes")
	if got := requirement(t, find(t, f.answers("uk-psti"), "uk-psti"), "sch1.3.6").Status; got != answer.Satisfied {
		t.Fatalf("got %s", got)
	}
	// The next firmware: what was said of the software opens, the rest stands.
	f.answer("uk-psti.no_counters: yes")
	f.edit("firmware_version: 2.4.1", "firmware_version: 2.4.2")
	f.has("answer DIR uk-psti", 4, "answered for firmware 2.4.1, this is 2.4.2: answer again")
	next := find(t, f.answers("uk-psti"), "uk-psti")
	for id, want := range map[string]answer.Status{"sch1.3.6": answer.Satisfied, "sch1.1.3a": answer.Undecided} {
		if got := requirement(t, next, id).Status; got != want {
			t.Errorf("%s after an update: got %s, want %s", id, got, want)
		}
	}
	// Who finds that the answer was wrong says so; the later answer counts.
	f.now = f.now.AddDate(0, 0, 1)
	f.answer("uk-psti.never_shortened: no")
	if got := requirement(t, find(t, f.answers("uk-psti"), "uk-psti"), "sch1.3.6").Status; got == answer.Satisfied {
		t.Errorf("got %s after two answers that differ", got)
	}
}

// askIncident: who must hear, by when. That a component is affected is for
// vulnerability data, which no command reads yet.
func askIncident(t *testing.T, f *folder) {
	cra := find(t, f.answers("eu-cra --at 2026-12-01"), "eu-cra")
	within := map[string]bool{}
	for _, r := range cra.Reports {
		if r.To == "" || r.Trigger == "" || r.Cite == "" {
			t.Errorf("report %+v", r)
		}
		within[r.Within] = true
	}
	for _, want := range []string{"24h", "72h", "14d", "1m"} {
		if !within[want] {
			t.Errorf("no report within %s: %v", want, cra.Reports)
		}
	}
	if early := find(t, f.answers("eu-cra --at 2026-09-10"), "eu-cra"); len(early.Reports) > 0 {
		t.Errorf("before the day: %v", early.Reports)
	}
}

// askProof: an answer names units and evidence down to their digests; to pack just
// those for one requirement is no command's work yet.
func askProof(t *testing.T, f *folder) {
	f.edit("standard: en303645-2.1.1", "standard: en303645-2.1.1\nics:\n  5.1-1: {support: yes}")
	q := requirement(t, find(t, f.answers("uk-psti"), "uk-psti"), "sch1.1.2")
	var units []plimsoll.UnitID
	var walk func(*answer.Trace)
	walk = func(x *answer.Trace) {
		units = append(units, x.Units...)
		for _, p := range x.Parts {
			walk(p)
		}
	}
	walk(q.Trace)
	for _, want := range []plimsoll.UnitID{"5.1-1-2/a", "5.1-1-2/b"} {
		if !slices.Contains(units, want) {
			t.Errorf("got the units %v, want %s", units, want)
		}
	}
}

func askHistory(_ *testing.T, f *folder) {
	f.has("answer DIR uk-psti --at 2024-04-28", 0, "NOT YET IN FORCE", "announced since 2022-12-06")
	f.has("answer DIR uk-psti --at 2024-04-29", 4, "in-force since 2024-04-29")
	f.has("answer DIR eu-red --at 2026-12-01 --place-on-market 2025-07-31 -v", 0, "NOT APPLICABLE", "not owed by units placed on 2025-07-31")
	f.has("answer DIR eu-cra --at 2030-01-01 --place-on-market 2027-12-10 -v", 4, "not owed by units placed on 2027-12-10")
	f.has("regimes --at 2027-12-11", 0, "eu-red law repealed 2027-12-11")
}

func requirement(t testing.TB, a *answer.Answer, id string) answer.RequirementAnswer {
	t.Helper()
	i := slices.IndexFunc(a.Requirements, func(q answer.RequirementAnswer) bool { return q.ID == id })
	if i < 0 {
		t.Fatalf("%s asks nothing under %q", a.Regime, id)
	}
	return a.Requirements[i]
}
