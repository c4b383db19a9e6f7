package catalog

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
)

func TestCasesUnder(t *testing.T) {
	c := loaded(t)
	ids := func(e plimsoll.Edition, p plimsoll.ProvisionID) string {
		var out []string
		for _, x := range c.CasesUnder(e, p) {
			for _, u := range x.Units {
				out = append(out, string(u.ID))
			}
		}
		return strings.Join(out, " ")
	}
	const v2, v3 = plimsoll.EditionV2, plimsoll.EditionV3
	tests := []struct {
		ed   plimsoll.Edition
		id   plimsoll.ProvisionID
		want string
	}{
		{v2, "5.1-5", "5.1-5-1/a 5.1-5-2/a 5.1-5-2/b"},
		{v3, "5.1-5", "v3:5.1-5-1/a v3:5.1-5-2/a v3:5.1-5-2/b"},
		{v2, "5.2-1", "5.2-1-1/a 5.2-1-2/a 5.2-1-2/b"},
		{v3, "5.2-1", "5.2-1-1/a 5.2-1-2/a 5.2-1-2/b"},
		{v3, "5.3-14", "v3:5.3-14-1/a v3:5.3-14-2/a v3:5.3-14-2/b v3:5.3-14-2/c v3:5.3-14-2/d"},
		{v3, "5.0-1", "v3:5.0-1-1/a"},
		{v2, "5.0-1", ""},
		{v3, "4-1", ""},
		{v3, "5.3-4", ""},
		{v2, "9-9", ""},
		{"en303645-1.1.1", "5.1-5", ""},
	}
	for _, x := range tests {
		if got := ids(x.ed, x.id); got != x.want {
			t.Errorf("%s under %s: got %q, want %q", x.id, x.ed, got, x.want)
		}
	}
}

// TestEditionUnits looks at all units that an edition is judged by.
func TestEditionUnits(t *testing.T) {
	c := loaded(t)
	for _, ed := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
		asked := map[string]plimsoll.UnitID{}
		provisional := 0
		for _, p := range c.Edition(ed) {
			for _, x := range c.CasesUnder(ed, p.ID) {
				for _, u := range x.Units {
					if first, twice := asked[u.Question]; twice {
						t.Errorf("%s: %s and %s ask the same", ed, first, u.ID)
					}
					asked[u.Question] = u.ID
					if u.Case != x || u.Provision != p.ID {
						t.Errorf("%s: %s belongs to %s of %s", ed, u.ID, u.Case.ID, u.Provision)
					}
					isV3 := strings.HasPrefix(string(u.ID), "v3:")
					if u.Provisional != isV3 || isV3 != (ed == plimsoll.EditionV3 && p.V3Units == V3New) {
						t.Errorf("%s: %s is provisional: %v", ed, u.ID, u.Provisional)
					}
					if isV3 {
						provisional++
						if u.Decider != plimsoll.DeciderAssessor || u.Apply != nil {
							t.Errorf("%s: decider %s", u.ID, u.Decider)
						}
					}
				}
			}
		}
		if (provisional > 0) != (ed == plimsoll.EditionV3) {
			t.Errorf("%s has %d provisional units", ed, provisional)
		}
		if ed == plimsoll.EditionV2 && len(asked) != 226 {
			t.Errorf("V2.1.1 asks %d questions, want 226", len(asked))
		}
	}
}

func TestTypedField(t *testing.T) {
	c := loaded(t)
	tests := []struct {
		table plimsoll.TableID
		name  string
		want  string // type
	}{
		{"AuthMech", "factor", "enum"},
		{"AuthMech", "rate_limit.window", "duration"},
		{"SoftComp", "update", "refs"},
		{"UserInfo", "support_period.until", "date"},
		{"UserInfo", "support_period.url", "url"},
		{"UserInfo", "model_designation.quote", "text"},
		{"UserInfo", "nonsense.url", ""},
		{"UserInfo", "support_period.nonsense", ""},
		{"AuthMech", "description.url", ""},
		{"Conf", "confirmation_of_secure_development.confirmed", "bool"},
		{"Nonsense", "factor", ""},
	}
	for _, x := range tests {
		f, ok := c.TypedField(x.table, x.name)
		if f.Type != x.want || ok != (x.want != "") {
			t.Errorf("%s.%s: got %q, %v, want %q", x.table, x.name, f.Type, ok, x.want)
		}
	}
}

func TestLookups(t *testing.T) {
	c := loaded(t)
	if _, ok := c.Guideline(0); ok {
		t.Error("guideline 0 exists")
	}
	if g, ok := c.Guideline(13); !ok || g.ID != "cop-13" {
		t.Errorf("guideline 13: %v", g)
	}
	if x, ok := c.Case("5.3-10-1"); !ok || x.Kind != plimsoll.Both {
		t.Errorf("case 5.3-10-1: %v", x)
	}
	if x, ok := c.Case("v3:6-8-1"); !ok || !x.Units[0].Provisional {
		t.Errorf("case v3:6-8-1: %v", x)
	}
	u, _ := c.Unit("5.3-10-1/a")
	if u == nil || !u.Conceptual() || u.Apply == nil || u.Apply.Case != "5.3-9-1" || !slices.Equal(u.Apply.Units, []string{"a", "b"}) {
		t.Errorf("unit 5.3-10-1/a: %+v", u)
	}
	if u, _ := c.Unit("5.3-10-1/c"); u == nil || u.Conceptual() {
		t.Error("unit 5.3-10-1/c looks at the device")
	}
	if u, _ := c.Unit("5.3-3-1/a"); u == nil || u.Where.Table != "SoftComp" || u.Over != "SoftComp" || u.Via != "update" || u.Some {
		t.Errorf("unit 5.3-3-1/a: %+v", u.Quantifier)
	}
	if got := c.DependOn(plimsoll.EditionV2, "device.constrained"); len(got) != 4 {
		t.Errorf("provisions that depend on the constraint: got %d, want 5.1-5, 5.3-2, 5.3-14, 5.3-15", len(got))
	}
	if got := c.UnitsOf("SecBoot"); len(got) != 7 {
		t.Errorf("units that read SecBoot: got %d, want 7", len(got))
	}
	ids := c.IDs()
	if len(ids) != len(c.places()) {
		t.Errorf("%d ids, %d different ones", len(ids), len(c.places()))
	}
	for _, want := range []string{"AuthMech", "cop-1", "5.1-1", "5.1-1-2", "5.1-1-2/c", "passwords.used", "v3:5.0-1-1/a"} {
		if !slices.Contains(ids, want) {
			t.Errorf("IDs lacks %q", want)
		}
	}
}

func (c *Catalog) places() map[string]bool {
	out := map[string]bool{}
	for _, id := range c.IDs() {
		out[id] = true
	}
	return out
}

func TestLoadIsDeterministic(t *testing.T) {
	if a, b := loaded(t), loaded(t); !reflect.DeepEqual(a, b) {
		t.Error("two loads differ")
	}
}
