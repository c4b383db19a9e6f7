package oscal

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/regime"
)

func collection(t testing.TB) []byte {
	return must(t)(Mappings([]*regime.Regime{law(), label()}, stamp))
}

func byPlace(a, b Row) int {
	return cmp.Or(cmp.Compare(a.Regime, b.Regime), cmp.Compare(a.Requirement, b.Requirement), cmp.Compare(a.Provision, b.Provision), cmp.Compare(a.Guideline, b.Guideline))
}

// TestRoundTrip asks that what was written is read again row by row.
func TestRoundTrip(t *testing.T) {
	var want []Row
	for _, r := range []*regime.Regime{law(), label()} {
		for _, q := range r.Requirements {
			for _, m := range q.Maps {
				want = append(want, Row{r.ID, q.ID, m})
			}
		}
	}
	got, err := ReadMappings(collection(t), fixture.Loaded(t))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(want, byPlace)
	slices.SortFunc(got, byPlace)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// foreign is a collection as another tool would write it.
const foreign = `{"mapping-collection": {"uuid": "5f4e8b8e-0d1b-4f5e-9d3b-0d1b4f5e9d3b",
 "metadata": {"title": "Crosswalk", "last-modified": "2026-01-01T00:00:00Z", "version": "7", "oscal-version": "1.2.1", "parties": []},
 "provenance": {"method": "human", "matching-rationale": "semantic", "status": "complete", "mapping-description": "x"},
 "mappings": {"uuid": "6f4e8b8e-0d1b-4f5e-9d3b-0d1b4f5e9d3b", "method": "human",
  "source-resource": {"type": "catalog", "href": "https://example.com/zz-law.json"},
  "target-resource": {"type": "catalog", "href": "https://example.com/catalog-en303645-3.1.3.json"},
  "maps": [{"uuid": "7f4e8b8e-0d1b-4f5e-9d3b-0d1b4f5e9d3b", "relationship": "subset-of", "confidence-score": {"percentage": 0.9},
    "sources": [{"type": "control", "id-ref": "c-1"}], "targets": [{"type": "control", "id-ref": "en303645.5.1-1"}]}]}}}`

func TestForeign(t *testing.T) {
	fixture.Valid(t, "oscal_mapping_schema.json", []byte(strings.Replace(foreign, `, "parties": []`, "", 1)))
	got, err := ReadMappings([]byte(foreign), fixture.Loaded(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{"zz-law", "c-1", regime.Mapping{
		Provision: "5.1-1", Edition: plimsoll.EditionV3, Relation: regime.SubsetOf, By: regime.ThirdParty, Cite: `OSCAL mapping collection "Crosswalk", version 7`,
	}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, x := range []struct{ name, old, new, want string }{
		{"empty", foreign, "", "unexpected end"},
		{"not JSON", foreign, "x", "invalid character"},
		{"another model", `"mapping-collection"`, `"catalog"`, `unknown field "catalog"`},
		{"after it", "", "{}", "invalid character '{' after"},
		{"key twice", `"uuid": "5f`, `"uuid": "x", "uuid": "5f`, `"uuid" stands twice`},
		{"capitals", `"method": "human",`, `"Method": "human",`, `"Method" before byte`},
		{"unknown field", `"relationship"`, `"score": 9, "relationship"`, `unknown field "score"`},
		{"equivalent", "subset-of", "equivalent-to", `mappings[0].maps[0].relationship: "equivalent-to" has no counterpart`},
		{"foreign relation", `"relationship"`, `"ns": "http://example.com", "relationship"`, "maps[0].ns: relations of the namespace"},
		{"qualifier", `"relationship"`, `"qualifiers": [{}], "relationship"`, "maps[0].qualifiers"},
		{"two targets", `"targets": [`, `"targets": [{"type": "control", "id-ref": "en303645.5.1-2"}, `, "1 sources and 2 targets"},
		{"provision of the other edition", "en303645.5.1-1", "en303645.5.3-4", `maps[0].targets[0]: "en303645.5.3-4" is no provision of en303645-3.1.3`},
		{"another standard", "en303645.5.1-1", "ac-1", `"ac-1" is no provision`},
		{"another catalog", "catalog-en303645-3.1.3.json", "sp800-53.json", "mappings[0].target-resource"},
		{"odd regime", "zz-law.json", "Z%20Z.json", "is not the id of a regime"},
		{"statement", `[{"type": "control", "id-ref": "c-1"`, `[{"type": "statement", "id-ref": "c-1"`, `sources[0]: its type is "statement"`},
		{"confidence", `"percentage": 0.9`, `"category": "certain"`, `"certain" is not known`},
		{"statement of something", `{"type": "control", "id-ref": "en303645.5.1-1"`, `{"type": "statement", "id-ref": "x"`, `targets[0]: the statement "x" is no guideline`},
		{"no maps", foreign[strings.Index(foreign, `{"uuid": "7f`):strings.Index(foreign, `]}}}`)], "", "mappings[0].maps: there is none"},
		{"not UTF-8", "Crosswalk", "\xff", "not UTF-8"},
		{"title is a number", `"title": "Crosswalk"`, `"title": 1`, "metadata.title"},
		{"deep", `"parties": []`, `"parties": ` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "max depth"},
	} {
		t.Run(strings.ReplaceAll(x.name, " ", "_"), func(t *testing.T) {
			in := strings.Replace(foreign, x.old, x.new, 1)
			if x.old == "" {
				in = foreign + x.new
			}
			rows, err := ReadMappings([]byte(in), cat)
			if err == nil || !strings.Contains(err.Error(), x.want) || rows != nil {
				t.Errorf("got %d rows and %v, want an error with %q", len(rows), err, x.want)
			}
			if err != nil && len(err.Error()) > 4000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
	if _, err := ReadMappings(bytes.Repeat([]byte(" "), mostBytes+1), cat); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("too large: got %v", err)
	}
}

// TestAllProblems asks that several problems are told at once, and not without end.
func TestAllProblems(t *testing.T) {
	one := foreign[strings.Index(foreign, `{"uuid": "7f`):strings.Index(foreign, `]}}}`)]
	bad := strings.Replace(one, "subset-of", "similar", 1)
	in := strings.Replace(foreign, one, strings.Repeat(bad+",", 50)+bad, 1)
	_, err := ReadMappings([]byte(in), fixture.Loaded(t))
	if err == nil || !strings.Contains(err.Error(), "maps[0].") || !strings.Contains(err.Error(), "maps[19].") || strings.Contains(err.Error(), "maps[20].") ||
		!strings.Contains(err.Error(), "and more") {
		t.Errorf("got %v", err)
	}
}

func FuzzReadMappings(f *testing.F) {
	cat := fixture.Loaded(f)
	f.Add([]byte(foreign))
	f.Add(collection(f))
	f.Add([]byte(`{"mapping-collection":{"uuid":"x","metadata":{"title":"a","version":"b"},"mappings":[{}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := ReadMappings(b, cat)
		if err != nil {
			return
		}
		for _, r := range rows {
			if r.Regime == "" || r.Edition == "" || r.Relation == "" || r.By == "" || r.Cite == "" {
				t.Errorf("a row is not whole: %+v", r)
			}
		}
	})
}
