package judge_test

import (
	"fmt"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/judge"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// TestAnswerIsBound: an answer holds for the product that the person had before
// them, what was seen of the working product for its firmware version, and what was
// added from outside.
func TestAnswerIsBound(t *testing.T) {
	const functional, conceptual = plimsoll.UnitID("5.3-2-2/a"), plimsoll.UnitID("5.3-2-1/a")
	file := probe.MemoryValue{
		Kind:   evidence.Outside.ID(),
		Value:  evidence.OutsideEvidence{File: "scan.xml", Units: []plimsoll.UnitID{functional}},
		Target: evidence.Target{Kind: evidence.TargetProduct, Name: "scan.xml"},
	}
	tests := []struct {
		name            string
		model, firmware string
		outside         []probe.MemoryValue
		want            map[plimsoll.UnitID]plimsoll.Verdict
	}{
		{"nothing changed", "HC-2", "2.4.1", nil, map[plimsoll.UnitID]plimsoll.Verdict{functional: plimsoll.Pass, conceptual: plimsoll.Pass}},
		{"another firmware", "HC-2", "2.5.0", nil, map[plimsoll.UnitID]plimsoll.Verdict{functional: plimsoll.Inconclusive, conceptual: plimsoll.Pass}},
		{"another model", "HC-3", "2.4.1", nil, map[plimsoll.UnitID]plimsoll.Verdict{functional: plimsoll.Inconclusive, conceptual: plimsoll.Inconclusive}},
		{"a file from outside", "HC-2", "2.4.1", []probe.MemoryValue{file}, map[plimsoll.UnitID]plimsoll.Verdict{functional: plimsoll.Inconclusive, conceptual: plimsoll.Pass}},
	}
	first := judged(t, "HC-2", "2.4.1", nil)
	var atts []attest.Attestation
	for _, u := range unitsOf(first) {
		for _, s := range u.Subjects {
			if u.ID == functional || u.ID == conceptual {
				atts = append(atts, attest.Attestation{
					Unit: u.ID, Subject: s.ID, Verdict: plimsoll.Pass, Step: attest.StepDone, Note: "seen", Seen: s.Seen, Looked: u.Cover,
					Date: day.AddDate(0, 0, -1), KeyID: "ada", Person: attest.Person{Name: "ada", Role: "assessor"},
				})
			}
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, u := range unitsOf(judged(t, tt.model, tt.firmware, atts, tt.outside...)) {
				if want, asked := tt.want[u.ID]; asked && u.Verdict != want {
					t.Errorf("%s: got %s, want %s: %v", u.ID, u.Verdict, want, u.Subjects)
				}
			}
		})
	}
}

func judged(t *testing.T, model, firmware string, atts []attest.Attestation, values ...probe.MemoryValue) *plimsoll.Assessment {
	t.Helper()
	src := fmt.Sprintf(`schema: plimsoll.product/1
product: {name: Harbour Cam, model: %s, firmware_version: %s}
standard: en303645-2.1.1
ics: {5.3-2: {support: yes}}
ixit: {UpdMech: [{id: UpdMech-1, description: over the air, network: yes}]}
`, model, firmware)
	p, problems := product.Parse("product.yaml", []byte(src), mustCatalog(t), product.Options{})
	if bad := problems.Blocking(); len(bad) > 0 {
		t.Fatal(bad)
	}
	v, err := probe.MemoryView(p, mustCatalog(t), day, values...)
	if err != nil {
		t.Fatal(err)
	}
	return judge.Judge(judge.Input{View: v, Attestations: atts, Tool: plimsoll.Tool{Name: "plimsoll", Version: "test"}})
}
