package oscal

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// TestShipped writes every regime of the program: its catalog, its levels, the
// markets, and the whole crosswalk, which is read back row by row.
func TestShipped(t *testing.T) {
	cat := fixture.Loaded(t)
	set, err := regime.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Regimes) == 0 {
		t.Fatal("there is no regime: the test checks nothing")
	}
	var want []Row
	for _, r := range set.Regimes {
		if _, err := Catalog(r, stamp); err != nil {
			t.Error(err)
		}
		for _, l := range r.Levels {
			if _, err := LevelProfile(r, l.ID, stamp); err != nil && !errors.Is(err, errNoRequirement) {
				t.Error(err)
			}
		}
		ms, err := regimeMappings(r)
		if err != nil {
			t.Error(err)
		}
		for _, q := range r.Requirements {
			for _, m := range q.Maps {
				if len(ms) > 0 {
					want = append(want, row(r, q, m))
				}
			}
		}
	}
	for _, m := range regime.Markets() {
		if _, err := MarketProfile(m, set.Regimes, stamp); err != nil && !errors.Is(err, errNoRequirement) {
			t.Error(err)
		}
	}
	b := must(t)(Mappings(set.Regimes, stamp))
	got, err := ReadMappings(b, cat)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Provision == "" && got[i].Guideline == 0 {
			got[i].Edition = ""
		}
	}
	slices.SortStableFunc(want, byPlace)
	slices.SortStableFunc(got, byPlace)
	if len(got) != len(want) {
		t.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
}

// row is a row as it is read back: a gap names no edition.
func row(r *regime.Regime, q *regime.Requirement, m regime.Mapping) Row {
	if isGap(m) {
		m.Edition = ""
	}
	return Row{r.ID, q.ID, m}
}

// TestShippedSchema holds them against the published schemas.
func TestShippedSchema(t *testing.T) {
	set, err := regime.Load(fixture.Loaded(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Regimes {
		fixture.Valid(t, "oscal_catalog_schema.json", must(t)(Catalog(r, stamp)))
		for _, l := range r.Levels {
			if b, err := LevelProfile(r, l.ID, stamp); err == nil {
				fixture.Valid(t, "oscal_profile_schema.json", b)
			}
		}
	}
	fixture.Valid(t, "oscal_mapping_schema.json", must(t)(Mappings(set.Regimes, stamp)))
}
