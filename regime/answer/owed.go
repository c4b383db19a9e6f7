package answer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
)

// owed lists the papers, reports and days that follow from an answer.
func (rd *reading) owed(r *regime.Regime, a *Answer) {
	c := owed.Case{
		Regime: r, Day: rd.day, Placed: rd.placed, Support: rd.support, Scope: a.Scope.is, Duty: a.Scope.must, Nothing: a.Status == NotApplicable,
		Held: slices.ContainsFunc(a.Held, func(h LabelUse) bool { return h.is == plimsoll.True }),
		Wanted: func(id string) bool {
			i := slices.IndexFunc(a.Levels, func(l LevelAnswer) bool { return l.ID == id })
			return i >= 0 && (!a.Levels[i].tier && a.Levels[i].Applies != "no" || id == a.NextLevel || id == a.Level)
		},
	}
	for i := range a.Requirements {
		c.Requirements = append(c.Requirements, a.Requirements[i].standing())
	}
	for _, l := range a.Held {
		if l.Until != "" {
			c.Labels = append(c.Labels, owed.Clock{Kind: owed.ClockLabel, Date: l.Until, What: fmt.Sprintf("the label %s ends", l.name())})
		}
	}
	for _, e := range a.Recognised {
		if e.Label.Until != "" {
			c.Labels = append(c.Labels, owed.Clock{Kind: owed.ClockLabel, Date: e.Label.Until, Cite: e.Cite, What: fmt.Sprintf("the label %s ends, and with it: %s", e.Label.name(), e.Effect)})
		}
	}
	a.Documents, a.Reports = c.Documents(), c.Reports()
	a.Clocks = c.Clocks(a.Documents)
}

func (u *LabelUse) name() string { return strings.TrimSpace(string(u.Scheme) + " " + u.Level) }

func (q *RequirementAnswer) standing() owed.Standing {
	out := owed.Standing{
		ID: q.ID, Away: q.Status == NotApplicable || q.Status == Ended, Never: q.Own == NotApplicable,
		Open: q.Status == Undecided && q.Applies != nil && q.Applies.is == plimsoll.Unknown,
	}
	if q.Status == Upcoming {
		out.Later, out.From = strings.TrimPrefix(q.Why, "owed "), q.From
	}
	if q.Via != nil && q.Status == Satisfied { // deemed by the law itself, not by our reading
		out.Deemed, out.Until = q.Via.Label.name(), q.Via.Label.Until
	}
	return out
}
