package answers

import (
	"bytes"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/owed"
)

func sample() *answer.Answer {
	return &answer.Answer{
		Regime: "xx-law", Title: "A law \x1b[31mred", Day: "2026-11-22", Placed: "2026-12-01", State: regime.InForce,
		Since: regime.Event{Date: "2024-04-29", What: "in force"}, Status: answer.NotSatisfied, Why: "1 of its requirements is not satisfied",
		Scope:    answer.ScopeAnswer{In: "yes", Duty: "yes", Why: "it catches every product", Cite: "s. 1"},
		Levels:   []answer.LevelAnswer{{ID: "one", Name: "the one level", Reached: "no", Missing: []string{"a"}, Route: "self-declaration", Fee: "not published"}},
		Upcoming: []regime.Event{{Date: "2027-12-11", What: "the rest applies"}},
		Requirements: []answer.RequirementAnswer{
			{ID: "a", Title: "no default passwords " + strings.Repeat("long ", 40), Status: answer.NotSatisfied, Why: "provision 5.1-1 fails", By: regime.Official, Confidence: "high", Cite: "Sch. 1", Trace: &answer.Trace{Atom: "provision 5.1-1", Truth: "false"}},
			{ID: "b", Title: "a policy", Status: answer.Satisfied, Why: "deemed", By: regime.Official, Confidence: "high", Cite: "Sch. 2"},
			{ID: "c", Title: "a quiet one", Status: answer.NotApplicable, Why: "no", By: regime.Ours, Confidence: "low", Cite: "Sch. 3"},
		},
		Steps:     []answer.Step{{Kind: answer.StepProvision, ID: "5.1-1", What: "make 5.1-1 hold", Mend: true}},
		Documents: []owed.Document{{ID: "soc", Title: "Statement of compliance", Languages: []string{"en"}, Until: "2036-12-01", Cite: "reg. 8"}},
		Clocks:    []owed.Clock{{Kind: owed.ClockSupport, Date: "2031-01-15", What: "support ends"}, {Date: "2020-01-01", What: "long past", Past: true}},
		Uncertain: []string{"the wording of reg. 9"},
	}
}

// TestText: every line fits, nothing that is known is left out, control characters
// of strangers do not reach the terminal.
func TestText(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, []*answer.Answer{sample()}, Options{}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"NOT SATISFIED: 1 of its requirements is not satisfied", "in force since 2024-04-29"[3:], "2027-12-11", "self-declaration",
		"3 requirements: 1 satisfied, 1 not satisfied, 1 not applicable", "[official, confidence high, Sch. 1]",
		"mend: make 5.1-1 hold [provision 5.1-1]", "Statement of compliance, in en, kept until 2036-12-01", "support ends", "the wording of reg. 9",
	} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the text does not say %q:\n%s", want, got)
		}
	}
	for _, not := range []string{"\x1b", "a quiet one", "long past", "compliant", "%"} {
		if strings.Contains(got, not) {
			t.Errorf("the text holds %q:\n%s", not, got)
		}
	}
	for l := range strings.Lines(got) {
		if n := len([]rune(strings.TrimRight(l, "\n"))); n > columns {
			t.Errorf("%d columns: %q", n, l)
		}
	}
}

// TestVerbose shows what else is known: quiet requirements and how a rule was
// answered.
func TestVerbose(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, []*answer.Answer{sample()}, Options{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a quiet one", "provision 5.1-1: false", "long past"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, b.String())
		}
	}
}
