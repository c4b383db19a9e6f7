package guard

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestNotice: NOTICE names every module that the program links, at its version.
func TestNotice(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/plimsoll")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	notice, err := os.ReadFile("../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for l := range strings.Lines(string(notice)) {
		if f := strings.Fields(l); strings.HasPrefix(l, "  ") && len(f) >= 3 {
			listed[f[0]+" "+f[1]] = true
			if strings.Contains(l, "see its licence") {
				t.Errorf("NOTICE does not know the licence of %s", f[0])
			}
		}
	}
	seen := 0
	for m := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		if m == "" {
			continue
		}
		seen++
		if !listed[m] {
			t.Errorf("NOTICE does not name %s: make gen", m)
		}
	}
	if seen < 10 {
		t.Fatalf("%d modules linked: the guard checked nothing", seen)
	}
}
