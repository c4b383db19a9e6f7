package catalog

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
)

func TestUnits(t *testing.T) {
	c := loaded(t)
	asked := map[string]plimsoll.UnitID{}
	for _, u := range c.Units() {
		if first, twice := asked[u.Question]; twice {
			t.Errorf("%s and %s ask the same", first, u.ID)
		}
		asked[u.Question] = u.ID
		if !strings.HasSuffix(u.Question, "?") || len(u.Question) > 200 {
			t.Errorf("%s: %q is no plain question", u.ID, u.Question)
		}
		if u.Hint == "" || u.Hint == u.Question || u.Text == "" {
			t.Errorf("%s lacks hint or text", u.ID)
		}
		if got, ok := c.Unit(u.ID); !ok || got != u {
			t.Errorf("%s is not found by its id", u.ID)
		}
		for _, id := range u.Tables {
			if !slices.ContainsFunc(u.Fields, func(f FieldRef) bool { return f.Table == id }) {
				t.Errorf("%s reads no field of %s", u.ID, id)
			}
		}
		if filter, err := ParseFilter(u.Where.Text); err != nil || !reflect.DeepEqual(filter, u.Where.Filter) {
			t.Errorf("%s: filter %v and text %q differ: %v", u.ID, u.Where.Filter, u.Where.Text, err)
		}
		if g, _ := c.Group(u.Provision); u.Conceptual() && len(u.States) > 0 || !u.Conceptual() && !slices.Equal(u.States, g.States) {
			t.Errorf("%s: states %v, group %v", u.ID, u.States, g.States)
		}
	}
}

// TestSubjects pins the subjects of units whose choice decides verdicts.
func TestSubjects(t *testing.T) {
	c := loaded(t)
	critical := &Reference{Table: "SecParam", Field: "communication", Filter: []Clause{{"type", []string{"critical"}}}}
	tests := []struct {
		unit     plimsoll.UnitID
		table    plimsoll.TableID
		filter   string
		by       *Reference
		required bool
	}{
		{unit: "4-1-1/a"},
		{unit: "5.1-1-1/a", table: "AuthMech", filter: "factor in password,pin and user=human and set_by in factory,derived and used_in in initialization,initialized"},
		{unit: "5.1-1-2/a"},
		{unit: "5.1-1-2/b", table: "AuthMech", filter: "factor in password,pin and set_by=user"},
		{unit: "5.1-4-2/b", table: "AuthMech", filter: "user=human"},
		{unit: "5.1-5-2/b", table: "AuthMech", filter: "network=yes"},
		{unit: "5.2-1-2/b", table: "UserInfo"},
		{unit: "5.3-1-1/a", table: "SoftComp", filter: "update=none"},
		{unit: "5.3-1-1/b", table: "UpdMech", by: &Reference{Table: "SoftComp", Field: "update"}},
		{unit: "5.3-2-1/a", table: "UpdMech", required: true},
		{unit: "5.3-4-1/b", table: "UpdMech", filter: "automatic=yes and configurable=yes"},
		{unit: "5.4-1-1/d"},
		{unit: "5.4-2-1/a", table: "SecParam", filter: "hard_coded_identity=yes"},
		{unit: "5.5-3-1/a", table: "SoftComp", filter: "crypto=yes"},
		{unit: "5.5-4-2/a", table: "SoftServ", filter: "network=yes and status=on"},
		{unit: "5.5-5-2/a", table: "SoftServ", filter: "network=yes and allows_configuration=yes"},
		{unit: "5.5-6-1/a", table: "ComMech", by: critical},
		{unit: "5.5-7-2/a", table: "ComMech", filter: "remote=yes", by: critical},
		{unit: "5.6-1-2/a", table: "Intf", filter: "type in network,logical", required: true},
		{unit: "5.6-4-2/a", table: "Intf", filter: "type=physical and debug=yes and accessible=yes"},
		{unit: "5.8-1-1/a", table: "ComMech", by: &Reference{Table: "PersData", Field: "communication"}},
		{unit: "5.11-2-1/b", table: "PersData", filter: "stored_at_service=yes"},
		{unit: "6-4-1/a", table: "PersData", by: &Reference{Table: "TelData", Field: "personal_data"}},
	}
	for _, x := range tests {
		u, ok := c.Unit(x.unit)
		if !ok {
			t.Errorf("no unit %s", x.unit)
			continue
		}
		w := u.Where
		if w.Table != x.table || w.Text != x.filter || w.Required != x.required || !reflect.DeepEqual(w.ReferredBy, x.by) {
			t.Errorf("%s: got %+v (by %+v), want %+v", x.unit, w, w.ReferredBy, x)
		}
	}
}

