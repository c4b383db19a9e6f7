package key

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	idA = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	idB = "SHA256:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
)

func TestTrust(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trust.yaml")
	body := "schema: plimsoll.trust/1\nkeys:\n  - {id: \"" + idA + "\", name: Jane Doe, role: assessor}\n  - id: " + idB + "\n    name: Ole\n"
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	tr, err := LoadTrust(path)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := tr.Known(idA); !ok || k != (Trusted{idA, "Jane Doe", "assessor"}) {
		t.Errorf("got %+v, %v", k, ok)
	}
	if k, ok := tr.Known(idB); !ok || k.Name != "Ole" {
		t.Errorf("got %+v, %v", k, ok)
	}
	if _, ok := tr.Known("SHA256:x"); ok {
		t.Error("knows a key that it does not list")
	}
	if _, ok := (*Trust)(nil).Known(idA); ok {
		t.Error("nil trust knows a key")
	}
	if _, err := LoadTrust(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("absent file: no error")
	}
}

func TestTrustProblems(t *testing.T) {
	const head = "schema: plimsoll.trust/1\nkeys:\n"
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"several":  {head + "  - {id: x, name: A}\n  - {id: \"" + idA + "\"}\n  - {id: \"" + idB + "\", nmae: B}\n", []string{"t.yaml:3: id \"x\"", "t.yaml:4: key", "t.yaml:5: unknown key \"nmae\""}},
		"schema":   {"schema: other/1\nkeys: []\n", []string{"t.yaml:1: schema \"other/1\""}},
		"no keys":  {"schema: plimsoll.trust/1\n", []string{"keys: want a list"}},
		"twice":    {head + "  - {id: \"" + idA + "\", name: A}\n  - {id: \"" + idA + "\", name: B}\n", []string{"t.yaml:4", "twice"}},
		"alias":    {head + "  - &a {id: \"" + idA + "\", name: A}\n  - *a\n", []string{"t.yaml:3", "t.yaml:4"}},
		"number":   {head + "  - {id: 5, name: A}\n", []string{"t.yaml:3: want text"}},
		"scalar":   {"hello", []string{"want a mapping"}},
		"empty":    {"", []string{"t.yaml"}},
		"two docs": {head + "  []\n---\n{}\n", []string{"t.yaml"}},
		"not yaml": {"a: [", []string{"t.yaml"}},
		"long":     {strings.Repeat("#\n", maxTrust), []string{"longer"}},
		"line":     {"#" + strings.Repeat("x", maxTrustLine), []string{"t.yaml:1: longer"}},
		"deep":     {strings.Repeat("[\n", maxTrust/4), []string{"brackets"}},
	} {
		_, err := ParseTrust("t.yaml", []byte(c.in))
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: got %q, want %q", name, err, w)
			}
		}
	}
}

func TestTrustIsBoundedInTime(t *testing.T) {
	for _, unit := range []string{"[", "{a: ", "- ", "? ", "!a ", "- \n", "a:\n"} {
		var b strings.Builder
		for b.Len()+len(unit) < maxTrust {
			line := strings.Repeat(unit, 200/len(unit))
			b.WriteString(line + "\n")
		}
		start := time.Now()
		_, _ = ParseTrust("t", []byte(b.String()))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%q: %v", unit, d)
		}
	}
}

func FuzzParseTrust(f *testing.F) {
	f.Add([]byte("schema: plimsoll.trust/1\nkeys:\n  - {id: \"" + idA + "\", name: Jane, role: x}\n"))
	f.Add([]byte("keys: *a"))
	f.Add([]byte("? a\n: b"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = ParseTrust("t", b) })
}
