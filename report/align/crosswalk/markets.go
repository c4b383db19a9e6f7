package crosswalk

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// compare fills what the markets ask for and where they agree. A market is what
// its laws and labels ask for at the entry; guidance and standards count where a law
// or a label leads to them.
func (v *View) compare(names []string) {
	if names == nil {
		names = Compared()
	}
	for _, name := range names {
		if m := v.market(name); len(m.Regimes) > 0 {
			v.Markets = append(v.Markets, m)
		} else {
			v.Absent = append(v.Absent, name)
		}
	}
	for _, name := range regime.Markets() {
		if m := v.market(name); !slices.Contains(names, name) && name != "world" && len(m.Regimes) > 0 {
			v.Others = append(v.Others, m)
		}
	}
	for _, m := range v.Markets {
		for _, p := range m.Asks {
			p.Markets = append(p.Markets, m.Name)
		}
	}
	for _, p := range v.Provisions {
		switch n := len(p.Markets); {
		case n == 0:
			v.Unasked = append(v.Unasked, p)
			continue
		case n == len(v.Markets):
			v.Shared = append(v.Shared, p)
		}
		for _, m := range v.Markets {
			asks := slices.Contains(p.Markets, m.Name)
			if asks && len(p.Markets) == 1 {
				m.Alone = append(m.Alone, p)
			}
			if !asks && len(p.Markets) == len(v.Markets)-1 {
				m.Lacks = append(m.Lacks, p)
			}
		}
	}
}

func (v *View) market(name string) *Market {
	m := &Market{Name: name}
	for _, p := range v.Provisions {
		for i, c := range v.Regimes {
			if c.asks && slices.Contains(c.Markets, name) && p.Cells[i] != nil && p.Cells[i].Counted() {
				m.Asks = append(m.Asks, p)
				break
			}
		}
	}
	for _, c := range v.Regimes {
		if c.asks && slices.Contains(c.Markets, name) {
			m.Regimes = append(m.Regimes, c)
		}
	}
	return m
}

// Spread counts the provisions by the number of compared markets that ask for them:
// the nth figure is that of n markets.
func (v *View) Spread() []int {
	out := make([]int, len(v.Markets)+1)
	for _, p := range v.Provisions {
		out[len(p.Markets)]++
	}
	return out
}

// Best is the cell of the market's regimes that is shown for a provision.
func (v *View) Best(m *Market, p *Provision) *Cell {
	var out *Cell
	in := map[plimsoll.RegimeID]bool{}
	for _, c := range m.Regimes {
		in[c.ID] = true
	}
	for i, c := range p.Cells {
		if c == nil || !in[v.Regimes[i].ID] {
			continue
		}
		if out == nil || better(out.Lead, c.Lead) == c.Lead {
			out = c
		}
	}
	return out
}
