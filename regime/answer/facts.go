package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// fact compares a fact. Sources that differ on whether it fits leave it open: a
// declaration does not outweigh what was observed, nor the other way round.
func (rd *reading) fact(a *regime.FactAtom) *Trace {
	t := &Trace{Atom: "fact " + string(a.ID) + a.Comparison()}
	t.step = &Step{Kind: StepFact, ID: string(a.ID), What: "declare or show that " + rd.meaning(a) + a.Comparison(), cost: costFact}
	if rd.needsPlaced(a) {
		t.step = &Step{Kind: StepFact, ID: string(factPlaced), What: "declare product.place_on_market", cost: costFact}
		return t.set(plimsoll.Unknown, "the day of placing on the market is not known")
	}
	rd.compare(t, rd.facts[a.ID], func(v any) plimsoll.Truth { return rd.fits(a, v) })
	if t.is == plimsoll.False {
		t.step.Mend, t.step.cost = true, costMend
	}
	return t
}

// compare holds each fact against what is wanted.
func (rd *reading) compare(t *Trace, facts []plimsoll.Fact, fits func(any) plimsoll.Truth) {
	if len(facts) == 0 {
		t.set(plimsoll.Unknown, "nothing says so")
		return
	}
	var said [3][]string
	for _, f := range facts {
		v := fits(f.Value)
		said[v] = append(said[v], fmt.Sprintf("%s %v by %s", f.Source, f.Value, f.By))
		t.Evidence = append(t.Evidence, f.Evidence...)
	}
	t.Evidence = unique(t.Evidence)
	yes, no := said[plimsoll.True], said[plimsoll.False]
	switch {
	case len(yes) > 0 && len(no) > 0:
		t.Against = true
		t.set(plimsoll.Unknown, "contradicted: "+yes[0]+", but "+no[0])
	case len(said[plimsoll.Unknown]) > 0:
		t.set(plimsoll.Unknown, "cannot be compared: "+said[plimsoll.Unknown][0])
	case len(yes) > 0:
		t.set(plimsoll.True, strings.Join(yes, "; "))
	default:
		t.set(plimsoll.False, strings.Join(no, "; "))
	}
}

func (rd *reading) meaning(a *regime.FactAtom) string {
	if f, ok := rd.set.Catalog().Fact(a.ID); ok {
		return f.Meaning
	}
	return string(a.ID)
}

func (rd *reading) needsPlaced(a *regime.FactAtom) bool {
	return rd.placed == "" && (strings.HasPrefix(a.AtLeast, "placed") || strings.HasPrefix(a.AtMost, "placed"))
}

// fits compares one value; unknown where it has not the form of the comparison.
func (rd *reading) fits(a *regime.FactAtom, v any) plimsoll.Truth {
	text := fmt.Sprint(v)
	switch {
	case a.Is != nil:
		return plimsoll.TruthOf(text == fmt.Sprint(a.Is))
	case a.In != nil:
		return plimsoll.TruthOf(slices.Contains(a.In, text))
	}
	order := rd.dates
	if n, ok := v.(float64); ok {
		order = func(string, string) (int, bool) { return 0, false }
		for _, b := range []string{a.AtLeast, a.AtMost} {
			if _, err := regime.ParseNumber(b); err == nil || b == "" {
				order = func(_, b string) (int, bool) { return numbers(n, b) }
			}
		}
	}
	out := plimsoll.True
	for _, b := range []struct {
		bound string
		bad   int
	}{{a.AtLeast, -1}, {a.AtMost, 1}} {
		if b.bound == "" {
			continue
		}
		c, ok := order(text, b.bound)
		if !ok {
			return plimsoll.Unknown
		}
		out = plimsoll.And(out, plimsoll.TruthOf(c != b.bad))
	}
	return out
}

func numbers(n float64, bound string) (int, bool) {
	m, err := regime.ParseNumber(bound)
	switch {
	case err != nil:
		return 0, false
	case n < m:
		return -1, true
	case n > m:
		return 1, true
	}
	return 0, true
}

func (rd *reading) dates(day, bound string) (int, bool) {
	d, err := time.Parse(regime.DayForm, day)
	b, ok := rd.dayOf(bound)
	return d.Compare(b), err == nil && ok
}

// ask reads the signed answer of a person. What anything else says under the
// question's name does not count.
func (rd *reading) ask(a *regime.AskRef) *Trace {
	id := a.Ask.Fact()
	t := &Trace{Atom: "ask " + string(id)}
	if !a.Is {
		t.Atom += " = no"
	}
	t.step = &Step{Kind: StepAsk, ID: string(id), What: a.Ask.Question, Hint: a.Ask.Hint, cost: costAsk}
	var answers, stale []plimsoll.Fact
	for _, f := range rd.facts[id] {
		switch {
		case f.Source != plimsoll.SourcePerson:
		case rd.before(a.Ask, f) == "":
			answers = append(answers, f)
		default:
			stale = append(stale, f)
		}
	}
	fits := func(v any) plimsoll.Truth {
		if b, ok := v.(bool); ok {
			return plimsoll.TruthOf(b == a.Is)
		}
		return plimsoll.Unknown
	}
	rd.compare(t, answers, fits)
	switch {
	case t.is == plimsoll.False:
		t.step.Mend, t.step.cost = true, costMend
	case len(answers) == 0 && len(stale) > 0:
		// More versions must not lift what was found wrong: it stays in sight.
		t.Against = slices.ContainsFunc(stale, func(f plimsoll.Fact) bool { return fits(f.Value) == plimsoll.False })
		t.Why = rd.before(a.Ask, stale[len(stale)-1])
		t.step.What += " (" + t.Why + ")"
		t.step.Hint = strings.TrimSpace("plimsoll ask DIR --regime " + string(a.Ask.Regime) + ". " + t.step.Hint)
	case len(answers) == 0:
		t.Why = "no person has answered"
	}
	return t
}

// before says what else than this product and version a person had before them who
// answered a question; "" where the answer holds.
func (rd *reading) before(a *regime.AskAtom, f plimsoll.Fact) string {
	named := func(s string) string { return cmp.Or(s, "no named one") }
	switch {
	case a.About == regime.AboutMaker:
	case f.Model != rd.product.Model:
		return fmt.Sprintf("answered for the model %s, this is %s: answer again", named(f.Model), named(rd.product.Model))
	case a.About != regime.AboutModel && f.Firmware != rd.product.Firmware:
		return fmt.Sprintf("answered for firmware %s, this is %s: answer again", named(f.Firmware), named(rd.product.Firmware))
	}
	return ""
}
