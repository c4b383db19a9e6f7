package crosswalk

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// smallSet are five regimes that hold each thing the view tells apart.
func smallSet(t testing.TB, cat *catalog.Catalog) *regime.Set {
	t.Helper()
	s, err := regime.LoadFS(os.DirFS("testdata"), cat)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// loaded is the view of the program's own data.
func loaded(t testing.TB) (*View, *regime.Set, *catalog.Catalog) {
	t.Helper()
	cat := fixture.Loaded(t)
	s, err := regime.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	return Build(s, cat, Options{At: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}), s, cat
}

func compared() Options { return Options{Markets: []string{"uk", "eu", "us", "jp"}} }

// TestRows holds each row of the small set against what its text says.
func TestRows(t *testing.T) {
	cat := fixture.Loaded(t)
	v := Build(smallSet(t, cat), cat, compared())
	type row struct {
		requirement string
		provision   plimsoll.ProvisionID
		relation    regime.Relation
		by          regime.By
		confidence  regime.Confidence
		source      Source
		counted     bool
	}
	var got []row
	for _, r := range v.Rows {
		got = append(got, row{string(r.Regime.ID) + " " + r.Requirement.ID, r.Provision, r.Relation, r.By, r.Confidence, r.Source, r.Counted})
	}
	want := []row{
		{"aa-law one", "5.1-1", regime.Intersects, regime.Official, regime.High, FromMapping, true},
		{"aa-law one", "5.1-1", regime.Equal, regime.Ours, regime.Low, FromMapping, true},
		{"aa-law two", "5.2-1", regime.SupersetOf, regime.ThirdParty, regime.Medium, FromRule, true},
		{"aa-law two", "5.2-2", regime.Intersects, regime.ThirdParty, regime.Medium, FromRule, true},
		{"aa-law four", "5.9-1", regime.SubsetOf, regime.Ours, regime.Medium, FromMapping, false},
		{"aa-law four", "", regime.NoRelation, regime.Ours, regime.Medium, FromMapping, false},
		{"bb-label low", "5.1-1", regime.SupersetOf, regime.Official, regime.Medium, FromRule, true},
		{"bb-label low", "5.3-4A", regime.SupersetOf, regime.Official, regime.Medium, FromRule, true},
		{"bb-label low", "5.3-4B", regime.SupersetOf, regime.Official, regime.Medium, FromRule, true},
		{"bb-label alone", "5.6-4A", regime.SupersetOf, regime.Official, regime.Medium, FromRule, true},
		{"bb-label alone", "5.6-4B", regime.SupersetOf, regime.Official, regime.Medium, FromRule, true},
		{"bb-label high", "5.5-1", regime.Intersects, regime.Official, regime.Medium, FromRule, false},
		{"cc-label all", "5.1-1", regime.SupersetOf, regime.ThirdParty, regime.Low, FromOther, true},
		{"cc-label some", "5.1-1", regime.SubsetOf, regime.Ours, regime.Low, FromOther, true},
		{"dd-standard x", "5.1-1", regime.Equal, regime.ThirdParty, regime.Low, FromMapping, true},
		{"dd-standard y", "5.2-1", regime.Equal, regime.Ours, regime.Medium, FromRule, false},
		{"ee-guide g1", "", regime.Intersects, regime.Official, regime.Medium, FromMapping, true},
		{"ee-guide g2", "", regime.Intersects, regime.Ours, regime.Medium, FromMapping, true},
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("row %d:\n got %+v\nwant %+v", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

func TestMarkets(t *testing.T) {
	cat := fixture.Loaded(t)
	s := smallSet(t, cat)
	v := Build(s, cat, compared())
	if IDs(v.Shared) != "5.1-1" || !reflect.DeepEqual(v.Absent, []string{"jp"}) || len(v.Markets) != 3 || len(v.Others) != 1 {
		t.Errorf("shared %q, absent %v, %d markets, %d others", IDs(v.Shared), v.Absent, len(v.Markets), len(v.Others))
	}
	for i, want := range [][3]string{
		{"5.1-1, 5.2-1, 5.2-2", "5.2-1, 5.2-2", ""},
		{"5.1-1, 5.3-4A, 5.3-4B, 5.6-4A, 5.6-4B", "5.3-4A, 5.3-4B, 5.6-4A, 5.6-4B", ""},
		{"5.1-1", "", ""},
	} {
		m := v.Markets[i]
		if got := [3]string{IDs(m.Asks), IDs(m.Alone), IDs(m.Lacks)}; got != want {
			t.Errorf("%s: got %q, want %q", m.Name, got, want)
		}
	}
	if got := v.Spread(); !reflect.DeepEqual(got, []int{71, 6, 0, 1}) {
		t.Errorf("got the spread %v", got)
	}
	three := Build(s, cat, Options{Markets: []string{"uk", "sg", "us", "eu"}, At: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	if IDs(three.Shared) != "5.1-1" || !reflect.DeepEqual(three.Absent, []string{"sg", "eu"}) {
		t.Errorf("a repealed label counts: shared %q, absent %v", IDs(three.Shared), three.Absent)
	}
	none := Build(s, cat, Options{Markets: []string{"jp"}})
	if len(none.Markets) != 0 || len(none.Shared) != 0 {
		t.Errorf("of no market: shared %q", IDs(none.Shared))
	}
	if empty := Build(&regime.Set{}, cat, Options{}); len(empty.Absent) != len(Compared()) || len(empty.Nobody) != len(empty.Provisions) {
		t.Errorf("of no data: absent %v", empty.Absent)
	}
}

func TestBeyond(t *testing.T) {
	cat := fixture.Loaded(t)
	v := Build(smallSet(t, cat), cat, compared())
	got := map[string]string{}
	for _, c := range v.Regimes {
		for _, b := range c.Beyond {
			got[string(c.ID)+" "+b.ID] = b.Also()
		}
	}
	if want := map[string]string{"aa-law three": "bb-label", "bb-label list": "aa-law"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCellsShowOneRow asks that a cell never joins two mappings, that nothing is
// raised above its source, and that the figures can be counted again from the data.
func TestCellsShowOneRow(t *testing.T) {
	v, _, cat := loaded(t)
	for _, p := range v.Provisions {
		for i, c := range p.Cells {
			if c == nil {
				continue
			}
			if !slices.Contains(c.Rows, c.Lead) {
				t.Errorf("%s %s: the row shown is none of its rows", v.Regimes[i].ID, p.ID)
			}
			for _, r := range c.Rows {
				if r.Relation == regime.NoRelation {
					t.Errorf("%s %s: %s touches without a relation", v.Regimes[i].ID, p.ID, r.Requirement.ID)
				}
				if r.Counted == c.Lead.Counted && slices.Index(sources, r.By) < slices.Index(sources, c.Lead.By) {
					t.Errorf("%s %s: shows %s though %s says so", v.Regimes[i].ID, p.ID, c.Lead.By, r.By)
				}
			}
		}
	}
	for _, r := range v.Rows {
		switch r.Source {
		case FromMapping:
			had := slices.ContainsFunc(r.Requirement.Maps, func(m regime.Mapping) bool {
				return m.By == r.By && m.Cite == r.Cite && m.Confidence == r.Confidence && m.Provision == r.Written && (m.Relation == r.Relation || ofHalf(m.Relation) == r.Relation)
			})
			if !had {
				t.Errorf("%s %s: no mapping says %+v", r.Regime.ID, r.Requirement.ID, r)
			}
		case FromRule:
			if r.By != r.Requirement.By || r.Confidence != r.Requirement.Confidence {
				t.Errorf("%s %s: a row of the rule is by %s, the rule by %s", r.Regime.ID, r.Requirement.ID, r.By, r.Requirement.By)
			}
		case FromOther:
			if slices.Index(sources, r.By) < slices.Index(sources, r.Requirement.By) {
				t.Errorf("%s %s: raised to %s", r.Regime.ID, r.Requirement.ID, r.By)
			}
		}
		if p, ok := cat.Provision(r.Provision); r.Provision != "" && (!ok || p.Status[Edition].Code == "") {
			t.Errorf("%s %s: row for %q", r.Regime.ID, r.Requirement.ID, r.Provision)
		}
	}
}

// TestShared counts the agreement once more, from the rows and not from the cells,
// and pins it for the data as it stands.
func TestShared(t *testing.T) {
	v, s, _ := loaded(t)
	asks := map[string]map[plimsoll.ProvisionID]bool{}
	for _, r := range v.Rows {
		if !r.Counted || r.Relation == regime.NoRelation || r.Regime.Indicates || r.Regime.Instrument != regime.Law && r.Regime.Instrument != regime.Label {
			continue
		}
		for _, m := range r.Regime.Markets {
			if asks[m] == nil {
				asks[m] = map[plimsoll.ProvisionID]bool{}
			}
			asks[m][r.Provision] = true
		}
	}
	var want []string
	for _, p := range v.Provisions {
		all := len(v.Markets) > 0
		for _, m := range v.Markets {
			all = all && asks[m.Name][p.ID]
		}
		if all {
			want = append(want, string(p.ID))
		}
	}
	if got := IDs(v.Shared); got != strings.Join(want, ", ") {
		t.Errorf("got %q, counted %q", got, want)
	}
	if len(v.Absent) == 0 && IDs(v.Shared) != "5.1-1, 5.2-1, 5.3-13" {
		t.Errorf("the six markets share %q; a change of the data that changes this is worth a second look", IDs(v.Shared))
	}
	if len(v.Regimes) != len(s.Regimes) {
		t.Errorf("%d of %d regimes are shown", len(v.Regimes), len(s.Regimes))
	}
}

func BenchmarkBuild(b *testing.B) {
	_, s, cat := loaded(b)
	for b.Loop() {
		Build(s, cat, Options{})
	}
}
