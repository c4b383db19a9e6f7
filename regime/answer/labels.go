package answer

import (
	"cmp"
	"fmt"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
)

// LabelUse is a held label as an answer uses it.
type LabelUse struct {
	Scheme plimsoll.RegimeID `json:"scheme"`
	Level  string            `json:"level,omitempty"`
	ID     string            `json:"id,omitempty"`
	Until  string            `json:"until,omitempty"`
	Basis  string            `json:"basis"` // claimed, documented, verified
	Truth  string            `json:"truth"` // whether it counts on the day
	Why    string            `json:"why"`

	is plimsoll.Truth
}

// label is true when a label of the scheme is held, at least at the level, valid
// on the day.
func (rd *reading) label(a *regime.LabelAtom) *Trace {
	want := []string(nil)
	if a.Level != "" {
		want = []string{a.Level}
	}
	t := &Trace{Atom: "label " + string(a.Scheme)}
	if a.Level != "" {
		t.Atom += " " + a.Level
	}
	return rd.holds(t, a.Scheme, func(s *regime.Regime, level string) bool { return s.AtLeast(level, want) })
}

// holds evaluates the held labels of a scheme whose level fits.
func (rd *reading) holds(t *Trace, scheme plimsoll.RegimeID, fits func(*regime.Regime, string) bool) *Trace {
	s, ok := rd.set.Regime(scheme)
	if !ok {
		return t.set(plimsoll.Unknown, "unknown scheme")
	}
	t.step = &Step{Kind: StepLabel, ID: t.Atom, What: "obtain the " + t.Atom, cost: costLabel}
	if st := stateOn(s, rd.day); !owed.Issues(st) {
		t.step.Blocked, t.step.cost = fmt.Sprintf("%s is %s", scheme, cmp.Or(st, "not yet there")), costBlocked
	}
	t.set(plimsoll.False, "no such label is held")
	for i, h := range rd.labels {
		if h.Scheme != string(scheme) {
			continue
		}
		use := rd.held(s, &rd.labels[i], fits)
		if t.Label == nil || use.better(t.Label) {
			t.Label = use
		}
		t.set(plimsoll.Or(t.is, use.is), "")
	}
	if t.Label != nil {
		t.Why = t.Label.Why
		if t.Label.is == plimsoll.Unknown {
			t.step.What = "say of the label " + string(scheme) + " what is missing: " + t.Label.Why
			t.step.Blocked, t.step.cost = "", costFact
		}
	}
	return t
}

// better reports whether a label serves more than another: one that counts, then
// one that may, then the one that lasts longer.
func (u *LabelUse) better(o *LabelUse) bool {
	rank := [...]int{plimsoll.False: 0, plimsoll.Unknown: 1, plimsoll.True: 2}
	return rank[u.is] > rank[o.is] || u.is == o.is && u.Until > o.Until
}

// held says whether one label counts on the day.
func (rd *reading) held(s *regime.Regime, h *plimsoll.HeldLabel, fits func(*regime.Regime, string) bool) *LabelUse {
	use := &LabelUse{Scheme: s.ID, Level: h.Level, ID: h.ID, Until: h.Until, Basis: cmp.Or(h.Basis, "claimed")}
	if use.Level == "" && len(s.Levels) == 1 {
		use.Level = s.Levels[0].ID
	}
	until, err := time.Parse(regime.DayForm, h.Until)
	lv, known := s.Level(use.Level)
	say := func(v plimsoll.Truth, format string, args ...any) *LabelUse {
		use.is, use.Truth, use.Why = v, v.String(), fmt.Sprintf(format, args...)
		return use
	}
	switch st := stateOn(s, rd.day); {
	case st == regime.Repealed:
		return say(plimsoll.False, "%s is repealed", s.ID)
	case err == nil && until.Before(rd.day):
		return say(plimsoll.False, "ended on %s", h.Until)
	case st == "" || st == regime.Announced:
		return say(plimsoll.Unknown, "%s issues no labels on this day", s.ID)
	case st == regime.Suspended:
		return say(plimsoll.Unknown, "%s is suspended: whether its labels count is open", s.ID)
	case known && !regime.Begun(lv.From, rd.day):
		return say(plimsoll.Unknown, "%s issues no labels of level %s before %s", s.ID, lv.ID, lv.From)
	case !known && use.Level != "":
		return say(plimsoll.Unknown, "%s has no level %q", s.ID, h.Level)
	case use.Level != "" && !fits(s, use.Level):
		return say(plimsoll.False, "level %s does not count here", use.Level)
	case use.Level == "" && !fits(s, ""):
		return say(plimsoll.Unknown, "its level is not declared")
	case err != nil:
		return say(plimsoll.Unknown, "its last day is not declared")
	}
	return say(plimsoll.True, "held until %s (%s)", h.Until, use.Basis)
}

// Recognition is what a label of another scheme gives here.
type Recognition struct {
	From       plimsoll.RegimeID `json:"from"`
	ToLevel    string            `json:"to_level,omitempty"`
	Effect     string            `json:"effect"`
	Condition  string            `json:"condition,omitempty"`
	Label      *LabelUse         `json:"label"`
	Truth      string            `json:"truth"`
	Exact      bool              `json:"exact"`
	By         regime.By         `json:"by"`
	Confidence regime.Confidence `json:"confidence"`
	Cite       string            `json:"cite"`

	edge *regime.Edge
	is   plimsoll.Truth
}

// recognitions lists what the held labels give in a regime: signed edges only,
// since they hold.
func (rd *reading) recognitions(r *regime.Regime) []Recognition {
	out := []Recognition{}
	for _, e := range r.Recognises {
		if !e.Signed || !regime.Begun(e.Since, rd.day) {
			continue
		}
		t := rd.recognised(r, e)
		if t.Label == nil {
			continue
		}
		out = append(out, Recognition{
			From: e.From, ToLevel: e.ToLevel, Effect: e.Effect, Condition: e.Condition, Label: t.Label, Truth: t.Truth,
			Exact: e.Exact, By: e.By, Confidence: e.Confidence, Cite: e.Cite, edge: e, is: t.is,
		})
	}
	return out
}

// recognised evaluates one edge that leads to r. A scheme that issues no labels on
// the day recognises none.
func (rd *reading) recognised(r *regime.Regime, e *regime.Edge) *Trace {
	t := rd.holds(&Trace{Atom: "label " + string(e.From)}, e.From, func(_ *regime.Regime, level string) bool { return e.Takes(level) })
	if st := stateOn(r, rd.day); r.Instrument == regime.Label && !owed.Issues(st) && t.is != plimsoll.False {
		return t.set(plimsoll.Unknown, fmt.Sprintf("%s is %s", r.ID, cmp.Or(st, "not yet there")))
	}
	if e.When != nil && t.is != plimsoll.False {
		if w := rd.rule(e.When).is; w != plimsoll.True {
			t.set(w, fmt.Sprintf("that the recognition is for this product is %s: %s", w, e.Condition))
		}
	}
	return t
}

func stateOn(r *regime.Regime, day time.Time) regime.State {
	st, _ := r.StateOn(day)
	return st
}
