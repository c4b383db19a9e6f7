package answer_test

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
	"github.com/plimsoll-iot/plimsoll/regime/regimetest"
)

// An invented world: a label with tiers, a second one that recognises it, a law
// that deems, a law of classes and dates, a standard of parts, and guidance.
var world = map[string]string{
	"aa-label": `
instrument: label
asks: [{id: threats, question: Is there a threat model?}]
events: [{date: 2024-01-01, state: open, what: begins, cite: c}, {date: 2030-01-01, state: repealed, what: ends, cite: c}]
scope: {must: [{what: routers, cite: c, rule: {fact: product.category, is: router}}]}
levels:
- {id: "1", name: one, route: self-declaration, fee: SGD 100, days: 5, validity: 3y, cite: c}
- {id: "2", name: two, includes: "1", route: self-declaration, cite: c}
- {id: "3", name: three, includes: "2", route: laboratory, cite: c}
- {id: "4", name: four, includes: "3", route: laboratory, cite: c}
requirements:
- {id: p1, title: t, cite: c, by: official, exact: true, levels: ["1"], rule: {provision: 5.1-1}}
- {id: p2, title: t, cite: c, by: ours, levels: ["2"], rule: {ask: threats}}
- {id: p3, title: t, cite: c, by: ours, levels: ["3"], rule: {all: [{provision: 5.3-2}, {provision: 5.3-7}]}}
recognises: [{from: bb-label, to: "3", effect: taken as three, cite: c, by: official, confidence: high, signed: true, since: 2025-01-01}]
`, "bb-label": `
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
levels: [{id: basic, name: basic, route: laboratory, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.5-1}}]
recognises:
- {from: aa-label, levels: ["3"], to: basic, effect: taken as basic, cite: c, by: official, confidence: high, signed: true, since: 2025-01-01}
- {from: cc-label, to: basic, effect: talked about, cite: c, by: ours, confidence: low}
`, "cc-label": `
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}, {date: 2026-01-01, state: closed-to-new, what: closed, cite: c}]
levels: [{id: only, name: only, route: laboratory, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.1-1}}]
`, "dd-law": `
instrument: law
events: [{date: 2024-04-29, state: in-force, what: begins, cite: c}]
scope: {out: [{what: medical devices, cite: c, rule: {ask: {id: medical, about: model, question: Is it a medical device?}}}]}
documents: [{id: statement, title: Statement, languages: [en], retention: "max(10y,support)", cite: c}]
requirements:
- {id: pw, title: t, cite: c, by: official, exact: true, rule: {all: [{provision: 5.1-1}, {provision: 5.1-2}]}}
- {id: vdp, title: t, cite: c, by: official, exact: true, rule: {any: [{provision: 5.2-1}, {units: [5.2-1-1/a, 5.2-1-2/b]}, {ask: {id: iso, question: Is ISO 29147 followed?}}]}}
- {id: sup, title: t, cite: c, by: ours, rule: {fact: support.until, at_least: placed+2y}}
- {id: new, title: t, cite: c, by: ours, obligation: recommended, rule: {all: [{provision: 5.1-2A, edition: en303645-3.1.3}, {provision: 5.4-1, edition: en303645-3.1.3}]}}
- {id: keep, title: t, cite: c, by: ours, rule: {ask: {id: kept, about: maker, question: Is it kept?}}}
recognises: [{from: aa-label, requirements: [pw, vdp, sup], effect: deemed, cite: c, by: official, confidence: medium, exact: true, signed: true, since: 2025-12-04}]
`, "ee-law": `
instrument: law
placed: {from: 2027-12-11}
events: [{date: 2024-12-10, state: announced, what: made, cite: c}, {date: 2027-12-11, state: in-force, what: applies, cite: c}]
levels:
- {id: default, name: default, route: module-a, cite: c, when: {fact: product.category, in: [speaker, other]}}
- {id: important, name: important, route: certificate, cite: c, when: {fact: product.category, in: [ip-camera, lock]}}
routes: [{what: no standard is cited, route: notified-body, levels: [important], cite: c, when: {ask: {id: standard, question: Is a standard cited?}, is: false}}]
requirements:
- {id: report, title: t, cite: c, by: official, from: 2026-09-11, placed: {before: 2100-01-01}, rule: {ask: {id: reports, question: Within 24 hours?}}}
- {id: access, title: t, cite: c, by: ours, against: true, rule: {provision: 5.1-1}}
- {id: sbom, title: t, cite: c, by: ours, from: 2027-12-11, levels: [important], rule: {ask: {id: sbom, question: Is there a list of components?}}}
documents: [{id: plan, title: Plan, retention: 10y, cite: c}]
reports: [{what: early warning, trigger: exploited, to: the authority, within: 24h, from: 2026-09-11, cite: c}]
`, "gg-law": `
instrument: law
events: [{date: 2024-12-10, state: in-force, what: applies, cite: c}, {date: 2030-01-01, state: repealed, what: ends, cite: c}]
documents: [{id: file, title: File, retention: 10y, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, applies: {fact: product.category, is: router}, rule: {provision: 5.1-1}}]
`, "ff-guide": `
instrument: guidance
indicates: true
events: [{date: 2020-01-01, state: in-force, what: published, cite: c}]
requirements:
- {id: eq, title: t, cite: c, by: ours, maps: [{provision: 5.1-1, relation: equal, by: ours, cite: c}]}
- {id: sub, title: t, cite: c, by: ours, maps: [{provision: 5.1-1, relation: subset-of, by: ours, cite: c}]}
- {id: sup, title: t, cite: c, by: ours, maps: [{provision: 5.1-1, relation: superset-of, by: ours, cite: c}]}
- {id: inter, title: t, cite: c, by: ours, maps: [{provision: 5.1-1, relation: intersects-with, by: ours, cite: c}]}
- {id: guide, title: t, cite: c, by: ours, maps: [{guideline: 1, relation: intersects-with, by: official, cite: c}]}
- {id: none, title: t, cite: c, by: ours, maps: [{relation: no-relationship, by: ours, cite: c}]}
`,
}

