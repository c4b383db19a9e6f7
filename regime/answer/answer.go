// Package answer says what the regimes ask of a product on a day: in scope or not,
// satisfied, supported by our reading, open, with the shortest list of what would
// satisfy it, traced down to units, findings and evidence.
//
// It is a pure function of the assessments, the regimes and the day. It must never
// look at a clock, the product folder or the evidence, never say "compliant", and
// never call a requirement satisfied whose rule is not the legal condition itself.
package answer

import (
	"fmt"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
)

// Schema is the identifier of the format of an answer.
const Schema = "plimsoll.answer/1"

// Status is what an answer says of a requirement or of a regime.
type Status string

// The statuses. Satisfied is said only where the rule is the legal condition
// itself; what rests on our reading is supported.
const (
	Satisfied       Status = "satisfied"
	Supported       Status = "supported (our reading)"
	NotSatisfied    Status = "not satisfied"
	Undecided       Status = "open"
	EvidenceAgainst Status = "evidence against"
	NotApplicable   Status = "not applicable"
	OutOfScope      Status = "out of scope"
	Upcoming        Status = "not yet in force"
	Ended           Status = "no longer in force"
)

// The statuses of what only indicates.
const (
	Indicated        Status = "indicates"
	IndicatedPart    Status = "indicates a part"
	Hint             Status = "hint only"
	IndicatedAgainst Status = "indicates against"
	NotIndicated     Status = "nothing indicates"
)

// Answer is what a regime says of a product on a day.
type Answer struct {
	Schema       string              `json:"schema"`
	Regime       plimsoll.RegimeID   `json:"regime"`
	Title        string              `json:"title"`
	Authority    string              `json:"authority"`
	Instrument   regime.Instrument   `json:"instrument"`
	Markets      []string            `json:"markets,omitempty"`
	Edition      string              `json:"edition"`
	Standard     plimsoll.Edition    `json:"standard,omitempty"`
	Confidence   regime.Confidence   `json:"confidence"`
	Day          string              `json:"day"`
	Placed       string              `json:"placed,omitempty"`
	State        regime.State        `json:"state"`
	Since        regime.Event        `json:"since"`    // the event that made the state
	Upcoming     []regime.Event      `json:"upcoming"` // events after the day
	Scope        ScopeAnswer         `json:"scope"`
	Status       Status              `json:"status"`
	Why          string              `json:"why"`
	Held         []LabelUse          `json:"held"`                 // labels of this scheme
	Recognised   []Recognition       `json:"recognised"`           // labels of others that count here
	Level        string              `json:"level,omitempty"`      // the highest tier whose requirements all hold
	NextLevel    string              `json:"next_level,omitempty"` // the tier above
	Levels       []LevelAnswer       `json:"levels"`
	Requirements []RequirementAnswer `json:"requirements"`
	Steps        []Step              `json:"steps"` // the shortest list that would satisfy what is owed
	Documents    []owed.Document     `json:"documents"`
	Reports      []regime.Report     `json:"reports"`
	Roles        []regime.Role       `json:"roles"`
	Clocks       []owed.Clock        `json:"clocks"`
	Problems     []string            `json:"problems"` // what of the input could not be used
	Uncertain    []string            `json:"uncertain"`
}

// ScopeAnswer says whether a regime catches the product.
type ScopeAnswer struct {
	In     string      `json:"in"` // yes, no, open
	Why    string      `json:"why"`
	Cite   string      `json:"cite,omitempty"`
	Duty   string      `json:"duty"`   // yes: the product must; no: it may; open
	Unless []ScopeNote `json:"unless"` // exclusions that nobody has answered
	Steps  []Step      `json:"steps"`  // what would settle it, and whether it is a duty

	is, must plimsoll.Truth
}

// ScopeNote is one scope rule as it was answered.
type ScopeNote struct {
	What  string `json:"what"`
	Cite  string `json:"cite"`
	Trace *Trace `json:"trace"`
	Steps []Step `json:"steps"` // what would settle it
}

