package market_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/market"
)

// holding is the product of an input with more labels declared: those of a plan,
// each until its date, or for the day where the scheme publishes no term.
func holding(in answer.Input, labels []market.Acquire) answer.Input {
	out := in
	out.Assessments = map[plimsoll.Edition]*plimsoll.Assessment{}
	for e, a := range in.Assessments {
		c := *a
		c.Labels = slices.Clone(a.Labels)
		for _, l := range labels {
			c.Labels = append(c.Labels, plimsoll.HeldLabel{
				Scheme: string(l.Scheme), Level: l.Level, ID: "P", Until: cmp.Or(l.Until, in.Day.Format("2006-01-02")), Basis: "documented",
			})
		}
		out.Assessments[e] = &c
	}
	return out
}

// judgement is what the answers say of a market, by the test's own reading: its laws
// hold or name the steps after which they do, and a label is there where one is to
// be had or is a duty.
type judgement struct {
	reached  bool
	steps    []answer.Step
	accepted []market.Accept
}

func judge(set *regime.Set, as []*answer.Answer, name string, canBeHad func(plimsoll.RegimeID) bool) judgement {
	out := judgement{reached: true}
	wanted, have := false, false
	for _, a := range as {
		if !slices.Contains(a.Markets, name) || a.Status == answer.OutOfScope || a.Status == answer.Upcoming || a.Status == answer.Ended {
			continue
		}
		switch a.Instrument {
		case regime.Law:
			out.law(a)
		case regime.Label:
			there, via := theLabel(a)
			out.accepted = append(out.accepted, via...)
			have, wanted = have || there, wanted || canBeHad(a.Regime)
			out.reached = out.reached && (there || a.Scope.Duty == "no")
			if !there && a.Scope.Duty == "open" {
				out.steps = answer.Merge(out.steps, a.Scope.Steps)
			}
		}
	}
	out.reached = out.reached && (have || !wanted)
	return out
}

func (j *judgement) law(a *answer.Answer) {
	j.steps = answer.Merge(j.steps, a.Steps)
	if a.Scope.In == "open" {
		j.steps = answer.Merge(j.steps, a.Scope.Steps)
	}
	for _, q := range a.Requirements {
		if q.Obligation != regime.Mandatory {
			continue
		}
		switch q.Status {
		case answer.Undecided, answer.NotSatisfied, answer.EvidenceAgainst:
			blocked := func(s answer.Step) bool { return s.Blocked != "" }
			j.reached = j.reached && len(q.Steps) > 0 && !slices.ContainsFunc(q.Steps, blocked)
		}
		if q.Via != nil {
			x := market.Accept{From: market.Holding{Scheme: q.Via.From, Level: q.Via.Label.Level}, To: a.Regime, Level: q.Via.ToLevel, Effect: q.Via.Effect, Cite: q.Via.Cite}
			if !slices.Contains(j.accepted, x) {
				j.accepted = append(j.accepted, x)
			}
		}
	}
}

// theLabel is whether a label of the scheme is held, or one of its levels is reached
// by recognition of another.
func theLabel(a *answer.Answer) (bool, []market.Accept) {
	if slices.ContainsFunc(a.Held, func(h answer.LabelUse) bool { return h.Truth == "true" }) {
		return true, nil
	}
	var out []market.Accept
	for _, l := range a.Levels {
		for _, r := range a.Recognised {
			if l.Reached == "yes" && l.Via == r.From && l.ID == r.ToLevel && r.Truth == "true" {
				out = append(out, market.Accept{From: market.Holding{Scheme: r.From, Level: r.Label.Level}, To: a.Regime, Level: r.ToLevel, Effect: r.Effect, Cite: r.Cite})
			}
		}
	}
	return len(out) > 0, out
}

