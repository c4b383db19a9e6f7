package market_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocument: the excerpts of doc/markets.md are what the commands print for the
// test product, line by line and in that order, and each question has one.
func TestDocument(t *testing.T) {
	b, err := os.ReadFile("../../doc/markets.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`(?m)^## \d+\. `).Split(string(b), -1)
	if len(parts) != 13 {
		t.Fatalf("got %d questions, want 12", len(parts)-1)
	}
	f := unpack(t, "camera")
	for _, p := range parts[1:] {
		title, _, _ := strings.Cut(p, "\n")
		var command, out string
		checked := 0
		for _, l := range strings.Split(p, "\n") {
			text, indented := strings.CutPrefix(l, "    ")
			if c, ok := strings.CutPrefix(text, "$ plimsoll "); indented && ok {
				command = c
				out, _, _ = f.run(strings.Replace(c, " camera ", " DIR ", 1))
				continue
			}
			if !indented || text == "" {
				continue
			}
			checked++
			_, rest, found := strings.Cut("\n"+out, "\n"+text)
			if !found {
				t.Errorf("%s: %s does not print, or not there:\n%s", title, command, text)
			}
			out = rest
		}
		if checked == 0 {
			t.Errorf("%s: no excerpt", title)
		}
	}
}
