package market_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/market"
)

// TestPlanAndAnswer: with the labels of a plan declared, each test product is
// answered as the plan said, on the same labels, and the next plan needs no more.
func TestPlanAndAnswer(t *testing.T) {
	files, err := filepath.Glob("testdata/products/*.txtar")
	if err != nil || len(files) < 16 {
		t.Fatalf("got %d products, %v", len(files), err)
	}
	counted := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			const flags = "--market uk,us,sg,jp,de,kr,in,fi --at 2026-12-01"
			f := unpack(t, name)
			p := f.plan(flags)
			f.label(p.Labels, p.Day)
			counted += f.holds(p, flags)
		})
	}
	if counted == 0 {
		t.Error("no plan counts a recognition")
	}
}

func (f *folder) plan(flags string) *market.Plan {
	f.t.Helper()
	out, errs, code := f.run("answer DIR --plan --format json " + flags)
	p := &market.Plan{}
	if err := json.Unmarshal([]byte(out), p); err != nil || code != 0 {
		f.t.Fatalf("%s: exit %d, %v\n%s", flags, code, err, errs)
	}
	return p
}

// label declares the labels of a plan, each until its date, or for the day of the
// plan where the scheme publishes no term.
func (f *folder) label(labels []market.Acquire, day string) {
	f.t.Helper()
	text := strings.TrimSpace(f.read("product.yaml"))
	declared := strings.Contains(text, "\nlabels: [") // at the end of the file
	if declared {
		text = strings.TrimSuffix(text, "]")
	} else {
		text += "\nlabels: ["
	}
	for i, l := range labels {
		if i > 0 || declared {
			text += ", "
		}
		text += fmt.Sprintf("{scheme: %s, level: %q, id: P, until: %s}", l.Scheme, l.Level, cmp.Or(l.Until, day))
	}
	f.write("product.yaml", text+"]\n")
}

// holds compares a plan with the answers of the product that has its labels.
func (f *folder) holds(p *market.Plan, flags string) int {
	f.t.Helper()
	after := f.plan(flags)
	if len(after.Labels) > 0 {
		f.t.Errorf("%s: after the plan it wants %v", flags, after.Labels)
	}
	for i, m := range p.Markets {
		if after.Markets[i].Reached != m.Reached {
			f.t.Errorf("%s: %s was to be reached %v, and is %v: %q", flags, m.Market, m.Reached, after.Markets[i].Reached, after.Markets[i].Missing)
		}
	}
	as := f.answers("--all --at " + p.Day)
	for _, l := range p.Labels {
		a := find(f.t, as, string(l.Scheme))
		if !slices.ContainsFunc(a.Held, func(h answer.LabelUse) bool { return h.Level == l.Level && h.Truth == "true" }) {
			f.t.Errorf("%s: %s %s is not held: %+v", flags, l.Scheme, l.Level, a.Held)
		}
	}
	for _, x := range p.Accepted {
		a := find(f.t, as, string(x.To))
		by := func(r *answer.Recognition) bool {
			return r != nil && r.Truth == "true" && r.From == x.From.Scheme && r.Label.Level == x.From.Level && r.Effect == x.Effect
		}
		used := slices.ContainsFunc(a.Requirements, func(q answer.RequirementAnswer) bool { return by(q.Via) }) ||
			slices.ContainsFunc(a.Levels, func(l answer.LevelAnswer) bool {
				return l.ID == x.Level && l.Via == x.From.Scheme && l.Reached == "yes"
			})
		if !used || !slices.ContainsFunc(a.Recognised, func(r answer.Recognition) bool { return by(&r) }) {
			f.t.Errorf("%s: the answer of %s does not count %+v", flags, x.To, x)
		}
	}
	return len(p.Accepted)
}