func testWorld(t testing.TB) (*catalog.Catalog, *regime.Set) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for id, text := range world {
		market := id[:2]
		src := "schema: plimsoll.regime/1\nid: " + id + "\ntitle: T\nauthority: A\nedition: \"1\"\nstandard: en303645-2.1.1\nconfidence: high\nsources: [s]\nmarkets: [" +
			map[string]string{"aa": "sg", "bb": "kr", "cc": "fi", "dd": "uk", "ee": "eu", "ff": "world", "gg": "us"}[market] + "]" + text
		fsys[id+"/regime.yaml"] = &fstest.MapFile{Data: []byte(src)}
	}
	set, err := regime.LoadFS(fsys, cat)
	if err != nil {
		t.Fatal(err)
	}
	return cat, set
}

// TestAnswer asks one regime about a product and looks for lines of the answer.
func TestAnswer(t *testing.T) {
	cat, set := testWorld(t)
	for _, c := range []struct {
		name, regime, product string
		want, not             []string
	}{
		{"nothing known", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {rest: open}}", []string{
			"dd-law: open: 4", "scope: yes, duty yes", "unless medical devices", "pw: open", "ask ask.dd-law.iso", "document statement (en) keep max(10y,support)",
		}, []string{"satisfied", "supported"}},
		{"exact and official", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {pass: [5.1-1], na: [5.1-2]}}", []string{"pw: satisfied"}, nil},
		{"n/a under an incomplete ICS", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {ics: INCONCLUSIVE, pass: [5.1-1], na: [5.1-2]}}", []string{"pw: open"}, []string{"pw: satisfied"}},
		{"evidence against", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {against: [5.1-1], pass: [5.1-2]}}", []string{"pw: open: open: there is evidence against", "mend what fails 5.1-1"}, nil},
		{"claimed by nobody", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {unstated: [5.1-1], pass: [5.1-2]}}", []string{"pw: open", "claim 5.1-1 in the ICS"}, nil},
		{"declined", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {declined: [5.1-1], pass: [5.1-2]}}", []string{"pw: not satisfied", "support provision 5.1-1"}, nil},
		{"fails", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {fail: [5.1-1], open: [5.1-2]}}", []string{"pw: not satisfied", "dd-law: not satisfied: 1"}, nil},
		{"another edition", "dd-law", "day: 2026-11-22\neditions: {en303645-3.1.3: {rest: pass}}", []string{"pw: open", "judge the evidence under en303645-2.1.1"}, nil},
		{"a unit stands for the provision", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {open: [5.2-1], units: {5.2-1-1/a: PASS, 5.2-1-2/b: PASS}}}", []string{"vdp: satisfied"}, nil},
		{"the cheapest way", "dd-law", "day: 2026-11-22\neditions: {en303645-2.1.1: {open: [5.2-1]}}", []string{"vdp: open: what it rests on is open\n  ask ask.dd-law.iso: Is ISO 29147 followed?\nsup"}, nil},
		{"support long enough", "dd-law", "day: 2026-11-22\nplaced: 2026-12-01\nfacts: {support.until: 2028-12-01}", []string{"sup: supported (our reading)", "clock 2028-12-01 support", "clock 2036-12-01 retention"}, nil},
		{"support too short", "dd-law", "day: 2026-11-22\nplaced: 2026-12-01\nfacts: {support.until: 2028-11-30}", []string{"sup: not satisfied"}, nil},
		{"support without a start", "dd-law", "day: 2026-11-22\nfacts: {support.until: 2028-11-30}", []string{"sup: open", "declare product.place_on_market"}, nil},
		{"support said twice", "dd-law", "day: 2026-11-22\nplaced: 2026-12-01\nfacts: {support.until: 2038-12-01}\nobserved: {support.until: 2027-01-01}", []string{"sup: open"}, nil},
		{"out of scope", "dd-law", "day: 2026-11-22\nasks: {dd-law.medical: true}", []string{"dd-law: out of scope: medical devices"}, nil},
		{"an answer nobody signed", "dd-law", "day: 2026-11-22\nasks: {dd-law.kept: maybe}", []string{"keep: open"}, nil},
		{"deemed", "dd-law", "day: 2026-11-22\nasks: {dd-law.kept: true}\nlabels: [{scheme: aa-label, level: \"1\", id: A, until: 2028-03-31, basis: verified}]", []string{
			"dd-law: supported", "recognised: aa-label 1: held until 2028-03-31 (verified); deemed", "pw: satisfied, own open: aa-label 1 held until 2028-03-31 (verified)", "clock 2028-03-31 label", "keep: supported",
		}, nil},
		{"deemed on the last day", "dd-law", "day: 2028-03-31\nlabels: [{scheme: aa-label, level: \"1\", until: 2028-03-31}]", []string{"pw: satisfied, own open: aa-label 1 held until 2028-03-31 (claimed)"}, nil},
		{"the day after", "dd-law", "day: 2028-04-01\nlabels: [{scheme: aa-label, level: \"1\", until: 2028-03-31}]", []string{"pw: open", "recognised: aa-label 1: ended on 2028-03-31", "(past): the label"}, []string{"pw: satisfied"}},
		{"before the edge", "dd-law", "day: 2025-12-03\nlabels: [{scheme: aa-label, level: \"1\", until: 2028-03-31}]", []string{"pw: open"}, []string{"recognised"}},
		{"label without an end", "dd-law", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"1\"}]", []string{"pw: open", "its last day is not declared"}, nil},
		{"label of a repealed scheme", "dd-law", "day: 2030-01-01\nlabels: [{scheme: aa-label, level: \"1\", until: 2031-03-31}]", []string{"pw: open", "aa-label is repealed"}, nil},
		{"the label that counts", "dd-law", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"1\", id: A, until: 2025-03-31}, {scheme: aa-label, level: \"1\", id: B, until: 2028-03-31}, {scheme: aa-label, level: \"1\", id: C}]", []string{"pw: satisfied", "recognised: aa-label 1: held until 2028-03-31"}, nil},
		{"the label that may count", "dd-law", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"1\", id: C}, {scheme: aa-label, level: \"1\", id: A, until: 2025-03-31}]", []string{"pw: open", "recognised: aa-label 1: its last day is not declared"}, nil},
		{"label of an unknown level", "dd-law", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"9\", until: 2031-03-31}]", []string{"pw: open", `has no level "9"`}, nil},
		{"label of an unknown scheme", "dd-law", "day: 2026-11-22\nlabels: [{scheme: zz, until: 2031-03-31}]", []string{`problem: label of the unknown scheme "zz"`}, nil},
		{"answered for this version", "ee-law", "day: 2028-01-01\nplaced: 2026-12-01\nasks: {ee-law.reports: true}", []string{"report: supported"}, nil},
		{"answered for another version", "ee-law", "day: 2028-01-01\nplaced: 2026-12-01\nasks: {ee-law.reports: true}\nasked: {model: X, firmware: 2.4.0}", []string{
			"report: open: what it rests on is open", "ask ask.ee-law.reports", "Within 24 hours? (answered for firmware 2.4.0, this is 2.4.1: answer again)", "hint plimsoll ask DIR --regime ee-law",
		}, []string{"against"}},
		{"a no for another version", "ee-law", "day: 2028-01-01\nplaced: 2026-12-01\nasks: {ee-law.reports: false}\nasked: {model: X, firmware: 2.4.0}", []string{"report: open: open: there is evidence against"}, []string{"report: not satisfied"}},
		{"answered for no version", "ee-law", "day: 2028-01-01\nplaced: 2026-12-01\nasks: {ee-law.reports: true}\nasked: {model: X}", []string{"report: open", "answered for firmware no named one, this is 2.4.1"}, nil},
		{"of the model, another version", "dd-law", "day: 2026-11-22\nasks: {dd-law.medical: true}\nasked: {model: X, firmware: 2.4.0}", []string{"scope: no", "medical devices"}, nil},
		{"of the model, another model", "dd-law", "day: 2026-11-22\nasks: {dd-law.medical: true}\nasked: {model: W, firmware: 2.4.1}", []string{"scope: yes", "unless medical devices"}, nil},
		{"of the maker", "dd-law", "day: 2026-11-22\nasks: {dd-law.kept: true}\nasked: {model: W, firmware: 1.0}", []string{"keep: supported"}, nil},
		{"of the version, another model", "dd-law", "day: 2026-11-22\nasks: {dd-law.iso: true}\nasked: {model: W, firmware: 2.4.1}", []string{"vdp: open"}, nil},
		{"tiers", "aa-label", "day: 2026-11-22\nfacts: {product.category: lock}\neditions: {en303645-2.1.1: {pass: [5.1-1], open: [5.3-2, 5.3-7]}}\nasks: {aa-label.threats: true}", []string{
			"level: 2, next 3", "level 1: yes by self-declaration, fee SGD 100", "level 3: open by laboratory, fee not published, missing p3", "level 4: unknown requirements", "aa-label: supported", "scope: yes, duty no",
		}, nil},
		{"a tier is not skipped", "aa-label", "day: 2026-11-22\neditions: {en303645-2.1.1: {pass: [5.1-1, 5.3-2, 5.3-7]}}", []string{"level: 1, next 2", "level 3: open"}, nil},
		{"a duty for routers", "aa-label", "day: 2026-11-22\nfacts: {product.category: router}", []string{"duty yes", "level: -, next 1"}, nil},
		{"a tier recognised", "aa-label", "day: 2026-11-22\nlabels: [{scheme: bb-label, until: 2027-01-01}]", []string{"level: 3", "p3: supported (our reading), own open", "p1: supported (our reading), own open"}, []string{": satisfied", "level 4: yes"}},
		{"a level too low", "bb-label", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"2\", until: 2027-01-01}]", []string{"x: open", "level 2 does not count"}, nil},
		{"a level that the recognition does not name", "bb-label", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"4\", until: 2027-01-01}]", []string{"x: open", "level 4 does not count"}, nil},
		{"the level that it names", "bb-label", "day: 2026-11-22\nlabels: [{scheme: aa-label, level: \"3\", until: 2027-01-01}]", []string{"x: supported", "level: basic"}, nil},
		{"unsigned", "bb-label", "day: 2026-11-22\nlabels: [{scheme: cc-label, until: 2027-01-01}]", []string{"x: open"}, []string{"recognised"}},
		{"not yet in force", "ee-law", "day: 2026-11-22\nplaced: 2026-12-01\nfacts: {product.category: ip-camera}\neditions: {en303645-2.1.1: {pass: [5.1-1]}}", []string{
			"ee-law: open: 1", "report: open", "access: not yet in force, own supported (our reading): owed from 2027-12-11, by units placed from 2027-12-11", "report within 24h",
		}, nil},
		{"placed before", "ee-law", "day: 2028-01-01\nplaced: 2026-12-01\nfacts: {product.category: ip-camera}\nasks: {ee-law.reports: true}", []string{
			"ee-law: supported", "access: not applicable", "sbom: not applicable", "report: supported",
		}, []string{"document"}},
		{"a law that asks for nothing wants no paper", "gg-law", "day: 2026-11-22\nfacts: {product.category: speaker}", []string{"gg-law: not applicable"}, []string{"document"}},
		{"a law that asks for something", "gg-law", "day: 2026-11-22\nfacts: {product.category: router}", []string{"gg-law: open", "document file"}, []string{"OWED"}},
		{"after the repeal, placed before it", "gg-law", "day: 2031-01-01\nplaced: 2025-01-01", []string{"document file () keep 10y until 2035-01-01"}, []string{"OWED"}},
		{"after the repeal, placed before the start", "gg-law", "day: 2031-01-01\nplaced: 2024-12-09", []string{"gg-law: no longer in force"}, []string{"document", "retention"}},
		{"after the repeal, placed after it", "gg-law", "day: 2031-01-01\nplaced: 2030-06-01", []string{"gg-law: no longer in force"}, []string{"document", "retention"}},
		{"what begins", "ee-law", "day: 2026-11-22\nplaced: 2028-01-01\nfacts: {product.category: ip-camera}", []string{
			"clock 2027-12-11 starts: 1 requirements begin, by units placed from 2027-12-11", "document plan () keep 10y OWED later from 2027-12-11, by units placed from 2027-12-11",
		}, []string{"retention"}},
		{"what begins for others", "ee-law", "day: 2026-11-22\nplaced: 2028-01-01\nfacts: {product.category: speaker}", nil, []string{"starts"}},

		{"placed nobody knows when", "ee-law", "day: 2028-01-01\nfacts: {product.category: speaker}", []string{"access: open", "declare product.place_on_market"}, nil},
		{"placed after", "ee-law", "day: 2028-01-01\nplaced: 2027-12-11\nfacts: {product.category: speaker}\neditions: {en303645-2.1.1: {fail: [5.1-1]}}", []string{
			"access: evidence against", "sbom: not applicable: it does not apply", "level important: not applicable, applies no", "level default: open, applies yes by module-a",
		}, []string{"not satisfied"}},
		{"a route that is overridden", "ee-law", "day: 2028-01-01\nplaced: 2027-12-11\nfacts: {product.category: lock}\nasks: {ee-law.standard: false}", []string{"level important: open, applies yes by notified-body"}, nil},
		{"a class nobody knows", "ee-law", "day: 2028-01-01\nplaced: 2027-12-11", []string{"level important: open, applies open", "sbom: open: open whether it applies"}, nil},
		{"indicates", "ff-guide", "day: 2026-11-22\neditions: {en303645-2.1.1: {pass: [5.1-1]}}", []string{
			"ff-guide: indicates: guidance, of which mappings only indicate: of 6 they indicate 2, against 0, a part of 1, hint at 2", "eq: indicates:", "sub: indicates:", "sup: indicates a part:", "inter: hint only:", "guide: hint only:", "none: nothing indicates",
		}, nil},
		{"indicates against", "ff-guide", "day: 2026-11-22\neditions: {en303645-2.1.1: {fail: [5.1-1]}}", []string{
			"eq: indicates against:", "sub: nothing indicates", "sup: indicates against:", "inter: hint only:",
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := regimetest.Parse(cat, "product.yaml", []byte(c.product))
			if err != nil {
				t.Fatal(err)
			}
			a, err := answer.For(set, plimsoll.RegimeID(c.regime), in)
			if err != nil {
				t.Fatal(err)
			}
			got := regimetest.Text(a)
			for _, s := range a.Steps {
				got += "hint " + s.Hint + "\n"
			}
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("want %q in\n%s", w, got)
				}
			}
			for _, w := range c.not {
				if strings.Contains(got, w) {
					t.Errorf("do not want %q in\n%s", w, got)
				}
			}
		})
	}
}