// For answers what one regime says of the product.
func For(s *regime.Set, id plimsoll.RegimeID, in Input) (*Answer, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	r, ok := s.Regime(id)
	if !ok {
		return nil, fmt.Errorf("unknown regime %q", id)
	}
	return read(s, in).answer(r), nil
}

// All answers every regime, in order of their ids.
func All(s *regime.Set, in Input) ([]*Answer, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	rd := read(s, in)
	var out []*Answer
	for _, r := range s.Regimes {
		out = append(out, rd.answer(r))
	}
	return out, nil
}

func (rd *reading) answer(r *regime.Regime) *Answer {
	a := &Answer{
		Schema: Schema, Regime: r.ID, Title: r.Title, Authority: r.Authority, Instrument: r.Instrument, Markets: r.Markets,
		Edition: r.Edition, Standard: r.Standard, Confidence: r.Confidence, Day: rd.day.Format(regime.DayForm), Placed: rd.placed,
		Upcoming: []regime.Event{}, Held: []LabelUse{}, Levels: []LevelAnswer{}, Requirements: []RequirementAnswer{}, Steps: []Step{},
		Roles: append([]regime.Role{}, r.Roles...), Problems: []string{},
		Uncertain: append([]string{}, r.Uncertain...),
	}
	a.State, a.Since = r.StateOn(rd.day)
	for _, e := range r.Events {
		if !regime.Begun(e.Date, rd.day) {
			a.Upcoming = append(a.Upcoming, e)
		}
	}
	a.Scope = rd.scope(r)
	a.Recognised = rd.recognitions(r)
	for i, h := range rd.labels {
		if h.Scheme == string(r.ID) && r.Instrument == regime.Label {
			a.Held = append(a.Held, *rd.held(r, &rd.labels[i], func(*regime.Regime, string) bool { return true }))
		}
		if _, ok := rd.set.Regime(plimsoll.RegimeID(h.Scheme)); !ok {
			a.Problems = append(a.Problems, fmt.Sprintf("label of the unknown scheme %q: not used", h.Scheme))
		}
	}
	for _, q := range r.Requirements {
		a.Requirements = append(a.Requirements, rd.requirement(r, q, a))
	}
	rd.levels(r, a)
	a.Status, a.Why = overall(r, a)
	a.gather(r)
	rd.owed(r, a)
	return a
}

// scope answers whether the product is caught. An exclusion that nobody has
// answered does not take the product out: it is shown beside the answer.
func (rd *reading) scope(r *regime.Regime) ScopeAnswer {
	out := ScopeAnswer{Unless: []ScopeNote{}, Steps: []Step{}, is: plimsoll.True, Why: "it catches every consumer IoT product"}
	if len(r.Scope.In) > 0 {
		out.is = plimsoll.False
	}
	for i := range r.Scope.In {
		if c := &r.Scope.In[i]; regime.Between(c.From, c.Until, rd.day) && out.is != plimsoll.True {
			t := rd.rule(&c.Rule)
			if out.is = plimsoll.Or(out.is, t.is); t.is != plimsoll.False {
				out.Why, out.Cite = c.What, c.Cite
			}
			if t.is == plimsoll.Unknown {
				out.Steps = Merge(out.Steps, t.steps())
			}
		}
	}
	if out.is == plimsoll.False {
		out.Why = "none of the products it catches"
	}
	for i := range r.Scope.Out {
		c := &r.Scope.Out[i]
		if !regime.Between(c.From, c.Until, rd.day) {
			continue
		}
		switch t := rd.rule(&c.Rule); t.is {
		case plimsoll.True:
			out.is, out.Why, out.Cite = plimsoll.False, c.What, c.Cite
		case plimsoll.Unknown:
			out.Unless = append(out.Unless, ScopeNote{c.What, c.Cite, t, t.steps()})
		}
	}
	if out.is == plimsoll.True {
		out.Steps = []Step{}
	}
	must, steps := rd.duty(r, out.is)
	out.In, out.must, out.Duty, out.Steps = yesNo(out.is), must, yesNo(must), Merge(out.Steps, steps)
	return out
}

