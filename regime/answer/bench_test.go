package answer_test

import (
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/regimetest"
)

// BenchmarkAll answers every regime for one assessment of each edition.
func BenchmarkAll(b *testing.B) {
	cat, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	set, err := regime.Load(cat)
	if err != nil {
		b.Fatal(err)
	}
	in := answer.Input{Assessments: map[plimsoll.Edition]*plimsoll.Assessment{}, Day: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Placed: "2026-12-01"}
	for _, e := range []plimsoll.Edition{plimsoll.EditionV2, plimsoll.EditionV3} {
		a := regimetest.New(cat, e, in.Day)
		for i, p := range cat.Edition(e) {
			a.Provisions = append(a.Provisions, regimetest.Provision(cat, e, p, []string{"pass", "open", "fail"}[i%3]))
		}
		in.Assessments[e] = a
	}
	b.ReportMetric(float64(len(set.Regimes)), "regimes")
	for b.Loop() {
		if _, err := answer.All(set, in); err != nil {
			b.Fatal(err)
		}
	}
}
