package rule

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

var at = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

var load = sync.OnceValues(catalog.Load)

func loadCatalog(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// header makes a declaration of what follows it.
func header(edition plimsoll.Edition) string {
	return "schema: plimsoll.product/1\nproduct: {name: Lamp}\nstandard: " + string(edition) + "\n"
}

// view parses a declaration; a mistake in one of the test's own is fatal.
func view(t *testing.T, cat *catalog.Catalog, src string) *probe.View {
	t.Helper()
	p, problems := product.Parse("product.yaml", []byte(src), cat, product.Options{})
	if errs := problems.Errors(); len(errs) > 0 {
		t.Fatalf("the declaration is wrong:\n%s\n%s", errs, src)
	}
	v, err := probe.MemoryView(p, cat, at)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func judgeAll(v *probe.View) []plimsoll.Finding {
	var out []plimsoll.Finding
	for _, p := range All() {
		out = append(out, p.Judge(v).Findings...)
	}
	return out
}

func show(fs []plimsoll.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "  %s %q %s: %s (%s)\n", f.Unit, f.Subject, f.Verdict, f.Reason, f.Remedy)
	}
	return b.String()
}

// TestDecides: every conceptual check of software is some rule's, no unit is two
// rules', and a rule names only units that exist and are judged on the declared
// design.
func TestDecides(t *testing.T) {
	cat := loadCatalog(t)
	by := map[plimsoll.UnitID]string{}
	for _, p := range All() {
		if p.Collect != nil || p.Needs != probe.NeedsNothing || p.Version < 1 || len(p.Title()) > 70 || len(p.Decides) == 0 {
			t.Errorf("%s is no rule, or its first line is longer than 70 characters", p.Name)
		}
		for _, id := range p.Decides {
			if by[id] != "" {
				t.Errorf("both %s and %s decide %s", by[id], p.Name, id)
			}
			by[id] = p.Name
			u, ok := cat.Unit(id)
			if !ok || !u.Conceptual() || u.Decider == plimsoll.DeciderApply {
				t.Errorf("%s decides %s, which is no unit of the declared design", p.Name, id)
			}
		}
	}
	checks := 0
	for _, u := range cat.Units() {
		if u.Decider == plimsoll.DeciderSoftware && u.Case.Kind == plimsoll.Conceptual {
			checks++
			if by[u.ID] == "" {
				t.Errorf("no rule decides %s: %s", u.ID, u.Text)
			}
		}
	}
	if checks < 20 {
		t.Errorf("got %d conceptual checks of software", checks)
	}
}

// saysSomething: each rule has a finding for each unit that it decides, each with
// a reason, and with a remedy unless it passes.
func saysSomething(t *testing.T, v *probe.View) {
	t.Helper()
	for _, p := range All() {
		fs := p.Judge(v).Findings
		for _, id := range p.Decides {
			if !slices.ContainsFunc(fs, func(f plimsoll.Finding) bool { return f.Unit == id }) {
				t.Errorf("%s says nothing of %s", p.Name, id)
			}
		}
		for _, f := range fs {
			bare := f.Verdict == plimsoll.Pass || f.Subject == noSubject
			if !slices.Contains(p.Decides, f.Unit) || !f.Verdict.Valid() || f.Reason == "" || f.Remedy == "" && !bare {
				t.Errorf("%s: bad finding\n%s", p.Name, show([]plimsoll.Finding{f}))
			}
		}
	}
}

// undecided: silence gives neither PASS nor FAIL.
func undecided(t *testing.T, v *probe.View) {
	t.Helper()
	for _, f := range judgeAll(v) {
		if f.Verdict != plimsoll.Inconclusive {
			t.Errorf("silence decides\n%s", show([]plimsoll.Finding{f}))
		}
	}
}

