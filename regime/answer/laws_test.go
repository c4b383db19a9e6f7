package answer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/regimetest"
)

// product is a random product: what is known of each thing that the rules name.
type product struct {
	day        time.Time
	placed     string
	provisions map[plimsoll.Edition]map[plimsoll.ProvisionID]string
	facts      []plimsoll.Fact
	labels     []plimsoll.HeldLabel
}

// named is what the rules of a set speak of.
type named struct {
	provisions map[plimsoll.Edition][]plimsoll.ProvisionID
	facts      []*regime.FactAtom
	asks       []plimsoll.FactID
	labels     []*regime.Regime
}

func names(set *regime.Set) named {
	n := named{provisions: map[plimsoll.Edition][]plimsoll.ProvisionID{}}
	seen := map[string]bool{}
	var rule func(r *regime.Rule)
	rule = func(r *regime.Rule) {
		if r == nil {
			return
		}
		for i := range r.All {
			rule(&r.All[i])
		}
		for i := range r.Any {
			rule(&r.Any[i])
		}
		provision := func(e plimsoll.Edition, id plimsoll.ProvisionID) {
			if k := string(e) + string(id); !seen[k] {
				seen[k] = true
				n.provisions[e] = append(n.provisions[e], id)
			}
		}
		switch {
		case r.Provision != nil:
			provision(r.Provision.Edition, r.Provision.ID)
		case r.Unit != nil:
			provision(r.Unit.Edition, r.Unit.Provision)
		case r.Fact != nil:
			n.facts = append(n.facts, r.Fact)
		case r.Ask != nil:
			n.asks = append(n.asks, r.Ask.Ask.Fact())
		}
	}
	for _, r := range set.Regimes {
		if r.Instrument == regime.Label {
			n.labels = append(n.labels, r)
		}
		for _, q := range r.Requirements {
			rule(q.Rule)
			rule(q.Applies)
		}
		for _, cs := range [][]regime.Clause{r.Scope.In, r.Scope.Out} {
			for i := range cs {
				rule(&cs[i].Rule)
			}
		}
		for _, l := range r.Levels {
			rule(l.When)
		}
	}
	slices.Sort(n.asks)
	n.asks = slices.Compact(n.asks)
	return n
}

func (n named) draw(t *rapid.T, cat *catalog.Catalog) *product {
	p := &product{
		day:        time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 2000).Draw(t, "day")),
		placed:     rapid.SampledFrom([]string{"", "2025-06-01", "2026-12-01", "2028-01-01"}).Draw(t, "placed"),
		provisions: map[plimsoll.Edition]map[plimsoll.ProvisionID]string{},
	}
	kind := rapid.SampledFrom([]string{"pass", "pass", "pass", "fail", "open", "na", "declined", "unstated", "against"})
	for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
		p.provisions[e] = map[plimsoll.ProvisionID]string{}
		for _, id := range n.provisions[e] {
			p.provisions[e][id] = kind.Draw(t, "kind")
		}
	}
	for _, a := range n.facts {
		if v, ok := n.value(t, cat, a); ok {
			p.facts = append(p.facts, plimsoll.Fact{ID: a.ID, Value: v, Source: plimsoll.SourceDeclared, By: "declaration"})
		}
	}
	for _, id := range n.asks {
		if v := rapid.SampledFrom([]string{"", "", "yes", "yes", "no"}).Draw(t, "ask"); v != "" {
			p.facts = append(p.facts, plimsoll.Fact{ID: id, Value: v == "yes", Source: plimsoll.SourcePerson, By: "person:k", Model: "X", Firmware: "2.4.1"})
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "labels") {
		p.labels = append(p.labels, n.label(t))
	}
	return p
}

