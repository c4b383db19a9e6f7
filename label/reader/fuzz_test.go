package reader_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/labelsite"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// hostile is a site of which one file is another's.
type hostile struct {
	reader.Folder
	path string
	b    []byte
}

func (h hostile) Get(ctx context.Context, path string) ([]byte, error) {
	if path == h.path {
		return h.b, nil
	}
	return h.Folder.Get(ctx, path)
}

// FuzzSite: whatever one file of a site holds, nothing panics, and a revoked label is
// never called good.
func FuzzSite(f *testing.F) {
	s, err := labelsite.New(f.TempDir(), now)
	if err != nil {
		f.Fatal(err)
	}
	tok, err := s.Issue(labelsite.Plug(now))
	if err != nil {
		f.Fatal(err)
	}
	s.Labels[0].Standing = 1
	if err := s.Write(now.Add(-time.Hour)); err != nil {
		f.Fatal(err)
	}
	paths := []string{"trust.cose", "r/bits", "r/0/0", "s/0", "l/" + tok.NumberText() + "/record.json", "l/" + tok.NumberText() + "/proof.tlog-proof"}
	folder := reader.Folder(s.Dir)
	files := make([][]byte, len(paths))
	for i, p := range paths {
		if files[i], err = folder.Get(context.Background(), p); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), uint16(0), uint16(0), []byte(nil))
		f.Add(uint8(i), uint16(len(files[i])/2), uint16(0), []byte("x"))
		f.Add(uint8(i), uint16(0), uint16(len(files[i])), bytes.Repeat([]byte("1"), 40))
	}
	// The keys differ from process to process, so what is fuzzed is how a good file was
	// changed: cut bytes are gone from place at, and patch stands there.
	f.Fuzz(func(t *testing.T, i uint8, at, cut uint16, patch []byte) {
		i %= uint8(len(paths))
		good := files[i]
		from := min(int(at), len(good))
		b := append(append(bytes.Clone(good[:from]), patch...), good[min(from+int(cut), len(good)):]...)
		h := hostile{folder, paths[i], b}
		r, err := reader.Open(context.Background(), reader.Options{Source: h, Roots: s.List.Roots, Mode: verify.Full, Prover: fits})
		if err != nil {
			return
		}
		for _, in := range []string{url(tok), tok.NumberText()} {
			if got := r.Check(context.Background(), verify.ParseInput(in), now); got.Outcome == verify.Live || got.Outcome == verify.Signed {
				t.Errorf("%s with %q: %s: %s", h.path, b, got.Outcome, got.Why)
			}
		}
	})
}