func TestSilence(t *testing.T) {
	cat := loadCatalog(t)
	for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
		t.Run("empty "+string(e), func(t *testing.T) {
			v := view(t, cat, header(e))
			saysSomething(t, v)
			undecided(t, v)
		})
	}
	if len(product.Categories()) == 0 {
		t.Fatal("no templates")
	}
	for _, category := range product.Categories() {
		t.Run(category, func(t *testing.T) {
			src, _ := product.Template(category)
			v := view(t, cat, string(src))
			saysSomething(t, v)
			undecided(t, v)
		})
	}
	t.Run("rows with an id only", func(t *testing.T) {
		var b strings.Builder
		b.WriteString(header(plimsoll.EditionV2) + "ixit:\n")
		for _, tab := range cat.Tables {
			if !tab.List {
				fmt.Fprintf(&b, "  %s: [{id: %s-1}]\n", tab.ID, tab.ID)
			}
		}
		v := view(t, cat, b.String())
		saysSomething(t, v)
		for _, f := range judgeAll(v) {
			// A user interface or API that is declared takes input, whatever else it says.
			if f.Verdict != plimsoll.Inconclusive && !f.Vacuous {
				t.Errorf("an empty row decides\n%s", show([]plimsoll.Finding{f}))
			}
		}
	})
}

// TestEmptyTables: a declared empty table leaves nothing to judge. It fails only
// the claimed units that ask for at least one row.
func TestEmptyTables(t *testing.T) {
	cat := loadCatalog(t)
	var tables strings.Builder
	tables.WriteString("ixit:\n")
	for _, tab := range cat.Tables {
		if !tab.List {
			fmt.Fprintf(&tables, "  %s: []\n", tab.ID)
		}
	}
	for _, tt := range []struct {
		claims string
		want   []string
	}{
		{header(plimsoll.EditionV2), []string{"5.9-1-1/a"}},
		{ics(cat, plimsoll.EditionV2, nil), []string{"5.10-1-1/a", "5.11-1-1/a", "5.11-2-1/a", "5.3-2-1/a", "5.9-1-1/a"}},
	} {
		v := view(t, cat, tt.claims+tables.String())
		saysSomething(t, v)
		var fails []string
		for _, f := range judgeAll(v) {
			u, _ := cat.Unit(f.Unit)
			switch {
			case f.Verdict == plimsoll.Fail:
				fails = append(fails, string(f.Unit))
			case f.Verdict == plimsoll.Pass && u.Where.Table != "" && !f.Vacuous:
				t.Errorf("a row passes that is not there\n%s", show([]plimsoll.Finding{f}))
			case f.Vacuous && (f.Verdict != plimsoll.Pass || u.Where.Required || f.Subject != noSubject):
				t.Errorf("not vacuous\n%s", show([]plimsoll.Finding{f}))
			}
		}
		slices.Sort(fails)
		if !reflect.DeepEqual(fails, tt.want) {
			t.Errorf("got FAIL of %v, want %v", fails, tt.want)
		}
	}
}

// row is a case: of the declared tables, what a unit gets for a subject.
type row struct {
	unit    plimsoll.UnitID
	ixit    string // tables, in flow style, separated by new lines
	subject string
	want    plimsoll.Verdict // empty: nothing, a person decides
	says    string           // in the reason
}

const (
	yes   = plimsoll.Pass
	no    = plimsoll.Fail
	maybe = plimsoll.Inconclusive
)

func rows() []row {
	return slices.Concat(rowsPasswords(), rowsUpdates(), rowsSecrets(), rowsCommunication(), rowsSurface(), rowsOthers())
}

// declaration claims the provision of the unit and declares the tables.
func (r row) declaration() string {
	provision := r.unit[:strings.LastIndex(string(r.unit), "-")]
	return header(plimsoll.EditionV2) + "ics: {" + string(provision) + ": {support: yes}}\nixit:\n  " + strings.ReplaceAll(strings.TrimSpace(r.ixit), "\n", "\n  ") + "\n"
}

func TestRows(t *testing.T) {
	cat := loadCatalog(t)
	for i, r := range rows() {
		t.Run(fmt.Sprintf("%d %s", i, r.unit), func(t *testing.T) {
			v := view(t, cat, r.declaration())
			saysSomething(t, v)
			var got []plimsoll.Finding
			for _, f := range judgeAll(v) {
				if f.Unit == r.unit && f.Subject == r.subject {
					got = append(got, f)
				}
			}
			switch {
			case r.want == "" && len(got) == 0:
			case len(got) != 1 || got[0].Verdict != r.want || !strings.Contains(got[0].Reason, r.says):
				t.Errorf("got\n%swant one %q of %q with %q", show(got), r.want, r.subject, r.says)
			}
		})
	}
}

