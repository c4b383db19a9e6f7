package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// Owed says whether a document is owed on the day.
type Owed string

// What is said of a document. One that is never owed by the product is not listed.
const (
	OwedYes   Owed = "yes"
	OwedLater Owed = "later"     // from a day to come
	OwedOpen  Owed = "open"      // it depends on what nobody has said
	OwedNo    Owed = "voluntary" // only by who applies for the label, or follows the text
)

// DocumentAnswer is a paper that is asked for.
type DocumentAnswer struct {
	ID        string                 `json:"id"`
	Title     string                 `json:"title"`
	Languages []string               `json:"languages,omitempty"`
	Owed      Owed                   `json:"owed"`
	Why       string                 `json:"why,omitempty"`  // of what is not owed on the day
	From      string                 `json:"from,omitempty"` // the day from which it is owed
	Retention regime.Period          `json:"retention,omitempty"`
	Until     string                 `json:"until,omitempty"` // of what is owed: kept until, counted from the day of placing on the market
	Cite      string                 `json:"cite"`
	Fields    []regime.DocumentField `json:"fields"`
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
		da.until(rd, d)
		if rd.owes(r, a, d, &da); da.Owed == "" {
			continue
		}
		if da.Owed != OwedYes {
			da.Until = ""
		}
		a.Documents = append(a.Documents, da)
	}
	running := issues(a.State) || r.Instrument == regime.Label && a.held()
	for _, p := range r.Reports {
		begun := running && p.From == "" || p.From != "" && regime.Begun(p.From, rd.day) && a.State != regime.Repealed
		if begun && a.Scope.is != plimsoll.False {
			a.Reports = append(a.Reports, p)
		}
	}
}

func (da *DocumentAnswer) until(rd *reading, d *regime.Document) {
	if start, err := time.Parse(regime.DayForm, rd.placed); err == nil && d.Retention != "" {
		if end, ok := d.Retention.End(start, rd.support); ok {
			da.Until = end.Format(regime.DayForm)
		}
	}
}

// held reports whether a label of the scheme is held on the day.
func (a *Answer) held() bool {
	return slices.ContainsFunc(a.Held, func(h LabelUse) bool { return h.is == plimsoll.True })
}

// owes says whether a document is owed: by the state of the regime, the units it is
// for, and the requirements it serves.
func (rd *reading) owes(r *regime.Regime, a *Answer, d *regime.Document, da *DocumentAnswer) {
	placed := rd.placedWithin(d.Placed)
	say := func(o Owed, from, format string, args ...any) {
		da.Owed, da.From, da.Why = o, from, fmt.Sprintf(format, args...)
	}
	start := r.Start(rd.day)
	switch {
	case a.Scope.is == plimsoll.False:
	case r.Instrument == regime.Label && !issues(a.State) && !a.held():
		// Nobody can apply; of a scheme that opens on a known day the day is told.
		if start != "" {
			say(OwedLater, start, "from %s, with an application", start)
		}
	case a.State == regime.Repealed:
		rd.kept(r, d, da, placed)
	case len(d.For) > 0 && !rd.serves(a, d, say):
	case !regime.Begun(d.From, rd.day):
		say(OwedLater, d.From, "from %s%s", d.From, units(d.Placed))
	case len(d.For) == 0 && (a.State == "" || a.State == regime.Announced):
		say(OwedLater, start, "from %s%s", cmp.Or(start, "a day not yet known"), units(d.Placed))
	case placed == plimsoll.False || r.Instrument == regime.Law && a.Status == NotApplicable:
	case placed == plimsoll.Unknown:
		say(OwedOpen, "", "open: it depends on the day of placing on the market%s", units(d.Placed))
	case a.Scope.is == plimsoll.Unknown:
		say(OwedOpen, "", "open: it depends on whether the product is in scope")
	case a.Scope.Duty == "open":
		say(OwedOpen, "", "with an application; open whether the label is a duty")
	case r.Instrument == regime.Label && a.Scope.Duty == "no" && !a.held():
		say(OwedNo, "", "only with an application")
	case r.Instrument != regime.Label && a.Scope.Duty == "no":
		say(OwedNo, "", "only where the text is followed")
	default:
		say(OwedYes, "", "")
	}
}

// kept says of a document of a repealed law that units placed while it was in force
// still have it, until its term ends.
func (rd *reading) kept(r *regime.Regime, d *regime.Document, da *DocumentAnswer, placed plimsoll.Truth) {
	day, err := time.Parse(regime.DayForm, rd.placed)
	switch {
	case r.Instrument != regime.Law || d.Retention == "" || placed == plimsoll.False:
	case err != nil:
		da.Owed, da.Why = OwedOpen, "open: kept for units placed on the market while it was in force"
	case stateOn(r, day) == regime.InForce && (da.Until == "" || da.Until > rd.day.Format(regime.DayForm)):
		da.Owed = OwedYes
	}
}

// serves says whether one of the requirements that a document is for is owed, and
// otherwise from when: a label that stands for them takes the document away while it
// runs.
func (rd *reading) serves(a *Answer, d *regime.Document, say func(Owed, string, string, ...any)) bool {
	open, later := false, false
	for _, q := range a.Requirements {
		if !slices.Contains(d.For, q.ID) {
			continue
		}
		switch {
		case q.Status == NotApplicable || q.Status == Ended:
		case q.Status == Undecided && q.Applies != nil && q.Applies.is == plimsoll.Unknown:
			open = true
		case q.Status == Upcoming:
			later = true
			say(OwedLater, q.From, "%s", strings.TrimPrefix(q.Why, "owed "))
		case q.Via != nil && q.Status == Satisfied: // deemed by the law itself, not by our reading
			later = true
			end, err := time.Parse(regime.DayForm, q.Via.Label.Until)
			if err != nil {
				return true // a label without a last day stands for nothing: it is owed
			}
			next := end.AddDate(0, 0, 1).Format(regime.DayForm)
			say(OwedLater, next, "from %s, by units supplied after the label %s %s has ended", next, q.Via.From, q.Via.Label.Level)
		default:
			return true
		}
	}
	if open && !later {
		say(OwedOpen, "", "open: it depends on whether the requirement applies")
	}
	return false
}
