package market

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// outcome is what a regime answers of a product that holds some labels.
type outcome struct {
	how      string // how a law is met, or a label comes; "" where nothing is asked, or no label comes
	missing  []string
	steps    []answer.Step
	accepted []Accept
	duty     string // of a label
}

// reached is how a market is reached, and what is left to do.
type reached struct {
	Reach
	by []*outcome
}

// reach says how a market is reached with some more labels: each of its laws deems
// or is met on own evidence, each label that is a duty is there, and, where the
// market has a label that can be had, one is.
func (p *planner) reach(market string, chosen []Acquire) (reached, error) {
	out := reached{Reach: Reach{Market: market, Reached: true, How: []string{}, Missing: []string{}}}
	var offered []string
	have, told := false, false
	for _, r := range p.set.Market(market) {
		if r.Instrument != regime.Law && r.Instrument != regime.Label {
			continue
		}
		o, err := p.outcome(r, chosen)
		if err != nil {
			return out, err
		}
		if o.how != "" {
			out.How = append(out.How, o.how)
		}
		out.Missing = append(out.Missing, o.missing...)
		out.by = append(out.by, o)
		if r.Instrument == regime.Label {
			have, told = have || o.how != "", told || len(o.missing) > 0
			if o.duty != "" && p.offered(r.ID) {
				offered = append(offered, string(r.ID))
			}
		}
	}
	if len(offered) > 0 && !have && !told {
		out.Missing = append(out.Missing, "a label of "+strings.Join(offered, " or "))
	}
	out.Reached = len(out.Missing) == 0
	if len(out.How)+len(out.Missing) == 0 {
		out.How = append(out.How, "nothing is asked here that is known and in force")
	}
	return out, nil
}

// offered reports whether a label of the scheme can be had.
func (p *planner) offered(id plimsoll.RegimeID) bool {
	return slices.ContainsFunc(p.options, func(o Acquire) bool { return o.Scheme == id })
}

// outcome answers a regime for the product with some more labels. Only labels of
// the schemes that bear on the regime are looked at, so that few answers serve all
// choices.
func (p *planner) outcome(r *regime.Regime, chosen []Acquire) (*outcome, error) {
	bear, ok := p.bear[r.ID]
	if !ok {
		bear = p.bearing(r)
		p.bear[r.ID] = bear
	}
	in, key := p.in, string(r.ID)
	for _, l := range chosen {
		if slices.Contains(bear, l.Scheme) {
			key += "|" + named(l.Scheme, l.Level)
			// Where no end is published the label counts on the day and no longer.
			in.Labels = append(slices.Clone(in.Labels), plimsoll.HeldLabel{
				Scheme: string(l.Scheme), Level: l.Level, Until: cmp.Or(l.Until, p.in.Day.UTC().Format(regime.DayForm)), Basis: planned,
			})
		}
	}
	if o := p.known[key]; o != nil {
		return o, nil
	}
	a, err := answer.For(p.set, r.ID, in)
	if err != nil {
		return nil, fmt.Errorf("answering %s with the labels of a plan: %w", r.ID, err)
	}
	o := &outcome{}
	switch {
	case slices.Contains(asideStatuses, a.Status):
	case r.Instrument == regime.Law:
		o.law(a)
	default:
		o.label(a, chosen, p.offered(r.ID))
	}
	p.known[key] = o
	return o, nil
}

// asideStatuses are those of regimes that ask for nothing on the day.
var asideStatuses = []answer.Status{answer.OutOfScope, answer.Upcoming, answer.Ended}

// law says how a law is met, and what is left to do for it.
func (o *outcome) law(a *answer.Answer) {
	o.steps = a.Steps
	if a.Scope.In == "open" {
		o.steps = answer.Merge(slices.Clone(a.Scope.Steps), a.Steps)
	}
	for _, b := range blocked(o.steps) {
		o.missing = append(o.missing, fmt.Sprintf("%s: %s", a.Regime, b))
	}
	for _, q := range a.Requirements {
		if q.Via != nil && q.Obligation == regime.Mandatory {
			o.accept(a.Regime, q.Via)
		}
		open := q.Status == answer.Undecided || q.Status == answer.NotSatisfied || q.Status == answer.EvidenceAgainst
		if open && q.Obligation == regime.Mandatory && len(q.Steps) == 0 {
			o.missing = append(o.missing, fmt.Sprintf("%s: nothing known here would satisfy %s", a.Regime, q.ID))
		}
	}
	switch {
	case a.Status == answer.NotApplicable:
		o.how = string(a.Regime) + " asks nothing of it"
	case len(o.accepted) == 0:
		o.how = string(a.Regime) + " on own evidence"
	default:
		o.how = o.through()
		if len(o.steps) > 0 {
			o.how += ", the rest on own evidence"
		}
	}
}

