package regime

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFolders: each regime says where it comes from, has a test, and holds no text
// of the template.
func TestFolders(t *testing.T) {
	folders, err := filepath.Glob("*/regime.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no regimes: %v", err)
	}
	mark := "FILL" + "-IN"
	for _, f := range folders {
		dir := filepath.Dir(f)
		if tests, _ := filepath.Glob(dir + "/testdata/*.txtar"); len(tests) == 0 {
			t.Errorf("%s has no testdata/*.txtar", dir)
		}
		for _, name := range []string{f, filepath.Join(dir, "README.md")} {
			if b, err := os.ReadFile(name); err != nil || strings.Contains(string(b), mark) {
				t.Errorf("%s: text of the template or %v", name, err)
			}
		}
	}
}

// TestCategories: a category that no declaration can have would never match. The
// list is read from the declaration's form, which this room may not import.
func TestCategories(t *testing.T) {
	b, err := os.ReadFile("../product/blank/spec.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(b), "var categories = [...]string{")
	list, _, _ = strings.Cut(list, "}")
	var known []string
	for _, m := range regexp.MustCompile(`"([a-z-]+)"`).FindAllStringSubmatch(list, -1) {
		known = append(known, m[1])
	}
	if !ok || len(known) < 8 {
		t.Fatalf("read the categories %v", known)
	}
	set, err := Load(testCatalog(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Regimes {
		check := func(rule *Rule) {
			rule.walk(func(n *Rule) {
				if n.Fact == nil || n.Fact.ID != "product.category" {
					return
				}
				for _, c := range n.Fact.values() {
					if !slices.Contains(known, c) {
						t.Errorf("%s: no product has the category %q (known: %s)", r.ID, c, strings.Join(known, ", "))
					}
				}
			})
		}
		for _, rule := range r.rules() {
			check(rule)
		}
	}
}

// rules lists every rule of a regime.
func (r *Regime) rules() []*Rule {
	var out []*Rule
	for _, cs := range [][]Clause{r.Scope.In, r.Scope.Out, r.Scope.Must} {
		for i := range cs {
			out = append(out, &cs[i].Rule)
		}
	}
	for _, l := range r.Levels {
		out = append(out, l.When)
	}
	for i := range r.Routes {
		out = append(out, &r.Routes[i].When)
	}
	for _, q := range r.Requirements {
		out = append(out, q.Applies, q.Rule)
	}
	return slices.DeleteFunc(out, func(r *Rule) bool { return r == nil })
}
