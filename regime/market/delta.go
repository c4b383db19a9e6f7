// Package market compares answers: what a further market costs a product, and
// which labels and recognitions reach the markets that are wanted.
//
// It adds up what the regimes publish. It must never convert a currency, guess a
// fee or a duration, or use a recognition that is not signed.
package market

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
)

// Delta is what some regimes cost beyond what others cost already.
type Delta struct {
	Added     []Added       `json:"added"`
	Facts     []answer.Step `json:"facts"`    // to declare, to answer
	Evidence  []answer.Step `json:"evidence"` // to test, to judge
	Mend      []answer.Step `json:"mend"`     // known to be wrong
	Shared    []answer.Step `json:"shared"`   // needed, and needed already
	Documents []Paper       `json:"documents"`
	Reports   []Report      `json:"reports"`
	Clocks    []owed.Clock  `json:"clocks"`
	Lab       bool          `json:"lab"`  // a laboratory or a notified body is on the way
	Days      int           `json:"days"` // sum of those published
	Unknown   []string      `json:"unknown"`
}

// Added is one more regime.
type Added struct {
	Regime     plimsoll.RegimeID    `json:"regime"`
	Title      string               `json:"title"`
	Status     answer.Status        `json:"status"`
	Duty       string               `json:"duty"` // yes, no, open
	Level      string               `json:"level,omitempty"`
	Route      string               `json:"route,omitempty"`
	Fee        string               `json:"fee,omitempty"`
	Days       int                  `json:"days,omitempty"`
	Recognised []answer.Recognition `json:"recognised"` // labels already held that count here
	Confidence regime.Confidence    `json:"confidence"`
}

// Paper is a document that a regime asks for.
type Paper struct {
	Regime plimsoll.RegimeID `json:"regime"`
	owed.Document
}

// Report is a duty to report that a regime brings.
type Report struct {
	Regime plimsoll.RegimeID `json:"regime"`
	regime.Report
}

// Compare is what the wanted regimes add to those that are answered already. A
// regime that does not catch the product adds nothing.
func Compare(have, want []*answer.Answer) *Delta {
	d := &Delta{
		Added: []Added{}, Facts: []answer.Step{}, Evidence: []answer.Step{}, Mend: []answer.Step{}, Shared: []answer.Step{},
		Documents: []Paper{}, Reports: []Report{}, Clocks: []owed.Clock{}, Unknown: []string{},
	}
	var known []answer.Step
	for _, a := range have {
		known = answer.Merge(known, a.Steps)
	}
	var steps []answer.Step
	for _, a := range want {
		if a.Status == answer.OutOfScope || slices.ContainsFunc(have, func(h *answer.Answer) bool { return h.Regime == a.Regime }) {
			continue
		}
		steps = answer.Merge(steps, a.Steps)
		d.add(a)
	}
	for _, s := range steps {
		to := &d.Evidence
		switch {
		case slices.ContainsFunc(known, func(k answer.Step) bool { return k.Kind == s.Kind && k.ID == s.ID }):
			to = &d.Shared
		case s.Mend:
			to = &d.Mend
		case s.Kind == answer.StepFact, s.Kind == answer.StepAsk:
			to = &d.Facts
		}
		*to = append(*to, s)
	}
	return d
}

func (d *Delta) add(a *answer.Answer) {
	n := Added{
		Regime: a.Regime, Title: a.Title, Status: a.Status, Duty: a.Scope.Duty, Recognised: a.Recognised, Confidence: a.Confidence,
	}
	for _, l := range a.Levels {
		switch {
		case l.Via != "", l.Applies == "no", l.Applies == "" && l.ID != a.Level && (a.Level != "" || l.ID != a.NextLevel):
			continue
		}
		n.Level, n.Route, n.Fee, n.Days = l.ID, l.Route, l.Fee, l.Days
		d.Lab = d.Lab || lab(l.Route)
		d.Days += l.Days
		if a.Instrument == regime.Label && l.Fee == answer.NotPublished {
			d.Unknown = append(d.Unknown, string(a.Regime)+" "+l.ID+": fee not published")
		}
		if a.Instrument == regime.Label && l.Days == 0 {
			d.Unknown = append(d.Unknown, string(a.Regime)+" "+l.ID+": duration not published")
		}
	}
	d.Added = append(d.Added, n)
	for _, p := range a.Documents {
		d.Documents = append(d.Documents, Paper{a.Regime, p})
	}
	for _, r := range a.Reports {
		d.Reports = append(d.Reports, Report{a.Regime, r})
	}
	for _, c := range a.Clocks {
		if !slices.Contains(d.Clocks, c) {
			d.Clocks = append(d.Clocks, c)
		}
	}
}

// lab reports whether a route leads through somebody who tests.
func lab(route string) bool {
	return route == "laboratory" || route == "notified-body" || route == "certificate"
}
