// Package sarif writes an assessment as SARIF 2.1.0, which code hosts show beside
// the code: what fails is an error, evidence against a claim a warning, what cannot
// be decided a note.
//
// Every result points at line 1 of product.yaml: an assessment does not know where a
// row stands; the subject is the logical location. A waiver is a suppression with
// its owner and end, and the result stays. The package must never leave out a
// failure, never judge, and never write a result for what passes.
package sarif

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

const (
	schema      = "https://json.schemastore.org/sarif-2.1.0.json"
	version     = "2.1.0"
	home        = "https://github.com/plimsoll-iot/plimsoll"
	declaration = "product.yaml"
)

// The levels of results.
const (
	levelFail    = "error"
	levelAgainst = "warning"
	levelOpen    = "note"
)

// Write writes one run: rules are the test units of the assessment.
func Write(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog) error {
	v := view.New(a, cat, "")
	b := &builder{v: v, rules: map[plimsoll.UnitID]int{}, prints: map[string]int{}}
	lines := v.Lines()
	for _, l := range lines {
		b.rule(l)
	}
	for i, l := range lines {
		if i == 0 || l.Unit != lines[i-1].Unit {
			b.overruled(l)
		}
		b.line(l)
	}
	for i := range v.Provisions {
		b.provision(&v.Provisions[i])
	}
	d := document{Schema: schema, Version: version, Runs: []run{b.run()}}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return fmt.Errorf("writing the assessment as SARIF: %w", err)
	}
	return nil
}

// builder collects the rules and results of a run.
type builder struct {
	v       *view.View
	list    []rule
	rules   map[plimsoll.UnitID]int
	results []result
	prints  map[string]int // how often a fingerprint was asked for
}

func (b *builder) run() run {
	v := b.v
	inv := invocation{Successful: true, End: v.At.UTC().Format(time.RFC3339)}
	for _, s := range v.Skipped {
		inv.Notifications = append(inv.Notifications, notification{
			Level: levelOpen, Message: text("%s did not run: needs %s. %s", s.Probe, s.Needs, s.Hint),
		})
	}
	return run{
		Tool:        tool{driver{Name: cmp.Or(v.Tool.Name, "plimsoll"), Version: v.Tool.Version, URI: home, Rules: orNone(b.list)}},
		Automation:  automation{ID: view.Joined("/", "plimsoll", v.Product.Model, string(v.Edition.Standard)) + "/"},
		Invocations: []invocation{inv},
		Artifacts:   []artifact{{Location: artifactLocation{URI: declaration}}},
		Results:     orNone(b.results),
		Properties: runProps{
			Verdict: string(v.Verdict), Headline: v.Headline(), Standard: v.Standard(), Method: v.Method(), Assessor: v.By(),
			Product:  view.Joined(" ", v.Product.Manufacturer, v.Product.Name, v.Product.Model),
			Firmware: v.Product.Firmware, Bundle: string(v.Bundle), Caveats: v.Caveats(),
		},
	}
}

