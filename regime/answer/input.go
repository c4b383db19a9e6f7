package answer

import (
	"fmt"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// The facts that answers rest on beside those the rules name.
const (
	factPlaced  = plimsoll.FactID("product.place_on_market")
	factSupport = plimsoll.FactID("support.until")
)

// Input is what an answer is made from.
type Input struct {
	// Assessments of one product by the edition they were judged under. Facts and
	// labels are taken from all of them.
	Assessments map[plimsoll.Edition]*plimsoll.Assessment
	Day         time.Time // the day that is asked about
	Placed      string    // 2006-01-02; "" takes the declared day of placing on the market
	// Labels are held beside those of the assessments: what would be answered if they
	// were.
	Labels []plimsoll.HeldLabel
}

// Check reports assessments that do not belong together, are of another format,
// or stand under an edition that is not theirs. A caller MUST NOT ask for answers
// on such an input.
func (in Input) Check() error {
	var first *plimsoll.Assessment
	for _, e := range editions {
		a := in.Assessments[e]
		if a == nil {
			continue
		}
		if a.Schema != plimsoll.AssessmentSchema {
			return fmt.Errorf("assessment under %s: schema %q is not %s", e, a.Schema, plimsoll.AssessmentSchema)
		}
		if a.Edition.Standard != e {
			return fmt.Errorf("assessment under %s: it was judged under %q", e, a.Edition.Standard)
		}
		if first == nil {
			first = a
		} else if x, y := first.Product, a.Product; x.Manufacturer != y.Manufacturer || x.Model != y.Model || x.Name != y.Name || x.Firmware != y.Firmware {
			return fmt.Errorf("assessment under %s: it is of %q %q, the other of %q %q", e, y.Model, y.Firmware, x.Model, x.Firmware)
		}
	}
	if first == nil {
		return fmt.Errorf("no assessment under an edition of EN 303 645")
	}
	if in.Day.IsZero() {
		return fmt.Errorf("no day to answer for")
	}
	if in.Placed != "" {
		if _, err := time.Parse(regime.DayForm, in.Placed); err != nil {
			return fmt.Errorf("day of placing on the market: %q is not a day such as 2026-12-01", in.Placed)
		}
	}
	return nil
}

// editions in the order in which facts are taken from them.
var editions = [...]plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3}

// reading is an input laid out for the evaluation of rules.
type reading struct {
	set     *regime.Set
	day     time.Time
	product plimsoll.ProductIdentity
	placed  string
	under   map[plimsoll.Edition]*edition
	facts   map[plimsoll.FactID][]plimsoll.Fact
	labels  []plimsoll.HeldLabel
	support time.Time // end of support, zero when nobody knows or sources differ
	within  []regime.RequirementAtom
}

// edition is an assessment with its provisions by id.
type edition struct {
	*plimsoll.Assessment
	provisions map[plimsoll.ProvisionID]*plimsoll.ProvisionResult
	problems   map[plimsoll.ProvisionID]string // of the ICS
}

func read(s *regime.Set, in Input) *reading {
	y, m, d := in.Day.UTC().Date()
	rd := &reading{
		set: s, day: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), placed: in.Placed,
		under: map[plimsoll.Edition]*edition{}, facts: map[plimsoll.FactID][]plimsoll.Fact{},
	}
	for _, e := range editions {
		if a := in.Assessments[e]; a != nil {
			rd.under[e], rd.product = index(a), a.Product
			rd.take(a)
		}
	}
	rd.labels = append(rd.labels, in.Labels...)
	if rd.placed == "" {
		rd.placed = rd.oneDay(factPlaced)
	} else {
		rd.facts[factPlaced] = []plimsoll.Fact{{ID: factPlaced, Value: rd.placed, Source: plimsoll.SourceDeclared, By: "the question"}}
	}
	if t, err := time.Parse(regime.DayForm, rd.oneDay(factSupport)); err == nil {
		rd.support = t
	}
	return rd
}

func index(a *plimsoll.Assessment) *edition {
	e := &edition{
		Assessment: a, provisions: map[plimsoll.ProvisionID]*plimsoll.ProvisionResult{},
		problems: map[plimsoll.ProvisionID]string{},
	}
	for i := range a.Provisions {
		e.provisions[a.Provisions[i].ID] = &a.Provisions[i]
	}
	for _, p := range a.ICS.Problems {
		if e.problems[p.Provision] == "" {
			e.problems[p.Provision] = p.Reason
		}
	}
	return e
}

// take adds the facts and labels of an assessment that are not there yet.
func (rd *reading) take(a *plimsoll.Assessment) {
	for _, f := range a.Facts {
		same := func(g plimsoll.Fact) bool {
			return f.Subject == g.Subject && f.Source == g.Source && f.By == g.By && f.Model == g.Model && f.Firmware == g.Firmware && fmt.Sprint(f.Value) == fmt.Sprint(g.Value)
		}
		if !slices.ContainsFunc(rd.facts[f.ID], same) {
			rd.facts[f.ID] = append(rd.facts[f.ID], f)
		}
	}
	for _, l := range a.Labels {
		if !slices.Contains(rd.labels, l) {
			rd.labels = append(rd.labels, l)
		}
	}
}

// oneDay is the value of a date on which all sources agree, "" otherwise.
func (rd *reading) oneDay(id plimsoll.FactID) string {
	out := ""
	for _, f := range rd.facts[id] {
		s, _ := f.Value.(string)
		if _, err := time.Parse(regime.DayForm, s); err != nil || out != "" && out != s {
			return ""
		}
		out = s
	}
	return out
}

// Support is the end of support that the assessments agree on, zero where nobody
// knows it or sources differ.
func Support(in Input) time.Time { return read(nil, in).support }
