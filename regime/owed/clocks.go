package owed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// ClockKind is what a clock counts to.
type ClockKind string

// The kinds of clocks.
const (
	ClockRegime    ClockKind = "regime"    // the regime changes
	ClockStart     ClockKind = "starts"    // requirements begin
	ClockEnd       ClockKind = "ends"      // requirements end
	ClockLabel     ClockKind = "label"     // a label ends
	ClockSupport   ClockKind = "support"   // support ends
	ClockRetention ClockKind = "retention" // a document may be thrown away
)

// Clock is a day on which something changes for the product.
type Clock struct {
	Kind ClockKind `json:"kind"`
	Date string    `json:"date"`
	What string    `json:"what"`
	Past bool      `json:"past,omitempty"`
	Cite string    `json:"cite,omitempty"`
}

// Clocks lists the days on which something changes, the earliest first.
func (c *Case) Clocks(documents []Document) []Clock {
	out := []Clock{}
	add := func(x Clock) {
		if x.Past = regime.Begun(x.Date, c.Day); !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	if c.Scope != plimsoll.False {
		c.turns(add)
	}
	for _, l := range c.Labels {
		add(l)
	}
	if !c.Support.IsZero() {
		add(Clock{Kind: ClockSupport, Date: c.Support.Format(regime.DayForm), What: "support ends"})
	}
	for _, d := range documents {
		if d.Until != "" {
			add(Clock{Kind: ClockRetention, Date: d.Until, What: d.Title + " is kept until then", Cite: d.Cite})
		}
	}
	slices.SortFunc(out, func(x, y Clock) int {
		return strings.Compare(x.Date+string(x.Kind)+x.What, y.Date+string(y.Kind)+y.What)
	})
	return out
}

// turns adds the days on which a regime that catches the product changes, and those
// on which requirements that are not set aside begin and end.
func (c *Case) turns(add func(Clock)) {
	for _, e := range c.Regime.Events {
		if !regime.Begun(e.Date, c.Day) {
			add(Clock{Kind: ClockRegime, Date: e.Date, What: e.What, Cite: e.Cite})
		}
	}
	type turn struct{ date, units string }
	starts, ends := map[turn]int{}, map[turn]int{}
	for i, q := range c.Regime.Requirements {
		x := c.Requirements[i]
		if q.From != "" && !regime.Begun(q.From, c.Day) && !x.Never {
			starts[turn{q.From, Units(q.Placed)}]++
		}
		if q.Until != "" && !regime.Begun(q.Until, c.Day) && !x.Away && !x.Never {
			ends[turn{q.Until, Units(q.Placed)}]++
		}
	}
	for t, n := range starts {
		add(Clock{Kind: ClockStart, Date: t.date, What: fmt.Sprintf("%d requirements begin%s", n, t.units)})
	}
	for t, n := range ends {
		add(Clock{Kind: ClockEnd, Date: t.date, What: fmt.Sprintf("%d requirements end%s", n, t.units)})
	}
}
