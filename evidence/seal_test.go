package evidence

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
)

func TestSeal(t *testing.T) {
	edit := func(name string, f func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change   func(*testing.T, string)
		tampered bool
		records  int
	}{
		"nothing":       {func(*testing.T, string) {}, false, 3},
		"a line out":    {edit("index.jsonl", func(b []byte) []byte { return b[bytes.IndexByte(b, '\n')+1:] }), true, 0},
		"the last line": {edit("index.jsonl", func(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')+1] }), true, 0},
		"a word":        {edit("index.jsonl", func(b []byte) []byte { return bytes.Replace(b, []byte("test/1"), []byte("toad/1"), 1) }), true, 0},
		"a run":         {edit("runs.jsonl", func(b []byte) []byte { return bytes.Replace(b, []byte("2.4.0"), []byte("2.4.1"), 1) }), true, 0},
		"no index": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "index.jsonl")); err != nil {
				t.Fatal(err)
			}
		}, true, 0},
		"a seal of garbage": {edit(sealFile, func([]byte) []byte { return []byte("{") }), true, 0},
		"a negative seal":   {edit(sealFile, func(b []byte) []byte { return bytes.Replace(b, []byte(`"bytes":`), []byte(`"bytes":-`), 1) }), true, 0},
		"a crash since":     {edit("index.jsonl", func(b []byte) []byte { return append(b, `{"digest":"sha2`...) }), false, 3},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustPut(t, s, 1, 1)
			mustPut(t, s, 2, 2)
			if err := s.PutRun(plimsoll.Run{ID: "r1", Start: when, Firmware: "2.4.0"}); err != nil {
				t.Fatal(err)
			}
			if err := s.Seal(); err != nil {
				t.Fatal(err)
			}
			mustPut(t, s, 3, 3) // behind the seal, as after a crash
			c.change(t, dir)
			s, err := OpenStore(dir)
			if errors.Is(err, ErrTampered) != c.tampered {
				t.Fatalf("got %v, want tampered %v", err, c.tampered)
			}
			if err == nil && len(s.Records()) != c.records {
				t.Errorf("%d records, want %d", len(s.Records()), c.records)
			}
		})
	}
}
