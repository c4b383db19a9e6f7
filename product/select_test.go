package product

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
)

var regexpObserved = regexp.MustCompile(`(?m)^ +observed: template\n`)

const selectable = minimal + `
ixit:
  AuthMech:
    - {id: A-1, factor: password, user: human, network: yes, used_in: [factory, initialized]}
    - {id: A-2, factor: key, user: human, network: true}
    - {id: A-3, factor: pin, used_in: []}
    - {id: A-4}
    - {id: A-5, observed: tcp/23, factor: password, user: human, network: yes}
    - {id: A-6, observed: , factor: password, user: human, network: yes}
  SoftServ:
    - {id: S-1, status: on, network: yes, authentication: [A-1]}
    - {id: S-2, status: off, network: yes, authentication: [A-2]}
    - {id: S-3, network: yes, authentication: [A-3]}
    - {id: S-4, status: on, network: no}
  SoftComp:
    - {id: C-1, update: []}
  UpdMech: []
  Intf: [{id: I-1}, {id: I-2}]
  ComMech: [{id: C-1, interface: [I-1]}, {id: C-2, observed: x, interface: [I-1]}]
`

func filter(t *testing.T, s string) []catalog.Clause {
	t.Helper()
	f, err := catalog.ParseFilter(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func parse(t *testing.T, src string) *Product {
	t.Helper()
	p, ps := Parse("p", []byte(src), load(t), Options{})
	if e := ps.Errors(); len(e) > 0 {
		t.Fatal(e)
	}
	return p
}

func TestMatch(t *testing.T) {
	p := parse(t, selectable)
	cases := []struct {
		row, filter string
		want        plimsoll.Truth
		missing     string
	}{
		{"A-1", "", plimsoll.True, ""},
		{"A-4", "", plimsoll.True, ""},
		{"A-1", "factor=password", plimsoll.True, ""},
		{"A-1", "factor in key,pin", plimsoll.False, ""},
		{"A-1", "network=yes", plimsoll.True, ""},
		{"A-2", "network=yes", plimsoll.True, ""}, // written as true
		{"A-2", "network=no", plimsoll.False, ""},
		{"A-1", "used_in=initialized", plimsoll.True, ""},
		{"A-1", "used_in=initialization", plimsoll.False, ""},
		{"A-3", "used_in=initialized", plimsoll.False, ""},
		{"A-3", "used_in=none", plimsoll.True, ""},
		{"A-2", "used_in=initialized", plimsoll.Unknown, "used_in"},
		{"A-3", "factor=pin and user=human and network=yes", plimsoll.Unknown, "user,network"},
		{"A-3", "factor=key and user=human", plimsoll.False, ""}, // false and unknown is false
		{"A-3", "user=human and factor=key", plimsoll.False, ""},
		{"A-4", "factor=pin and user=human", plimsoll.Unknown, "factor,user"},
	}
	for _, c := range cases {
		r, ok := p.Row("AuthMech", c.row)
		if !ok {
			t.Fatalf("no row %s", c.row)
		}
		got, missing := Match(filter(t, c.filter), r)
		if got != c.want || strings.Join(missing, ",") != c.missing {
			t.Errorf("%s: %s: got %v %v, want %v %s", c.row, c.filter, got, missing, c.want, c.missing)
		}
	}
}

func ids(rows []Row) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

func unknown(rows []UnknownRow) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Row.ID+"?"+strings.Join(r.Missing, ","))
	}
	return strings.Join(out, " ")
}

func TestSelect(t *testing.T) {
	p := parse(t, selectable)
	by := func(f string) *catalog.Reference {
		return &catalog.Reference{Table: "SoftServ", Field: "authentication", Filter: filter(t, f)}
	}
	cases := []struct {
		name                          string
		sel                           catalog.Selector
		declared                      bool
		matches, unknown, unconfirmed string
	}{
		{"the product", catalog.Selector{}, true, "", "", ""},
		{"all rows", catalog.Selector{Table: "AuthMech"}, true, "A-1 A-2 A-3 A-4", "", "A-5 A-6"},
		{"filter", catalog.Selector{Table: "AuthMech", Filter: filter(t, "factor in password,pin and user=human")}, true, "A-1", "A-3?A-3.user A-4?A-4.factor,A-4.user", "A-5 A-6"},
		{"nothing can match", catalog.Selector{Table: "SoftServ", Filter: filter(t, "network=no and status=off")}, true, "", "", ""},
		{"absent", catalog.Selector{Table: "PersData"}, false, "", "", ""},
		{"empty", catalog.Selector{Table: "UpdMech"}, true, "", "", ""},
		{"referred by a sure row", catalog.Selector{Table: "AuthMech", ReferredBy: by("status=off")}, true, "A-2", "A-3?S-3.status", "A-5 A-6"},
		{"referred by any row", catalog.Selector{Table: "AuthMech", ReferredBy: by("network=yes")}, true, "A-1 A-2 A-3", "", "A-5 A-6"},
		{
			"referring row does not say",
			catalog.Selector{Table: "AuthMech", ReferredBy: by("status=on")},
			true, "A-1",
			"A-2?S-4.authentication A-3?S-3.status,S-4.authentication A-4?S-4.authentication", "A-5 A-6",
		},
		{"referring row is a proposal", catalog.Selector{Table: "Intf", ReferredBy: &catalog.Reference{Table: "ComMech", Field: "interface"}}, true, "I-1", "I-2?C-2.observed", ""},
		{"referring table absent", catalog.Selector{Table: "AuthMech", ReferredBy: &catalog.Reference{Table: "PersData", Field: "communication"}}, false, "", "A-1? A-2? A-3? A-4?", "A-5 A-6"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := p.Select(c.sel)
			if s.Declared != c.declared || ids(s.Matches) != c.matches || unknown(s.Unknown) != c.unknown || ids(s.Unconfirmed) != c.unconfirmed {
				t.Errorf("got %v %q %q %q", s.Declared, ids(s.Matches), unknown(s.Unknown), ids(s.Unconfirmed))
			}
		})
	}
}

