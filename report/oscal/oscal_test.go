package oscal

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/oscal/model"
)

// exports are all documents with the schema of each.
func exports(cat *catalog.Catalog, a *plimsoll.Assessment) []struct {
	name, schema string
	make         func() ([]byte, error)
} {
	return []struct {
		name, schema string
		make         func() ([]byte, error)
	}{
		{"catalog-en303645", "oscal_catalog_schema.json", func() ([]byte, error) { return EN303645(cat, plimsoll.EditionV2, stamp) }},
		{"catalog-en303645-v3", "oscal_catalog_schema.json", func() ([]byte, error) { return EN303645(cat, plimsoll.EditionV3, stamp) }},
		{"catalog-law", "oscal_catalog_schema.json", func() ([]byte, error) { return Catalog(law(), stamp) }},
		{"catalog-label", "oscal_catalog_schema.json", func() ([]byte, error) { return Catalog(label(), stamp) }},
		{"profile-level", "oscal_profile_schema.json", func() ([]byte, error) { return LevelProfile(label(), "2", stamp) }},
		{"profile-market", "oscal_profile_schema.json", func() ([]byte, error) {
			return MarketProfile("xx", []*regime.Regime{law(), label()}, stamp)
		}},
		{"mapping-collection", "oscal_mapping_schema.json", func() ([]byte, error) { return Mappings([]*regime.Regime{law(), label()}, stamp) }},
		{"component-definition", "oscal_component_schema.json", func() ([]byte, error) { return Component(a, cat) }},
		{"assessment-plan", "oscal_assessment-plan_schema.json", func() ([]byte, error) { return Plan(a, cat) }},
		{"assessment-results", "oscal_assessment-results_schema.json", func() ([]byte, error) { return AssessmentResults(a, cat) }},
	}
}

func TestGolden(t *testing.T) {
	cat := fixture.Stable(t)
	for _, x := range exports(cat, fixture.Excerpt(cat)) {
		if strings.HasPrefix(x.name, "catalog-en") {
			continue // the catalog of the program has its own tests; the form is that of the others
		}
		t.Run(x.name, func(t *testing.T) { fixture.Golden(t, x.name+".json", must(t)(x.make()), *update) })
	}
}

func TestSchema(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat), "declined": declined(cat)} {
		for _, x := range exports(cat, a) {
			t.Run(name+"/"+x.name, func(t *testing.T) {
				b := must(t)(x.make())
				fixture.Valid(t, x.schema, b)
				fixture.Invalid(t, x.schema, bytes.Replace(b, []byte(`"oscal-version"`), []byte(`"oscal-edition"`), 1))
			})
		}
	}
}

// declined is an assessment in which nothing is judged.
func declined(cat *catalog.Catalog) *plimsoll.Assessment {
	a := &plimsoll.Assessment{At: stamp.At, Edition: plimsoll.EditionInfo{Standard: plimsoll.EditionV3, Method: plimsoll.MethodProvisional}}
	for _, p := range fixture.Camera(cat).Provisions {
		p.Support, p.Declined, p.Verdict = plimsoll.SupportNo, true, ""
		a.Provisions = append(a.Provisions, p)
	}
	return a
}

func TestDeterministic(t *testing.T) {
	cat := fixture.Loaded(t)
	for i, x := range exports(cat, fixture.Camera(cat)) {
		if !bytes.Equal(must(t)(x.make()), must(t)(exports(cat, fixture.Camera(cat))[i].make())) {
			t.Errorf("%s: two runs differ", x.name)
		}
	}
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// TestReferences asks of each document that identifiers are UUIDv5 that stand once,
// and that what is referred to is there.
func TestReferences(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, x := range exports(cat, fixture.Camera(cat)) {
		var doc any
		if err := json.Unmarshal(must(t)(x.make()), &doc); err != nil {
			t.Fatal(err)
		}
		made, ids, refs := map[string]bool{}, map[string]bool{}, map[string]bool{}
		var walk func(any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					walk(e)
				}
			case map[string]any:
				for k, e := range v {
					s, _ := e.(string)
					switch {
					case k == "uuid":
						if made[s] || !uuidForm.MatchString(s) {
							t.Errorf("%s: the identifier %q stands twice or is no UUIDv5", x.name, s)
						}
						made[s] = true
					case k == "id" && strings.HasPrefix(x.name, "catalog"):
						if ids[s] {
							t.Errorf("%s: the id %q stands twice", x.name, s)
						}
						ids[s] = true
					case strings.HasSuffix(k, "-uuid"):
						refs[s] = true
					case k == "href" && strings.HasPrefix(s, "#"):
						refs[s[1:]] = true
					case k == "party-uuids":
						for _, p := range e.([]any) {
							refs[p.(string)] = true
						}
					}
					walk(e)
				}
			}
		}
		walk(doc)
		for r := range refs {
			if !made[r] {
				t.Errorf("%s refers to %s, which is not there", x.name, r)
			}
		}
		if len(made) == 0 {
			t.Errorf("%s has no identifier: the test checked nothing", x.name)
		}
	}
}

