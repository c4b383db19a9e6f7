// Package probetest lets tests of probes declare a small product, look at the
// simulated devices, and read what a probe found.
//
// Only tests may import it, and it must never judge: what a probe should find stands
// in the test of that probe.
package probetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Day is the day on which the tests judge.
func Day() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

var loadCatalog = sync.OnceValues(catalog.Load)

// Catalog is the catalog of the program, loaded once for all tests of a package.
func Catalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// Parse reads a declaration that has no errors.
func Parse(t testing.TB, src string) *product.Product {
	t.Helper()
	p, problems := product.Parse(product.FileName, []byte(src), Catalog(t), product.Options{SkipSecrets: true})
	if bad := problems.Errors(); len(bad) > 0 {
		t.Fatalf("the declaration of the test is wrong:\n%s\n%s", bad, src)
	}
	return p
}

// View is the view of values held in memory, on Day.
func View(t testing.TB, p *product.Product, values ...probe.MemoryValue) *probe.View {
	t.Helper()
	v, err := probe.MemoryView(p, Catalog(t), Day(), values...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Seen lists the findings as "unit subject VERDICT", sorted.
func Seen(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", f.Unit, f.Subject, f.Verdict)), " "))
	}
	slices.Sort(out)
	return out
}

// Facts lists the ids of the facts, each once, sorted.
func Facts(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Facts {
		out = append(out, string(f.ID))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Complete checks that each unit of the probe has a finding, that each finding says
// what a person needs, and that the probe announces its facts.
func Complete(t testing.TB, pr *probe.Probe, r probe.Result) {
	t.Helper()
	for _, u := range pr.Decides {
		if !slices.ContainsFunc(r.Findings, func(f plimsoll.Finding) bool { return f.Unit == u }) {
			t.Errorf("no finding on %s", u)
		}
	}
	for _, f := range r.Findings {
		if f.Reason == "" || f.Verdict != plimsoll.Pass && f.Remedy == "" || f.Verdict == plimsoll.Fail && len(f.Evidence) == 0 {
			t.Errorf("%s %s: reason %q, remedy %q, evidence %v", f.Unit, f.Subject, f.Reason, f.Remedy, f.Evidence)
		}
	}
	for _, f := range r.Facts {
		if !slices.Contains(pr.Facts, f.ID) {
			t.Errorf("fact %s is not announced", f.ID)
		}
	}
}

// Of returns the findings on a unit.
func Of(r probe.Result, u plimsoll.UnitID) []plimsoll.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f plimsoll.Finding) bool { return f.Unit != u })
}