func TestFacts(t *testing.T) {
	cat := load(t)
	values := func(src string) map[plimsoll.FactID]any {
		out := map[plimsoll.FactID]any{}
		for _, f := range parse(t, src).Facts(cat) {
			if f.By != "declaration" || f.Source != plimsoll.SourceDeclared {
				t.Errorf("fact %s is by %s, from %s", f.ID, f.By, f.Source)
			}
			out[f.ID] = f.Value
		}
		return out
	}
	cases := []struct {
		name, src string
		id        plimsoll.FactID
		want      any
	}{
		{"a row matches", selectable, "passwords.used", true},
		{"a row does not say", selectable, "machines.authenticate", nil},
		{"the only row does not say", minimal + "ixit: {AuthMech: [{id: A-1}]}\n", "passwords.used", nil},
		{"empty table", selectable, "updates.exist", false},
		{"empty list is none", selectable, "components.not_updatable", true},
		{"absent table", minimal, "passwords.used", nil},
		{"only a proposal", minimal + "ixit: {AuthMech: [{id: A-1, observed: x, factor: password}]}\n", "passwords.used", nil},
		{"a proposal rules nothing out", minimal + "ixit: {AuthMech: [{id: A-1, observed: x, factor: key}]}\n", "passwords.used", nil},
		{"no row can match", minimal + "ixit: {AuthMech: [{id: A-1, factor: key}]}\n", "passwords.used", false},
		{"an empty item hides nothing", minimal + "ixit: {AuthMech: [{id: A-1, factor: key}, ]}\n", "passwords.used", false},
		{"key of the product block", strings.Replace(minimal, "name: Cam", "constrained: {is: yes, justification: x}, support: {until: 2031-01-15}", 1), "device.constrained", true},
		{"date", strings.Replace(minimal, "name: Cam", "support: {until: 2031-01-15}", 1), "support.until", "2031-01-15"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := values(c.src)[c.id]; got != c.want {
				t.Errorf("%s: got %v, want %v", c.id, got, c.want)
			}
		})
	}
}

// TestRefusedIsUnknown: what was refused must never read as "there is none".
func TestRefusedIsUnknown(t *testing.T) {
	cat := load(t)
	p, ps := Parse("p", []byte(minimal+`
ixit:
  AuthMech:
    - 5
    -
    - {id: A-3, factor: passwort}
  SoftComp:
    - {id: C-1, update: [{a: b}]}
  UpdMech: none
  Intf: [*x]
`), cat, Options{})
	if len(ps.Errors()) < 4 {
		t.Errorf("got %v", ps.Errors())
	}
	if got := ids(p.Rows("AuthMech")); got != "AuthMech[0] AuthMech[1] A-3" {
		t.Errorf("got the rows %s", got)
	}
	if p.Declared("UpdMech") || len(p.Rows("Intf")) != 1 {
		t.Error("a refused table is declared, or a refused row is lost")
	}
	for _, f := range p.Facts(cat) {
		if slices.Contains([]plimsoll.FactID{"passwords.used", "components.not_updatable", "updates.exist"}, f.ID) {
			t.Errorf("got the fact %s = %v", f.ID, f.Value)
		}
	}
}

func TestDigest(t *testing.T) {
	base := parse(t, minimal)
	same := parse(t, "# a comment\nstandard: 'en303645-2.1.1'\nproduct:\n  name: Cam\nschema: plimsoll.product/1\n")
	if base.Identity().Digest != same.Identity().Digest {
		t.Errorf("the digest depends on order, quotes or comments: %s and %s", base.Canonical(), same.Canonical())
	}
	other := parse(t, strings.Replace(minimal, "Cam", "Cam2", 1))
	if base.Identity().Digest == other.Identity().Digest {
		t.Error("the digest does not depend on the name")
	}
	one := parse(t, minimal+"targets: {device: {state: factory, passwords: {admin: one}}}\n")
	two := parse(t, minimal+"targets: {device: {state: factory, passwords: {admin: two}}}\n")
	if one.Identity().Digest != two.Identity().Digest {
		t.Error("the digest depends on a secret")
	}
}