// TestControls asks that what assessments, profiles and mappings name stands in the
// catalogs.
func TestControls(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	known := map[string]bool{}
	named := 0
	collect := func(b []byte, keys string) {
		for _, m := range regexp.MustCompile(`"(?:`+keys+`)": "([^"]+)"`).FindAllSubmatch(b, -1) {
			known[string(m[1])] = true
		}
	}
	check := func(name string, b []byte, keys string) {
		for _, m := range regexp.MustCompile(`"(?:`+keys+`)": "([^"]+)"`).FindAllSubmatch(b, -1) {
			named++
			if !known[string(m[1])] {
				t.Errorf("%s names %s, which no catalog has", name, m[1])
			}
		}
	}
	all := exports(cat, a)
	for _, x := range all[:4] {
		collect(must(t)(x.make()), "id")
	}
	for _, x := range all[4:] {
		check(x.name, must(t)(x.make()), "control-id|objective-id|target-id|id-ref")
	}
	if named < 500 {
		t.Errorf("%d names were checked: too few", named)
	}
}

func read[T any](t testing.TB, name string, b []byte) T {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	var d T
	if err := json.Unmarshal(m[name], &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func prop(ps []model.Property, name string) string { return value(ps, name) }

// TestResults holds each verdict against its finding: only PASS is satisfied.
func TestResults(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	r := read[model.ResultsDoc](t, "assessment-results", must(t)(AssessmentResults(a, cat))).Results[0]
	got := map[string]model.Finding{}
	for _, f := range r.Findings {
		got[f.Target.ID] = f
	}
	verdicts := map[string]plimsoll.Verdict{}
	findings := 0
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				findings += len(u.Findings)
				if judged(&p) {
					verdicts[objectiveID(string(u.ID))] = u.Verdict
				}
			}
		}
		findings += len(p.Against)
		if judged(&p) {
			verdicts[statementID(provisionID(p.ID))] = p.Verdict
		}
	}
	if len(got) != len(verdicts) || len(r.Observations) != findings {
		t.Errorf("got %d findings and %d observations, want %d and %d", len(got), len(r.Observations), len(verdicts), findings)
	}
	for id, v := range verdicts {
		s := got[id].Target.Status
		if (s.State == "satisfied") != (v == plimsoll.Pass) || (s.Reason == "fail") != (v == plimsoll.Fail) || prop(got[id].Props, "verdict") != string(v) {
			t.Errorf("%s is %s and its finding says %+v, verdict %q", id, v, s, prop(got[id].Props, "verdict"))
		}
	}
	waived, evidence := 0, 0
	for _, k := range r.Risks {
		if k.Status != "open" {
			t.Errorf("the risk %q is %s", k.Title, k.Status)
		}
		if strings.Contains(prop(k.Props, "waiver"), "Ann Example until 2026-12-31") {
			waived++
		}
	}
	for _, o := range r.Observations {
		evidence += len(o.Evidence)
	}
	if len(r.Risks) != 7 || waived != 1 || evidence < 10 {
		t.Errorf("got %d risks, %d waived, %d pieces of evidence", len(r.Risks), waived, evidence)
	}
}

