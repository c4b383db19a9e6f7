package product

import (
	"strconv"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// Facts returns what the declaration states of the facts of the catalog, in the
// order of the catalog. What it does not say is no fact.
func (p *Product) Facts(cat *catalog.Catalog) []plimsoll.Fact {
	var out []plimsoll.Fact
	for _, f := range cat.Facts {
		if f.Declared == nil {
			continue
		}
		if v := p.declared(f); v != nil {
			out = append(out, plimsoll.Fact{ID: f.ID, Value: v, Source: plimsoll.SourceDeclared, By: catalog.MakerDeclaration})
		}
	}
	return out
}

// declared returns the value of a fact, nil when the declaration does not give it.
func (p *Product) declared(f *catalog.Fact) any {
	d := f.Declared
	if d.Product != "" {
		return factValue(f.Type, p.keys[d.Product].Text)
	}
	s := p.Select(catalog.Selector{Table: d.Table, Filter: d.Filter, ReferredBy: d.ReferredBy})
	switch {
	case len(s.Matches) > 0:
		return true
	case s.Declared && len(s.Unknown) == 0 && len(s.Unconfirmed) == 0:
		return false
	}
	return nil
}

func factValue(kind, text string) any {
	switch {
	case text == "":
		return nil
	case kind == "bool":
		if b, ok := form.ParseBool(text); ok {
			return b
		}
		return nil
	case kind == "number":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
		return nil
	}
	return text
}

// holds evaluates a statement over declared facts.
func holds(rule catalog.Predicate, facts map[plimsoll.FactID]any) plimsoll.Truth {
	switch {
	case rule.All != nil:
		return plimsoll.And(each(rule.All, facts)...)
	case rule.Any != nil:
		return plimsoll.Or(each(rule.Any, facts)...)
	}
	v, known := facts[rule.Fact]
	if !known {
		return plimsoll.Unknown
	}
	return plimsoll.TruthOf(v == rule.Is)
}

func each(rules []catalog.Predicate, facts map[plimsoll.FactID]any) []plimsoll.Truth {
	out := make([]plimsoll.Truth, len(rules))
	for i, r := range rules {
		out[i] = holds(r, facts)
	}
	return out
}
