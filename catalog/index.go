package catalog

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// index holds the lookups. Maps are filled once, at load.
type index struct {
	ids        []string
	provisions map[plimsoll.ProvisionID]*Provision
	editions   map[plimsoll.Edition][]*Provision
	groups     map[plimsoll.ProvisionID]*Group
	v3         map[plimsoll.ProvisionID][]*Case
	cases      map[plimsoll.CaseID]*Case
	units      map[plimsoll.UnitID]*Unit
	tables     map[plimsoll.TableID]*Table
	facts      map[plimsoll.FactID]*Fact
}

func newIndex() index {
	return index{
		provisions: map[plimsoll.ProvisionID]*Provision{},
		editions:   map[plimsoll.Edition][]*Provision{},
		groups:     map[plimsoll.ProvisionID]*Group{},
		v3:         map[plimsoll.ProvisionID][]*Case{},
		cases:      map[plimsoll.CaseID]*Case{},
		units:      map[plimsoll.UnitID]*Unit{},
		tables:     map[plimsoll.TableID]*Table{},
		facts:      map[plimsoll.FactID]*Fact{},
	}
}

// Guideline finds a guideline of the Code of Practice by its number, 1 to 13.
func (c *Catalog) Guideline(n int) (*Guideline, bool) {
	if n < 1 || n > len(c.Guidelines) {
		return nil, false
	}
	return c.Guidelines[n-1], true
}

// Provision finds a provision of either edition.
func (c *Catalog) Provision(id plimsoll.ProvisionID) (*Provision, bool) {
	p, ok := c.index.provisions[id]
	return p, ok
}

// Edition lists the provisions of an edition in clause order. The caller MUST NOT
// change the list.
func (c *Catalog) Edition(e plimsoll.Edition) []*Provision { return c.index.editions[e] }

// Group finds the test group of TS 103 701 V1.1.1 for a provision of V2.1.1.
func (c *Catalog) Group(id plimsoll.ProvisionID) (*Group, bool) {
	g, ok := c.index.groups[id]
	return g, ok
}

// CasesUnder lists the cases that answer a provision under an edition: those of
// its group, or, where V3.1.3 changed the provision, provisional ones.
func (c *Catalog) CasesUnder(e plimsoll.Edition, id plimsoll.ProvisionID) []*Case {
	p, ok := c.index.provisions[id]
	if !ok {
		return nil
	}
	if _, in := p.Status[e]; !in {
		return nil
	}
	if e == plimsoll.EditionV3 && p.V3Units != V3Same {
		return c.index.v3[id]
	}
	if g, ok := c.index.groups[id]; ok {
		return g.Cases
	}
	return nil
}

// Case finds a test case; those made for V3.1.3 have ids that begin with "v3:".
func (c *Catalog) Case(id plimsoll.CaseID) (*Case, bool) {
	x, ok := c.index.cases[id]
	return x, ok
}

// Unit finds a test unit; those made for V3.1.3 have ids that begin with "v3:".
func (c *Catalog) Unit(id plimsoll.UnitID) (*Unit, bool) {
	u, ok := c.index.units[id]
	return u, ok
}

// Units lists the 226 units of TS 103 701 V1.1.1 in order.
func (c *Catalog) Units() []*Unit {
	var out []*Unit
	for _, g := range c.Groups {
		for _, cs := range g.Cases {
			out = append(out, cs.Units...)
		}
	}
	return out
}

// UnitsOf lists the units of TS 103 701 V1.1.1 that read a table.
func (c *Catalog) UnitsOf(id plimsoll.TableID) []*Unit {
	return slices.DeleteFunc(c.Units(), func(u *Unit) bool { return !slices.Contains(u.Tables, id) })
}

// DependOn lists the provisions of an edition that apply or not by a fact.
func (c *Catalog) DependOn(e plimsoll.Edition, id plimsoll.FactID) []*Provision {
	var out []*Provision
	for _, p := range c.Edition(e) {
		if slices.ContainsFunc(p.Status[e].Conditions, func(cond Condition) bool { return cond.Rule.speaksOf(id) }) {
			out = append(out, p)
		}
	}
	return out
}

func (p Predicate) speaksOf(id plimsoll.FactID) bool {
	says := func(q Predicate) bool { return q.speaksOf(id) }
	return p.Fact == id || slices.ContainsFunc(p.All, says) || slices.ContainsFunc(p.Any, says)
}

// Table finds an IXIT table by its short name.
func (c *Catalog) Table(id plimsoll.TableID) (*Table, bool) {
	t, ok := c.index.tables[id]
	return t, ok
}

// Fact finds the definition of a fact.
func (c *Catalog) Fact(id plimsoll.FactID) (*Fact, bool) {
	f, ok := c.index.facts[id]
	return f, ok
}

// TypedField finds a typed field of a table. In a list-form table "*.url" stands
// for the field "url" under every text key.
func (c *Catalog) TypedField(id plimsoll.TableID, name string) (TypedField, bool) {
	t, ok := c.index.tables[id]
	if !ok {
		return TypedField{}, false
	}
	return t.typedField(name)
}

func (t *Table) typedField(name string) (TypedField, bool) {
	for _, f := range t.Typed {
		if f.Name == name {
			return f, true
		}
	}
	if key, sub, dotted := strings.Cut(name, "."); dotted && t.List && t.hasKey(key) {
		for _, f := range t.Typed {
			if f.Name == "*."+sub {
				return f, true
			}
		}
	}
	return TypedField{}, false
}

func (t *Table) hasKey(key string) bool {
	return slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Key == key })
}

// IDs lists every id that can be explained, in the order of the data: tables,
// facts, guidelines, provisions, cases and units.
func (c *Catalog) IDs() []string { return slices.Clone(c.index.ids) }