func (n named) value(t *rapid.T, cat *catalog.Catalog, a *regime.FactAtom) (any, bool) {
	f, _ := cat.Fact(a.ID)
	if rapid.Bool().Draw(t, "silent") {
		return nil, false
	}
	switch {
	case f.Type == "bool":
		return rapid.Bool().Draw(t, "bool"), true
	case f.Type == "date":
		return rapid.SampledFrom([]string{"2026-01-01", "2029-01-01", "2033-01-01"}).Draw(t, "date"), true
	case len(a.In) > 0:
		return rapid.SampledFrom(append(slices.Clone(a.In), "other")).Draw(t, "text"), true
	}
	return a.Is, a.Is != nil
}

func (n named) label(t *rapid.T) plimsoll.HeldLabel {
	r := rapid.SampledFrom(n.labels).Draw(t, "scheme")
	l := plimsoll.HeldLabel{Scheme: string(r.ID), Until: rapid.SampledFrom([]string{"", "2025-01-01", "2027-01-01", "2035-01-01"}).Draw(t, "until")}
	if len(r.Levels) > 0 {
		l.Level = rapid.SampledFrom(r.Levels).Draw(t, "level").ID
	}
	return l
}

func (p *product) input(cat *catalog.Catalog) answer.Input {
	in := answer.Input{Assessments: map[plimsoll.Edition]*plimsoll.Assessment{}, Day: p.day, Placed: p.placed}
	for e, kinds := range p.provisions {
		a := regimetest.New(cat, e, p.day)
		for _, def := range cat.Edition(e) {
			if k := kinds[def.ID]; k != "" {
				a.Provisions = append(a.Provisions, regimetest.Provision(cat, e, def, k))
			}
		}
		a.Facts, a.Labels = slices.Clone(p.facts), slices.Clone(p.labels)
		in.Assessments[e] = a
	}
	return in
}

// sets are the invented regimes and, when they load, the real ones.
func sets(t *testing.T) (*catalog.Catalog, []*regime.Set) {
	cat, invented := testWorld(t)
	out := []*regime.Set{invented}
	if real, err := regime.Load(cat); err != nil {
		t.Errorf("the regimes do not load: %v", err)
	} else {
		out = append(out, real)
	}
	return cat, out
}

func laws(t *testing.T, law func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named)) {
	cat, all := sets(t)
	for i, set := range all {
		n := names(set)
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if f := flag.Lookup("rapid.checks"); i > 0 && f.Value.String() == f.DefValue {
				f.Value.Set("25") // the real regimes are many: what the invented ones do not show, they do
				defer f.Value.Set(f.DefValue)
			}
			rapid.Check(t, func(t *rapid.T) { law(t, cat, set, n) })
		})
	}
}

func ask(t *rapid.T, set *regime.Set, in answer.Input) []*answer.Answer {
	as, err := answer.All(set, in)
	if err != nil {
		t.Fatal(err)
	}
	return as
}

var held = map[answer.Status]bool{answer.Satisfied: true, answer.Supported: true, answer.Indicated: true}

// rank orders what is good news. What does not apply stands beside what holds.
var rank = map[answer.Status]int{
	answer.Satisfied: 5, answer.Supported: 4, answer.NotApplicable: 4, answer.Ended: 4,
	answer.Undecided: 2, answer.EvidenceAgainst: 1, answer.NotSatisfied: 0,
}

// TestSatisfiedIsExact: "satisfied" is said only where the rule is the legal
// condition and the authority itself says so, or where the law deems.
func TestSatisfiedIsExact(t *testing.T) {
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		for _, a := range ask(t, set, n.draw(t, cat).input(cat)) {
			for _, q := range a.Requirements {
				own := q.Exact && q.By == regime.Official && q.Trace.Truth == "true"
				deemed := q.Via != nil && q.Via.Exact && q.Via.By == regime.Official && q.Via.Truth == "true"
				if q.Status == answer.Satisfied && !own && !deemed {
					t.Errorf("%s:%s is satisfied by %s, exact %v", a.Regime, q.ID, q.By, q.Exact)
				}
				if q.Status == answer.Supported && q.Via == nil && q.Trace.Truth != "true" {
					t.Errorf("%s:%s is supported on %s", a.Regime, q.ID, q.Trace.Truth)
				}
			}
		}
	})
}

