// Package csvfile writes an assessment as a table for spreadsheets: one row per test
// unit and subject, comma-separated, with the header in the first row (RFC 4180).
//
// A cell that a spreadsheet would run as a formula, because it begins with =, +, -
// or @ or with their full-width forms, gets a leading apostrophe; whoever reads the
// table with a program takes that one off again. The package must never write such
// a cell bare, never leave out a row that fails, and never judge.
package csvfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

// row is what a column reads.
type row struct {
	v *view.View
	view.Line
	against []plimsoll.Against
}

// columns are the header and how each cell is made. New ones are added at the end.
var columns = []struct {
	name string
	cell func(row) string
}{
	{"guideline", func(r row) string {
		if r.Guideline < 0 {
			return ""
		}
		return strconv.Itoa(r.Guideline)
	}},
	{"provision", func(r row) string { return string(r.Provision.ID) }},
	{"provision_title", func(r row) string { return r.Provision.Title }},
	{"status", func(r row) string { return r.Provision.Status }},
	{"support", func(r row) string { return string(r.Provision.Support) }},
	{"provision_state", func(r row) string { return view.ProvisionState(*r.Provision).Word }},
	{"case", func(r row) string { return string(r.Case.ID) }},
	{"kind", func(r row) string { return string(r.Case.Kind) }},
	{"unit", func(r row) string { return string(r.Unit.ID) }},
	{"unit_text", func(r row) string { return r.Unit.Title }},
	{"decider", func(r row) string { return string(r.Unit.Decider) }},
	{"subject", func(r row) string { return r.Subject.ID }},
	{"verdict", func(r row) string { return string(r.Subject.Verdict) }},
	{"state", func(r row) string { return r.word() }},
	{"counts", func(r row) string { return map[bool]string{true: "yes", false: "no"}[r.Judged] }},
	{"reason", func(r row) string { return each(r.Says, func(t view.Trouble) string { return t.Text }) }},
	{"note", func(r row) string { return each(r.Says, func(t view.Trouble) string { return t.Note }) }},
	{"remedy", func(r row) string { return each(r.Says, func(t view.Trouble) string { return t.Remedy }) }},
	{"by", func(r row) string { return each(r.Says, func(t view.Trouble) string { return t.By }) }},
	{"evidence", func(r row) string { return r.evidence() }},
	{"evidence_against", func(r row) string {
		return each(r.against, func(a plimsoll.Against) string { return a.Reason })
	}},
	{"waiver", func(r row) string {
		if r.Waiver == nil {
			return ""
		}
		return view.WaiverNote(*r.Waiver)
	}},
	{"manufacturer", func(r row) string { return r.v.Product.Manufacturer }},
	{"model", func(r row) string { return view.Joined(" ", r.v.Product.Name, r.v.Product.Model) }},
	{"firmware_version", func(r row) string { return r.v.Product.Firmware }},
	{"standard", func(r row) string { return r.v.Standard() }},
	{"method", func(r row) string { return r.v.Method() }},
	{"assessor", func(r row) string { return r.v.By() }},
	{"at", func(r row) string { return r.v.At.UTC().Format(time.RFC3339) }},
}

// onlyAgainst is the state of a row that is there for evidence against alone.
const onlyAgainst = "evidence against"

// Write writes the table, in the order of the assessment. Evidence against a
// provision about a subject that no unit judges has a row of its own.
func Write(w io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog) error {
	v := view.New(a, cat, "")
	c := csv.NewWriter(w)
	c.UseCRLF = true
	head := make([]string, 0, len(columns))
	for _, col := range columns {
		head = append(head, col.name)
	}
	if err := c.Write(head); err != nil {
		return fmt.Errorf("writing the assessment as CSV: %w", err)
	}
	for _, r := range rows(v) {
		cells := make([]string, 0, len(columns))
		for _, col := range columns {
			cells = append(cells, Tame(col.cell(r)))
		}
		if err := c.Write(cells); err != nil {
			return fmt.Errorf("writing the assessment as CSV: %w", err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing the assessment as CSV: %w", err)
	}
	return nil
}

// rows lists the lines, and after those of a provision the evidence against it that
// no line is about.
func rows(v *view.View) []row {
	lines := map[*plimsoll.ProvisionResult][]view.Line{}
	for _, l := range v.Lines() {
		lines[l.Provision] = append(lines[l.Provision], l)
	}
	var out []row
	for i := range v.Provisions {
		p := &v.Provisions[i]
		left := slices.Clone(p.Against)
		guideline := -1
		if cp, ok := v.Catalog.Provision(p.ID); ok {
			guideline = cp.Guideline
		}
		for _, l := range lines[p] {
			r := row{v: v, Line: l}
			of := func(a plimsoll.Against) bool { return a.Unit == l.Unit.ID && a.Subject == l.Subject.ID }
			for _, a := range left {
				if of(a) {
					r.against = append(r.against, a)
				}
			}
			left = slices.DeleteFunc(left, of)
			out = append(out, r)
		}
		for _, a := range left {
			out = append(out, row{v: v, against: []plimsoll.Against{a}, Line: view.Line{
				Provision: p, Guideline: guideline, Case: &plimsoll.CaseResult{}, Judged: true,
				Unit: &plimsoll.UnitResult{ID: a.Unit}, Subject: plimsoll.SubjectResult{ID: a.Subject},
				Says: []view.Trouble{{Text: a.Reason, By: v.Who(a.By), Remedy: a.Remedy}},
			}})
		}
	}
	return out
}

func (r row) word() string {
	if r.Subject.Verdict == "" && len(r.against) > 0 {
		return onlyAgainst
	}
	return r.Word()
}

// evidence lists the digests of what was said and of what speaks against it.
func (r row) evidence() string {
	var out []string
	add := func(ds []plimsoll.Digest) {
		for _, d := range ds {
			if !slices.Contains(out, string(d)) {
				out = append(out, string(d))
			}
		}
	}
	for _, t := range r.Says {
		add(t.Evidence)
	}
	for _, a := range r.against {
		add(a.Evidence)
	}
	return strings.Join(out, " ")
}

// each joins what several things say in one cell.
func each[T any](ts []T, say func(T) string) string {
	var out []string
	for _, t := range ts {
		if s := say(t); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return view.Joined("; ", out...)
}

// Tame keeps a spreadsheet from running a cell. A cell that begins with an
// apostrophe gets one too, so that taking the first one off gives every cell back.
func Tame(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠'", first) {
		return "'" + s
	}
	return s
}
