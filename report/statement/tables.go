package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// tables are what a section can list, by the name that forms use.
var tables = map[string]func(*filler, *formTable) *Table{
	"requirements": requirements,
	"runs":         runs,
	"assets":       assets,
	"interfaces":   interfaces,
}

func requirements(fl *filler, t *formTable) *Table {
	out := &Table{Columns: []string{"Requirement", "What it asks", "Answer", "Why", "Rests on"}, Rows: [][]string{}}
	if t.trace {
		out.Columns = append(out.Columns, "Path")
	}
	if fl.in.Answer == nil {
		return out
	}
	within := fl.tiers()
	for _, q := range fl.in.Answer.Requirements {
		if !strings.HasPrefix(q.ID, t.only) || t.without != "" && strings.HasPrefix(q.ID, t.without) || !owed(q, within) {
			continue
		}
		row := []string{q.ID, clean(q.Title), string(q.Status), clean(q.Why), rests(q)}
		if t.trace {
			row = append(row, strings.Join(paths(q), "; "))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// rests names the units and the number of pieces of evidence below an answer.
func rests(q answer.RequirementAnswer) string {
	var units []string
	evidence := map[plimsoll.Digest]bool{}
	walk(q.Trace, 0, func(t *answer.Trace, _ int) {
		for _, u := range t.Units {
			units = appendNew(units, string(u))
		}
		for _, e := range t.Evidence {
			evidence[e] = true
		}
	})
	const most = 8
	if n := len(units); n > most {
		units = append(units[:most:most], fmt.Sprintf("and %d more units", n-most))
	}
	if n := len(evidence); n > 0 {
		units = append(units, fmt.Sprintf("%d pieces of evidence", n))
	}
	if q.Via != nil {
		units = append(units, "label "+clean(via(q.Via)))
	}
	return strings.Join(units, ", ")
}

// paths is the way through the decision: each atom that decided, with its truth.
func paths(q answer.RequirementAnswer) []string {
	var out []string
	for _, t := range []*answer.Trace{q.Applies, q.Trace} {
		walk(t, 0, func(t *answer.Trace, _ int) {
			if len(t.Parts) == 0 {
				out = appendNew(out, fmt.Sprintf("%s → %s", clean(t.Atom), t.Truth))
			}
		})
	}
	return out
}

// walk visits a trace, parts after their whole. Its depth is bounded by the
// regimes, whose rules nest a few levels; the bound is for traces from elsewhere.
func walk(t *answer.Trace, depth int, visit func(*answer.Trace, int)) {
	if t == nil || depth > 64 {
		return
	}
	visit(t, depth)
	for _, p := range t.Parts {
		walk(p, depth+1, visit)
	}
}

func appendNew(to []string, s string) []string {
	for _, x := range to {
		if x == s {
			return to
		}
	}
	return append(to, s)
}

func runs(fl *filler, _ *formTable) *Table {
	out := &Table{Columns: []string{"Run", "From", "Until", "Software", "Complete"}, Rows: [][]string{}}
	if fl.in.Assessment == nil {
		return out
	}
	for _, r := range fl.in.Assessment.Runs {
		complete := "yes"
		if !r.Complete {
			complete = "no"
		}
		out.Rows = append(out.Rows, []string{
			clean(r.ID), r.Start.UTC().Format(time.RFC3339), r.End.UTC().Format(time.RFC3339), clean(r.Firmware), complete,
		})
	}
	return out
}

func assets(fl *filler, _ *formTable) *Table {
	out := &Table{Columns: []string{"Asset", "Kind", "Description"}, Rows: [][]string{}}
	for _, k := range []struct {
		table plimsoll.TableID
		kind  string
	}{{"SecParam", "security asset"}, {"PersData", "privacy asset"}} {
		for _, r := range declaredRows(fl, k.table) {
			out.Rows = append(out.Rows, []string{clean(r.ID), k.kind, clean(r.Text("description"))})
		}
	}
	return out
}

func interfaces(fl *filler, _ *formTable) *Table {
	out := &Table{Columns: []string{"Interface", "Kind", "Status", "Description"}, Rows: [][]string{}}
	for _, r := range declaredRows(fl, "Intf") {
		out.Rows = append(out.Rows, []string{clean(r.ID), clean(r.Text("type")), clean(r.Text("status")), clean(r.Text("description"))})
	}
	return out
}

// declaredRows leaves out what a draft only proposes.
func declaredRows(fl *filler, t plimsoll.TableID) []product.Row {
	var out []product.Row
	for _, r := range fl.in.Product.Rows(t) {
		if r.Observed == "" {
			out = append(out, r)
		}
	}
	return out
}
