package product

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse: no input panics, gives a problem without a place or a remedy, tells
// a secret, or reads differently the second time.
func FuzzParse(f *testing.F) {
	cat := load(f)
	files, _ := filepath.Glob("testdata/problems/*.yaml")
	for _, file := range files {
		if src, err := os.ReadFile(file); err == nil {
			f.Add(src)
		}
	}
	f.Add([]byte(whole))
	f.Add([]byte(selectable))
	f.Add([]byte("{\"schema\": \"plimsoll.product/1\", \"product\": {}}"))
	f.Add([]byte("a: &x [1, *x]\n<<: *x\n? y\n: !!z z\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		opts := Options{LookupEnv: func(string) (string, bool) { return "fuzz-environment-value", true }}
		p, ps := Parse("p", src, cat, opts)
		if p == nil {
			t.Fatal("no product")
		}
		if !json.Valid(p.Canonical()) {
			t.Fatalf("the canonical form is not JSON: %s", p.Canonical())
		}
		for _, x := range ps {
			if x.Line < 1 || x.Column < 1 || x.Message == "" || x.Remedy == "" {
				t.Fatalf("a problem without place, message or remedy: %+v", x)
			}
		}
		if strings.Contains(ps.String()+string(p.Canonical()), "fuzz-environment-value") {
			t.Fatal("a secret is told")
		}
		_ = p.Facts(cat)
		again, ps2 := Parse("p", src, cat, opts)
		if !bytes.Equal(p.Canonical(), again.Canonical()) || ps.String() != ps2.String() {
			t.Fatal("a second reading differs")
		}
	})
}
