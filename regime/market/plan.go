package market

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// Plan is the cheapest set of labels and recognitions that reaches some markets:
// fewest labels, then fewest laboratories, then fewest things to do, then fewest
// published days.
type Plan struct {
	Day      string        `json:"day"`
	Markets  []Reach       `json:"markets"`
	Labels   []Acquire     `json:"labels"` // to apply for
	Held     []Acquire     `json:"held"`   // there already
	Accepted []Accept      `json:"accepted"`
	Steps    []answer.Step `json:"steps"` // everything left to do
	Fees     []string      `json:"fees"`
	Days     int           `json:"days"` // sum of those published
	Tried    int           `json:"tried"`
}

// Reach is how a market is reached.
type Reach struct {
	Market  string   `json:"market"`
	Reached bool     `json:"reached"` // when the steps are done
	How     []string `json:"how"`
	Missing []string `json:"missing"`
}

// Acquire is a label that is held or to be applied for.
type Acquire struct {
	Scheme plimsoll.RegimeID `json:"scheme"`
	Level  string            `json:"level,omitempty"`
	Route  string            `json:"route,omitempty"`
	Fee    string            `json:"fee,omitempty"`
	Days   int               `json:"days,omitempty"`
	Steps  []answer.Step     `json:"steps"`
	Until  string            `json:"until,omitempty"`
}

// Accept is a recognition that the plan uses.
type Accept struct {
	From   Holding           `json:"from"`
	To     plimsoll.RegimeID `json:"to"`
	Level  string            `json:"level,omitempty"`
	Effect string            `json:"effect"`
	Cite   string            `json:"cite"`

	edge *regime.Edge
}

// Holding is a label at a level.
type Holding struct {
	Scheme plimsoll.RegimeID `json:"scheme"`
	Level  string            `json:"level,omitempty"`
}

// maxLabels bounds how many labels a plan applies for.
const maxLabels = 4

// planner is one search.
type planner struct {
	set     *regime.Set
	day     time.Time
	answers map[plimsoll.RegimeID]*answer.Answer
	serve   map[*regime.Edge]bool // recognitions that are for this product
	markets []string
	held    []Acquire
	options []Acquire
	best    *candidate
	tried   int
}

// candidate is a choice of labels and what comes of it.
type candidate struct {
	labels   []Acquire
	accepted []Accept
	reach    []Reach
	steps    []answer.Step
	cost     [5]int
}

// Find searches all choices of up to four labels.
func Find(set *regime.Set, in answer.Input, markets []string) (*Plan, error) {
	for _, m := range markets {
		if !slices.Contains(regime.Markets(), m) {
			return nil, fmt.Errorf("unknown market %q (known: %s)", m, strings.Join(regime.Markets(), ", "))
		}
	}
	as, err := answer.All(set, in)
	if err != nil {
		return nil, fmt.Errorf("answering the regimes: %w", err)
	}
	y, m, d := in.Day.UTC().Date()
	p := &planner{set: set, day: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), answers: map[plimsoll.RegimeID]*answer.Answer{}, serve: map[*regime.Edge]bool{}, markets: markets}
	for _, a := range as {
		p.answers[a.Regime] = a
		p.offer(a)
	}
	for _, r := range set.Regimes {
		for _, e := range r.Recognises {
			p.serve[e] = answer.Serves(set, in, e)
		}
	}
	p.search()
	return p.plan(), nil
}

// offer lists the labels of a scheme that are held, and those that can be had.
func (p *planner) offer(a *answer.Answer) {
	if a.Instrument != regime.Label {
		return
	}
	for _, h := range a.Held {
		if h.Truth == "true" {
			p.held = append(p.held, Acquire{Scheme: a.Regime, Level: h.Level, Until: h.Until, Steps: []answer.Step{}})
		}
	}
	if a.State != regime.Open || a.Status == answer.OutOfScope {
		return
	}
	for _, l := range a.Levels {
		if l.Applies != "no" && l.Reached != answer.UnknownRequirements {
			p.options = append(p.options, Acquire{Scheme: a.Regime, Level: l.ID, Route: l.Route, Fee: l.Fee, Days: l.Days, Steps: l.Steps})
		}
	}
}

// search tries all choices of one label, then of two, and so on, until every
// market is reached that any choice could reach.
func (p *planner) search() {
	all := p.unreached(p.accept(p.options), p.options)
	for n := 0; n <= maxLabels; n++ {
		p.choose(nil, 0, n)
		if p.best.cost[0] <= all {
			return
		}
	}
}

