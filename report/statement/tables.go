package statement

import (
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report/statement/trace"
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
		row := []string{q.ID, clean(q.Title), string(q.Status), clean(q.Why), trace.Rests(q)}
		if t.trace {
			row = append(row, strings.Join(trace.Paths(q), "; "))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
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
