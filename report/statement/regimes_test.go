package statement

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// TestRealAnswers makes every document of the regimes that are there from their own
// answers: an assessment without any attestation leaves their questions open, so
// that each statement is a draft that names them, and each checklist lists them.
func TestRealAnswers(t *testing.T) {
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regime.Load(cat)
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, info := range infos(t) {
		r, ok := set.Regime(info.Regimes[0])
		if !ok {
			continue
		}
		in := whole(t, info)
		in.Regime = r
		in.Answer, err = answer.For(set, r.ID, answer.Input{
			Assessments: map[plimsoll.Edition]*plimsoll.Assessment{plimsoll.EditionV2: in.Assessment}, Day: in.Day,
		})
		if err != nil {
			t.Fatal(err)
		}
		d := made(t, in)
		done++
		because := strings.Join(d.DraftBecause, "\n")
		lib, _ := load()
		for _, f := range lib.forms {
			if f.id != info.ID || !f.depends.answer {
				continue
			}
			fl := &filler{in: in, form: f, msg: lib.lang["en"]}
			open := 0
			for _, q := range in.Answer.Requirements {
				failing := q.Status == answer.Undecided || q.Status == answer.NotSatisfied || q.Status == answer.EvidenceAgainst
				if failing && !slices.Contains(f.depends.except, q.ID) && q.Obligation == regime.Mandatory && owed(q, fl.tiers()) && strings.HasPrefix(q.ID, f.depends.only) {
					open++
					if !d.Draft || !strings.Contains(because, q.ID+" ") {
						t.Errorf("%s: %s is %s and no reason: %q", info.ID, q.ID, q.Status, because)
					}
				}
			}
			t.Logf("%s: draft %v, %d requirements open", info.ID, d.Draft, open)
		}
		for _, s := range d.Sections {
			if slices.Contains([]string{"checklist", "evidence", "items"}, s.ID) && (s.Table == nil || len(s.Table.Rows) == 0) {
				t.Errorf("%s: the checklist is empty", info.ID)
			}
		}
	}
	if done == 0 {
		t.Error("no regime was there to answer")
	}
}
