package guard

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoTemplateLeft finds text that `make new-probe` leaves for its user.
func TestNoTemplateLeft(t *testing.T) {
	mark, seen := "FILL"+"-IN", 0
	err := filepath.WalkDir("../probe", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		b, err := os.ReadFile(p)
		if err == nil && strings.Contains(string(b), mark) {
			t.Errorf("%s still holds text of the template: %s", p, mark)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 3 {
		t.Fatalf("read %d files: the guard checked nothing", seen)
	}
}
