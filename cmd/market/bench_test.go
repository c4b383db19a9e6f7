package market_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/market"
	"github.com/plimsoll-iot/plimsoll/regime"
)

// TestLoadedOnDemand: making the commands reads no regime, no package reads them in
// a variable or an init function, and the files of commands that need none, such as
// version and check, do not speak of loading.
func TestLoadedOnDemand(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	loading := testing.AllocsPerRun(1, func() {
		if _, err := regime.Load(cat); err != nil {
			t.Error(err)
		}
	})
	making := testing.AllocsPerRun(1, func() { market.Commands(cli.World{}, tool, open) })
	if making*20 > loading {
		t.Errorf("making the commands takes %.0f allocations, loading the regimes %.0f", making, loading)
	}
	found := 0
	for _, dir := range []string{".", "../cli", "../plimsoll", "../people", "../../desk"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				found += loads(t, f)
			}
		}
	}
	if found == 0 {
		t.Error("no place where regimes are loaded: the test looks for the wrong words")
	}
}

// without are the files of commands that need no regime: version stands in main.go,
// check in declare.go.
var without = []string{"cli.go", "main.go", "declare.go", "desk.go"}

// loads counts where a file loads the regimes, and complains of wrong places.
func loads(t *testing.T, name string) int {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, b, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range file.Decls {
		text := string(b[d.Pos()-file.FileStart : d.End()-file.FileStart])
		calls := strings.Count(text, "regime.Load(") + strings.Count(text, "loadSet()")
		n += calls
		fn, isFunc := d.(*ast.FuncDecl)
		if calls > 0 && (!isFunc || fn.Name.Name == "init" || slices.Contains(without, filepath.Base(name))) {
			t.Errorf("%s: regimes are loaded where commands that need none pass", name)
		}
	}
	return n
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
