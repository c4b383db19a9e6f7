package product

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/blank"
)

// Selection is the answer to a selector.
type Selection struct {
	Declared    bool         // every table the selector speaks of is present
	Matches     []Row        // rows that match
	Unknown     []UnknownRow // rows that may match
	Unconfirmed []Row        // rows of the table that are proposals: once confirmed they may match
}

// UnknownRow is a row of which the declaration does not say enough. Missing names
// the fields to declare, as "AuthMech-1.factor".
type UnknownRow struct {
	Row     Row
	Missing []string
}

// Match says whether a row matches all clauses, in Kleene's logic: a field that
// the row does not give is unknown. When the answer is unknown, missing lists the
// typed fields that must be declared to know.
func Match(filter []catalog.Clause, r Row) (truth plimsoll.Truth, missing []string) {
	truth = plimsoll.True
	for _, c := range filter {
		t := r.matches(c.Field, c.In)
		if t == plimsoll.Unknown && !slices.Contains(missing, c.Field) {
			missing = append(missing, c.Field)
		}
		truth = plimsoll.And(truth, t)
	}
	if truth != plimsoll.Unknown {
		missing = nil
	}
	return truth, missing
}

// Select returns the declared rows that a selector speaks of, in the order of the
// file. What an observed row says counts for nothing, not even to rule it out. For the selector without a
// table, the product as a whole, the selection is declared and empty.
func (p *Product) Select(sel catalog.Selector) Selection {
	if sel.Table == "" {
		return Selection{Declared: true}
	}
	out := Selection{Declared: p.Declared(sel.Table)}
	ref := p.references(sel.ReferredBy)
	out.Declared = out.Declared && ref.declared
	for _, r := range p.Rows(sel.Table) {
		if r.Observed != "" {
			out.Unconfirmed = append(out.Unconfirmed, r)
			continue
		}
		truth, missing := Match(sel.Filter, r)
		missing = of(r, missing)
		refTruth, refMissing := ref.to(r.ID)
		if truth = plimsoll.And(truth, refTruth); truth == plimsoll.Unknown {
			missing = append(missing, refMissing...)
		}
		switch truth {
		case plimsoll.False:
		case plimsoll.True:
			out.Matches = append(out.Matches, r)
		default:
			out.Unknown = append(out.Unknown, UnknownRow{Row: r, Missing: missing})
		}
	}
	return out
}

// of names fields of a row.
func of(r Row, fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = r.ID + "." + f
	}
	return out
}

// references is what the rows of a referring table say.
type references struct {
	declared bool
	all      bool                // no reference is asked for
	sure     map[string]bool     // referred to by a row that matches
	maybe    map[string][]string // referred to by a row that may match: what it misses
	open     []string            // what must be declared or confirmed; until then any row may be referred to
}

func (p *Product) references(ref *catalog.Reference) references {
	if ref == nil {
		return references{declared: true, all: true}
	}
	out := references{
		declared: p.Declared(ref.Table),
		sure:     map[string]bool{},
		maybe:    map[string][]string{},
	}
	for _, r := range p.Rows(ref.Table) {
		if r.Observed != "" {
			out.open = append(out.open, r.ID+"."+blank.ObservedKey)
			continue
		}
		truth, missing := Match(ref.Filter, r)
		if truth == plimsoll.False {
			continue
		}
		missing = of(r, missing)
		ids, ok := r.List(ref.Field)
		if !ok {
			out.open = append(out.open, r.ID+"."+ref.Field)
		}
		for _, id := range ids {
			if truth == plimsoll.True {
				out.sure[id] = true
				continue
			}
			out.maybe[id] = append(out.maybe[id], missing...)
		}
	}
	return out
}

// to says whether the row id is referred to.
func (f references) to(id string) (plimsoll.Truth, []string) {
	switch {
	case f.all || f.sure[id]:
		return plimsoll.True, nil
	case f.maybe[id] != nil || len(f.open) > 0:
		return plimsoll.Unknown, append(slices.Clone(f.maybe[id]), f.open...)
	case !f.declared:
		return plimsoll.Unknown, nil
	}
	return plimsoll.False, nil
}