// duty says whether the product must have what the regime asks for, and what would
// settle it where that is open.
func (rd *reading) duty(r *regime.Regime, in plimsoll.Truth) (plimsoll.Truth, []Step) {
	if r.Instrument == regime.Law {
		return in, nil
	}
	must := plimsoll.False
	var steps []Step
	for i := range r.Scope.Must {
		if c := &r.Scope.Must[i]; regime.Between(c.From, c.Until, rd.day) {
			t := rd.rule(&c.Rule)
			if must = plimsoll.Or(must, t.is); t.is == plimsoll.Unknown {
				steps = Merge(steps, t.steps())
			}
		}
	}
	if must = plimsoll.And(in, must); must != plimsoll.Unknown {
		steps = nil
	}
	return must, steps
}

func yesNo(t plimsoll.Truth) string { return [...]string{"open", "no", "yes"}[t] }

// overall combines what is owed into one status. A tier of a label that is
// reached is told apart, by Level.
func overall(r *regime.Regime, a *Answer) (Status, string) {
	switch {
	case r.Indicates:
		return indicated(a)
	case a.Scope.is == plimsoll.False:
		return OutOfScope, a.Scope.Why
	case a.State == regime.Repealed:
		return Ended, a.Since.What
	}
	count := map[Status]int{}
	for _, q := range a.Requirements {
		if q.Obligation == regime.Mandatory && a.asked(r, q) {
			count[q.Status]++
		}
	}
	for _, s := range []struct {
		is  Status
		why string
	}{
		{NotSatisfied, "%d of its requirements are not satisfied"},
		{EvidenceAgainst, "there is evidence against %d of its requirements"},
		{Undecided, "%d of its requirements are open"},
		{Supported, "%d of its requirements are supported by our reading, none is open"},
		{Satisfied, "all %d requirements that are owed are satisfied"},
		{Upcoming, "%d requirements are not yet in force"},
	} {
		if n := count[s.is]; n > 0 {
			if a.Scope.is == plimsoll.Unknown && (s.is == Satisfied || s.is == Supported) {
				return Undecided, "open whether it catches the product"
			}
			return s.is, fmt.Sprintf(s.why, n)
		}
	}
	return NotApplicable, "none of its requirements applies"
}

// indicated sums up what mappings indicate; it never amounts to an answer.
func indicated(a *Answer) (Status, string) {
	count := map[Status]int{}
	best := NotIndicated
	for _, q := range a.Requirements {
		count[q.Status]++
		if slices.Index(strength, q.Status) > slices.Index(strength, best) {
			best = q.Status
		}
	}
	return best, fmt.Sprintf("guidance, of which mappings only indicate: of %d they indicate %d, against %d, a part of %d, hint at %d",
		len(a.Requirements), count[Indicated], count[IndicatedAgainst], count[IndicatedPart], count[Hint])
}

// asked reports whether a requirement bears on the overall status: of a label with
// tiers only those of the tier reached, or of the lowest.
func (a *Answer) asked(r *regime.Regime, q RequirementAnswer) bool {
	want := a.Level
	if want == "" {
		want = a.NextLevel
	}
	lv, ok := r.Level(want)
	if !ok || len(q.Levels) == 0 {
		return true
	}
	return slices.ContainsFunc(r.Below(lv), func(b string) bool { return slices.Contains(q.Levels, b) })
}

// gather lists the steps of everything that is owed and does not hold.
func (a *Answer) gather(r *regime.Regime) {
	for _, q := range a.Requirements {
		owed := q.Status == Undecided || q.Status == NotSatisfied || q.Status == EvidenceAgainst
		if a.Scope.is != plimsoll.False && owed && q.Obligation == regime.Mandatory && a.asked(r, q) {
			a.Steps = Merge(a.Steps, q.Steps)
		}
	}
}