// choose tries every choice of n more labels from the options on, one level per
// scheme.
func (p *planner) choose(chosen []Acquire, from, n int) {
	if n == 0 {
		p.try(chosen)
		return
	}
	for i := from; i < len(p.options); i++ {
		if !slices.ContainsFunc(chosen, func(c Acquire) bool { return c.Scheme == p.options[i].Scheme }) {
			p.choose(append(slices.Clone(chosen), p.options[i]), i+1, n-1)
		}
	}
}

// try weighs one choice. What is left to do is only worked out where the choice is
// not worse already.
func (p *planner) try(chosen []Acquire) {
	p.tried++
	c := &candidate{labels: chosen, accepted: p.accept(chosen)}
	c.cost[0], c.cost[1] = p.unreached(c.accepted, chosen), len(chosen)
	for _, l := range chosen {
		c.steps = answer.Merge(c.steps, l.Steps)
		c.cost[4] += l.Days
		if lab(l.Route) {
			c.cost[2]++
		}
	}
	if p.best != nil && slices.Compare(c.cost[:3], p.best.cost[:3]) > 0 {
		return
	}
	for _, m := range p.markets {
		r, steps := p.reach(m, c)
		c.steps = answer.Merge(c.steps, steps)
		c.reach = append(c.reach, r)
	}
	c.cost[3] = len(c.steps) + len(c.accepted)
	if p.best == nil || slices.Compare(c.cost[:], p.best.cost[:]) < 0 {
		p.best = c
	}
}

// unreached counts the markets that have a label to be had and would get none.
func (p *planner) unreached(accepted []Accept, chosen []Acquire) int {
	there := map[plimsoll.RegimeID]bool{}
	for _, l := range append(slices.Clone(p.held), chosen...) {
		there[l.Scheme] = true
	}
	for _, x := range accepted {
		there[x.To] = true
	}
	n := 0
	for _, m := range p.markets {
		wanted, have := false, false
		for _, r := range p.set.Market(m) {
			if a := p.answers[r.ID]; r.Instrument == regime.Label && a.Status != answer.OutOfScope {
				wanted = wanted || p.offered(r.ID)
				have = have || there[r.ID]
			}
		}
		if wanted && !have {
			n++
		}
	}
	return n
}

// offered reports whether a label of the scheme can be had.
func (p *planner) offered(id plimsoll.RegimeID) bool {
	return slices.ContainsFunc(p.options, func(o Acquire) bool { return o.Scheme == id })
}

// accept follows the signed recognitions from the labels held and chosen. A label
// that comes by recognition leads on only where its scheme issues labels.
func (p *planner) accept(chosen []Acquire) []Accept {
	var have []Holding
	for _, l := range append(slices.Clone(p.held), chosen...) {
		have = append(have, Holding{l.Scheme, l.Level})
	}
	var out []Accept
	for i := 0; i < len(have); i++ {
		from, ok := p.set.Regime(have[i].Scheme)
		if !ok {
			continue
		}
		for _, r := range p.set.Regimes {
			for _, e := range r.Recognises {
				to := Holding{r.ID, e.ToLevel}
				new := e.Signed && e.From == from.ID && regime.Begun(e.Since, p.day) && e.Takes(have[i].Level) && p.serve[e]
				if !new || p.answers[r.ID].Status == answer.OutOfScope || p.covered(r, to, have) {
					continue
				}
				state := p.answers[r.ID].State
				if state == regime.Repealed || r.Instrument == regime.Label && state != regime.Open {
					continue
				}
				out = append(out, Accept{From: have[i], To: r.ID, Level: e.ToLevel, Effect: e.Effect, Cite: e.Cite, edge: e})
				if r.Instrument == regime.Label {
					have = append(have, to)
				}
			}
		}
	}
	return out
}

// covered reports whether a label of the scheme is there already, as high or
// higher.
func (p *planner) covered(r *regime.Regime, to Holding, have []Holding) bool {
	return slices.ContainsFunc(have, func(h Holding) bool {
		return h.Scheme == r.ID && (to.Level == "" || r.AtLeast(h.Level, []string{to.Level}))
	})
}

// asideStatuses are those of regimes that ask for nothing on the day.
var asideStatuses = []answer.Status{answer.OutOfScope, answer.Upcoming, answer.Ended}

