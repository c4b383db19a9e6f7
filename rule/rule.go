// Package rule holds the checks for which the declaration is enough: probes
// without Collect, one for each guideline and one for the duty to give reasons.
//
// A rule reads the typed fields of the declared rows that a test unit of TS 103 701
// speaks of. It decides the units that are a plain check; on the units that need
// expertise it shows a counter-example where the fields are one by the unit's own
// criterion, or says that it found none. What is not declared leaves a unit open:
// a rule must never take silence for an answer, never read meaning into prose, and
// never look at the device.
package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// All lists the rules.
func All() []*probe.Probe {
	return []*probe.Probe{
		reporting(), passwords(), disclosure(), updates(), secrets(), communication(), surface(), integrity(),
		personaldata(), outages(), telemetry(), erasure(), setup(), input(),
	}
}

// check answers one unit. Row, member and whole say nothing by the zero answer:
// then the typed fields do not speak to the unit, and a person decides.
type check struct {
	unit plimsoll.UnitID
	// row is asked of each declared row that the unit speaks of.
	row judgeRow
	// member is asked of each row that those rows refer to, where the unit's
	// quantifier is "each component, some mechanism".
	member judgeRow
	// whole is asked once, for the product.
	whole func(*probe.View) answer
	// none is the FAIL of a unit that asks for at least one row when its provision is
	// claimed and the table, declared, holds none.
	none answer
}

type judgeRow func(*probe.View, product.Row) answer

// noSubject is the subject of a finding that is about no row and not about the
// product: it is shown and decides nothing.
const noSubject = "none"

// rule makes the probe that asks the checks.
func rule(name, doc string, checks ...check) *probe.Probe {
	p := &probe.Probe{Name: "rule-" + name, Version: 1, Doc: doc, Needs: probe.NeedsNothing}
	for _, c := range checks {
		p.Decides = append(p.Decides, c.unit)
	}
	p.Judge = func(v *probe.View) probe.Result {
		var res probe.Result
		for _, c := range checks {
			res.Findings = append(res.Findings, c.findings(v)...)
		}
		return res
	}
	return p
}

// findings asks the check and makes sure that it says something.
func (c check) findings(v *probe.View) []plimsoll.Finding {
	u, ok := v.Catalog.Unit(c.unit)
	if !ok {
		return []plimsoll.Finding{open("the catalog has no such unit").on(c.unit, noSubject)}
	}
	var out []plimsoll.Finding
	type said struct {
		subject string
		answer  answer
	}
	once := map[said]bool{}
	add := func(subject string, a answer) {
		if s := (said{subject, a}); a.verdict != "" && !once[s] {
			once[s] = true
			out = append(out, a.on(c.unit, subject))
		}
	}
	if c.whole != nil {
		add("", c.whole(v))
	}
	if c.row != nil {
		c.rows(v, u, add)
	}
	if f, ok := v.Catalog.TypedField(u.Over, u.Via); ok && c.member != nil {
		eachRow(v, catalog.Selector{
			Table: plimsoll.TableID(f.Values[0]), ReferredBy: &catalog.Reference{Table: u.Over, Field: u.Via},
		}, c.member, add)
	}
	if len(out) == 0 {
		add(noSubject, answer{verdict: plimsoll.Inconclusive, reason: "the typed fields speak neither for nor against it"})
	}
	return out
}

func (c check) rows(v *probe.View, u *catalog.Unit, add func(string, answer)) {
	sel := eachRow(v, u.Where, c.row, add)
	for _, r := range appliedRows(v, u, sel) {
		add(r.ID, c.row(v, r).atMostOpen(u))
	}
	if !sel.Declared || len(sel.Matches)+len(sel.Unknown)+len(sel.Unconfirmed) > 0 {
		return
	}
	empty := fmt.Sprintf("ixit.%s has no row", u.Where.Table)
	if u.Where.Text != "" {
		empty += " that fits " + u.Where.Text
	}
	switch {
	case c.none.verdict != "" && v.Product.ICS[u.Provision].Support == plimsoll.SupportYes:
		add("", c.none)
	case u.Where.Required:
		add("", open("%s, and the provision asks for one", empty).
			with("declare it, or claim n/a for %s in the ICS when that does not apply", u.Provision))
	default:
		add(noSubject, answer{verdict: plimsoll.Pass, vacuous: true, reason: "nothing to judge: " + empty})
	}
}

// eachRow asks judge of the rows that sel selects, and leaves open what is not
// declared well enough to ask.
func eachRow(v *probe.View, sel catalog.Selector, judge judgeRow, add func(string, answer)) product.Selection {
	s := v.Product.Select(sel)
	if !s.Declared {
		add("", undeclared(v, sel))
		return s
	}
	for _, r := range s.Matches {
		add(r.ID, judge(v, r))
	}
	for _, r := range s.Unknown {
		add(r.Row.ID, missing(r.Missing...))
	}
	for _, r := range s.Unconfirmed {
		add(r.ID, confirm(r))
	}
	return s
}

// appliedRows lists the declared rows that other units hand to the case of u and
// that u itself does not speak of.
func appliedRows(v *probe.View, u *catalog.Unit, own product.Selection) []product.Row {
	var out []product.Row
	mine := map[string]bool{}
	for _, r := range own.Matches {
		mine[r.ID] = true
	}
	for _, r := range own.Unknown {
		mine[r.Row.ID] = true
	}
	for _, w := range v.Catalog.Units() {
		if w.Apply == nil || w.Apply.Case != u.Case.ID || w.Where.Table != u.Where.Table {
			continue
		}
		if len(w.Apply.Units) > 0 && !slices.Contains(w.Apply.Units, u.Letter) {
			continue
		}
		for _, r := range v.Product.Select(w.Where).Matches {
			if !mine[r.ID] {
				mine[r.ID] = true
				out = append(out, r)
			}
		}
	}
	return out
}