// agrees finds the plan and complains where the answers of a product with the labels
// of the plan say anything else.
func agrees(t *testing.T, set *regime.Set, in answer.Input, markets []string) *market.Plan {
	t.Helper()
	p, err := market.Find(set, in, markets)
	if err != nil {
		t.Fatal(err)
	}
	as, err := answer.All(set, holding(in, p.Labels))
	if err != nil {
		t.Fatal(err)
	}
	options := choices(t, set, in)
	canBeHad := func(id plimsoll.RegimeID) bool {
		return slices.ContainsFunc(options, func(o market.Acquire) bool { return o.Scheme == id })
	}
	var accepted []market.Accept
	for _, m := range p.Markets {
		got := judge(set, as, m.Market, canBeHad)
		if got.reached != m.Reached {
			t.Errorf("%s: the plan says reached %v (%q, missing %q), the answers %v", m.Market, m.Reached, m.How, m.Missing, got.reached)
		}
		for _, s := range got.steps {
			if !slices.ContainsFunc(p.Steps, func(x answer.Step) bool { return x.Kind == s.Kind && x.ID == s.ID }) {
				t.Errorf("%s: the plan leaves out %s %s", m.Market, s.Kind, s.ID)
			}
		}
		for _, x := range got.accepted {
			if !slices.Contains(accepted, x) {
				accepted = append(accepted, x)
			}
			if basis := strings.TrimSpace(string(x.From.Scheme) + " " + x.From.Level); !slices.ContainsFunc(m.How, func(h string) bool { return strings.Contains(h, " by "+basis) }) {
				t.Errorf("%s: the answer rests on %s, the plan on %q", m.Market, basis, m.How)
			}
		}
	}
	for _, x := range p.Accepted {
		if !slices.Contains(accepted, x) {
			t.Errorf("the plan counts %+v, no answer does", x)
		}
	}
	if len(accepted) != len(p.Accepted) {
		t.Errorf("the plan counts %d recognitions, the answers %d", len(p.Accepted), len(accepted))
	}
	for _, l := range p.Labels {
		i := slices.IndexFunc(as, func(a *answer.Answer) bool { return a.Regime == l.Scheme })
		if there, _ := theLabel(as[i]); !there {
			t.Errorf("the label %s %s of the plan does not count in its own scheme", l.Scheme, l.Level)
		}
	}
	return p
}

// choices lists the labels that can be applied for, by the answers.
func choices(t *testing.T, set *regime.Set, in answer.Input) []market.Acquire {
	t.Helper()
	as, err := answer.All(set, in)
	if err != nil {
		t.Fatal(err)
	}
	var out []market.Acquire
	for _, a := range as {
		if a.Instrument != regime.Label || a.State != regime.Open || a.Status == answer.OutOfScope {
			continue
		}
		r, _ := set.Regime(a.Regime)
		for i, l := range a.Levels {
			if l.Applies != "no" && l.Reached != answer.UnknownRequirements && regime.Begun(r.Levels[i].From, in.Day) {
				end, ok := r.Levels[i].Validity.End(in.Day, answer.Support(in))
				x := market.Acquire{Scheme: a.Regime, Level: l.ID, Route: l.Route, Days: l.Days, Steps: l.Steps}
				if ok {
					x.Until = end.Format("2006-01-02")
				}
				out = append(out, x)
			}
		}
	}
	return out
}

