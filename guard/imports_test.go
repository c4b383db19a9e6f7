package guard

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/plimsoll-iot/plimsoll"

// floors is the table of design.md, section 2. A new room needs a line here.
var floors = map[string]int{
	"": 0,

	"catalog": 1, "key": 1, "suite": 1,
	"firmware": 1, "wire": 1, "capture": 1, "app": 1, "feed": 1,

	"product": 2, "evidence": 2, "attest": 2, "label": 2, "sim": 2,

	"probe": 3, "regime": 3, "tlog": 3, "bench": 3,

	"collect": 4, "judge": 4, "report": 4, "rule": 4,

	"scheme": 5, "desk": 5,
	"registry": 6,
	"web":      7,
	"cmd":      8,
}

// instruments import only their own sub-folders.
var instruments = map[string]bool{"firmware": true, "wire": true, "capture": true, "app": true, "feed": true}

// testSupport is for tests alone.
var testSupport = map[string]bool{"lab": true, "guard": true}

// violation says why from may not import to, or "".
func violation(from, to string, test bool) string {
	fr, tr := room(from), room(to)
	switch {
	case testSupport[tr]:
		if !test && !testSupport[fr] {
			return "only tests import " + tr
		}
		return ""
	case testSupport[fr], fr == tr && fr != "probe":
		return ""
	case from == to: // an external test
		return ""
	case fr == tr: // probe
		if from != "probe" && to != "probe" {
			return "a probe never imports another"
		}
		if from == "probe" {
			return "the room probe never imports one of its probes"
		}
		return ""
	}
	if _, ok := floors[fr]; !ok {
		return fmt.Sprintf("room %q has no line in the table of floors", fr)
	}
	if _, ok := floors[tr]; !ok {
		return fmt.Sprintf("room %q has no line in the table of floors", tr)
	}
	switch {
	case instruments[fr]:
		return "an instrument imports only its own sub-folders"
	case tr == "sim" && fr != "cmd" && !test:
		return "only cmd imports sim"
	case fr == "regime" && tr != "" && tr != "catalog":
		return "regime imports floor 0 and catalog only"
	case (fr == "scheme" || fr == "registry") && tr == "probe" && to != "probe":
		return "scheme and registry are handed the list of probes"
	case test && fr != tr && floors[fr] >= floors[tr]:
		return ""
	case floors[fr] <= floors[tr]:
		return fmt.Sprintf("floor %d (%s) may not import floor %d (%s)", floors[fr], fr, floors[tr], tr)
	}
	return ""
}

func room(pkg string) string {
	r, _, _ := strings.Cut(pkg, "/")
	return r
}

// imports reads every Go file below the root itself and lists who imports whom.
func imports(t *testing.T, root string) (edges map[[3]string]bool, files int) {
	t.Helper()
	edges = map[[3]string]bool{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != root || d.Name() == "testdata" || d.Name() == "tools") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		files++
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(p))
		if err != nil {
			return err
		}
		from := strings.TrimPrefix(filepath.ToSlash(rel), ".")
		for _, im := range f.Imports {
			path, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			if to, ok := strings.CutPrefix(path, module); ok {
				edges[[3]string{from, strings.TrimPrefix(to, "/"), strconv.FormatBool(strings.HasSuffix(p, "_test.go"))}] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return edges, files
}

func TestImports(t *testing.T) {
	edges, files := imports(t, "..")
	if files < 20 || len(edges) < 20 {
		t.Fatalf("read %d files with %d imports: the guard checked nothing", files, len(edges))
	}
	var bad []string
	for e := range edges {
		if why := violation(e[0], e[1], e[2] == "true"); why != "" {
			bad = append(bad, fmt.Sprintf("%q imports %q: %s", e[0], e[1], why))
		}
	}
	sort.Strings(bad)
	for _, b := range bad {
		t.Error(b)
	}
}

// TestImportsCanFail shows that the table refuses what it must refuse.
func TestImportsCanFail(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test     bool
		allowed  bool
	}{
		{"judge", "probe", false, true},
		{"lab/fixture", "lab/corpus", false, true},
		{"judge", "lab", false, false},
		{"judge", "lab", true, true},
		{"probe/open-ports", "wire/ports", false, true},
		{"probe/openports", "probe/tlsserver", false, false},
		{"probe/openports", "probe", false, true},
		{"probe", "probe/openports", false, false},
		{"wire/ports", "wire", false, true},
		{"wire/ports", "firmware", false, false},
		{"wire", "", false, false},
		{"collect", "judge", false, false},
		{"report", "sim", false, false},
		{"cmd/plimsoll", "sim", false, true},
		{"product", "evidence", false, false},
		{"catalog", "product", false, false},
		{"regime", "product", false, false},
		{"regime", "catalog", false, true},
		{"probe/x", "lab", true, true},
		{"probe/x", "lab", false, false},
		{"newroom", "", false, false},
	} {
		if got := violation(c.from, c.to, c.test) == ""; got != c.allowed {
			t.Errorf("violation(%q, %q, test %v): allowed %v, want %v", c.from, c.to, c.test, got, c.allowed)
		}
	}
}
