package regime

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plimsoll-iot/plimsoll/catalog"
)

func testCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// example is the example of doc/adding-a-regime.md.
func example(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../doc/adding-a-regime.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(b), "## A complete small example\n")
	if !ok {
		t.Fatal("the document has no example")
	}
	return strings.ReplaceAll(after, "\n    ", "\n")
}

func TestExampleOfTheDocument(t *testing.T) {
	s, err := LoadFS(fstest.MapFS{"xx-label/regime.yaml": {Data: []byte(example(t))}}, testCatalog(t))
	if err != nil {
		t.Fatal(err)
	}
	r, ok := s.Regime("xx-label")
	if !ok || len(r.Requirements) != 3 || len(r.Asks) != 3 || len(r.Levels) != 2 || r.Requirements[0].Cite != "Harbour Rules 2025, 4" {
		t.Errorf("got %+v", r)
	}
}

func TestLoad(t *testing.T) {
	s, err := Load(testCatalog(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Regimes) == 0 {
		t.Fatal("no regime is embedded")
	}
	for _, r := range s.Regimes {
		if _, err := os.Stat(string(r.ID) + "/README.md"); err != nil {
			t.Errorf("%s has no README.md: %v", r.ID, err)
		}
	}
}
