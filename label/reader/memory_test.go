package reader_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/labelsite"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// TestMemoryOfTwo: two readers at a time lose nothing that one of them has seen, and
// the one with the older list does not bring it back.
func TestMemoryOfTwo(t *testing.T) {
	w := newWorld(t)
	slow, err := reader.Open(context.Background(), w.options(verify.Private))
	if err != nil {
		t.Fatal(err)
	}
	if got := slow.Check(context.Background(), verify.ParseInput(url(w.good)), now); got.Outcome != verify.Live {
		t.Fatal(got.Why)
	}
	files := map[string][]byte{"trust.cose": nil, "r/0/0": nil}
	swap := func(name string) { // what is served, for what was kept
		path := filepath.Join(w.site.Dir, filepath.FromSlash(name))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if files[name] != nil {
			if err := os.WriteFile(path, files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		files[name] = b
	}
	swap("trust.cose")
	swap("r/0/0")
	w.site.List.Version++
	w.write(now)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r, err := reader.Open(context.Background(), w.options(verify.Full))
			if err == nil {
				r.Check(context.Background(), verify.ParseInput(url(w.good)), now)
				err = r.Close(context.Background())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := slow.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	swap("trust.cose")
	w.want(w.options(verify.Private), url(w.good), verify.Stale, "version 7, seen 8")
	swap("trust.cose")
	swap("r/0/0")
	w.want(w.options(verify.Private), url(w.good), verify.Stale, "r/0/0: older than one seen before")
}

// TestMemoryForgets: a status that has expired long ago is not kept.
func TestMemoryForgets(t *testing.T) {
	w := newWorld(t)
	w.site.Bits = 1
	w.write(now.Add(-time.Hour))
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
	size := func() int {
		b, err := os.ReadFile(filepath.Join(w.state, "labels.json"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(b), "HARB r/")
	}
	if n := size(); n != 1 {
		t.Errorf("%d remembered", n)
	}
	later := now.AddDate(0, 0, 3)
	w.site.Bits = 2
	w.write(later)
	r, err := reader.Open(context.Background(), w.options(verify.Private))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Check(context.Background(), verify.ParseInput(url(w.good)), later); got.Outcome != verify.Live {
		t.Fatal(got.Why)
	}
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := size(); n != 1 {
		t.Errorf("%d remembered", n)
	}
}

// TestMemoryBroken: a file that cannot be read is not taken for an empty one.
func TestMemoryBroken(t *testing.T) {
	for name, text := range map[string]string{
		"rubbish": "x", "empty": "", "schema": `{"schema":"x","sources":{},"domains":{}}`, "unknown field": `{"schema":"plimsoll.label-reader/1","sources":{},"domains":{},"x":1}`,
		"no domains": `{"schema":"plimsoll.label-reader/1","sources":{}}`, "empty domain": `{"schema":"plimsoll.label-reader/1","sources":{},"domains":{"a":null}}`,
		"no roots": `{"schema":"plimsoll.label-reader/1","sources":{},"domains":{"a":{"seen":{},"version":1}}}`, "long": strings.Repeat(" ", 32<<20+1),
	} {
		w := newWorld(t)
		if err := os.MkdirAll(w.state, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(w.state, "labels.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Open(context.Background(), w.options(verify.Private)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorld(t)
	if err := os.WriteFile(w.state, []byte("a file where the folder should be"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Open(context.Background(), w.options(verify.Private)); err == nil {
		t.Error("opened")
	}
}

// TestMemoryIsPrivate: it tells what its owner has looked at.
func TestMemoryIsPrivate(t *testing.T) {
	w := newWorld(t)
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
	st, err := os.Stat(filepath.Join(w.state, "labels.json"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	names, err := reader.NewMemory(w.state).Sources()
	if err != nil || len(names) != 1 || names[0] != "https://label.example" {
		t.Errorf("%q, %v", names, err)
	}
	// Without a memory nothing is remembered, and First is asked for each time.
	o := w.options(verify.Private)
	o.Memory = nil
	w.want(o, url(w.good), verify.Live, "")
	o.First = false
	var first *reader.FirstContact
	if _, err := reader.Open(context.Background(), o); !errors.As(err, &first) {
		t.Errorf("got %v", err)
	}
}

func TestReadRoots(t *testing.T) {
	s, err := labelsite.New(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"rubbish": "x", "unknown field": `{"threshold":1,"keys":[],"x":1}`, "no keys": `{"threshold":1,"keys":[]}`, "no key": `{"threshold":1,"keys":["AA=="]}`,
		"long": strings.Repeat(" ", 64<<10+1),
	} {
		if r, err := reader.ReadRoots([]byte(text)); err == nil || len(r.Keys) > 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	for _, threshold := range []uint8{0, 2} {
		s.List.Roots.Threshold = threshold
		b, err := json.Marshal(s.List.Roots)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader.ReadRoots(b); err == nil {
			t.Errorf("%d of 1 was read", threshold)
		}
	}
}

// FuzzReadRoots: what is read has keys, and enough of them.
func FuzzReadRoots(f *testing.F) {
	s, err := labelsite.New(f.TempDir(), now)
	if err != nil {
		f.Fatal(err)
	}
	b, err := json.Marshal(s.List.Roots)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"threshold":1,"keys":["AA=="]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r label.Roots
		if r, err = reader.ReadRoots(b); err == nil {
			if ids, err := reader.IDs(r); err != nil || len(ids) < int(r.Threshold) || len(ids) == 0 {
				t.Errorf("%q: %v, %v", b, ids, err)
			}
		}
	})
}
