// Package answers shows what the regimes answer, as text for a terminal. Text that
// comes from a declaration or from a device is cleaned before it is written.
//
// It must never say more than the answer does: never "compliant", never a
// percentage, and "satisfied" only where the answer says so.
package answers

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// columns is the width of a text.
const columns = 100

// Options are the choices for text.
type Options struct {
	Verbose bool // every requirement with its trace
}

// printer collects lines and keeps the first error of writing.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, a ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", a...)
	}
}

// hang writes text behind a lead, its further lines under its first word.
func (p *printer) hang(lead, text string) {
	text = view.Clean(text)
	room := max(20, columns-len([]rune(lead)))
	for i, l := range wrap(text, room) {
		if i > 0 {
			lead = strings.Repeat(" ", len([]rune(lead)))
		}
		p.line("%s%s", lead, l)
	}
}

func wrap(text string, room int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > room {
			out = append(out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(out, line)
}

// Text writes the answers of regimes, one after the other.
func Text(w io.Writer, as []*answer.Answer, o Options) error {
	p := &printer{w: w}
	for i, a := range as {
		if i > 0 {
			p.line("")
		}
		p.regime(a, o)
	}
	return p.err
}

func (p *printer) regime(a *answer.Answer, o Options) {
	p.line("%s", strings.Repeat("=", columns))
	p.line("%s  %s", a.Regime, view.Clean(a.Title))
	p.hang("  answer   ", strings.ToUpper(string(a.Status))+because(a.Why))
	p.hang("  state    ", state(a)+fmt.Sprintf("; answered for %s%s", a.Day, placed(a)))
	p.hang("  scope    ", scope(a))
	for _, n := range a.Scope.Unless {
		p.hang("           ", "unless "+n.What+" ("+n.Cite+")")
	}
	p.levels(a)
	for _, h := range a.Held {
		why := strings.TrimSuffix(h.Why, " ("+h.Basis+")")
		p.hang("  label    ", fmt.Sprintf("%s %s: %s (%s)", h.Scheme, h.Level, why, h.Basis))
	}
	for _, r := range a.Recognised {
		p.hang("  through  ", fmt.Sprintf("a label of %s: %s%s [%s, confidence %s, %s]", r.From, r.Effect, condition(r.Condition), r.By, r.Confidence, r.Cite))
	}
	p.requirements(a, o)
	p.steps("  to do    ", a.Steps, o)
	for _, d := range a.Documents {
		p.hang("  paper    ", d.Title+languages(d)+keep(d)+" ["+d.Cite+"]")
	}
	for _, c := range a.Clocks {
		if !c.Past || o.Verbose {
			p.hang("  clock    ", c.Date+"  "+c.What)
		}
	}
	for _, x := range a.Problems {
		p.hang("  trouble  ", x)
	}
	for _, u := range a.Uncertain {
		p.hang("  unsure   ", u)
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func condition(s string) string {
	if s == "" {
		return ""
	}
	return ", on condition: " + s
}

func state(a *answer.Answer) string {
	s := string(a.State)
	if a.Since.Date != "" {
		s += " since " + a.Since.Date
	}
	if a.Since.What != "" {
		s += " (" + a.Since.What + ")"
	}
	for _, e := range a.Upcoming {
		s += fmt.Sprintf("; on %s: %s", e.Date, e.What)
	}
	return s
}

func placed(a *answer.Answer) string {
	if a.Placed == "" {
		return ""
	}
	return ", placed on the market " + a.Placed
}

func scope(a *answer.Answer) string {
	s := map[string]string{"yes": "in scope", "no": "not in scope", "open": "open whether it is in scope"}[a.Scope.In]
	if a.Scope.Duty == "no" {
		s += ", voluntary"
	}
	s += because(a.Scope.Why)
	if a.Scope.Cite != "" {
		s += " [" + a.Scope.Cite + "]"
	}
	return s
}

func (p *printer) levels(a *answer.Answer) {
	for _, l := range a.Levels {
		if l.Applies == "no" {
			continue
		}
		s := fmt.Sprintf("%s (%s): ", l.ID, l.Name)
		switch l.Reached {
		case "yes":
			s += "reached"
		case "no", "open":
			s += fmt.Sprintf("not reached, %d requirements missing", len(l.Missing))
			if l.Reached == "open" {
				s += " or open"
			}
		default:
			s += l.Reached
		}
		s += "; route " + cmp.Or(l.Route, "not published") + because(l.RouteWhy) + "; fee " + l.Fee
		if l.Days > 0 {
			s += fmt.Sprintf(", about %d days", l.Days)
		}
		if l.Validity != "" {
			s += ", valid " + string(l.Validity)
		}
		p.hang("  level    ", s)
	}
}

func (p *printer) requirements(a *answer.Answer, o Options) {
	if len(a.Requirements) == 0 {
		return
	}
	count := map[answer.Status]int{}
	for _, q := range a.Requirements {
		count[q.Status]++
	}
	var parts []string
	for _, s := range []answer.Status{
		answer.Satisfied, answer.Supported, answer.NotSatisfied, answer.EvidenceAgainst, answer.Undecided, answer.NotApplicable,
		answer.Upcoming, answer.Ended, answer.Indicated, answer.IndicatedPart, answer.Hint, answer.IndicatedAgainst, answer.NotIndicated,
	} {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	p.hang("  asks     ", fmt.Sprintf("%d requirements: %s", len(a.Requirements), strings.Join(parts, ", ")))
	for _, q := range a.Requirements {
		p.requirement(q, o)
	}
}

func (p *printer) requirement(q answer.RequirementAnswer, o Options) {
	quiet := q.Status == answer.NotApplicable || q.Status == answer.NotIndicated || q.Status == answer.Hint || q.Status == answer.Ended
	if quiet && !o.Verbose {
		return
	}
	p.hang(fmt.Sprintf("    %-14s %-24s ", view.Clean(q.ID), q.Status), q.Title)
	grade := fmt.Sprintf("[%s, confidence %s, %s]", q.By, q.Confidence, q.Cite)
	p.hang("                   ", strings.TrimPrefix(because(q.Why), ": ")+deciding(q.Trace)+" "+grade)
	if len(q.Addresses) > 0 && o.Verbose {
		p.hang("                   ", "addresses the "+strings.ReplaceAll(strings.Join(q.Addresses, ", the "), "_", " "))
	}
	if q.From != "" {
		p.hang("                   ", "owed from "+q.From)
	}
	if o.Verbose {
		p.trace(q.Trace, "                   ")
		for _, i := range q.Indications {
			p.hang("                   ", fmt.Sprintf("%s %s: %s [%s, confidence %s]", i.Relation, i.Target, i.Says, i.By, i.Confidence))
		}
	}
}

// deciding names the atoms that a rule which does not hold comes down to.
func deciding(t *answer.Trace) string {
	var leaves []string
	var walk func(*answer.Trace)
	walk = func(x *answer.Trace) {
		if x == nil || x.Truth == "true" {
			return
		}
		if len(x.Parts) == 0 && (x.Truth == t.Truth || t.Truth == "false") {
			leaves = append(leaves, x.Atom+because(x.Why))
		}
		for _, y := range x.Parts {
			if t.Truth != "false" || y.Truth == "false" {
				walk(y)
			}
		}
	}
	walk(t)
	if len(leaves) > 3 {
		leaves = append(leaves[:3], fmt.Sprintf("and %d more", len(leaves)-3))
	}
	if len(leaves) == 0 {
		return ""
	}
	return ": " + strings.Join(leaves, "; ")
}

func (p *printer) trace(t *answer.Trace, indent string) {
	if t == nil {
		return
	}
	s := t.Atom + ": " + t.Truth + because(t.Why)
	if len(t.Units) > 0 {
		var us []string
		for _, u := range t.Units {
			us = append(us, string(u))
		}
		s += " [units " + strings.Join(us, ", ") + "]"
	}
	if len(t.Evidence) > 0 {
		s += fmt.Sprintf(" [%d pieces of evidence]", len(t.Evidence))
	}
	p.hang(indent, s)
	for _, x := range t.Parts {
		p.trace(x, indent+"  ")
	}
}

// few is how many steps are shown when the reader did not ask for all.
const few = 8

func (p *printer) steps(lead string, steps []answer.Step, o Options) {
	for i, s := range steps {
		if i == few && !o.Verbose {
			p.hang(lead, fmt.Sprintf("and %d more; -v shows all", len(steps)-few))
			return
		}
		text := s.What
		if s.Mend {
			text = "mend: " + text
		}
		if s.Blocked != "" {
			text += " (cannot be had now: " + s.Blocked + ")"
		}
		if s.Hint != "" && o.Verbose {
			text += " (" + s.Hint + ")"
		}
		p.hang(lead, fmt.Sprintf("%s [%s %s]", text, s.Kind, s.ID))
	}
}

func languages(d owed.Document) string {
	if len(d.Languages) == 0 {
		return ""
	}
	return ", in " + strings.Join(d.Languages, " or ")
}

func keep(d owed.Document) string {
	switch {
	case d.Why != "" && d.Owed == owed.Later:
		return ", owed " + d.Why
	case d.Why != "":
		return ", " + d.Why
	case d.Until != "":
		return ", kept until " + d.Until
	case d.Retention != "":
		return ", kept " + string(d.Retention)
	}
	return ""
}

// Summary writes one line for each answer.
func Summary(w io.Writer, as []*answer.Answer) error {
	p := &printer{w: w}
	for _, a := range as {
		level := a.Level
		if level != "" {
			level = "level " + level
		}
		p.line("%-20s %-12s %-26s %s", a.Regime, a.State, a.Status, view.Clean(level))
	}
	return p.err
}

// Regimes lists regimes with their state on a day.
func Regimes(w io.Writer, rows []Row) error {
	p := &printer{w: w}
	p.line("%-20s %-9s %-13s %-11s %-7s %s", "regime", "kind", "state", "since", "sure", "title")
	for _, r := range rows {
		p.line("%-20s %-9s %-13s %-11s %-7s %s", r.ID, r.Instrument, r.State, r.Since, r.Confidence, view.Clean(r.Title))
		for _, e := range r.Upcoming {
			p.hang(fmt.Sprintf("%-43s %-11s ", "", e.Date), e.What)
		}
	}
	return p.err
}

// Row is a regime as a list shows it.
type Row struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Authority  string            `json:"authority"`
	Instrument regime.Instrument `json:"instrument"`
	Markets    []string          `json:"markets"`
	State      regime.State      `json:"state"`
	Since      string            `json:"since"`
	Confidence regime.Confidence `json:"confidence"`
	Standard   string            `json:"standard,omitempty"`
	Upcoming   []regime.Event    `json:"upcoming"`
	Asks       int               `json:"requirements"`
}
