package market_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/market"
	"github.com/plimsoll-iot/plimsoll/regime/regimetest"
)

// An invented world: one label whose third level is taken in three markets.
var world = map[string]string{
	"aa-label": `markets: [sg]
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
levels:
- {id: "1", name: one, route: self-declaration, fee: SGD 100, days: 5, cite: c}
- {id: "3", name: three, includes: "1", route: laboratory, days: 15, cite: c}
requirements:
- {id: p1, title: t, cite: c, by: ours, levels: ["1"], rule: {provision: 5.1-1}}
- {id: p3, title: t, cite: c, by: ours, levels: ["3"], rule: {provision: 5.3-2}}
recognises:
- {from: bb-label, to: "3", effect: taken as three, cite: c, by: official, confidence: high, signed: true, since: 2025-01-01}
- {from: dd-label, to: "3", effect: hoped for, cite: c, by: ours, confidence: low}
`, "bb-label": `markets: [kr]
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
levels: [{id: basic, name: basic, route: laboratory, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {all: [{provision: 5.5-1}, {provision: 5.6-1}]}}]
recognises: [{from: aa-label, levels: ["3"], to: basic, effect: taken as basic, cite: c, by: official, confidence: high, signed: true, since: 2025-01-01}]
`, "cc-law": `markets: [uk]
instrument: law
events: [{date: 2024-04-29, state: in-force, what: begins, cite: c}]
documents: [{id: statement, title: Statement, languages: [en], retention: 10y, cite: c}]
requirements:
- {id: pw, title: t, cite: c, by: official, exact: true, rule: {provision: 5.1-1}}
- {id: keep, title: t, cite: c, by: ours, rule: {ask: {id: kept, question: Is it kept?}}}
recognises: [{from: aa-label, requirements: [pw], effect: deemed, cite: c, by: official, confidence: high, exact: true, signed: true, since: 2025-12-04}]
`, "dd-label": `markets: [jp]
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
levels: [{id: star, name: star, route: self-declaration, fee: JPY 198000, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.1-1}}]
`, "ee-label": `markets: [us]
instrument: label
events: [{date: 2024-01-01, state: suspended, what: stalled, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.1-1}}]
`,
}

func testWorld(t *testing.T) (*catalog.Catalog, *regime.Set) {
	t.Helper()
	return worldOf(t, world)
}

func worldOf(t *testing.T, world map[string]string) (*catalog.Catalog, *regime.Set) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for id, text := range world {
		fsys[id+"/regime.yaml"] = &fstest.MapFile{Data: []byte("schema: plimsoll.regime/1\nid: " + id +
			"\ntitle: T\nauthority: A\nedition: \"1\"\nstandard: en303645-2.1.1\nconfidence: high\nsources: [s]\n" + text)}
	}
	set, err := regime.LoadFS(fsys, cat)
	if err != nil {
		t.Fatal(err)
	}
	return cat, set
}

