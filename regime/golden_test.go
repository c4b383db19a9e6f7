package regime_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/regime/regimetest"
)

var update = flag.Bool("update", false, "write the answers as they are: read the diff before committing")

// TestGolden holds the answers of each regime to the products in its testdata. A
// file holds product.yaml (see regimetest.Parse) and answer.txt.
func TestGolden(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regime.LoadFS(os.DirFS("."), cat)
	if err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob("*/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(strings.Replace(filepath.ToSlash(f), "/testdata", "", 1), ".txtar"), func(t *testing.T) {
			golden(t, cat, set, f)
		})
	}
}

func golden(t *testing.T, cat *catalog.Catalog, set *regime.Set, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(ar.Files) != 2 || ar.Files[0].Name != "product.yaml" || ar.Files[1].Name != "answer.txt" {
		t.Fatal("want product.yaml and answer.txt")
	}
	in, err := regimetest.Parse(cat, file, ar.Files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	a, err := answer.For(set, plimsoll.RegimeID(filepath.Base(filepath.Dir(filepath.Dir(file)))), in)
	if err != nil {
		t.Fatal(err)
	}
	got, want := regimetest.Text(a), string(ar.Files[1].Data)
	if got == want {
		return
	}
	if *update {
		ar.Files[1].Data = []byte(got)
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("got:\n%s\nwant:\n%s", got, want)
}