// orNone makes an absent list an empty one: null would say that nothing was run.
func orNone[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// rule files the unit of a line as a rule, once.
func (b *builder) rule(l view.Line) {
	if _, ok := b.rules[l.Unit.ID]; ok {
		return
	}
	b.rules[l.Unit.ID] = len(b.list)
	r := rule{
		ID: string(l.Unit.ID), Short: text("%s", l.Unit.Title), Full: text("%s %s: %s", l.Provision.ID, l.Provision.Title, l.Unit.Title),
		Help: text("%s", cmp.Or(view.Deciders[l.Unit.Decider], "plimsoll explain "+string(l.Unit.ID))), Default: defaults{levelFail},
		Props: ruleProps{Tags: []string{"security", "provision " + string(l.Provision.ID), string(l.Case.Kind)}},
	}
	if u, ok := b.v.Catalog.Unit(l.Unit.ID); ok {
		r.Help = text("%s %s (%s)", u.Question, u.Hint, view.Deciders[u.Decider])
	}
	b.list = append(b.list, r)
}

// line writes what fails and what cannot be decided.
func (b *builder) line(l view.Line) {
	if !l.Judged || l.Subject.Verdict == plimsoll.Pass {
		return
	}
	level := levelFail
	if l.Subject.Verdict != plimsoll.Fail {
		level = levelOpen
	}
	for _, t := range l.Says {
		r := b.result(l.Unit.ID, l.Provision.ID, l.Subject.ID, level, l.Word(), t)
		if l.Waiver != nil {
			r.Suppressions = []suppression{waived(*l.Waiver)}
		}
		b.results = append(b.results, r)
	}
}

// overruled shows the findings of a unit that a person set aside: they count for
// nothing and stay on record.
func (b *builder) overruled(l view.Line) {
	for _, f := range l.Unit.Findings {
		if !f.Overruled || f.Verdict != plimsoll.Fail {
			continue
		}
		r := b.result(l.Unit.ID, l.Provision.ID, f.Subject, levelOpen, view.FindingWord(f), view.Trouble{
			Text: f.Reason, By: b.v.Who(f.By), Remedy: f.Remedy, Evidence: f.Evidence,
		})
		r.Props.Verdict = view.FindingWord(f)
		why := "a person set this finding aside"
		for _, o := range l.Unit.Findings {
			if o.Overrules != "" && o.Overrules == f.Digest {
				why = fmt.Sprintf("set aside by %s: %s", b.v.Who(o.By), o.Reason)
			}
		}
		r.Suppressions = []suppression{{Kind: "external", Status: "accepted", Justification: why}}
		b.results = append(b.results, r)
	}
}

// provision writes the evidence against a provision.
func (b *builder) provision(p *plimsoll.ProvisionResult) {
	for _, a := range p.Against {
		t := view.Trouble{Text: a.Reason, By: b.v.Who(a.By), Remedy: a.Remedy, Evidence: a.Evidence}
		b.results = append(b.results, b.result(a.Unit, p.ID, a.Subject, levelAgainst, "evidence against "+string(p.ID), t))
	}
}

func (b *builder) result(u plimsoll.UnitID, p plimsoll.ProvisionID, subject, level, word string, t view.Trouble) result {
	i, known := b.rules[u]
	if !known { // evidence against may speak of a unit of another edition
		i = len(b.list)
		b.rules[u] = i
		b.list = append(b.list, rule{
			ID: string(u), Short: text("%s", u), Full: text("%s", u), Help: text("plimsoll explain %s", u), Default: defaults{levelFail},
			Props: ruleProps{Tags: []string{"security", "provision " + string(p)}},
		})
	}
	subject = cmp.Or(subject, "product")
	r := result{
		RuleID: string(u), RuleIndex: i, Level: level,
		Message: text("%s", sentence(word, t)),
		Locations: []location{{
			Physical: physical{Artifact: artifactLocation{URI: declaration, Index: new(int)}, Region: region{StartLine: 1}},
			Logical:  []logical{{Name: subject, Qualified: subject, Kind: "resource"}},
		}},
		Fingerprints: b.fingerprints(u, subject, level, t.By),
		Props:        resultProps{Verdict: verdictOf(level), Provision: string(p), Subject: subject, By: t.By},
	}
	for _, d := range t.Evidence {
		r.Props.Evidence = append(r.Props.Evidence, string(d))
	}
	return r
}

// verdictOf says what a level stands for.
func verdictOf(level string) string {
	return map[string]string{
		levelFail: string(plimsoll.Fail), levelAgainst: "evidence against", levelOpen: string(plimsoll.Inconclusive),
	}[level]
}

// sentence is the message of a result: its word, what was seen or is missing, and
// what to do.
func sentence(word string, t view.Trouble) string {
	s := word + ": " + t.Text
	if t.Note != "" {
		s += " (" + t.Note + ")"
	}
	if t.Remedy != "" {
		s += ". To do: " + t.Remedy
	}
	return s
}

func waived(w plimsoll.Waiver) suppression {
	s := suppression{Kind: "external", Status: "accepted", Justification: view.WaiverNote(w)}
	if !w.Live {
		s.Status = "rejected"
	}
	return s
}

// fingerprints name a result by what it is about and not by what was said, so that
// it is the same one in the next run. The version of a probe does not count.
// Code hosts read primaryLocationLineHash.
func (b *builder) fingerprints(u plimsoll.UnitID, subject, level, by string) map[string]string {
	by, _, _ = strings.Cut(by, "@")
	key := strings.Join([]string{string(u), subject, level, by}, "\x00")
	b.prints[key]++
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
	return map[string]string{
		"plimsoll/v1":             fmt.Sprintf("%s:%d", sum, b.prints[key]),
		"primaryLocationLineHash": fmt.Sprintf("%s:%d", sum[:32], b.prints[key]),
	}
}

// placeholder is what a reader of SARIF replaces by an argument.
var placeholder = regexp.MustCompile(`\{(\d+)\}`)

// text is a plain-text message. What would be a placeholder or a link to a reader
// of SARIF (3.11.5, 3.11.6) is taken apart; the text comes from outside.
func text(format string, args ...any) message {
	s := strings.TrimSpace(fmt.Sprintf(format, args...))
	s = placeholder.ReplaceAllString(s, "{{$1}}")
	return message{Text: strings.ReplaceAll(cmp.Or(s, "no text"), "](", "] (")}
}