// cheapest tries every choice of up to n labels, answers each in full, and gives the
// least cost: markets not reached, labels, laboratories, things to do, days.
func cheapest(t *testing.T, set *regime.Set, in answer.Input, markets []string, n int) [5]int {
	t.Helper()
	options := choices(t, set, in)
	canBeHad := func(id plimsoll.RegimeID) bool {
		return slices.ContainsFunc(options, func(o market.Acquire) bool { return o.Scheme == id })
	}
	var best [5]int
	first := true
	var try func(chosen []market.Acquire, from int)
	try = func(chosen []market.Acquire, from int) {
		as, err := answer.All(set, holding(in, chosen))
		if err != nil {
			t.Fatal(err)
		}
		cost, steps, accepted := [5]int{1: len(chosen)}, []answer.Step(nil), map[market.Accept]bool{}
		for _, l := range chosen {
			steps = answer.Merge(steps, l.Steps)
			cost[4] += l.Days
			if slices.Contains([]string{"laboratory", "notified-body", "certificate"}, l.Route) {
				cost[2]++
			}
		}
		for _, m := range markets {
			j := judge(set, as, m, canBeHad)
			if !j.reached {
				cost[0]++
			}
			steps = answer.Merge(steps, j.steps)
			for _, x := range j.accepted {
				accepted[x] = true
			}
		}
		cost[3] = len(steps) + len(accepted)
		if first || slices.Compare(cost[:], best[:]) < 0 {
			best, first = cost, false
		}
		for i := from; i < len(options) && len(chosen) < n; i++ {
			if !slices.ContainsFunc(chosen, func(c market.Acquire) bool { return c.Scheme == options[i].Scheme }) {
				try(append(slices.Clone(chosen), options[i]), i+1)
			}
		}
	}
	try(nil, 0)
	return best
}

func costOf(p *market.Plan) [5]int {
	out := [5]int{1: len(p.Labels), 3: len(p.Steps) + len(p.Accepted), 4: p.Days}
	for _, m := range p.Markets {
		if !m.Reached {
			out[0]++
		}
	}
	for _, l := range p.Labels {
		if slices.Contains([]string{"laboratory", "notified-body", "certificate"}, l.Route) {
			out[2]++
		}
	}
	return out
}

// TestPlanIsTheAnswer: what a plan calls reached is what the regimes answer of a
// product that holds exactly the labels of the plan, on the same basis, for every
// product in the testdata of the regimes.
func TestPlanIsTheAnswer(t *testing.T) {
	cat, set := real(t)
	files, err := filepath.Glob("../*/testdata/*.txtar")
	if err != nil || len(files) < 50 {
		t.Fatalf("got %d products, %v", len(files), err)
	}
	recognised := 0
	for _, f := range files {
		ar, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		in := input(t, cat, string(ar.Files[0].Data))
		t.Run(strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(f), "../"), ".txtar"), func(t *testing.T) {
			for _, m := range []string{"uk,sg", "uk,us,jp,de,kr,in,fi"} {
				recognised += len(agrees(t, set, in, strings.Split(m, ",")).Accepted)
			}
		})
	}
	if recognised == 0 {
		t.Error("no plan rests on a recognition: the test shows nothing")
	}
}

// TestPlanIsCheapest: no choice of labels, answered in full, costs less.
func TestPlanIsCheapest(t *testing.T) {
	cat, invented := testWorld(t)
	for _, product := range []string{fresh, undecided, fresh + "labels: [{scheme: bb-label, until: 2028-01-01}]\n"} {
		for _, m := range []string{"uk", "sg", "uk,sg", "uk,sg,kr", "uk,sg,kr,jp,us"} {
			in, markets := input(t, cat, product), strings.Split(m, ",")
			if got, want := costOf(agrees(t, invented, in, markets)), cheapest(t, invented, in, markets, 4); got != want {
				t.Errorf("%s: the plan costs %v, the cheapest choice %v\n%s", m, got, want, product)
			}
		}
	}
	_, closed := worldOf(t, shut)
	for _, product := range []string{undecided, undecided + "facts: {product.category: hub}\n", undecided + "facts: {product.category: router}\nasks: {jj-law.home: true, kk-label.small: true}\n"} {
		for _, m := range []string{"us,uk", "sg,au", "sg,au,kr"} {
			in, markets := input(t, cat, product), strings.Split(m, ",")
			if got, want := costOf(agrees(t, closed, in, markets)), cheapest(t, closed, in, markets, 4); got != want {
				t.Errorf("%s: the plan costs %v, the cheapest choice %v\n%s", m, got, want, product)
			}
		}
	}
	_, set := real(t)
	for _, f := range []string{"../uk-psti/testdata/open.txtar", "../sg-cls/testdata/" + first(t, "../sg-cls/testdata"), "../kr-cic/testdata/" + first(t, "../kr-cic/testdata")} {
		ar, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		in := input(t, cat, string(ar.Files[0].Data))
		for _, m := range []string{"uk,sg", "uk,sg,kr,de"} {
			p := agrees(t, set, in, strings.Split(m, ","))
			if got, want := costOf(p), cheapest(t, set, in, strings.Split(m, ","), max(1, len(p.Labels))); got != want {
				t.Errorf("%s, %s: the plan costs %v, the cheapest choice %v", f, m, got, want)
			}
		}
	}
}