// reach says how a market is reached: each of its laws deems or is met on own
// evidence, and, where the market has a label that can be had, one is there.
func (p *planner) reach(market string, c *candidate) (Reach, []answer.Step) {
	out := Reach{Market: market, Reached: true, How: []string{}, Missing: []string{}}
	var steps []answer.Step
	labels, have := []string{}, false
	for _, r := range p.set.Market(market) {
		a := p.answers[r.ID]
		switch {
		case slices.Contains(asideStatuses, a.Status):
		case r.Instrument == regime.Law:
			how, left := p.law(r, a, c)
			out.How, steps = append(out.How, how), answer.Merge(steps, left)
		case r.Instrument == regime.Label:
			how := p.label(r, c)
			if how != "" {
				out.How, have = append(out.How, how), true
			}
			if p.offered(r.ID) {
				labels = append(labels, string(r.ID))
			}
		}
	}
	if len(labels) > 0 && !have {
		out.Reached = false
		out.Missing = append(out.Missing, "a label of "+strings.Join(labels, " or "))
	}
	if len(out.How)+len(out.Missing) == 0 {
		out.How = append(out.How, "nothing is asked here that is known and in force")
	}
	return out, steps
}

// law says how a law is met and what is left to do for it.
func (p *planner) law(r *regime.Regime, a *answer.Answer, c *candidate) (string, []answer.Step) {
	how, steps := string(r.ID)+" on own evidence", []answer.Step{}
	for _, q := range a.Requirements {
		if q.Status != answer.Undecided && q.Status != answer.NotSatisfied && q.Status != answer.EvidenceAgainst || q.Obligation != regime.Mandatory {
			continue
		}
		def, _ := r.Requirement(q.ID)
		if !slices.ContainsFunc(c.accepted, func(x Accept) bool { return x.To == r.ID && x.edge.Covers(r, def) }) {
			steps = answer.Merge(steps, q.Steps)
		}
	}
	for _, x := range c.accepted {
		if x.To == r.ID {
			how = strings.TrimSpace(fmt.Sprintf("%s by %s %s", r.ID, x.From.Scheme, x.From.Level)) + ": " + x.Effect
			break
		}
	}
	return how, steps
}

// label says how a label of the scheme comes, "" when none does.
func (p *planner) label(r *regime.Regime, c *candidate) string {
	for _, l := range p.held {
		if l.Scheme == r.ID {
			return strings.TrimSpace(fmt.Sprintf("%s %s is held until %s", r.ID, l.Level, l.Until))
		}
	}
	for _, l := range c.labels {
		if l.Scheme == r.ID {
			return strings.TrimSpace(fmt.Sprintf("%s %s by %s", r.ID, l.Level, l.Route))
		}
	}
	for _, x := range c.accepted {
		if x.To == r.ID {
			return strings.TrimSpace(fmt.Sprintf("%s %s", r.ID, x.Level)) + " by " + strings.TrimSpace(fmt.Sprintf("%s %s", x.From.Scheme, x.From.Level)) + ": " + x.Effect
		}
	}
	return ""
}

// plan writes the best choice down, with only the recognitions that it needs.
func (p *planner) plan() *Plan {
	out := &Plan{
		Day: p.day.Format(regime.DayForm), Markets: p.best.reach, Labels: append([]Acquire{}, p.best.labels...), Held: append([]Acquire{}, p.held...),
		Accepted: []Accept{}, Steps: append([]answer.Step{}, p.best.steps...), Fees: []string{}, Tried: p.tried,
	}
	if out.Markets == nil {
		out.Markets = []Reach{}
	}
	for _, l := range out.Labels {
		out.Fees = append(out.Fees, strings.TrimSpace(fmt.Sprintf("%s %s", l.Scheme, l.Level))+": "+cmp.Or(l.Fee, answer.NotPublished))
		out.Days += l.Days
	}
	wanted := map[plimsoll.RegimeID]bool{}
	for _, m := range p.markets {
		for _, r := range p.set.Market(m) {
			wanted[r.ID] = true
		}
	}
	for i := len(p.best.accepted) - 1; i >= 0; i-- {
		if x := p.best.accepted[i]; wanted[x.To] {
			wanted[x.From.Scheme] = true
			out.Accepted = append([]Accept{x}, out.Accepted...)
		}
	}
	return out
}