// TestObserved: rows that a draft proposed decide nothing, whatever they say. Only
// tables that are declared and empty still speak.
func TestObserved(t *testing.T) {
	cat := loadCatalog(t)
	ids := regexp.MustCompile(`\{id: [A-Za-z0-9]+`)
	asked := 0
	for i, r := range rows() {
		if strings.Contains(r.ixit, "observed") {
			continue
		}
		marked := ids.ReplaceAllString(r.declaration(), "$0, observed: seen on the network")
		marked = strings.NewReplacer("Conf: {", "Conf: {observed: seen, ", "UserInfo: {", "UserInfo: {observed: seen, ").Replace(marked)
		for _, f := range judgeAll(view(t, cat, marked)) {
			empty := f.Vacuous || f.Subject == "" && strings.Contains(marked, ": []")
			if f.Verdict != plimsoll.Inconclusive && !empty {
				t.Errorf("case %d: a proposal decides\n%s%s", i, show([]plimsoll.Finding{f}), marked)
			}
			asked++
		}
	}
	if asked == 0 {
		t.Error("nothing was asked")
	}
}

// neverGives lists the verdicts that a unit has no case for, because the typed
// fields can never show it.
var neverGives = map[plimsoll.UnitID][]plimsoll.Verdict{
	"5.2-2-1/a":  {yes, no},
	"5.3-1-1/a":  {no},
	"5.3-6-1/a":  {no}, // a step
	"5.3-8-1/a":  {yes, no},
	"5.4-1-1/b":  {yes, no},
	"5.4-1-1/c":  {yes, no},
	"5.4-2-1/a":  {no},
	"5.4-3-1/a":  {no},
	"5.4-4-1/a":  {no},
	"5.6-1-1/a":  {yes},
	"5.6-2-1/b":  {no},
	"5.6-5-1/a":  {yes},
	"5.6-6-1/a":  {yes, no},
	"5.7-1-1/a":  {yes, no},
	"5.7-1-1/b":  {yes, no},
	"5.7-2-1/a":  {yes, no},
	"5.7-2-1/b":  {yes, no},
	"5.9-1-1/b":  {yes, no},
	"5.9-3-1/a":  {yes, no},
	"5.10-1-1/b": {yes, no},
	"5.12-1-1/a": {yes, no},
	"5.12-1-1/b": {yes, no},
	"5.13-1-1/b": {yes, no},
	"6-1-1/a":    {yes, no},
	"6-2-1/a":    {yes, no},
	"6-3-1/a":    {yes, no},
	"6-4-1/a":    {yes, no},
	"6-5-1/a":    {yes, no},
}

// TestEveryVerdict: the cases show each verdict that each unit can get.
func TestEveryVerdict(t *testing.T) {
	seen := map[plimsoll.UnitID]map[plimsoll.Verdict]bool{}
	for _, r := range rows() {
		if seen[r.unit] == nil {
			seen[r.unit] = map[plimsoll.Verdict]bool{}
		}
		seen[r.unit][r.want] = true
	}
	for _, p := range All() {
		if p.Name == "rule-reporting" {
			continue // TestReasons
		}
		for _, id := range p.Decides {
			for _, v := range []plimsoll.Verdict{yes, no, maybe} {
				if seen[id][v] == slices.Contains(neverGives[id], v) {
					t.Errorf("%s, %s: got a case %t, want %t", id, v, seen[id][v], !seen[id][v])
				}
			}
		}
	}
}

