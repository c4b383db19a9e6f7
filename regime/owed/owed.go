// Package owed says which papers and reports a regime wants of a product on a day,
// from when, until when they are kept, and on which days something changes.
//
// It is a pure function of the regime, the day and how its requirements stand. It must
// never list as owed what these units do not owe on that day.
package owed

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// Case is a product before a regime on a day.
type Case struct {
	Regime       *regime.Regime
	Day          time.Time
	Placed       string    // the day of placing on the market; "" not known
	Support      time.Time // end of support; zero not known
	Scope, Duty  plimsoll.Truth
	Held         bool // a label of the scheme counts on the day
	Nothing      bool // none of the requirements applies
	Wanted       func(level string) bool
	Requirements []Standing // in the order of the regime
	Labels       []Clock    // the ends of labels that are held
}

// Standing is how a requirement stands.
type Standing struct {
	ID     string
	Away   bool   // it does not apply, or is owed no longer
	Never  bool   // it would not apply either when it begins
	Open   bool   // open whether it applies
	Later  string // why it is not owed yet; "" it is
	From   string // the day from which it will be
	Deemed string // the label by which the law itself deems it met; "" none
	Until  string // the last day of that label
}

// Status says whether a document is owed on the day.
type Status string

// What is said of a document. One that is never owed by the product is not listed.
const (
	Yes       Status = "yes"
	Later     Status = "later"     // from a day to come
	Open      Status = "open"      // it depends on what nobody has said
	Voluntary Status = "voluntary" // only by who applies for the label, or follows the text
)

// Document is a paper that is asked for.
type Document struct {
	ID        string                 `json:"id"`
	Title     string                 `json:"title"`
	Languages []string               `json:"languages,omitempty"`
	Owed      Status                 `json:"owed"`
	Why       string                 `json:"why,omitempty"`  // of what is not owed on the day
	From      string                 `json:"from,omitempty"` // the day from which it is owed
	Retention regime.Period          `json:"retention,omitempty"`
	Until     string                 `json:"until,omitempty"` // of what is owed: kept until, counted from the day of placing on the market
	Cite      string                 `json:"cite"`
	Fields    []regime.DocumentField `json:"fields"`
}

func (d *Document) say(s Status, from, format string, args ...any) {
	d.Owed, d.From, d.Why = s, from, fmt.Sprintf(format, args...)
}

// Documents lists the documents that are asked for.
func (c *Case) Documents() []Document {
	out := []Document{}
	for _, d := range c.Regime.Documents {
		if len(d.Levels) > 0 && !slices.ContainsFunc(d.Levels, c.Wanted) {
			continue
		}
		x := Document{ID: d.ID, Title: d.Title, Languages: d.Languages, Retention: d.Retention, Cite: d.Cite, Fields: append([]regime.DocumentField{}, d.Fields...)}
		if start, err := time.Parse(regime.DayForm, c.Placed); err == nil && d.Retention != "" {
			if end, ok := d.Retention.End(start, c.Support); ok {
				x.Until = end.Format(regime.DayForm)
			}
		}
		if c.owes(d, &x); x.Owed == "" {
			continue
		}
		if x.Owed != Yes {
			x.Until = ""
		}
		out = append(out, x)
	}
	return out
}

// Reports lists the duties to report that have begun.
func (c *Case) Reports() []regime.Report {
	out := []regime.Report{}
	state, _ := c.Regime.StateOn(c.Day)
	running := Issues(state) || c.Regime.Instrument == regime.Label && c.Held
	for _, p := range c.Regime.Reports {
		begun := running && p.From == "" || p.From != "" && regime.Begun(p.From, c.Day) && state != regime.Repealed
		if begun && c.Scope != plimsoll.False {
			out = append(out, p)
		}
	}
	return out
}

