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
// published days. A market is reached where the answers are so once the product
// holds the labels and the steps are done: a recognition counts the label itself,
// never another recognition.
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
	Valid  regime.Period     `json:"valid,omitempty"` // of one to apply for, as published
	Until  string            `json:"until,omitempty"` // of one to apply for: its end if it were issued on the day; "" not known
}

// Accept is a recognition that the plan uses.
type Accept struct {
	From   Holding           `json:"from"`
	To     plimsoll.RegimeID `json:"to"`
	Level  string            `json:"level,omitempty"`
	Effect string            `json:"effect"`
	Cite   string            `json:"cite"`
}

// Holding is a label at a level.
type Holding struct {
	Scheme plimsoll.RegimeID `json:"scheme"`
	Level  string            `json:"level,omitempty"`
}

// maxLabels bounds how many labels a plan applies for.
const maxLabels = 4

// planned is the basis of a label that a plan applies for.
const planned = "planned"

// planner is one search.
type planner struct {
	set     *regime.Set
	in      answer.Input
	support time.Time // end of support, zero when it is not known
	markets []string
	held    []Acquire
	options []Acquire
	bear    map[plimsoll.RegimeID][]plimsoll.RegimeID // the schemes whose labels bear on a regime
	known   map[string]*outcome                       // by regime and the labels that bear on it
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

// Find searches all choices of up to four labels. What a choice gives is what the
// regimes answer of a product that holds those labels.
func Find(set *regime.Set, in answer.Input, markets []string) (*Plan, error) {
	for _, m := range markets {
		if !slices.Contains(regime.Markets(), m) {
			return nil, fmt.Errorf("unknown market %q (known: %s)", m, strings.Join(regime.Markets(), ", "))
		}
	}
	markets = unique(markets)
	as, err := answer.All(set, in)
	if err != nil {
		return nil, fmt.Errorf("answering the regimes: %w", err)
	}
	p := &planner{
		set: set, in: in, support: answer.Support(in), markets: markets,
		bear: map[plimsoll.RegimeID][]plimsoll.RegimeID{}, known: map[string]*outcome{},
	}
	for _, a := range as {
		p.offer(a)
	}
	if err := p.search(); err != nil {
		return nil, err
	}
	return p.plan(), nil
}

// unique keeps the first of each.
func unique(all []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
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
	r, _ := p.set.Regime(a.Regime)
	for i, l := range a.Levels {
		if l.Applies == "no" || l.Reached == answer.UnknownRequirements || !regime.Begun(r.Levels[i].From, p.in.Day) || len(blocked(l.Steps)) > 0 {
			continue
		}
		x := Acquire{Scheme: a.Regime, Level: l.ID, Route: l.Route, Fee: l.Fee, Days: l.Days, Steps: l.Steps, Valid: l.Validity}
		if end, ok := l.Validity.End(p.in.Day, p.support); ok {
			x.Until = end.Format(regime.DayForm)
		}
		p.options = append(p.options, x)
	}
}

// search tries no label, then all choices of one, of two, and so on, until every
// market is reached that all of them together would reach.
func (p *planner) search() error {
	all, err := p.unreached(p.options)
	if err != nil {
		return err
	}
	for n := 0; n <= maxLabels; n++ {
		if err := p.choose(nil, 0, n); err != nil {
			return err
		}
		if p.best.cost[0] <= all {
			break
		}
	}
	return nil
}

// choose tries every choice of n more labels from the options on, one level per
// scheme.
func (p *planner) choose(chosen []Acquire, from, n int) error {
	if n == 0 {
		return p.try(chosen)
	}
	for i := from; i < len(p.options); i++ {
		if slices.ContainsFunc(chosen, func(c Acquire) bool { return c.Scheme == p.options[i].Scheme }) {
			continue
		}
		if err := p.choose(append(slices.Clone(chosen), p.options[i]), i+1, n-1); err != nil {
			return err
		}
	}
	return nil
}

// try weighs one choice. What is left to do is only worked out where the choice is
// not worse already.
func (p *planner) try(chosen []Acquire) error {
	p.tried++
	c := &candidate{labels: chosen}
	for _, l := range chosen {
		c.cost[4] += l.Days
		if lab(l.Route) {
			c.cost[2]++
		}
	}
	n, err := p.unreached(chosen)
	if err != nil {
		return err
	}
	c.cost[0], c.cost[1] = n, len(chosen)
	if p.best != nil && slices.Compare(c.cost[:3], p.best.cost[:3]) > 0 {
		return nil
	}
	for _, l := range chosen {
		c.steps = answer.Merge(c.steps, l.Steps)
	}
	for _, m := range p.markets {
		r, err := p.reach(m, chosen)
		if err != nil {
			return err
		}
		c.reach = append(c.reach, r.Reach)
		for _, o := range r.by {
			c.steps = answer.Merge(c.steps, o.steps)
			for _, x := range o.accepted {
				if !slices.Contains(c.accepted, x) {
					c.accepted = append(c.accepted, x)
				}
			}
		}
	}
	c.cost[3] = len(c.steps) + len(c.accepted)
	if p.best == nil || slices.Compare(c.cost[:], p.best.cost[:]) < 0 {
		p.best = c
	}
	return nil
}

// unreached counts the markets that a choice does not reach.
func (p *planner) unreached(chosen []Acquire) (int, error) {
	n := 0
	for _, m := range p.markets {
		r, err := p.reach(m, chosen)
		if err != nil {
			return 0, err
		}
		if !r.Reached {
			n++
		}
	}
	return n, nil
}

// plan writes the best choice down.
func (p *planner) plan() *Plan {
	out := &Plan{
		Day: p.in.Day.UTC().Format(regime.DayForm), Markets: append([]Reach{}, p.best.reach...), Labels: append([]Acquire{}, p.best.labels...),
		Held: append([]Acquire{}, p.held...), Accepted: append([]Accept{}, p.best.accepted...), Steps: append([]answer.Step{}, p.best.steps...),
		Fees: []string{}, Tried: p.tried,
	}
	for _, l := range out.Labels {
		out.Fees = append(out.Fees, named(l.Scheme, l.Level)+": "+cmp.Or(l.Fee, answer.NotPublished))
		out.Days += l.Days
	}
	return out
}