// ics answers all provisions of an edition with yes, and some otherwise.
func ics(cat *catalog.Catalog, e plimsoll.Edition, other map[string]string) string {
	var b strings.Builder
	b.WriteString(header(e) + "ics:\n")
	for _, p := range cat.Edition(e) {
		claim, ok := other[string(p.ID)]
		switch {
		case !ok:
			fmt.Fprintf(&b, "  %s: {support: yes}\n", p.ID)
		case claim != "":
			fmt.Fprintf(&b, "  %s: %s\n", p.ID, claim)
		}
	}
	return b.String()
}

func TestReasons(t *testing.T) {
	cat := loadCatalog(t)
	for _, e := range []struct {
		edition plimsoll.Edition
		unit    plimsoll.UnitID
	}{{plimsoll.EditionV2, "4-1-1/a"}, {plimsoll.EditionV3, "v3:5.0-1-1/a"}} {
		for _, tt := range []struct {
			name  string
			other map[string]string
			want  plimsoll.Verdict
			says  string
		}{
			{"all yes", nil, yes, "each of the 0 recommendations"},
			{"with reasons", map[string]string{"5.6-5": "{support: no, reason: legacy hubs}", "5.7-1": "{support: no, reason: the chip cannot}"}, yes, "each of the 2"},
			{"a dash is no reason", map[string]string{"5.6-5": "{support: no, reason: '-'}", "5.7-1": "{support: n/a, reason: '…'}"}, no, "5.6-5 (no), 5.7-1 (n/a)"},
			{"one without, and not complete", map[string]string{"5.6-5": "{support: no, reason: '-'}", "5.7-1": ""}, no, "5.6-5"},
			{"not complete", map[string]string{"5.7-1": ""}, maybe, "5.7-1"},
			{"a mandatory one needs none here", map[string]string{"5.6-1": "{support: no, reason: '-'}"}, yes, "each of the 0"},
		} {
			t.Run(fmt.Sprintf("%s %s", e.edition, tt.name), func(t *testing.T) {
				var got []plimsoll.Finding
				for _, f := range reporting().Judge(view(t, cat, ics(cat, e.edition, tt.other))).Findings {
					if f.Unit == e.unit {
						got = append(got, f)
					}
				}
				if len(got) != 1 || got[0].Verdict != tt.want || got[0].Subject != "" || !strings.Contains(got[0].Reason, tt.says) {
					t.Errorf("got\n%swant %s with %q", show(got), tt.want, tt.says)
				}
			})
		}
	}
	other := reporting().Judge(view(t, cat, ics(cat, plimsoll.EditionV2, nil))).Findings
	for _, f := range other {
		if want := map[plimsoll.UnitID]plimsoll.Verdict{"4-1-1/a": yes, "v3:5.0-1-1/a": maybe}[f.Unit]; f.Verdict != want {
			t.Errorf("under V2.1.1 got\n%swant %s", show([]plimsoll.Finding{f}), want)
		}
	}
}

// TestApplied: a row that only an applying unit speaks of gets an answer, but no
// FAIL that would also fail the unit itself.
func TestApplied(t *testing.T) {
	cat := loadCatalog(t)
	for _, tt := range []struct {
		authentication string
		want           plimsoll.Verdict
	}{{"[]", maybe}, {"[A1]", yes}} {
		v := view(t, cat, header(plimsoll.EditionV2)+`ixit:
  AuthMech: [{id: A1, factor: key}]
  SoftServ: [{id: S1, status: off, network: yes, allows_configuration: yes, authentication: `+tt.authentication+`}]
`)
		var got []plimsoll.Finding
		for _, f := range communication().Judge(v).Findings {
			if f.Unit == "5.5-4-1/a" && f.Subject == "S1" {
				got = append(got, f)
			}
		}
		if len(got) != 1 || got[0].Verdict != tt.want {
			t.Errorf("authentication %s: got\n%swant %s", tt.authentication, show(got), tt.want)
		}
	}
}

// TestPure: judging twice gives the same.
func TestPure(t *testing.T) {
	cat := loadCatalog(t)
	for _, r := range rows() {
		v := view(t, cat, r.declaration())
		if a, b := judgeAll(v), judgeAll(v); !reflect.DeepEqual(a, b) {
			t.Fatalf("got\n%sthen\n%s", show(a), show(b))
		}
	}
}