func TestCompleteness(t *testing.T) {
	c := loaded(t)
	want := []plimsoll.UnitID{
		"5.1-1-2/a", "5.1-5-2/a", "5.3-10-1/c", "5.4-1-1/d", "5.5-5-2/b", "5.6-1-2/b", "5.6-3-2/a", "5.6-4-2/b", "5.8-3-1/c", "5.13-1-2/b", "5.13-1-2/c",
	}
	var got []plimsoll.UnitID
	for _, u := range c.Units() {
		if !u.Completeness {
			continue
		}
		got = append(got, u.ID)
		// 5.4-1-1/d looks through the declaration; the others look at the device.
		if (len(u.Cover) == 0) != u.Conceptual() {
			t.Errorf("%s: conceptual %v, cover %v", u.ID, u.Conceptual(), u.Cover)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestGroupsWithoutFunctionalCase(t *testing.T) {
	c := loaded(t)
	want := strings.Fields("4-1 5.2-2 5.2-3 5.3-3 5.3-4 5.3-5 5.3-7 5.3-8 5.3-9 5.3-11 5.3-12 5.4-4 5.5-3 5.5-8 5.6-5 5.6-6 5.6-7 5.6-8 5.6-9 5.10-1 6-4")
	var got []string
	for _, g := range c.Groups {
		if !g.Functional() {
			got = append(got, string(g.Provision))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestConditions(t *testing.T) {
	c := loaded(t)
	facts := 0
	var check func(where string, p Predicate)
	check = func(where string, p Predicate) {
		if p.Fact != "" {
			facts++
			if _, ok := c.Fact(p.Fact); !ok || p.Is == nil {
				t.Errorf("%s: fact %q is %v", where, p.Fact, p.Is)
			}
		}
		for _, q := range slices.Concat(p.All, p.Any) {
			check(where, q)
		}
		if p.Fact == "" && len(p.All)+len(p.Any) == 0 {
			t.Errorf("%s has no rule", where)
		}
	}
	refs := map[plimsoll.Edition]map[string]bool{plimsoll.EditionV2: {}, plimsoll.EditionV3: {}}
	for ed, seen := range refs {
		for _, p := range c.Edition(ed) {
			for _, cond := range p.Status[ed].Conditions {
				seen[cond.Ref] = true
				check(string(p.ID)+" "+cond.Ref, cond.Rule)
			}
		}
	}
	if got := len(refs[plimsoll.EditionV2]); got != 28 {
		t.Errorf("conditions in use under V2.1.1: got %d, want 28", got)
	}
	if got := len(refs[plimsoll.EditionV3]); got != 5+27 {
		t.Errorf("conditions and features in use under V3.1.3: got %d, want 32", got)
	}
	if facts == 0 {
		t.Error("no fact was checked")
	}
}

func TestProvisions(t *testing.T) {
	c := loaded(t)
	texts := map[string]plimsoll.ProvisionID{}
	for _, p := range c.Provisions {
		for _, s := range []string{p.Guidance, p.Why} {
			if first, twice := texts[s]; twice && !strings.HasPrefix(string(p.ID), "5.0-") {
				t.Errorf("%s and %s say the same: %q", first, p.ID, s)
			}
			texts[s] = p.ID
		}
		if p.Automation.Class == "" || p.Title == "" {
			t.Errorf("%s is incomplete", p.ID)
		}
		for ed := range p.Status {
			if p.Summary[ed] == "" {
				t.Errorf("%s has no summary under %s", p.ID, ed)
			}
			if len(c.CasesUnder(ed, p.ID)) == 0 {
				t.Errorf("%s has no cases under %s", p.ID, ed)
			}
		}
		if p.Guideline >= 1 && p.Guideline <= 13 {
			if g, ok := c.Guideline(p.Guideline); !ok || g.Clause != p.Group {
				t.Errorf("%s: guideline %d", p.ID, p.Guideline)
			}
		}
	}
	for _, x := range []struct {
		id   plimsoll.ProvisionID
		ed   plimsoll.Edition
		want string
	}{
		{"4-1", plimsoll.EditionV2, "M"},
		{"5.1-1", plimsoll.EditionV2, "M C(1)"},
		{"5.1-5", plimsoll.EditionV2, "M C(5)"},
		{"5.1-5", plimsoll.EditionV3, "M C(14) F(e)"},
		{"5.3-6", plimsoll.EditionV2, "R C(9,12)"},
		{"5.3-10", plimsoll.EditionV2, "M C(11,12)"},
		{"5.3-14", plimsoll.EditionV2, "R C(3,4)"},
		{"6-3", plimsoll.EditionV2, "M C(7)"},
		{"6-7", plimsoll.EditionV3, "R F(aa)"},
	} {
		if p, _ := c.Provision(x.id); p.Status[x.ed].Code != x.want {
			t.Errorf("%s under %s: got %q, want %q", x.id, x.ed, p.Status[x.ed].Code, x.want)
		}
	}
}
