package view

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// step is something to do next.
type Step struct {
	Do    string // mend, correct, state, declare, supply, answer
	What  string
	Where []string // the provisions or probes it helps
}

// steps lists the few most valuable things to do: what fails, the declaration,
// what is missing, the questions to persons.
func (v *View) Steps(hs []Heading) []Step {
	out := v.mending(hs)
	out = append(out, v.correcting()...)
	out = append(out, v.declaring(hs)...)
	out = append(out, v.supplying()...)
	if n := len(v.Open); n > 0 {
		proposed := 0
		for _, o := range v.Open {
			if o.Proposal != nil {
				proposed++
			}
		}
		what := fmt.Sprintf("%s that only a person can: plimsoll ask %s", Some(n, "question"), v.folder)
		if proposed > 0 {
			what = fmt.Sprintf("%s that only a person can (%d with a proposal by software): plimsoll ask %s", Some(n, "question"), proposed, v.folder)
		}
		out = append(out, Step{Do: "answer", What: what})
	}
	if len(out) == 0 {
		out = append(out, Step{Do: "keep", What: "the evidence, sealed and portable: plimsoll bundle pack " + v.folder})
	}
	return out
}

// tally collects what helps several provisions, in order of first mention.
type tally struct {
	what  []string
	where map[string][]string
}

func (t *tally) add(what, where string) {
	if t.where == nil {
		t.where = map[string][]string{}
	}
	if _, ok := t.where[what]; !ok {
		t.what = append(t.what, what)
	}
	if !slices.Contains(t.where[what], where) {
		t.where[what] = append(t.where[what], where)
	}
}

// steps lists the most helpful first.
func (t *tally) Steps(do string, most int) []Step {
	sort.SliceStable(t.what, func(a, b int) bool { return len(t.where[t.what[a]]) > len(t.where[t.what[b]]) })
	var out []Step
	for _, w := range t.what[:min(most, len(t.what))] {
		out = append(out, Step{Do: do, What: w, Where: t.where[w]})
	}
	return out
}

func (v *View) mending(hs []Heading) []Step {
	var fails, marks tally
	for _, h := range hs {
		for _, r := range h.Rows {
			if r.Support == plimsoll.SupportNA || r.Declined {
				continue
			}
			for _, t := range r.Fails {
				fails.add(cmp.Or(t.Remedy, t.Text), string(r.ID))
			}
			for _, t := range r.Marks {
				marks.add(cmp.Or(t.Remedy, t.Text), string(r.ID))
			}
		}
	}
	const most = 3
	out := fails.Steps("mend", most)
	for _, s := range marks.Steps("mend", most) {
		if len(out) < most && !slices.ContainsFunc(out, func(o Step) bool { return o.What == s.What }) {
			out = append(out, s)
		}
	}
	return out
}

func (v *View) correcting() []Step {
	var correct, State []string
	for _, p := range v.ICS.Problems {
		if p.Verdict == plimsoll.Fail {
			correct = append(correct, string(p.Provision))
		} else {
			State = append(State, string(p.Provision))
		}
	}
	var out []Step
	if len(correct) > 0 {
		out = append(out, Step{Do: "correct", What: "what the ICS claims in product.yaml (see above)", Where: correct})
	}
	if len(State) > 0 {
		out = append(out, Step{Do: "state", What: "in product.yaml ics.ID: {support: yes|no|n/a, reason: …}", Where: State})
	}
	return out
}

func (v *View) declaring(hs []Heading) []Step {
	var t tally
	for _, h := range hs {
		for _, r := range h.Rows {
			for _, g := range r.Gaps {
				if strings.HasPrefix(g.Remedy, "declare ") || strings.HasPrefix(g.Remedy, "confirm ") {
					t.add(g.Remedy, string(r.ID))
				}
			}
		}
	}
	var out []Step
	for _, s := range t.Steps("declare", 2) {
		do, what, _ := strings.Cut(s.What, " ")
		out = append(out, Step{Do: do, What: what, Where: s.Where})
	}
	return out
}

func (v *View) supplying() []Step {
	var t tally
	for _, s := range v.Skipped {
		t.add(cmp.Or(s.Hint, s.Needs), s.Probe)
	}
	return t.Steps("supply", 2)
}

// places shortens a list of ids.
func Places(ids []string) string {
	const most = 6
	if len(ids) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
	}
	return strings.Join(ids, ", ")
}

// ICSGroup is one problem of the ICS with the provisions that have it.
type ICSGroup struct {
	State          State
	Reason, Remedy string
	IDs            []string
}

// ICSGroups gathers the problems of the ICS that are the same.
func (v *View) ICSGroups() []ICSGroup {
	var out []ICSGroup
	at := map[string]int{}
	for _, p := range v.ICS.Problems {
		key := string(p.Verdict) + "|" + p.Reason
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, ICSGroup{State: VerdictState(p.Verdict), Reason: p.Reason, Remedy: p.Remedy})
		}
		out[i].IDs = append(out[i].IDs, string(p.Provision))
	}
	return out
}
