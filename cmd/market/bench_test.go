package market_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// TestLoadedOnDemand: regimes are read by the functions that commands run, at the
// one place where they are loaded, and by no initialisation: a command that needs
// none, as version and check, reads none.
func TestLoadedOnDemand(t *testing.T) {
	calls := map[string]int{}
	for _, dir := range []string{".", "../plimsoll", "../people", "../../desk", "../../regime"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			calls[dir] += strings.Count(string(b), "regime.Load(") + strings.Count(string(b), "regime.LoadFS(")
			file, err := parser.ParseFile(token.NewFileSet(), f, b, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if g, ok := d.(*ast.GenDecl); ok && strings.Contains(string(b[g.Pos()-file.FileStart:g.End()-file.FileStart]), "oadSet()") {
					t.Errorf("%s: a variable of the package loads the regimes", f)
				}
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: an init function", f)
				}
			}
		}
	}
	if calls["."] != 1 || calls["../plimsoll"]+calls["../people"]+calls["../../desk"] != 0 {
		t.Errorf("regime.Load is called %v times, want once, in this folder", calls)
	}
}

// BenchmarkLoad reads the data of all regimes, the catalog not counted.
func BenchmarkLoad(b *testing.B) {
	cat, err := catalog.Load()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := regime.Load(cat); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnswerAll is the whole command, from the folder to the text: the data
// is read, the evidence judged under both editions, all regimes answered.
func BenchmarkAnswerAll(b *testing.B) {
	f := unpack(b, "camera")
	for b.Loop() {
		if out, errs, _ := f.run("answer DIR --all --format summary"); out == "" {
			b.Fatal(errs)
		}
	}
}
