package regime

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// other is a second regime, for references across files.
const other = `schema: plimsoll.regime/1
id: yy-law
title: Law of the Harbour
authority: Harbour Authority
instrument: law
edition: "2025"
standard: en303645-3.1.3
confidence: high
events: [{date: 2025-01-01, state: in-force, what: begins, cite: L 1}]
requirements:
- {id: a, title: t, cite: L 2, by: official, exact: true, rule: {any: [{provision: 5.1-2A}, {label: {scheme: xx-label, level: "1"}}, {ask: "xx-label:sbom"}]}}
recognises:
- {from: xx-label, levels: ["2"], effect: deemed, cite: L 3, by: official, confidence: high, exact: true, signed: true, since: 2025-07-01}
sources: [L]
`

func TestRefused(t *testing.T) {
	cat, src := testCatalog(t), example(t)
	files := func(a, b string) fstest.MapFS {
		return fstest.MapFS{"xx-label/regime.yaml": {Data: []byte(a)}, "yy-law/regime.yaml": {Data: []byte(b)}}
	}
	if _, err := LoadFS(files(src, other), cat); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "authority: Harbour Authority", "authority: A\ncolour: red", `unknown key "colour"`},
		{"schema", "plimsoll.regime/1", "plimsoll.regime/2", "is not one of"},
		{"folder", "id: xx-label", "id: xx-mark", "not the name of the folder"},
		{"instrument", "instrument: label", "instrument: rule", "is not one of"},
		{"market", "markets: [world]", "markets: [mars]", `unknown market "mars"`},
		{"provision", "rule: {provision: 5.1-1}", "rule: {provision: 5.1-99}", `unknown provision "5.1-99"`},
		{"edition", "rule: {provision: 5.1-1}", "rule: {provision: 5.1-2A}", `"5.1-2A" is not in en303645-2.1.1`},
		{"unit", "rule: {provision: 5.1-1}", "rule: {unit: 5.1-1-2/z}", `unknown unit "5.1-1-2/z"`},
		{"unit of the edition", "rule: {provision: 5.1-1}", "rule: {unit: 5.1-1-2/c, edition: en303645-3.1.3}", "is not judged under en303645-3.1.3"},
		{"fact", "fact: support_period.published", "fact: support_period.printed", `unknown fact "support_period.printed"`},
		{"fact type", "fact: product.category, is: router", "fact: product.category, is: true", "never equals true"},
		{"fact order", "fact: product.category, is: router", "fact: product.category, at_least: router", "has no order"},
		{"bound", "at_least: placed+2y", "at_least: placed+2", "is not a term"},
		{"two comparisons", "at_least: placed+2y", "at_least: placed+2y, is: 2030-01-01", "compared by one of"},
		{"ask", "rule: {ask: medical}", "rule: {ask: medicine}", `unknown ask "medicine"`},
		{"ask twice", "{id: sbom, question", "{id: medical, question", `ask "medical" stands twice`},
		{"cite missing", "  cite: \"Harbour Rules 2025, 5\"\n", "", `"cite" is missing`},
		{"cite unknown", "cite: $rules}", "cite: $rulez}", `"$rulez" is not in the list`},
		{"cite from memory", "cite: \"Harbour Rules 2025, 5\"", "cite: memory of the rules", "low confidence"},
		{"date", "date: 2025-06-01", "date: 2025-13-01", "is not a date"},
		{"date from memory", "date: 2025-06-01", "date: 2025-06 (memory)", "write it into uncertain"},
		{"order of dates", "date: 2025-06-01", "date: 2024-06-01", "stands after"},
		{"span", "levels: [\"2\"]\n", "levels: [\"2\"]\n  from: 2027-01-01\n  until: 2026-01-01\n", "is not before"},
		{"period", "retention: max(10y,support)", "retention: ten years", "is not a period"},
		{"fee", "fee: EUR 100", "fee: a hundred", "is not a currency"},
		{"route", "route: laboratory", "route: lab", `unknown route "lab"`},
		{"level", "levels: [\"2\"]\n", "levels: [\"3\"]\n", `unknown level "3"`},
		{"level circle", "name: one star, ", "name: one star, includes: \"2\", ", "includes itself"},
		{"level below", "includes: \"1\"", "includes: \"0\"", `unknown level "0"`},
		{"requirement twice", "id: r2", "id: r1", `requirement "r1" stands twice`},
		{"exact and ours", "  by: official\n  exact: true", "  by: ours\n  exact: true", "exact is for rules that the authority itself gives"},
		{"exact on another", "rule: {provision: 5.1-1}", "rule: {requirement: r2}", "not on another requirement"},
		{"no rule", "  rule: {provision: 5.1-1}\n", "", "a rule is missing"},
		{"empty rule", "rule: {provision: 5.1-1}", "rule: {all: []}", `"all" is empty`},
		{"two forms", "rule: {provision: 5.1-1}", "rule: {provision: 5.1-1, unit: 5.1-1-2/c}", "a rule is one of"},
		{"atom twice", "rule: {provision: 5.1-1}", "rule: {any: [{provision: 5.1-1}, {provision: 5.1-1}]}", "stands twice in one list"},
		{"contradiction", "rule: {provision: 5.1-1}", "rule: {all: [{fact: product.category, is: toy}, {all: [{fact: product.category, is: lock}, {provision: 5.1-1}]}]}", "is both"},
		{"contradictory asks", "rule: {provision: 5.1-1}", "rule: {all: [{ask: medical}, {ask: medical, is: false}]}", "answered both ways"},
		{"contradictory days", "rule: {provision: 5.1-1}", "rule: {all: [{fact: support.until, at_least: 2030-01-01}, {fact: support.until, at_most: 2029-01-01}]}", "never holds"},
		{"mapping", "maps: [{provision: 5.1-1, ", "maps: [{provision: 5.1-1, guideline: 1, ", "a provision or a guideline"},
		{"relation", "relation: equal", "relation: same", "is not one of"},
		{"label scheme", "rule: {provision: 5.1-1}", "rule: {label: {scheme: zz-label}}", `unknown scheme "zz-label"`},
		{"label of a law", "rule: {provision: 5.1-1}", "rule: {label: {scheme: yy-law}}", "issues no label"},
		{"label level", "rule: {provision: 5.1-1}", "rule: {label: {scheme: xx-label, level: \"9\"}}", `unknown level "9"`},
		{"label as condition", "applies: {fact: updates.exist}", "applies: {label: {scheme: xx-label}}", "does not decide what applies"},
		{"own label", "rule: {provision: 5.1-1}", "rule: {label: {scheme: xx-label}}", "rests on itself"},
		{"circle of requirements", "rule: {provision: 5.1-1}", "rule: {requirement: r1}", "rests on itself"},
		{"circle through a label", "rule: {provision: 5.1-1}", "rule: {requirement: \"yy-law:a\"}", "rests on itself"},
		{"unknown requirement", "rule: {provision: 5.1-1}", "rule: {requirement: \"yy-law:z\"}", `unknown requirement "z"`},
		{"alias", "title: Safe Harbour Label", "title: &t Safe Harbour Label", "want text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(src, c.old, c.new, 1)
			if bad == src {
				t.Fatalf("the example does not hold %q", c.old)
			}
			_, err := LoadFS(files(bad, other), cat)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if !regexp.MustCompile(`(xx-label|yy-law)/regime\.yaml:[0-9]+: `).MatchString(err.Error()) {
				t.Errorf("no place in %v", err)
			}
		})
	}
}

// TestAllProblemsAtOnce: one mistake never hides another.
func TestAllProblemsAtOnce(t *testing.T) {
	src := example(t)
	for _, r := range [][2]string{{"date: 2025-06-01", "date: never"}, {"fee: EUR 100", "fee: cheap"}, {"provision: 5.1-1}", "provision: 9.9-9}"}, {"authority: Harbour Authority\n", ""}} {
		src = strings.Replace(src, r[0], r[1], 1)
	}
	_, err := LoadFS(fstest.MapFS{"xx-label/regime.yaml": {Data: []byte(src)}}, testCatalog(t))
	for _, want := range []string{`"never"`, `"cheap"`, `"9.9-9"`, `"authority" is missing`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	cat := testCatalog(b)
	for b.Loop() {
		if _, err := Load(cat); err != nil {
			b.Fatal(err)
		}
	}
}