// owes says whether a document is owed: by the state of the regime, the units it is
// for, and the requirements it serves.
func (c *Case) owes(d *regime.Document, x *Document) {
	r, placed, start := c.Regime, Within(d.Placed, c.Placed), c.Regime.Start(c.Day)
	state, _ := r.StateOn(c.Day)
	switch {
	case c.Scope == plimsoll.False:
	case r.Instrument == regime.Label && !Issues(state) && !c.Held:
		// Nobody can apply; of a scheme that opens on a known day the day is told.
		if start != "" {
			x.say(Later, start, "from %s, with an application", start)
		}
	case state == regime.Repealed:
		c.kept(d, x, placed)
	case len(d.For) > 0 && !c.serves(d, x):
	case !regime.Begun(d.From, c.Day):
		x.say(Later, d.From, "from %s%s", d.From, Units(d.Placed))
	case len(d.For) == 0 && (state == "" || state == regime.Announced):
		x.say(Later, start, "from %s%s", cmp.Or(start, "a day not yet known"), Units(d.Placed))
	case placed == plimsoll.False || r.Instrument == regime.Law && c.Nothing:
	case placed == plimsoll.Unknown:
		x.say(Open, "", "open: it depends on the day of placing on the market%s", Units(d.Placed))
	case c.Scope == plimsoll.Unknown:
		x.say(Open, "", "open: it depends on whether the product is in scope")
	case c.Duty == plimsoll.Unknown:
		x.say(Open, "", "with an application; open whether the label is a duty")
	case r.Instrument == regime.Label && c.Duty == plimsoll.False && !c.Held:
		x.say(Voluntary, "", "only with an application")
	case r.Instrument != regime.Label && c.Duty == plimsoll.False:
		x.say(Voluntary, "", "only where the text is followed")
	default:
		x.Owed = Yes
	}
}

// kept says of a document of a repealed law that units placed while it was in force
// still have it, until its term ends.
func (c *Case) kept(d *regime.Document, x *Document, placed plimsoll.Truth) {
	day, err := time.Parse(regime.DayForm, c.Placed)
	then, _ := c.Regime.StateOn(day)
	switch {
	case c.Regime.Instrument != regime.Law || d.Retention == "" || placed == plimsoll.False:
	case err != nil:
		x.say(Open, "", "open: kept for units placed on the market while it was in force")
	case then == regime.InForce && (x.Until == "" || x.Until > c.Day.Format(regime.DayForm)):
		x.Owed = Yes
	}
}

// serves says whether one of the requirements that a document is for is owed, and
// otherwise from when: a label that stands for them takes the document away while it
// runs.
func (c *Case) serves(d *regime.Document, x *Document) bool {
	open := false
	for _, q := range c.Requirements {
		if !slices.Contains(d.For, q.ID) {
			continue
		}
		end, err := time.Parse(regime.DayForm, q.Until)
		switch {
		case q.Away:
		case q.Open:
			open = true
		case q.Later != "":
			x.say(Later, q.From, "%s", q.Later)
		case q.Deemed != "" && err == nil:
			next := end.AddDate(0, 0, 1).Format(regime.DayForm)
			x.say(Later, next, "from %s, by units supplied after the label %s has ended", next, q.Deemed)
		default:
			return true
		}
	}
	if open && x.Owed == "" {
		x.say(Open, "", "open: it depends on whether the requirement applies")
	}
	return false
}

// Units names the units that a bound on the day of placing on the market is for.
func Units(p regime.Placed) string {
	var out string
	if p.From != "" {
		out = ", by units placed from " + p.From
	}
	if p.Before != "" {
		out += ", by units placed before " + p.Before
	}
	return out
}

// Within says whether units placed on a day are meant; unknown where the day is.
func Within(p regime.Placed, placed string) plimsoll.Truth {
	if p == (regime.Placed{}) {
		return plimsoll.True
	}
	t, err := time.Parse(regime.DayForm, placed)
	if err != nil {
		return plimsoll.Unknown
	}
	return plimsoll.TruthOf(regime.Between(p.From, p.Before, t))
}

// Issues reports whether a scheme in a state issues labels, and a law is in force.
func Issues(st regime.State) bool { return st == regime.Open || st == regime.InForce }
