package market_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

var update = flag.Bool("update", false, "write want.txt as it is: read the diff before committing; cells.txt is written by hand alone")

// TestProducts runs the test products. In a file stand product.yaml, answers.txt
// (what a person signed), cells.txt and want.txt. cells.txt is written by hand from
// the text of the regimes: "= REGIME FLAGS" asks, and each line below it must be a
// line of the answer; a line with "!" is the start of none; after "#" stands why. want.txt holds commands after "$ " and all that they print.
func TestProducts(t *testing.T) {
	files, err := filepath.Glob("testdata/products/*.txtar")
	if err != nil || len(files) < 16 {
		t.Fatalf("got %d products, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, checked := unpack(t, name), 0
			for i, x := range ar.Files {
				switch x.Name {
				case "cells.txt":
					checked += f.cells(string(x.Data))
				case "want.txt":
					ar.Files[i].Data = f.transcript(string(x.Data))
				}
			}
			if checked == 0 {
				t.Error("cells.txt checks nothing")
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// transcript runs the commands of want.txt and compares what they print.
func (f *folder) transcript(want string) []byte {
	f.t.Helper()
	var got strings.Builder
	for _, l := range strings.Split(want, "\n") {
		line, ok := strings.CutPrefix(l, "$ ")
		if !ok {
			continue
		}
		out, errs, code := f.run(line)
		fmt.Fprintf(&got, "$ %s\n%s%s[exit %d]\n", line, out, errs, code)
	}
	if got.String() != want && !*update {
		f.t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
	return []byte(got.String())
}

// cells checks the lines of cells.txt and returns how many there were.
func (f *folder) cells(text string) int {
	f.t.Helper()
	all := map[string][]*answer.Answer{} // by the flags
	var have []string
	asked, n := "", 0
	for _, l := range strings.Split(text, "\n") {
		l, _, _ = strings.Cut(l, " #")
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		if c, ok := strings.CutPrefix(l, "= "); ok {
			asked = c
			id, flags, _ := strings.Cut(c, " ")
			if all[flags] == nil {
				all[flags] = f.answers("--all " + flags)
			}
			have = lines(find(f.t, all[flags], id))
			continue
		}
		n++
		if not, ok := strings.CutPrefix(l, "! "); ok {
			if i := slices.IndexFunc(have, func(h string) bool { return strings.HasPrefix(h, not) }); i >= 0 {
				f.t.Errorf("%s: got %q", asked, have[i])
			}
		} else if !slices.Contains(have, l) {
			f.t.Errorf("%s: no line %q in:\n%s", asked, l, strings.Join(near(have, l), "\n"))
		}
	}
	return n
}

func find(t testing.TB, as []*answer.Answer, id string) *answer.Answer {
	t.Helper()
	i := slices.IndexFunc(as, func(a *answer.Answer) bool { return string(a.Regime) == id })
	if i < 0 {
		t.Fatalf("no answer of %s", id)
	}
	return as[i]
}

// near keeps the lines that begin with the same word, all when there is none.
func near(have []string, l string) []string {
	word, _, _ := strings.Cut(l, " ")
	if out := slices.DeleteFunc(slices.Clone(have), func(h string) bool { return !strings.HasPrefix(h, word) }); len(out) > 0 {
		return out
	}
	return have
}

// answers runs answer with --format json.
func (f *folder) answers(args string) []*answer.Answer {
	f.t.Helper()
	out, errs, code := f.run("answer DIR --format json " + args)
	var as []*answer.Answer
	if err := json.Unmarshal([]byte(out), &as); err != nil {
		f.t.Fatalf("answer %s: exit %d, %v\n%s", args, code, err, errs)
	}
	return as
}

// lines lays an answer out, one thing a line.
func lines(a *answer.Answer) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, strings.TrimSpace(fmt.Sprintf(format, args...))) }
	add("status %s", a.Status)
	add("state %s since %s", a.State, a.Since.Date)
	add("scope %s, duty %s: %s", a.Scope.In, a.Scope.Duty, a.Scope.Why)
	for _, u := range a.Scope.Unless {
		add("unless %s", u.What)
	}
	for _, h := range a.Held {
		add("holds %s %s: %s", h.Scheme, h.Level, h.Why)
	}
	for _, r := range a.Recognised {
		add("through %s %s: %s", r.From, r.Label.Level, r.Label.Why)
	}
	if a.Level != "" {
		add("reached %s", a.Level)
	}
	for _, l := range a.Levels {
		add("level %s applies %s", l.ID, orDash(l.Applies))
		add("level %s route %s", l.ID, l.Route)
		add("level %s fee %s", l.ID, l.Fee)
		add("level %s valid %s", l.ID, orDash(string(l.Validity)))
		for _, x := range l.RouteIf {
			add("level %s route %s if %s", l.ID, x.Route, x.What)
		}
	}
	of, owed := parts(a)
	add("of the levels that apply %d, owed %d", of, owed)
	count := map[answer.Status]int{}
	add("asks %d", len(a.Requirements))
	for _, q := range a.Requirements {
		count[q.Status]++
		add("%s: %s", q.ID, q.Status)
		if q.Own != "" {
			add("%s own: %s", q.ID, q.Own)
		}
		if q.Via != nil {
			add("%s via: %s", q.ID, q.Why)
		}
	}
	for s, n := range count {
		add("asks %d %s", n, s)
	}
	for _, d := range a.Documents {
		add("paper %s", d.ID)
		add("paper %s owed %s", d.ID, strings.TrimPrefix(string(d.Owed)+" "+d.Why, "open "))
		add("paper %s in %s", d.ID, orDash(strings.Join(d.Languages, " ")))
		add("paper %s kept %s until %s", d.ID, orDash(string(d.Retention)), orDash(d.Until))
	}
	for _, r := range a.Reports {
		add("report within %s to %s: %s", r.Within, r.To, r.What)
	}
	for _, r := range a.Roles {
		add("role %s", r.ID)
	}
	for _, c := range a.Clocks {
		add("clock %s %s: %s", c.Date, c.Kind, c.What)
	}
	for _, e := range a.Upcoming {
		add("upcoming %s: %s", e.Date, e.What)
	}
	for _, p := range a.Problems {
		add("problem %s", p)
	}
	return out
}

// parts counts the requirements of the parts or classes that apply, and those of
// them that apply to the product.
func parts(a *answer.Answer) (of, owed int) {
	for _, q := range a.Requirements {
		in := slices.ContainsFunc(a.Levels, func(l answer.LevelAnswer) bool { return l.Applies == "yes" && slices.Contains(q.Levels, l.ID) })
		if in {
			of++
		}
		if in && q.Status != answer.NotApplicable {
			owed++
		}
	}
	return of, owed
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
