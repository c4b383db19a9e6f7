package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
)

func json_(t testing.TB, a *plimsoll.Assessment) string {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONRoundTrip(t *testing.T) {
	cat := fixture.Loaded(t)
	for name, a := range map[string]*plimsoll.Assessment{"camera": fixture.Camera(cat), "poisoned": fixture.Poisoned(cat)} {
		s := json_(t, a)
		if !strings.HasSuffix(s, "}\n") || !strings.HasPrefix(s, "{\n  \"schema\": \"plimsoll.assessment/1\"") {
			t.Errorf("%s begins %.40q and ends %q", name, s, s[len(s)-5:])
		}
		if m := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u202e\u2066]").FindString(s); m != "" {
			t.Errorf("%s holds the raw character %q", name, m)
		}
		got, err := Parse([]byte(s))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if json_(t, got) != s {
			t.Errorf("%s is not the same after reading and writing it", name)
		}
		if u := got.Provisions[1].Cases[0].Units[0]; len(u.Findings) == 0 || u.Findings[0].Unit != u.ID {
			t.Errorf("%s: the findings of %s do not name it", name, u.ID)
		}
	}
}

func TestJSONAbsentLists(t *testing.T) {
	a := &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, Verdict: plimsoll.Inconclusive, ICS: plimsoll.ICSResult{Verdict: plimsoll.Inconclusive},
		Assessor: plimsoll.Assessor{Role: plimsoll.RoleFirstParty},
		Edition:  plimsoll.EditionInfo{Standard: plimsoll.EditionV3, Method: plimsoll.MethodProvisional},
	}
	s := json_(t, a)
	if strings.Contains(s, "null") {
		t.Errorf("an absent list is null: %s", s)
	}
	if _, err := Parse([]byte(s)); err != nil {
		t.Error(err)
	}
}

func TestParseRefuses(t *testing.T) {
	good := json_(t, fixture.Camera(fixture.Loaded(t)))
	swap := func(old, new string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("the assessment has no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, x := range []struct{ name, in, want string }{
		{"empty", "", "unexpected end"},
		{"not JSON", "PASS", "invalid character"},
		{"a list", "[]", "cannot unmarshal array"},
		{"no schema", "{}", "its schema is none"},
		{"other schema", swap("plimsoll.assessment/1", "plimsoll.assessment/2"), `its schema is "plimsoll.assessment/2", want "plimsoll.assessment/1"`},
		{"unknown field", swap(`"verdict": "FAIL"`, `"verdict": "FAIL", "score": 99`), "additional properties 'score' not allowed"},
		{"unknown field deep down", swap(`"basis": "rule"`, `"basis": "rule", "weight": 1`), "'weight' not allowed"},
		{"other case", swap(`"verdict": "FAIL"`, `"Verdict": "FAIL"`), "missing property 'verdict'"},
		{"key twice", swap(`"verdict": "FAIL"`, `"verdict": "FAIL", "verdict": "PASS"`), `the key "verdict" stands twice`},
		{"missing field", swap(`"tool": {`, `"tools": {`), "missing property 'tool'"},
		{"unknown verdict", swap(`"verdict": "FAIL"`, `"verdict": "GOOD"`), "/verdict: value must be one of"},
		{"broken digest", swap("sha256:", "md5:"), "does not match pattern"},
		{"fact of another type", swap(`"value": false`, `"value": {"a": 1}`), "/facts/0/value: got object, want"},
		{"something after it", good + "{}", "after top-level value"},
		{"cut", good[:len(good)/2], "unexpected end"},
		{"not UTF-8", swap("Harbour Cam 2", "Harbour \xff"), "not UTF-8"},
		{"deep", `{"schema":"plimsoll.assessment/1","at":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}", "max depth"},
	} {
		t.Run(strings.ReplaceAll(x.name, " ", "_"), func(t *testing.T) {
			_, err := Parse([]byte(x.in))
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want an error with %q", err, x.want)
			}
			if err != nil && len(err.Error()) > 2000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

// TestSchemaTags holds the schema against the Go types: the same fields, the same
// ones required, nothing else allowed.
func TestSchemaTags(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	defs := root["$defs"].(map[string]any)
	seen := map[reflect.Type]bool{}
	var check func(reflect.Type, map[string]any)
	check = func(typ reflect.Type, s map[string]any) {
		if ref, ok := s["$ref"].(string); ok {
			s = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		switch typ.Kind() {
		case reflect.Pointer:
			check(typ.Elem(), s)
		case reflect.Slice:
			if s["type"] != "array" {
				t.Errorf("%v: the schema says %v", typ, s["type"])
				return
			}
			check(typ.Elem(), s["items"].(map[string]any))
		case reflect.Struct:
			if typ.PkgPath() == "time" || seen[typ] {
				return
			}
			seen[typ] = true
			checkStruct(t, typ, s, check)
		}
	}
	check(reflect.TypeFor[plimsoll.Assessment](), root)
	if len(seen) < 20 {
		t.Errorf("looked at %d types: the test checked too little", len(seen))
	}
}

func checkStruct(t *testing.T, typ reflect.Type, s map[string]any, check func(reflect.Type, map[string]any)) {
	t.Helper()
	props, _ := s["properties"].(map[string]any)
	var names, need []string
	for i := range typ.NumField() {
		name, opts, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		names = append(names, name)
		if !strings.Contains(opts, "omit") {
			need = append(need, name)
		}
		if p, ok := props[name].(map[string]any); ok {
			check(typ.Field(i).Type, p)
		} else {
			t.Errorf("%v.%s is not in the schema", typ, name)
		}
	}
	for p := range props {
		if !slices.Contains(names, p) {
			t.Errorf("the schema has %q, which %v has not", p, typ)
		}
	}
	if s["additionalProperties"] != false {
		t.Errorf("%v: the schema allows unknown fields", typ)
	}
	var got []string
	required, _ := s["required"].([]any)
	for _, r := range required {
		got = append(got, r.(string))
	}
	slices.Sort(got)
	slices.Sort(need)
	if !slices.Equal(got, need) {
		t.Errorf("%v: the schema requires %v, the type writes %v", typ, got, need)
	}
}

func FuzzParse(f *testing.F) {
	a := &plimsoll.Assessment{
		Schema: plimsoll.AssessmentSchema, Verdict: plimsoll.Fail, ICS: plimsoll.ICSResult{Verdict: plimsoll.Pass},
		Assessor: plimsoll.Assessor{Role: plimsoll.RoleLaboratory},
		Edition:  plimsoll.EditionInfo{Standard: plimsoll.EditionV2, Method: plimsoll.MethodTS103701},
		Facts:    []plimsoll.Fact{{ID: "x", Value: 1.5, Source: plimsoll.SourcePerson}},
	}
	f.Add([]byte(json_(f, a)))
	f.Add([]byte(`{"schema":"plimsoll.assessment/1","schema":1}`))
	f.Add([]byte(`{"schema":"plimsoll.assessment/1","facts":[{"a":[[{}]]}]}`))
	cat, err := catalog.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Parse(b)
		if err != nil {
			return
		}
		s := json_(t, a)
		again, err := Parse([]byte(s))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if json_(t, again) != s {
			t.Fatal("writing is not stable")
		}
		text_(t, a, cat, TextOptions{Verbose: true})
	})
}

func BenchmarkParse(b *testing.B) {
	cat, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	in := []byte(json_(b, fixture.Camera(cat)))
	for b.Loop() {
		if _, err := Parse(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	cat, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	a := fixture.Camera(cat)
	for b.Loop() {
		html_(b, a, cat, HTMLOptions{})
	}
}
