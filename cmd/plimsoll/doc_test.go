package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
)

var word = regexp.MustCompile(`'[^']*'|[^\s']+(?:'[^']*')?`)

// TestDocs: every command in the documents exists, with these flags and so many
// arguments.
func TestDocs(t *testing.T) {
	w := cli.World{Out: &strings.Builder{}, Err: &strings.Builder{}, Now: time.Now, Env: func(string) (string, bool) { return "", false }, Terminal: func(any) bool { return false }}
	for _, file := range []string{"README.md", "doc/labels.md"} {
		b, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		checked, fenced := 0, false
		for line := range strings.Lines(strings.ReplaceAll(string(b), "\\\n", " ")) {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			line, _, _ = strings.Cut(line, " #")
			if _, after, ok := strings.Cut(line, "=… plimsoll "); ok {
				line = "plimsoll " + after
			}
			for _, c := range strings.Split(line, "&&") {
				c, _, _ = strings.Cut(c, " > ")
				c = strings.TrimSuffix(strings.TrimSpace(c), " &")
				args, ok := strings.CutPrefix(strings.TrimSpace(c), "plimsoll ")
				if !fenced || !ok {
					continue
				}
				var words []string
				for _, a := range word.FindAllString(args, -1) {
					words = append(words, strings.ReplaceAll(a, "'", ""))
				}
				checked++
				cmd, rest, err := newRoot(w).Find(words)
				if err == nil {
					err = cmd.ParseFlags(rest)
				}
				if err == nil && cmd.Args != nil {
					err = cmd.Args(cmd, cmd.Flags().Args())
				}
				if err != nil {
					t.Errorf("%s: plimsoll %s: %v", file, args, err)
				}
			}
		}
		if checked < 8 {
			t.Errorf("%s: %d commands: the test checked nothing", file, checked)
		}
	}
}
