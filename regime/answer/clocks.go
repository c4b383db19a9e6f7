package answer

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

// clocks lists the days on which something changes, the earliest first.
func (rd *reading) clocks(r *regime.Regime, a *Answer) {
	add := func(kind ClockKind, date, cite, format string, args ...any) {
		c := Clock{Kind: kind, Date: date, What: fmt.Sprintf(format, args...), Cite: cite, Past: regime.Begun(date, rd.day)}
		if !slices.Contains(a.Clocks, c) {
			a.Clocks = append(a.Clocks, c)
		}
	}
	if a.Scope.is != plimsoll.False {
		rd.turns(r, a, add)
	}
	for _, l := range a.Held {
		if l.Until != "" {
			add(ClockLabel, l.Until, "", "the label %s ends", strings.TrimSpace(string(l.Scheme)+" "+l.Level))
		}
	}
	for _, e := range a.Recognised {
		if e.Label.Until != "" {
			add(ClockLabel, e.Label.Until, e.Cite, "the label %s ends, and with it: %s", strings.TrimSpace(string(e.From)+" "+e.Label.Level), e.Effect)
		}
	}
	if !rd.support.IsZero() {
		add(ClockSupport, rd.support.Format(regime.DayForm), "", "support ends")
	}
	for _, d := range a.Documents {
		if d.Until != "" {
			add(ClockRetention, d.Until, d.Cite, "%s is kept until then", d.Title)
		}
	}
	slices.SortFunc(a.Clocks, func(x, y Clock) int {
		return strings.Compare(x.Date+string(x.Kind)+x.What, y.Date+string(y.Kind)+y.What)
	})
}

// turns adds the days on which a regime that catches the product changes, and those
// on which requirements that are not set aside begin and end.
func (rd *reading) turns(r *regime.Regime, a *Answer, add func(kind ClockKind, date, cite, format string, args ...any)) {
	for _, e := range a.Upcoming {
		add(ClockRegime, e.Date, e.Cite, "%s", e.What)
	}
	type turn struct{ date, units string }
	starts, ends := map[turn]int{}, map[turn]int{}
	for i, q := range r.Requirements {
		x := &a.Requirements[i]
		at := turn{q.From, units(q.Placed)}
		if q.From != "" && !regime.Begun(q.From, rd.day) && x.Own != NotApplicable {
			starts[at]++
		}
		at.date = q.Until
		if q.Until != "" && !regime.Begun(q.Until, rd.day) && x.Status != NotApplicable && x.Own != NotApplicable {
			ends[at]++
		}
	}
	for t, n := range starts {
		add(ClockStart, t.date, "", "%d requirements begin%s", n, t.units)
	}
	for t, n := range ends {
		add(ClockEnd, t.date, "", "%d requirements end%s", n, t.units)
	}
}
