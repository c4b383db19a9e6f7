package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/fixture"
)

var someProbes = []ProbeInfo{{
	Name: "default-passwords", Version: 2, Doc: "which logins open with a password from the public list\nThree tries, before and after.",
	Decides: []plimsoll.UnitID{"5.1-1-2/c"}, Reads: []string{"open-ports"}, Makes: []string{"logins"}, Needs: "device",
}}

func TestExplain(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, x := range []struct {
		id   string
		want []string
	}{
		{"cop-1", []string{"Guideline 1: No default passwords", "EN 303 645 5.1", "5.1-2A"}},
		{"1", []string{"Guideline 1: "}},
		{"5.1", []string{"Guideline 1: "}},
		{"5.1-1", []string{"Provision 5.1-1: ", "V2.1.1: M C(1)", "Applies when", "Why", "How", "Case 5.1-1-2", "5.1-1-2/c", "probes: default-passwords"}},
		{"5.3-4A", []string{"V3.1.3: R F(g)", "Replaces", "5.3-4", "v3:"}},
		{"5.1-1-2", []string{"Case 5.1-1-2: ", "Verdict", "a and b and c"}},
		{"5.1-1-2/c", []string{"Unit 5.1-1-2/c: ", "Question", "Decided by", "Probes        default-passwords", "Subjects", "AuthMech"}},
		{"AuthMech", []string{"IXIT table AuthMech: ", "rate_limit.attempts", "enum of password, token", "Read by"}},
		{"passwords.used", []string{"Fact passwords.used: ", "Made by", "AuthMech where factor in password,pin", "5.1-1 (V2.1.1)"}},
		{"default-passwords", []string{"Probe default-passwords@2: which logins", "Three tries", "Needs         device", "5.1-1-2/c", "proposal"}},
	} {
		t.Run(strings.ReplaceAll(x.id, "/", "_"), func(t *testing.T) {
			var b bytes.Buffer
			if err := Explain(&b, cat, x.id, someProbes, TextOptions{}); err != nil {
				t.Fatal(err)
			}
			for _, w := range x.want {
				if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), strings.Join(strings.Fields(w), " ")) {
					t.Errorf("%q is not said of %s:\n%s", w, x.id, b.String())
				}
			}
		})
	}
}

// TestExplainAll explains every id of the catalog within the width.
func TestExplainAll(t *testing.T) {
	cat := fixture.Loaded(t)
	for _, id := range cat.IDs() {
		var b bytes.Buffer
		if err := Explain(&b, cat, id, someProbes, TextOptions{Width: 80}); err != nil {
			t.Errorf("%v", err)
		}
		for _, l := range strings.Split(b.String(), "\n") {
			if uniseg.StringWidth(l) > 80 {
				t.Errorf("%s has a line of more than 80 columns: %q", id, l)
			}
		}
	}
	if len(cat.IDs()) < 500 {
		t.Errorf("explained %d ids: the test checked too little", len(cat.IDs()))
	}
}

func TestExplainUnknown(t *testing.T) {
	cat := fixture.Loaded(t)
	for id, want := range map[string]string{
		"AuthMec":          `explaining "AuthMec": no such id, did you mean "AuthMech"`,
		"default-password": `did you mean "default-passwords"`,
		"password.used":    `did you mean "passwords.used"`,
		"zzzzzzzzzzzz":     "try a provision such as 5.1-1",
		"\x1b[2J":          `"\x1b[2J"`,
		"":                 "no such id",
	} {
		var b bytes.Buffer
		err := Explain(&b, cat, id, someProbes, TextOptions{})
		if err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("%q: got %v and %d bytes, want an error with %q", id, err, b.Len(), want)
		}
	}
}