// TestTrace: every answer leads down to units, findings and evidence.
func TestTrace(t *testing.T) {
	cat, set := testWorld(t)
	in, err := regimetest.Parse(cat, "p", []byte("day: 2026-11-22\neditions: {en303645-2.1.1: {fail: [5.1-1], pass: [5.1-2]}}"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := answer.For(set, "dd-law", in)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range a.Requirements[0].Trace.Parts {
		if len(p.Units) == 0 || len(p.Findings) != len(p.Units) || !slices.Contains(p.Evidence, regimetest.Evidence) {
			t.Errorf("%s rests on %v, %v, %v", p.Atom, p.Units, p.Findings, p.Evidence)
		}
	}
	if s := a.Requirements[0].Steps; len(s) != 1 || !s[0].Mend || !strings.HasPrefix(s[0].Hint, "mend 5.1-1") || s[0].Serves[0] != "dd-law:pw" {
		t.Errorf("got the steps %+v", s)
	}
	b, err := json.Marshal(a)
	if err != nil || strings.Contains(string(b), "compliant") || strings.Contains(string(b), ":null") {
		t.Errorf("got %s, %v", b, err)
	}
}

func TestInputCheck(t *testing.T) {
	cat, set := testWorld(t)
	good, err := regimetest.Parse(cat, "p", []byte("day: 2026-11-22\neditions: {en303645-2.1.1: {rest: pass}, en303645-3.1.3: {rest: pass}}"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(*answer.Input)
		want  string
	}{
		"good":          {func(*answer.Input) {}, ""},
		"schema":        {func(in *answer.Input) { in.Assessments[plimsoll.EditionV2].Schema = "plimsoll.assessment/9" }, "is not plimsoll.assessment/1"},
		"edition":       {func(in *answer.Input) { in.Assessments[plimsoll.EditionV3].Edition.Standard = plimsoll.EditionV2 }, "judged under"},
		"other product": {func(in *answer.Input) { in.Assessments[plimsoll.EditionV3].Product.Model = "Y" }, "it is of"},
		"placed":        {func(in *answer.Input) { in.Placed = "soon" }, "is not a day"},
		"none":          {func(in *answer.Input) { in.Assessments = nil }, "no assessment"},
	} {
		in := good
		in.Assessments = map[plimsoll.Edition]*plimsoll.Assessment{}
		for e, a := range good.Assessments {
			c := *a
			in.Assessments[e] = &c
		}
		c.spoil(&in)
		_, err := answer.All(set, in)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