// answer is what the declaration says of a unit for one subject.
type answer struct {
	verdict plimsoll.Verdict
	reason  string
	remedy  string
	vacuous bool
}

func (a answer) on(unit plimsoll.UnitID, subject string) plimsoll.Finding {
	return plimsoll.Finding{
		Unit: unit, Subject: subject, Verdict: a.verdict, Vacuous: a.vacuous, Reason: a.reason, Remedy: a.remedy,
	}
}

// with sets the remedy.
func (a answer) with(format string, args ...any) answer {
	a.remedy = fmt.Sprintf(format, args...)
	return a
}

// atMostOpen is the answer for a row that only an applying unit speaks of: a FAIL
// of it would fail this unit too, so it leaves the applying unit open instead.
func (a answer) atMostOpen(u *catalog.Unit) answer {
	if a.verdict == plimsoll.Fail {
		a.verdict = plimsoll.Inconclusive
		a.reason = fmt.Sprintf("%s (outside what %s speaks of, so a person decides where it is applied)", a.reason, u.ID)
	}
	return a
}

func pass(format string, args ...any) answer {
	return answer{verdict: plimsoll.Pass, reason: fmt.Sprintf(format, args...)}
}

func fail(format string, args ...any) answer {
	return answer{verdict: plimsoll.Fail, reason: fmt.Sprintf(format, args...)}
}

func open(format string, args ...any) answer {
	return answer{verdict: plimsoll.Inconclusive, reason: fmt.Sprintf(format, args...)}
}

// declare leaves a row open until it gives the fields.
func declare(r product.Row, fields ...string) answer {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = r.ID + "." + f
	}
	return missing(names...)
}

// missing leaves open what a field, named as AuthMech-1.factor, must first say.
func missing(names ...string) answer {
	if len(names) == 0 {
		return open("a row that refers here is not declared fully").with("complete the rows that refer to this one")
	}
	return open("declare %s", strings.Join(names, " and ")).with("write it in product.yaml under ixit")
}

func confirm(r product.Row) answer {
	return open("confirm %s", r.ID).with("delete its key `observed`, %q, when the row is true, or correct the row", r.Observed)
}

// undeclared leaves a unit open until the tables it speaks of are declared.
func undeclared(v *probe.View, sel catalog.Selector) answer {
	tables := []plimsoll.TableID{sel.Table}
	if sel.ReferredBy != nil {
		tables = append(tables, sel.ReferredBy.Table)
	}
	a, _ := tablesMissing(v, tables...)
	return a
}

// tablesMissing leaves a unit open until all tables are declared and their rows
// confirmed. It reports false when they are.
func tablesMissing(v *probe.View, tables ...plimsoll.TableID) (answer, bool) {
	var names []string
	for _, t := range tables {
		if !v.Product.Declared(t) {
			names = append(names, "ixit."+string(t))
		}
	}
	if len(names) > 0 {
		return open("declare %s", strings.Join(names, " and ")).with("write the rows in product.yaml; an empty list says that there is nothing"), true
	}
	for _, t := range tables {
		for _, r := range v.Product.Rows(t) {
			if r.Observed != "" {
				return confirm(r), true
			}
		}
	}
	return answer{}, false
}

// lacking lists the fields that a row does not give, or gives as empty text.
func lacking(r product.Row, fields ...string) []string {
	var out []string
	for _, f := range fields {
		if v := r.Values[f]; !v.IsList && strings.TrimSpace(v.Text) == "" {
			out = append(out, f)
		}
	}
	return out
}

// says quotes fields of a row with their values.
func says(r product.Row, fields ...string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f + ": " + r.Text(f)
		if l, ok := r.List(f); ok {
			parts[i] = f + ": [" + strings.Join(l, ", ") + "]"
		}
	}
	return r.ID + " declares " + strings.Join(parts, " and ")
}

// must wants yes in a field.
func must(field, remedy string) judgeRow { return truth(field, plimsoll.True, remedy) }

// mustNot wants no in a field.
func mustNot(field, remedy string) judgeRow { return truth(field, plimsoll.False, remedy) }

func truth(field string, want plimsoll.Truth, remedy string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		switch r.Bool(field) {
		case plimsoll.Unknown:
			return declare(r, field)
		case want:
			return pass("%s", says(r, field))
		}
		return fail("%s", says(r, field)).with("%s", remedy)
	}
}

// filled wants a list that has an entry.
func filled(field, remedy string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		l, given := r.List(field)
		switch {
		case !given:
			return declare(r, field)
		case len(l) == 0:
			return fail("%s", says(r, field)).with("%s", remedy)
		}
		return pass("%s", says(r, field))
	}
}

// prose wants text for a person to read and says nothing about what it says.
func prose(fields ...string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		if l := lacking(r, fields...); len(l) > 0 {
			return declare(r, l...)
		}
		return answer{}
	}
}

// confirmed checks the confirmation of a process in table 4.
func confirmed(field, process string) judgeRow {
	return must(field+".confirmed", "put the process for "+process+" in place and brief the staff, then confirm it with `confirmed: yes`")
}