// TestProvisionalNeverHolds: an edition without public test units proves nothing.
func TestProvisionalNeverHolds(t *testing.T) {
	seen := 0
	var check func(t *rapid.T, tr *answer.Trace)
	check = func(t *rapid.T, tr *answer.Trace) {
		if strings.HasSuffix(tr.Atom, string(plimsoll.EditionV3)) {
			if seen++; tr.Truth == "true" {
				t.Errorf("%s is true: %s", tr.Atom, tr.Why)
			}
		}
		for _, p := range tr.Parts {
			check(t, p)
		}
	}
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		for _, a := range ask(t, set, n.draw(t, cat).input(cat)) {
			for _, q := range a.Requirements {
				if q.Trace != nil {
					check(t, q.Trace)
				}
			}
		}
	})
	if seen == 0 {
		t.Error("no rule speaks of the provisional edition")
	}
}

// TestNothingFromNothing: where all is open, nothing holds.
func TestNothingFromNothing(t *testing.T) {
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		p := n.draw(t, cat)
		p.facts, p.labels = nil, nil
		silent := rapid.SampledFrom([]string{"open", "unstated", "against"})
		for _, kinds := range p.provisions {
			for id := range kinds {
				kinds[id] = silent.Draw(t, "silent")
			}
		}
		for _, a := range ask(t, set, p.input(cat)) {
			for _, q := range a.Requirements {
				if held[q.Status] || held[q.Own] {
					t.Errorf("%s:%s is %s (own %s) on nothing", a.Regime, q.ID, q.Status, q.Own)
				}
			}
		}
	})
}

// TestMoreEvidence: to learn what was open never takes back what was said to hold,
// and never turns a failure into success. The one way out is to learn that the
// thing is not owed.
func TestMoreEvidence(t *testing.T) {
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		p := n.draw(t, cat)
		before := ask(t, set, p.input(cat))
		for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
			for _, id := range n.provisions[e] {
				if p.provisions[e][id] == "open" {
					p.provisions[e][id] = rapid.SampledFrom([]string{"open", "pass", "fail", "na"}).Draw(t, "learnt")
				}
			}
		}
		for _, id := range n.asks {
			unanswered := !slices.ContainsFunc(p.facts, func(f plimsoll.Fact) bool { return f.ID == id })
			if unanswered && rapid.Bool().Draw(t, "answer") {
				p.facts = append(p.facts, plimsoll.Fact{ID: id, Value: rapid.Bool().Draw(t, "yes"), Source: plimsoll.SourcePerson, By: "person:k", Model: "X", Firmware: "2.4.1"})
			}
		}
		after := ask(t, set, p.input(cat))
		for i := range before {
			for j, was := range before[i].Requirements {
				is := after[i].Requirements[j]
				if held[was.Status] && !held[is.Status] && is.Status != answer.NotApplicable {
					t.Errorf("%s:%s was %s and is %s", before[i].Regime, was.ID, was.Status, is.Status)
				}
				if was.Status == answer.NotSatisfied && held[is.Status] {
					t.Errorf("%s:%s was not satisfied and is %s", before[i].Regime, was.ID, is.Status)
				}
			}
		}
	})
}

// TestFailureNeverHelps: a failure in place of anything never improves an answer. A
// claim of "no" stays: the maker's own word weighs more than a failure by a
// provisional method, which is evidence against and no more.
func TestFailureNeverHelps(t *testing.T) {
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		p := n.draw(t, cat)
		before := ask(t, set, p.input(cat))
		for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
			for _, id := range n.provisions[e] {
				if rapid.Bool().Draw(t, "fails") && p.provisions[e][id] != "declined" {
					p.provisions[e][id] = rapid.SampledFrom([]string{"fail", "declined"}).Draw(t, "how")
				}
			}
		}
		worse(t, before, ask(t, set, p.input(cat)))
	})
}

