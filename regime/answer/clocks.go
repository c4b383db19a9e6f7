package answer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/regime"
)

// DocumentAnswer is a paper that is asked for.
type DocumentAnswer struct {
	ID        string                 `json:"id"`
	Title     string                 `json:"title"`
	Languages []string               `json:"languages,omitempty"`
	Retention regime.Period          `json:"retention,omitempty"`
	Until     string                 `json:"until,omitempty"` // kept until, counted from the day of placing on the market
	Cite      string                 `json:"cite"`
	Fields    []regime.DocumentField `json:"fields"`
}

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

// papers lists the documents and reports that are asked for on the day.
func (rd *reading) papers(r *regime.Regime, a *Answer) {
	for _, d := range r.Documents {
		wanted := func(id string) bool {
			i := slices.IndexFunc(a.Levels, func(l LevelAnswer) bool { return l.ID == id })
			return i >= 0 && (!a.Levels[i].tier && a.Levels[i].Applies != "no" || id == a.NextLevel || id == a.Level)
		}
		if len(d.Levels) > 0 && !slices.ContainsFunc(d.Levels, wanted) {
			continue
		}
		da := DocumentAnswer{ID: d.ID, Title: d.Title, Languages: d.Languages, Retention: d.Retention, Cite: d.Cite, Fields: append([]regime.DocumentField{}, d.Fields...)}
		if start, err := time.Parse(regime.DayForm, rd.placed); err == nil && d.Retention != "" {
			if end, ok := d.Retention.End(start, rd.support); ok {
				da.Until = end.Format(regime.DayForm)
			}
		}
		a.Documents = append(a.Documents, da)
	}
	for _, p := range r.Reports {
		if regime.Begun(p.From, rd.day) {
			a.Reports = append(a.Reports, p)
		}
	}
}

// clocks lists the days on which something changes, the earliest first.
func (rd *reading) clocks(r *regime.Regime, a *Answer) {
	add := func(kind ClockKind, date, cite, format string, args ...any) {
		c := Clock{Kind: kind, Date: date, What: fmt.Sprintf(format, args...), Cite: cite, Past: regime.Begun(date, rd.day)}
		if !slices.Contains(a.Clocks, c) {
			a.Clocks = append(a.Clocks, c)
		}
	}
	for _, e := range a.Upcoming {
		add(ClockRegime, e.Date, e.Cite, "%s", e.What)
	}
	starts, ends := map[string]int{}, map[string]int{}
	for _, q := range r.Requirements {
		if q.From != "" && !regime.Begun(q.From, rd.day) {
			starts[q.From]++
		}
		if q.Until != "" && !regime.Begun(q.Until, rd.day) {
			ends[q.Until]++
		}
	}
	for date, n := range starts {
		add(ClockStart, date, "", "%d requirements begin", n)
	}
	for date, n := range ends {
		add(ClockEnd, date, "", "%d requirements end", n)
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
