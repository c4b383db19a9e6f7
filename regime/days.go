package regime

import (
	"slices"
	"time"
)

// StateOn is the state of a regime on a day, and the event that made it; "" before
// its first event.
func (r *Regime) StateOn(day time.Time) (State, Event) {
	var st State
	var last Event
	for _, e := range r.Events {
		if e.State != "" && Begun(e.Date, day) {
			st, last = e.State, e
		}
	}
	return st, last
}

// Start is the day after the given one on which the regime will begin, "" when no
// event says so.
func (r *Regime) Start(day time.Time) string {
	for _, e := range r.Events {
		if (e.State == InForce || e.State == Open) && !Begun(e.Date, day) {
			return e.Date
		}
	}
	return ""
}

// Below lists a level and those it includes, itself first. A circle ends where it
// closes.
func (r *Regime) Below(lv *Level) []string {
	out := []string{lv.ID}
	for lv.Includes != "" {
		next, ok := r.Level(lv.Includes)
		if !ok {
			break
		}
		closed := slices.Contains(out, next.ID)
		out = append(out, next.ID)
		if closed {
			break
		}
		lv = next
	}
	return out
}

// AtLeast reports whether a level is one of those wanted or above one of them; an
// empty list wants any.
func (r *Regime) AtLeast(level string, want []string) bool {
	if len(want) == 0 {
		return true
	}
	lv, ok := r.Level(level)
	return ok && slices.ContainsFunc(r.Below(lv), func(b string) bool { return slices.Contains(want, b) })
}

// Takes reports whether the edge is for a level: a recognition names its levels, and
// a higher one that it does not name is not recognised.
func (e *Edge) Takes(level string) bool {
	return len(e.FromLevels) == 0 || slices.Contains(e.FromLevels, level)
}

// Covers reports whether the edge, which leads to r, stands for the requirement.
func (e *Edge) Covers(r *Regime, q *Requirement) bool {
	if len(e.Requirements) > 0 {
		return slices.Contains(e.Requirements, q.ID)
	}
	lv, ok := r.Level(e.ToLevel)
	return e.ToLevel == "" || len(q.Levels) == 0 ||
		ok && slices.ContainsFunc(r.Below(lv), func(b string) bool { return slices.Contains(q.Levels, b) })
}