// TestRecognitionDoesNotChain: the German label comes with CLS level 2 and is no
// label of that scheme. The law of the United Kingdom deems on "any current label"
// of the schemes that it names (SI 2025/1267): a label that another scheme only
// treats as its own is none.
func TestRecognitionDoesNotChain(t *testing.T) {
	cat, set := real(t)
	in := input(t, cat, "day: 2026-11-22\nplaced: 2026-12-01\nfacts: {product.category: speaker, support.until: 2031-01-15}\n"+
		"labels: [{scheme: de-bsi-itsik, level: consumer, until: 2028-03-31, basis: verified}]\n")
	p := agrees(t, set, in, []string{"uk", "sg"})
	for _, x := range p.Accepted {
		if x.To == "uk-psti" {
			t.Errorf("the plan counts %+v", x)
		}
	}
	if len(p.Labels) != 0 || len(p.Accepted) != 1 || p.Accepted[0].To != "sg-cls" {
		t.Errorf("got the labels %v and the recognitions %v", p.Labels, p.Accepted)
	}
	if got := p.Markets[0].How; !slices.Contains(got, "uk-psti on own evidence") {
		t.Errorf("uk: %q", got)
	}
}

// A world of what cannot be had: a label that is a duty of routers, a duty of the
// same market that waits for an answer, a law that wants a label which nobody issues,
// one whose scope is open, a scheme that is closed and recognises, and a class.
var shut = map[string]string{
	"ff-label": `markets: [sg]
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
scope: {must: [{what: routers, cite: c, rule: {fact: product.category, is: router}}]}
levels: [{id: f, name: f, route: laboratory, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.1-1}}]
`, "gg-label": `markets: [sg]
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
levels: [{id: g, name: g, route: none, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.1-1}}]
`, "hh-label": `markets: [us]
instrument: label
events: [{date: 2024-01-01, state: closed-to-new, what: stalled, cite: c}]
scope: {must: [{what: supply to the state, cite: c, rule: {ask: {id: state, question: Is it for the state?}}}]}
levels: [{id: h, name: h, route: none, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {provision: 5.1-1}}]
recognises: [{from: gg-label, to: h, effect: taken as h, cite: c, by: official, confidence: high, signed: true, since: 2025-01-01}]
`, "ii-law": `markets: [uk]
instrument: law
events: [{date: 2024-04-29, state: in-force, what: begins, cite: c}]
requirements: [{id: x, title: t, cite: c, by: ours, rule: {label: {scheme: hh-label}}}]
`, "jj-law": `markets: [au]
instrument: law
events: [{date: 2024-04-29, state: in-force, what: begins, cite: c}]
scope: {in: [{what: things of the home, cite: c, rule: {ask: {id: home, question: Is it for the home?}}}]}
requirements: [{id: x, title: t, cite: c, by: ours, rule: {label: {scheme: gg-label}}}]
`, "kk-label": `markets: [kr]
instrument: label
events: [{date: 2024-01-01, state: open, what: begins, cite: c}]
levels: [{id: k, name: k, route: laboratory, cite: c, when: {ask: {id: small, question: Is it small?}}}]
requirements: [{id: x, title: t, cite: c, by: ours, levels: [k], rule: {provision: 5.1-1}}]
recognises: [{from: gg-label, to: k, effect: taken as k, cite: c, by: official, confidence: high, signed: true, since: 2025-01-01}]
`,
}

