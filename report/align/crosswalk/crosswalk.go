// Package crosswalk counts where the regimes of the world agree and where they part:
// regimes × guidelines × provisions of EN 303 645, from the mappings and the rules
// of the data.
//
// Every figure is computed from the data it is given. The package must never raise
// who says something ("ours" to "official"), never mix the relation of one mapping
// with the source of another, and never say that two texts are the same because
// both touch a provision.
package crosswalk

import (
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// Options are the choices. The zero value compares Compared, on no day.
type Options struct {
	Markets []string  // the markets that are compared; nil: Compared
	At      time.Time // the day whose states are shown; what is repealed on it is not counted. Zero: no day
}

// Compared lists the markets that are compared unless others are named.
func Compared() []string { return []string{"uk", "eu", "us", "sg", "jp", "au"} }

// Edition is the edition whose provisions are the rows. Those of V2.1.1 stand in the
// rows that continue them.
const Edition = plimsoll.EditionV3

// View is what the renderers show.
type View struct {
	Regimes    []*Column
	Guidelines []*Guideline
	Provisions []*Provision // all, in clause order
	Markets    []*Market    // compared, in the order asked for
	Others     []*Market    // the other markets of the data
	Absent     []string     // asked for, but without a regime in the data
	At         time.Time

	Shared  []*Provision // asked for in every compared market
	Unasked []*Provision // asked for in none
	Nobody  []*Provision // touched by no regime at all

	Rows []*Row // in order of regime and requirement; what every figure is counted from
}

// Column is a regime with what it touches.
type Column struct {
	*regime.Regime
	State   regime.State // on the day; "" without one
	Rows    []*Row
	Beyond  []*Beyond // requirements that touch nothing of EN 303 645
	Touched int       // provisions
	Counted int       // provisions that it asks for at the entry
	Tally   Tally
	asks    bool // law or label, not repealed: counts for its markets
}

// Tally counts the rows of a regime that come from its mappings.
type Tally struct {
	Relation   map[regime.Relation]int
	By         map[regime.By]int
	Confidence map[regime.Confidence]int
	FromRules  int // rows that only a rule gives
}

// Beyond is a requirement that touches nothing of EN 303 645.
type Beyond struct {
	*regime.Requirement
	Shared []plimsoll.RegimeID // regimes that ask the same question; empty: nobody else does
}

// Guideline is one of the thirteen, or the reporting clause (0), or data protection
// (14).
type Guideline struct {
	N          int
	Clause     string
	Title      string
	Provisions []*Provision
	Whole      []*Whole // by regime, nil where none: rows that speak of the guideline only
	Touched    []int    // by regime: how many of its provisions are touched
}

// Whole is what a regime says of a guideline without naming a provision.
type Whole struct {
	Lead *Row
	N    int
}

// Provision is a row of the heat map.
type Provision struct {
	*catalog.Provision
	Cells   []*Cell  // by regime, nil where it does not touch the provision
	Markets []string // the compared markets that ask for it
}

// Cell is what a regime says of a provision.
type Cell struct {
	Lead *Row // the row that is shown: the best source, then the closest relation
	Rows []*Row
}

// Counted reports whether some row of the cell counts for a market.
func (c *Cell) Counted() bool {
	return slices.ContainsFunc(c.Rows, func(r *Row) bool { return r.Counted })
}

// Market is what the laws and labels of a market ask for together.
type Market struct {
	Name    string
	Regimes []*Column
	Asks    []*Provision // at the entry
	Alone   []*Provision // that no other compared market asks for
	Lacks   []*Provision // that every other compared market asks for
}

// Row is one mapping of a requirement, or one provision that its rule names.
type Row struct {
	Regime      *regime.Regime
	Requirement *regime.Requirement
	Provision   plimsoll.ProvisionID // of V3.1.3; "" where the row speaks of a guideline
	Guideline   int
	Written     plimsoll.ProvisionID // as the data writes it
	Edition     plimsoll.Edition     // of Written
	Relation    regime.Relation
	By          regime.By
	Confidence  regime.Confidence
	Cite        string
	Source      Source
	Via         string // regime and requirement that the rule leads to
	Counted     bool   // mandatory, at the entry, and in time
}

// Source says where a row comes from.
type Source string

// The sources of a row.
const (
	FromMapping Source = "mapping"
	FromRule    Source = "rule"
	FromOther   Source = "other regime" // through a requirement of another regime
)

// instruments is the order of the columns.
var instruments = []regime.Instrument{regime.Law, regime.Label, regime.Standard, regime.Guidance}

// Build makes the view. It is a pure function of its arguments.
func Build(set *regime.Set, cat *catalog.Catalog, o Options) *View {
	v := &View{At: o.At}
	b := &builder{cat: cat, regimes: map[plimsoll.RegimeID]*regime.Regime{}, at: o.At, rows: map[plimsoll.ProvisionID]*Provision{}}
	for _, r := range set.Regimes {
		b.regimes[r.ID] = r
	}
	for _, i := range instruments {
		for _, r := range set.Regimes {
			if r.Instrument == i {
				v.Regimes = append(v.Regimes, b.column(r))
			}
		}
	}
	v.table(b)
	v.beyond()
	v.compare(o.Markets)
	for _, c := range v.Regimes {
		v.Rows = append(v.Rows, c.Rows...)
	}
	return v
}

// table lays the rows out.
func (v *View) table(b *builder) {
	clauses := map[int]*Guideline{0: {N: 0, Clause: "5.0", Title: "Reporting"}, 14: {N: 14, Clause: "6", Title: "Data protection"}}
	for _, g := range b.cat.Guidelines {
		clauses[g.N] = &Guideline{N: g.N, Clause: g.Clause, Title: g.Title}
	}
	for _, p := range b.cat.Edition(Edition) {
		g := clauses[p.Guideline]
		if len(g.Provisions) == 0 {
			g.Whole, g.Touched = make([]*Whole, len(v.Regimes)), make([]int, len(v.Regimes))
			v.Guidelines = append(v.Guidelines, g)
		}
		row := &Provision{Provision: p, Cells: make([]*Cell, len(v.Regimes))}
		g.Provisions, v.Provisions, b.rows[p.ID] = append(g.Provisions, row), append(v.Provisions, row), row
	}
	for i, c := range v.Regimes {
		for _, r := range c.Rows {
			if r.Relation != regime.NoRelation {
				v.place(b, clauses, i, r)
			}
		}
		for _, p := range v.Provisions {
			if cell := p.Cells[i]; cell != nil {
				c.Touched++
				clauses[p.Guideline].Touched[i]++
				if cell.Counted() {
					c.Counted++
				}
			}
		}
	}
	for _, p := range v.Provisions {
		if !slices.ContainsFunc(p.Cells, func(c *Cell) bool { return c != nil }) {
			v.Nobody = append(v.Nobody, p)
		}
	}
}

func (v *View) place(b *builder, clauses map[int]*Guideline, i int, r *Row) {
	if r.Provision == "" {
		if g := clauses[r.Guideline]; g != nil && g.Whole != nil {
			w := g.Whole[i]
			if w == nil {
				w = &Whole{Lead: r}
				g.Whole[i] = w
			}
			w.N++
			w.Lead = better(w.Lead, r)
		}
		return
	}
	p := b.rows[r.Provision]
	if p == nil {
		return
	}
	if p.Cells[i] == nil {
		p.Cells[i] = &Cell{Lead: r}
	}
	c := p.Cells[i]
	c.Rows, c.Lead = append(c.Rows, r), better(c.Lead, r)
}

// Orders, the best first. A cell shows one row as it is.
var (
	sources   = []regime.By{regime.Official, regime.ThirdParty, regime.Ours}
	relations = []regime.Relation{regime.Equal, regime.SubsetOf, regime.SupersetOf, regime.Intersects, regime.NoRelation}
	grades    = []regime.Confidence{regime.High, regime.Medium, regime.Low}
)

// better chooses the row that a cell shows: one that counts before one that does
// not, the best source, the closest relation, the highest confidence, and of equals
// the first.
func better(a, b *Row) *Row {
	key := func(r *Row) []int {
		return []int{count(!r.Counted), slices.Index(sources, r.By), slices.Index(relations, r.Relation), slices.Index(grades, r.Confidence)}
	}
	if slices.Compare(key(b), key(a)) < 0 {
		return b
	}
	return a
}

// Sources lists who may say something, the best first.
func Sources() []regime.By { return slices.Clone(sources) }

// Relations lists the relations, the closest first.
func Relations() []regime.Relation { return slices.Clone(relations) }

// Grades lists the grades of confidence, the highest first.
func Grades() []regime.Confidence { return slices.Clone(grades) }

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