// label says how a label of the scheme comes. One that is a duty must come; where
// it is open whether it is one, the market is not said to be reached without.
func (o *outcome) label(a *answer.Answer, chosen []Acquire, offered bool) {
	o.duty = a.Scope.Duty
	for _, h := range a.Held {
		if h.Truth != "true" {
			continue
		}
		o.how = fmt.Sprintf("%s is held until %s", named(h.Scheme, h.Level), h.Until)
		if i := slices.IndexFunc(chosen, func(c Acquire) bool { return c.Scheme == h.Scheme && c.Level == h.Level }); h.Basis == planned && i >= 0 {
			o.how = named(h.Scheme, h.Level) + " by " + chosen[i].Route
		}
		return
	}
	for i := range a.Recognised {
		if x := &a.Recognised[i]; x.Truth == "true" && slices.ContainsFunc(a.Levels, func(l answer.LevelAnswer) bool { return l.Via == x.From && l.ID == x.ToLevel }) {
			o.accept(a.Regime, x)
		}
	}
	switch {
	case len(o.accepted) > 0:
		o.how = o.through()
	case a.Scope.Duty == "yes" && !offered:
		o.missing = append(o.missing, fmt.Sprintf("a label of %s, which is a duty and cannot be had", a.Regime))
	case a.Scope.Duty == "yes":
		o.missing = append(o.missing, fmt.Sprintf("a label of %s, which is a duty", a.Regime))
	case a.Scope.Duty == "open":
		o.missing = append(o.missing, fmt.Sprintf("a label of %s, unless it is no duty for this product, which is open", a.Regime))
		o.steps = a.Scope.Steps
	}
}

// accept notes a recognition once.
func (o *outcome) accept(to plimsoll.RegimeID, x *answer.Recognition) {
	a := Accept{From: Holding{x.From, x.Label.Level}, To: to, Level: x.ToLevel, Effect: x.Effect, Cite: x.Cite}
	if !slices.Contains(o.accepted, a) {
		o.accepted = append(o.accepted, a)
	}
}

// through names each label that counts, with the first thing that it gives at a level.
func (o *outcome) through() string {
	var out []string
	seen := map[string]bool{}
	for _, x := range o.accepted {
		if by := named(x.To, x.Level) + " by " + named(x.From.Scheme, x.From.Level); !seen[by] {
			seen[by] = true
			out = append(out, by+": "+x.Effect)
		}
	}
	return strings.Join(out, "; ")
}

// named is a label as text.
func named(scheme plimsoll.RegimeID, level string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", scheme, level))
}

// blocked says of the steps that cannot be taken why.
func blocked(steps []answer.Step) []string {
	var out []string
	for _, s := range steps {
		if s.Blocked != "" {
			out = append(out, fmt.Sprintf("%s (cannot be had: %s)", s.What, s.Blocked))
		}
	}
	return out
}

// bearing lists the schemes whose labels can bear on what a regime answers: its own,
// those it recognises, and those that its rules name, through other requirements too.
func (p *planner) bearing(r *regime.Regime) []plimsoll.RegimeID {
	var out []plimsoll.RegimeID
	seen := map[plimsoll.RegimeID]bool{}
	var add func(r *regime.Regime)
	var look func(rule *regime.Rule)
	look = func(rule *regime.Rule) {
		if rule == nil {
			return
		}
		for _, parts := range [][]regime.Rule{rule.All, rule.Any} {
			for i := range parts {
				look(&parts[i])
			}
		}
		if rule.Label != nil {
			out = append(out, rule.Label.Scheme)
		}
		if rule.Requirement != nil {
			if other, ok := p.set.Regime(rule.Requirement.Regime); ok {
				add(other)
			}
		}
	}
	add = func(r *regime.Regime) {
		if seen[r.ID] {
			return
		}
		seen[r.ID] = true
		out = append(out, r.ID)
		for _, e := range r.Recognises {
			out = append(out, e.From)
		}
		for _, q := range r.Requirements { // conditions of scope, levels and routes hold no labels
			look(q.Rule)
			look(q.Applies)
		}
	}
	add(r)
	return out
}