// TestPlanOfWhatCannotBeHad: a market is not reached where a duty stays, where a law
// wants what nobody can have, and where a closed scheme or an open class would have
// to recognise.
func TestPlanOfWhatCannotBeHad(t *testing.T) {
	cat, set := worldOf(t, shut)
	const router = "facts: {product.category: router}\n"
	for _, c := range []struct {
		name, product, market string
		labels                string
		reached               bool
		says                  string // of what is missing, or of how
		step                  string
	}{
		{"any label will do", undecided + "facts: {product.category: hub}\n", "sg", "gg-label g", true, "gg-label g by none", ""},
		{"one is a duty", undecided + router, "sg", "ff-label f", true, "ff-label f by laboratory", ""},
		{"a duty, another label is held", undecided + router + "labels: [{scheme: gg-label, level: g, until: 2028-01-01}]\n", "sg", "ff-label f", true, "ff-label f by laboratory", ""},
		{"a closed scheme, open whether a duty", undecided, "us", "", false, "unless it is no duty", "ask.hh-label.state"},
		{"a closed scheme that is a duty recognises nobody", undecided + "asks: {hh-label.state: true}\nlabels: [{scheme: gg-label, level: g, until: 2028-01-01}]\n", "us", "", false, "which is a duty and cannot be had", ""},
		{"a closed scheme that is none", undecided + "asks: {hh-label.state: false}\n", "us", "", true, "nothing is asked here", ""},
		{"a label that runs out", undecided + "asks: {hh-label.state: true}\nlabels: [{scheme: hh-label, level: h, until: 2028-01-01}]\n", "us", "", true, "hh-label h is held until 2028-01-01", ""},
		{"a law that wants what nobody issues", undecided, "uk", "", false, "cannot be had", ""},
		{"a law of open scope", undecided, "au", "", true, "jj-law on own evidence", "ask.jj-law.home"},
		{"a class that is open", undecided + "labels: [{scheme: gg-label, level: g, until: 2028-01-01}]\n", "kr", "kk-label k", true, "kk-label k by laboratory", "ask.kk-label.small"},
		{"a class that is not", undecided + "asks: {kk-label.small: false}\nlabels: [{scheme: gg-label, level: g, until: 2028-01-01}]\n", "kr", "", true, "nothing is asked here", ""},
		{"a class that is", undecided + "asks: {kk-label.small: true}\nlabels: [{scheme: gg-label, level: g, until: 2028-01-01}]\n", "kr", "", true, "kk-label k by gg-label g", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := agrees(t, set, input(t, cat, c.product), []string{c.market})
			var labels []string
			for _, l := range p.Labels {
				labels = append(labels, string(l.Scheme)+" "+l.Level)
			}
			r := p.Markets[0]
			if got := strings.Join(labels, ", "); got != c.labels || r.Reached != c.reached {
				t.Errorf("got the labels %q, reached %v (%q)", got, r.Reached, r.Missing)
			}
			if says := strings.Join(append(r.How, r.Missing...), "; "); !strings.Contains(says, c.says) {
				t.Errorf("got %q, want %q in it", says, c.says)
			}
			if c.step != "" && !slices.ContainsFunc(p.Steps, func(s answer.Step) bool { return s.ID == c.step }) {
				t.Errorf("no step %s in %+v", c.step, p.Steps)
			}
		})
	}
}

func real(t testing.TB) (*catalog.Catalog, *regime.Set) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regime.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	return cat, set
}

func first(t *testing.T, dir string) string {
	t.Helper()
	fs, err := os.ReadDir(dir)
	if err != nil || len(fs) == 0 {
		t.Fatalf("%s: %v", dir, err)
	}
	return fs[0].Name()
}