// TestLabelsOnlyHelp: to give up a label never improves an answer, and one that has
// ended is as good as none.
func TestLabelsOnlyHelp(t *testing.T) {
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		p := n.draw(t, cat)
		without := ask(t, set, p.input(cat))
		more := *p
		more.labels = append(slices.Clone(p.labels), n.label(t))
		worse(t, ask(t, set, more.input(cat)), without)
		ended := n.label(t)
		ended.Until = p.day.AddDate(0, 0, -1).Format("2006-01-02")
		more.labels = append(slices.Clone(p.labels), ended)
		same := ask(t, set, more.input(cat))
		worse(t, same, without)
		worse(t, without, same)
	})
}

// worse complains where the second answers are better than the first.
func worse(t *rapid.T, first, second []*answer.Answer) {
	for i := range first {
		for j, x := range first[i].Requirements {
			y := second[i].Requirements[j]
			a, ok := rank[x.Status]
			b, ok2 := rank[y.Status]
			if ok && ok2 && b > a {
				t.Errorf("%s:%s was %s and is %s", first[i].Regime, x.ID, x.Status, y.Status)
			}
		}
		for j, x := range first[i].Levels {
			if y := second[i].Levels[j]; y.Reached == "yes" && x.Reached != "yes" {
				t.Errorf("%s level %s was %s and is reached", first[i].Regime, x.ID, x.Reached)
			}
		}
	}
}

// TestSameBytes: an answer is a function of its input.
func TestSameBytes(t *testing.T) {
	laws(t, func(t *rapid.T, cat *catalog.Catalog, set *regime.Set, n named) {
		p := n.draw(t, cat)
		a, errA := json.Marshal(ask(t, set, p.input(cat)))
		b, errB := json.Marshal(ask(t, set, p.input(cat)))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("two answers differ (%v, %v)", errA, errB)
		}
	})
}

// TestStepsSuffice: who does what the steps say meets the requirement.
func TestStepsSuffice(t *testing.T) {
	cat, set := testWorld(t)
	n := names(set)
	rapid.Check(t, func(t *rapid.T) {
		p := n.draw(t, cat)
		p.labels, p.placed, p.day = nil, "2026-12-01", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		before := ask(t, set, p.input(cat))
		for _, a := range before {
			for _, s := range a.Steps {
				p.take(t, s)
			}
		}
		for i, a := range ask(t, set, p.input(cat)) {
			for j, q := range a.Requirements {
				if s := before[i].Requirements[j].Status; q.Obligation == regime.Mandatory && len(q.Levels) == 0 &&
					(s == answer.Undecided || s == answer.NotSatisfied) && rank[q.Status] < 4 && before[i].Scope.In == "yes" {
					t.Errorf("%s:%s is %s (%s) after %+v", a.Regime, q.ID, q.Status, q.Why, before[i].Requirements[j].Steps)
				}
			}
		}
	})
}

// take does what a step says.
func (p *product) take(t *rapid.T, s answer.Step) {
	set := func(v any, source plimsoll.Source) {
		id := plimsoll.FactID(s.ID)
		p.facts = slices.DeleteFunc(p.facts, func(f plimsoll.Fact) bool { return f.ID == id })
		p.facts = append(p.facts, plimsoll.Fact{ID: id, Value: v, Source: source, By: "person:k", Model: "X", Firmware: "2.4.1"})
	}
	switch s.Kind {
	case answer.StepAsk:
		set(true, plimsoll.SourcePerson)
	case answer.StepFact:
		set("2099-01-01", plimsoll.SourceDeclared)
	case answer.StepProvision, answer.StepUnit:
		for id := range p.provisions[plimsoll.EditionV2] {
			if s.ID == string(id)+"@"+string(plimsoll.EditionV2) || s.Kind == answer.StepUnit && len(s.ID) > len(id) && s.ID[:len(id)] == string(id) {
				p.provisions[plimsoll.EditionV2][id] = "pass"
			}
		}
	default:
		t.Fatalf("a step of kind %s without labels", s.Kind)
	}
}