// TestNoRisk asks that a finding that was set aside or does not count is observed and
// is no risk.
func TestNoRisk(t *testing.T) {
	cat := fixture.Loaded(t)
	a := fixture.Camera(cat)
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			for i := range c.Units {
				if u := &c.Units[i]; u.ID == "5.6-1-2/a" {
					over, ignored := u.Findings[0], u.Findings[0]
					over.Overruled, ignored.Ignored = true, "of another state"
					u.Findings = append(u.Findings, over, ignored)
				}
			}
		}
	}
	r := read[model.ResultsDoc](t, "assessment-results", must(t)(AssessmentResults(a, cat))).Results[0]
	before := read[model.ResultsDoc](t, "assessment-results", must(t)(AssessmentResults(fixture.Camera(cat), cat))).Results[0]
	if len(r.Risks) != len(before.Risks) || len(r.Observations) != len(before.Observations)+2 {
		t.Errorf("got %d risks and %d observations, want %d and %d", len(r.Risks), len(r.Observations), len(before.Risks), len(before.Observations)+2)
	}
}

// TestLevels asks what a profile of a level takes in.
func TestLevels(t *testing.T) {
	for level, want := range map[string][]string{
		"1": {"yy-label.A", "yy-label.E"},
		"2": {"yy-label.A", "yy-label.B", "yy-label.C", "yy-label.E"},
		"3": {"yy-label.A", "yy-label.B", "yy-label.C", "yy-label.D", "yy-label.E"},
	} {
		d := read[model.ProfileDoc](t, "profile", must(t)(LevelProfile(label(), level, stamp)))
		if got := d.Imports[0].Include[0].WithIDs; !reflect.DeepEqual(got, want) {
			t.Errorf("level %s: got %v, want %v", level, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	circle, twice, level, odd := label(), label(), label(), law()
	circle.Levels[0].Includes = "3"
	twice.Requirements[0].ID, twice.Requirements[1].ID = "a/b", "a b"
	level.Levels[1].ID = "1"
	odd.Requirements[0].Maps[0].Relation = "similar-to"
	cat := fixture.Loaded(t)
	for name, x := range map[string]struct {
		do   func() ([]byte, error)
		want string
	}{
		"unknown level":       {func() ([]byte, error) { return LevelProfile(label(), "9", stamp) }, `level "9" is not known`},
		"level in a circle":   {func() ([]byte, error) { return LevelProfile(circle, "3", stamp) }, "includes itself"},
		"two in one id":       {func() ([]byte, error) { return Catalog(twice, stamp) }, `"a/b" and "a b" would both be the control "yy-label.a.b"`},
		"level twice":         {func() ([]byte, error) { return Catalog(level, stamp) }, `level "1" stands twice`},
		"market of nobody":    {func() ([]byte, error) { return MarketProfile("zz", []*regime.Regime{law()}, stamp) }, "no regime has a requirement"},
		"unknown relation":    {func() ([]byte, error) { return Mappings([]*regime.Regime{odd}, stamp) }, `"similar-to" is not known`},
		"no mapping":          {func() ([]byte, error) { return Mappings(nil, stamp) }, "no requirement is mapped"},
		"no time":             {func() ([]byte, error) { return Catalog(law(), Stamp{}) }, "not between the years"},
		"unknown edition":     {func() ([]byte, error) { return EN303645(cat, "en303645-9", stamp) }, "is not known"},
		"empty assessment":    {func() ([]byte, error) { return AssessmentResults(&plimsoll.Assessment{At: time.Unix(0, 0)}, cat) }, "no provision"},
		"assessment, no time": {func() ([]byte, error) { return Plan(&plimsoll.Assessment{}, cat) }, "not between the years"},
	} {
		if _, err := x.do(); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, x.want)
		}
	}
}

// TestHostile asks that no text from outside comes through as markup or as a
// character that acts, and that nothing is said that may not be.
func TestHostile(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, x := range exports(cat, fixture.Poisoned(cat)) {
		b := must(t)(x.make())
		if bytes.ContainsAny(b, "\x1b\x00\u202e\u2066") {
			t.Errorf("%s: a hidden character came through", x.name)
		}
		var doc any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		var walk func(string, any)
		walk = func(key string, v any) {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					walk(key, e)
				}
			case map[string]any:
				for k, e := range v {
					walk(k, e)
				}
			case string:
				switch key {
				case "title", "description", "remarks", "prose", "statement":
					if m := regexp.MustCompile(`[^\\][<>*\[]`).FindString(v); m != "" {
						t.Errorf("%s: %s has the markup %q in %q", x.name, key, m, v)
					}
				}
				if strings.Contains(strings.ToLower(v), "compliant") {
					t.Errorf("%s says %q", x.name, v)
				}
			}
		}
		walk("", doc)
	}
}