func input(t *testing.T, cat *catalog.Catalog, src string) answer.Input {
	t.Helper()
	in, err := regimetest.Parse(cat, "product.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// undecided knows nothing of the product, fresh that it passes a part of what is asked.
const undecided = "day: 2026-11-22\nplaced: 2026-12-01\neditions: {en303645-2.1.1: {rest: open}}\n"

const fresh = "day: 2026-11-22\nplaced: 2026-12-01\neditions: {en303645-2.1.1: {rest: open, pass: [5.1-1]}}\n"

func TestFind(t *testing.T) {
	cat, set := testWorld(t)
	for _, c := range []struct {
		name, product string
		markets       []string
		labels        string
		accepted      string
		missing       string
	}{
		{"one market", fresh, []string{"sg"}, "aa-label 1", "", ""},
		{"a law needs no label", fresh, []string{"uk"}, "", "", ""},
		{"one label for three", "day: 2026-11-22\nplaced: 2026-12-01\neditions: {en303645-2.1.1: {rest: open, pass: [5.3-2]}}\n", []string{"uk", "sg", "kr"}, "aa-label 3", "bb-label aa-label, cc-law aa-label", ""},
		// What the law's own rule satisfies rests on no label, as in the answer.
		{"a recognition that nothing rests on", fresh, []string{"uk", "sg", "kr"}, "aa-label 3", "bb-label aa-label", ""},
		{"nobody recognises", fresh, []string{"sg", "jp"}, "aa-label 1, dd-label star", "", ""},
		// The law takes labels of aa-label. That aa-label takes the one of bb-label as its
		// third level makes no label of it: the law is met on own evidence.
		{"one that is held", fresh + "labels: [{scheme: bb-label, until: 2028-01-01}]\n", []string{"uk", "sg", "kr"}, "", "aa-label bb-label", ""},
		{"one that has ended", fresh + "labels: [{scheme: bb-label, until: 2026-01-01}]\n", []string{"kr", "sg"}, "aa-label 3", "bb-label aa-label", ""},
		{"a scheme that stalls", fresh, []string{"us"}, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := market.Find(set, input(t, cat, c.product), c.markets)
			if err != nil {
				t.Fatal(err)
			}
			var labels, accepted []string
			for _, l := range p.Labels {
				labels = append(labels, string(l.Scheme)+" "+l.Level)
			}
			for _, x := range p.Accepted {
				accepted = append(accepted, string(x.To)+" "+string(x.From.Scheme))
			}
			slices.Sort(accepted)
			if got := strings.Join(labels, ", "); got != c.labels {
				t.Errorf("got the labels %q, want %q", got, c.labels)
			}
			if got := strings.Join(accepted, ", "); got != c.accepted {
				t.Errorf("got accepted %q, want %q", got, c.accepted)
			}
			for _, r := range p.Markets {
				if !r.Reached {
					t.Errorf("%s is not reached: %v", r.Market, r.Missing)
				}
			}
			if _, err := json.Marshal(p); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFindFees(t *testing.T) {
	cat, set := testWorld(t)
	p, err := market.Find(set, input(t, cat, fresh), []string{"uk", "sg", "kr"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Fees, []string{"aa-label 3: not published"}) || p.Days != 15 {
		t.Errorf("got fees %q and %d days", p.Fees, p.Days)
	}
	if _, err := market.Find(set, input(t, cat, fresh), []string{"mars"}); err == nil || !strings.Contains(err.Error(), `unknown market "mars"`) {
		t.Errorf("got %v", err)
	}
}

func TestCompare(t *testing.T) {
	cat, set := testWorld(t)
	in := input(t, cat, "day: 2026-11-22\nplaced: 2026-12-01\neditions: {en303645-2.1.1: {open: [5.5-1, 5.1-1], fail: [5.6-1]}}\n")
	get := func(ids ...plimsoll.RegimeID) []*answer.Answer {
		var out []*answer.Answer
		for _, id := range ids {
			a, err := answer.For(set, id, in)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, a)
		}
		return out
	}
	d := market.Compare(get("cc-law"), get("dd-label", "bb-label", "cc-law"))
	ids := func(steps []answer.Step) string {
		var out []string
		for _, s := range steps {
			out = append(out, s.ID)
		}
		return strings.Join(out, " ")
	}
	if ids(d.Shared) != "5.1-1@en303645-2.1.1" || ids(d.Evidence) != "5.5-1@en303645-2.1.1" || ids(d.Mend) != "5.6-1@en303645-2.1.1" || ids(d.Facts) != "" {
		t.Errorf("got shared %q, evidence %q, mend %q, facts %q", ids(d.Shared), ids(d.Evidence), ids(d.Mend), ids(d.Facts))
	}
	if len(d.Added) != 2 || !d.Lab || d.Added[0].Fee != "JPY 198000" || !slices.Contains(d.Unknown, "bb-label basic: fee not published") {
		t.Errorf("got %+v", d)
	}
	if d := market.Compare(get("dd-label"), get("cc-law")); ids(d.Facts) != "ask.cc-law.kept" || len(d.Documents) != 1 || d.Lab {
		t.Errorf("got %+v", d)
	}
}
