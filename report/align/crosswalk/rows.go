package crosswalk

import (
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// builder makes the rows of the regimes.
type builder struct {
	cat     *catalog.Catalog
	regimes map[plimsoll.RegimeID]*regime.Regime
	rows    map[plimsoll.ProvisionID]*Provision
	at      time.Time
}

func (b *builder) column(r *regime.Regime) *Column {
	c := &Column{Regime: r, asks: r.Instrument == regime.Law || r.Instrument == regime.Label, Tally: Tally{
		Relation: map[regime.Relation]int{}, By: map[regime.By]int{}, Confidence: map[regime.Confidence]int{},
	}}
	if !b.at.IsZero() {
		for _, e := range r.Events {
			if e.State != "" && regime.Begun(e.Date, b.at) {
				c.State = e.State
			}
		}
	}
	c.asks = c.asks && !r.Indicates && c.State != regime.Repealed
	entry := entries(r)
	for _, q := range r.Requirements {
		rows := b.requirement(r, q, map[*regime.Requirement]bool{})
		touches := false
		for _, row := range rows {
			row.Counted = b.counted(q, entry)
			touches = touches || row.Relation != regime.NoRelation
			if row.Source != FromMapping {
				c.Tally.FromRules++
				continue
			}
			c.Tally.Relation[row.Relation]++
			c.Tally.By[row.By]++
			c.Tally.Confidence[row.Confidence]++
		}
		c.Rows = append(c.Rows, rows...)
		if !touches {
			c.Beyond = append(c.Beyond, &Beyond{Requirement: q})
		}
	}
	return c
}

// entries lists the levels at which one enters: those that build on no other.
func entries(r *regime.Regime) []string {
	var out []string
	for _, l := range r.Levels {
		if l.Includes == "" {
			out = append(out, l.ID)
		}
	}
	return out
}

// counted reports whether a requirement counts for its markets: it is mandatory,
// owed at the entry, and has not ended on the day.
func (b *builder) counted(q *regime.Requirement, entry []string) bool {
	at := len(q.Levels) == 0 || slices.ContainsFunc(q.Levels, func(l string) bool { return slices.Contains(entry, l) })
	ended := q.Until != "" && !b.at.IsZero() && regime.Begun(q.Until, b.at)
	return q.Obligation == regime.Mandatory && at && !ended
}

// requirement lists the rows of a requirement: its mappings, then the provisions
// that its rule names and no mapping does.
func (b *builder) requirement(r *regime.Regime, q *regime.Requirement, seen map[*regime.Requirement]bool) []*Row {
	if seen[q] {
		return nil
	}
	seen[q] = true
	defer delete(seen, q)
	var out []*Row
	for _, m := range q.Maps {
		row := Row{
			Regime: r, Requirement: q, Provision: m.Provision, Guideline: m.Guideline, Written: m.Provision, Edition: m.Edition,
			Relation: m.Relation, By: m.By, Confidence: m.Confidence, Cite: m.Cite, Source: FromMapping,
		}
		out = append(out, b.continued(row)...)
	}
	if q.Rule == nil {
		return out
	}
	mapped := len(out)
	for _, row := range b.named(r, q, seen) {
		same := func(o *Row) bool { return o.Provision == row.Provision && o.Guideline == row.Guideline }
		if !slices.ContainsFunc(out[:mapped], same) && !slices.ContainsFunc(out[mapped:], func(o *Row) bool { return same(o) && o.Relation == row.Relation && o.By == row.By }) {
			out = append(out, row)
		}
	}
	return out
}

// continued puts a row that speaks of V2.1.1 under the provisions of V3.1.3 that
// continue it. Half of a provision that was divided stands no closer than the whole.
func (b *builder) continued(r Row) []*Row {
	if r.Provision == "" {
		return []*Row{&r}
	}
	p, ok := b.cat.Provision(r.Provision)
	if !ok {
		return nil
	}
	r.Guideline = p.Guideline
	if _, in := p.Status[Edition]; in {
		return []*Row{&r}
	}
	var out []*Row
	for _, id := range p.ReplacedBy {
		half := r
		half.Provision = id
		if len(p.ReplacedBy) > 1 {
			half.Relation = ofHalf(r.Relation)
		}
		out = append(out, &half)
	}
	return out
}

// ofHalf is the relation to a part of what the relation is to: equal to the whole is
// more than its part.
func ofHalf(r regime.Relation) regime.Relation {
	switch r {
	case regime.Equal:
		return regime.SupersetOf
	case regime.SubsetOf:
		return regime.Intersects
	}
	return r
}

// named lists the provisions that the rule of a requirement names. A rule that is
// one provision is equal to it; one that needs it with other things is a superset;
// one that has another way, or needs a part of it only, intersects.
func (b *builder) named(r *regime.Regime, q *regime.Requirement, seen map[*regime.Requirement]bool) []*Row {
	l := leaves(q.Rule)
	var out []*Row
	for _, n := range l {
		row := Row{Regime: r, Requirement: q, By: q.By, Confidence: q.Confidence, Cite: q.Cite, Source: FromRule}
		whole := n.must && len(l) == 1
		switch {
		case n.rule.Provision != nil:
			row.Provision, row.Edition = n.rule.Provision.ID, n.rule.Provision.Edition
			row.Relation = pick(whole, regime.Equal, pick(n.must, regime.SupersetOf, regime.Intersects))
		case n.rule.Unit != nil:
			row.Provision, row.Edition = n.rule.Unit.Provision, n.rule.Unit.Edition
			row.Relation = pick(whole, regime.SubsetOf, regime.Intersects)
		case n.rule.Requirement != nil:
			out = append(out, b.through(r, q, n, whole, seen)...)
			continue
		default:
			continue
		}
		if q.Applies != nil {
			row.Relation = narrowed(row.Relation)
		}
		row.Written = row.Provision
		out = append(out, b.continued(row)...)
	}
	return out
}

// narrowed is the relation of a requirement that only some products owe.
func narrowed(r regime.Relation) regime.Relation {
	switch r {
	case regime.Equal:
		return regime.SubsetOf
	case regime.SupersetOf:
		return regime.Intersects
	}
	return r
}

// through lists what a requirement touches because its rule leads to requirements of
// another regime, or of its own. The chain is as good as its weakest link.
func (b *builder) through(r *regime.Regime, q *regime.Requirement, n leaf, whole bool, seen map[*regime.Requirement]bool) []*Row {
	other := b.regimes[n.rule.Requirement.Regime]
	if other == nil {
		return nil
	}
	all := n.rule.Requirement.ID == ""
	var out []*Row
	for _, target := range other.Requirements {
		if target.ID != n.rule.Requirement.ID && (!all || target.Obligation != regime.Mandatory) {
			continue
		}
		for _, t := range b.requirement(other, target, seen) {
			row := *t
			row.Regime, row.Requirement, row.Source = r, q, FromOther
			row.Via = via(other, target, t)
			row.By, row.Confidence = weaker(sources, t.By, q.By), weaker(grades, t.Confidence, q.Confidence)
			switch {
			case t.Relation == regime.NoRelation:
				continue
			case !n.must:
				row.Relation = regime.Intersects
			case !whole || all:
				row.Relation = ofHalf(t.Relation) // with more beside it
			}
			if q.Applies != nil {
				row.Relation = narrowed(row.Relation)
			}
			out = append(out, &row)
		}
	}
	return out
}

func via(r *regime.Regime, q *regime.Requirement, t *Row) string {
	s := string(r.ID) + " " + q.ID
	if t.Via != "" {
		s += ", " + t.Via
	}
	return s
}

func weaker[T comparable](order []T, a, b T) T {
	return order[max(0, slices.Index(order, a), slices.Index(order, b))]
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// leaf is an atom of a rule; must: every way to hold the rule holds it.
type leaf struct {
	rule *regime.Rule
	must bool
}

func leaves(r *regime.Rule) []leaf {
	var out []leaf
	var walk func(*regime.Rule, bool)
	walk = func(n *regime.Rule, must bool) {
		switch {
		case n.All != nil:
			for i := range n.All {
				walk(&n.All[i], must)
			}
		case n.Any != nil:
			for i := range n.Any {
				walk(&n.Any[i], must && len(n.Any) == 1)
			}
		default:
			out = append(out, leaf{n, must})
		}
	}
	walk(r, true)
	return out
}

// beyond finds who else asks the questions of requirements that touch nothing.
func (v *View) beyond() {
	asked := map[plimsoll.FactID][]plimsoll.RegimeID{}
	for _, c := range v.Regimes {
		for _, q := range c.Requirements {
			for _, id := range questions(q) {
				if !slices.Contains(asked[id], c.ID) {
					asked[id] = append(asked[id], c.ID)
				}
			}
		}
	}
	for _, c := range v.Regimes {
		for _, x := range c.Beyond {
			for _, id := range questions(x.Requirement) {
				for _, other := range asked[id] {
					if other != c.ID && !slices.Contains(x.Shared, other) {
						x.Shared = append(x.Shared, other)
					}
				}
			}
			slices.Sort(x.Shared)
		}
	}
}

// questions lists the asks and facts that the rule of a requirement rests on.
// Facts that only name the product tell nothing.
func questions(q *regime.Requirement) []plimsoll.FactID {
	if q.Rule == nil {
		return nil
	}
	var out []plimsoll.FactID
	for _, l := range leaves(q.Rule) {
		switch {
		case l.rule.Ask != nil && l.rule.Ask.Ask != nil:
			out = append(out, l.rule.Ask.Ask.Fact())
		case l.rule.Fact != nil && !strings.HasPrefix(string(l.rule.Fact.ID), "product."):
			out = append(out, l.rule.Fact.ID)
		}
	}
	return out
}
