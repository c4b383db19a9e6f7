package tlog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

func none(uint64, []byte) error { return nil }

func walk(tb testing.TB, files fs.FS, o tlog.WalkOptions) error {
	tb.Helper()
	_, err := tlog.Walk(tb.Context(), tlog.FS(files), o, none)
	return err
}

func clone(files fstest.MapFS) fstest.MapFS {
	out := fstest.MapFS{}
	for p, f := range files {
		out[p] = &fstest.MapFile{Data: bytes.Clone(f.Data)}
	}
	return out
}

// served is a source over HTTP and one on disk for the same files.
func sources(tb testing.TB, files fs.FS) map[string]tlog.Source {
	tb.Helper()
	s := httptest.NewServer(http.StripPrefix("/log/", http.FileServerFS(files)))
	tb.Cleanup(s.Close)
	h, err := tlog.HTTP(s.URL+"/log", s.Client())
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]tlog.Source{"files": tlog.FS(files), "http": h}
}

// TestWalk: a forged but honest tree of another implementation is walked in order,
// at sizes where tiles are full, partial, and on more than one level.
func TestWalk(t *testing.T) {
	o := alone(t)
	for _, n := range []int{0, 1, 2, 255, 256, 257, 1300, 65536 + 300} {
		files := forge(t, o.Signer, n, entry)
		for name, src := range sources(t, files) {
			if name == "http" && n > 2000 {
				continue
			}
			for _, from := range []int{0, n / 2, n} {
				next := from
				c, err := tlog.Walk(t.Context(), src, tlog.WalkOptions{Origin: origin, Policy: o.Policy, From: uint64(from)}, func(i uint64, e []byte) error {
					if int(i) != next || !bytes.Equal(e, entry(next)) {
						return fmt.Errorf("got entry %d %.20q, want %d %.20q", i, e, next, entry(next))
					}
					next++
					return nil
				})
				if err != nil || next != n || c.Size != uint64(n) {
					t.Errorf("%s, %d entries from %d: walked to %d, %v", name, n, from, next, err)
				}
			}
		}
	}
	files := forge(t, o.Signer, 10, entry)
	if err := walk(t, files, tlog.WalkOptions{Origin: origin, Policy: o.Policy, From: 11}); err == nil {
		t.Error("a walk from behind the end")
	}
}

// TestWalkTessera: what Log writes is walked; the two do not share their tree code.
func TestWalkTessera(t *testing.T) {
	dir, o := t.TempDir(), alone(t)
	l := open(t, dir, o)
	at := fill(t, l, 0, 700)
	closing(t, l)
	n := 0
	_, err := tlog.Walk(t.Context(), tlog.FS(os.DirFS(dir)), tlog.WalkOptions{Origin: origin, Policy: o.Policy}, func(i uint64, e []byte) error {
		if !bytes.Equal(e, at[i]) {
			return fmt.Errorf("got %.20q, want %.20q", e, at[i])
		}
		n++
		return nil
	})
	if err != nil || n != 700 {
		t.Errorf("walked %d entries: %v", n, err)
	}
}

// TestWalkFindsEveryFile: one byte in each file, a file cut off, made longer, or
// gone: each is found and named.
func TestWalkFindsEveryFile(t *testing.T) {
	o := alone(t)
	wo := tlog.WalkOptions{Origin: origin, Policy: o.Policy}
	files := forge(t, o.Signer, 65536+300, entry)
	small := forge(t, o.Signer, 700, entry)
	levels := map[string]bool{}
	for path := range files {
		if f := strings.Split(path, "/"); len(f) > 2 {
			levels[f[1]] = true
		}
	}
	if !levels["0"] || !levels["1"] || !levels["2"] || !levels["entries"] {
		t.Fatalf("the log has the levels %v", levels)
	}
	// The large tree for its upper levels, a small one for every file.
	for _, files := range []fstest.MapFS{small, files} {
		large := len(files) > 20
		for path, f := range files {
			if large && !strings.HasPrefix(path, "tile/1/") && !strings.HasPrefix(path, "tile/2/") && path != "tile/0/001.p/44" && path != "tile/0/128" {
				continue
			}
			want := tlog.ErrTampered
			if path == "checkpoint" {
				want = policy.ErrUnsigned
			}
			for _, at := range []int{0, len(f.Data) / 2, len(f.Data) - 1} {
				bad := clone(files)
				bad[path].Data[at] ^= 1
				if err := walk(t, bad, wo); !errors.Is(err, want) {
					t.Errorf("%s, byte %d changed: %v, want %v", path, at, err, want)
				} else if path != "checkpoint" && !strings.Contains(err.Error(), path) {
					t.Errorf("%s, byte %d changed: the error does not name it: %v", path, at, err)
				}
			}
			for _, data := range [][]byte{f.Data[:len(f.Data)-1], append(bytes.Clone(f.Data), 0), append(bytes.Clone(f.Data), 0, 0), append(bytes.Clone(f.Data), make([]byte, 32)...), nil} {
				bad := clone(files)
				bad[path].Data = data
				if err := walk(t, bad, wo); !errors.Is(err, want) {
					t.Errorf("%s with %d bytes for %d: %v, want %v", path, len(data), len(f.Data), err, want)
				}
			}
			bad := clone(files)
			delete(bad, path)
			if err := walk(t, bad, wo); !errors.Is(err, tlog.ErrMissing) {
				t.Errorf("%s gone: %v", path, err)
			}
		}
	}
}

// TestWalkEntriesUnseen: no entry is handed out that is not proven.
func TestWalkEntriesUnseen(t *testing.T) {
	o := alone(t)
	files := forge(t, o.Signer, 300, entry)
	data := files["tile/entries/001.p/44"].Data
	data[len(data)-1] ^= 1 // the last entry of all
	var last uint64
	_, err := tlog.Walk(t.Context(), tlog.FS(files), tlog.WalkOptions{Origin: origin, Policy: o.Policy}, func(i uint64, _ []byte) error {
		last = i
		return nil
	})
	if last != 298 || !errors.Is(err, tlog.ErrTampered) || !strings.Contains(err.Error(), "entry 299 in tile/entries/001.p/44") {
		t.Errorf("walked to %d: %v", last, err)
	}
}

// TestWalkSeen: what was believed before must still be there.
func TestWalkSeen(t *testing.T) {
	o := alone(t)
	other := func(from int) func(int) []byte {
		return func(i int) []byte {
			if i >= from {
				return []byte("another decision")
			}
			return entry(i)
		}
	}
	seen := forge(t, o.Signer, 300, entry)["checkpoint"].Data
	for _, c := range []struct {
		name string
		now  fstest.MapFS
		seen []byte
		want error
	}{
		{"nothing new", forge(t, o.Signer, 300, entry), seen, nil},
		{"grown", forge(t, o.Signer, 900, entry), seen, nil},
		{"from nothing", forge(t, o.Signer, 900, entry), forge(t, o.Signer, 0, entry)["checkpoint"].Data, nil},
		{"shrunk", forge(t, o.Signer, 299, entry), seen, tlog.ErrShrunk},
		{"shrunk to nothing", forge(t, o.Signer, 0, entry), seen, tlog.ErrShrunk},
		{"forked at one size", forge(t, o.Signer, 300, other(299)), seen, tlog.ErrForked},
		{"forked and grown", forge(t, o.Signer, 900, other(299)), seen, tlog.ErrForked},
		{"forked at the beginning", forge(t, o.Signer, 900, other(0)), seen, tlog.ErrForked},
	} {
		err := walk(t, c.now, tlog.WalkOptions{Origin: origin, Policy: o.Policy, Seen: c.seen, From: 0})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			continue
		}
		if c.want == nil {
			continue
		}
		var d *tlog.Divergence
		if !errors.As(err, &d) {
			t.Errorf("%s: %v comes without evidence", c.name, err)
			continue
		}
		for _, n := range [][]byte{d.Seen, d.Now} {
			if _, err := o.Policy.Open(n, origin); err != nil {
				t.Errorf("%s: the evidence does not stand: %v", c.name, err)
			}
		}
		if !bytes.Equal(d.Seen, c.seen) || !bytes.Equal(d.Now, c.now["checkpoint"].Data) {
			t.Errorf("%s: other checkpoints than the two", c.name)
		}
	}
	// A remembered checkpoint that nobody signed is no reason to accuse a log.
	stranger := forge(t, trust.Key(t), 300, entry)["checkpoint"].Data
	err := walk(t, forge(t, o.Signer, 900, entry), tlog.WalkOptions{Origin: origin, Policy: o.Policy, Seen: stranger})
	if !errors.Is(err, policy.ErrUnsigned) || errors.Is(err, tlog.ErrForked) {
		t.Errorf("a remembered checkpoint of a stranger: %v", err)
	}
}

// TestWalkRemovedPartial: a log may remove a partial file when the full one is there.
func TestWalkRemovedPartial(t *testing.T) {
	o := alone(t)
	files, larger := forge(t, o.Signer, 300, entry), forge(t, o.Signer, 520, entry)
	larger["checkpoint"] = files["checkpoint"]
	larger["tile/1/000.p/1"] = files["tile/1/000.p/1"]
	delete(larger, "tile/0/001.p/44")
	delete(larger, "tile/entries/001.p/44")
	if err := walk(t, larger, tlog.WalkOptions{Origin: origin, Policy: o.Policy}); err != nil {
		t.Error(err)
	}
}

// TestWalkHostile: sizes and answers of a server that means harm.
func TestWalkHostile(t *testing.T) {
	o := alone(t)
	wo := tlog.WalkOptions{Origin: origin, Policy: o.Policy}
	huge := forge(t, o.Signer, 10, entry)
	huge["checkpoint"].Data = signNote(t, o.Signer, fmt.Sprintf("%s\n%d\n%s\n", origin, uint64(1)<<60, strings.Repeat("A", 43)+"="))
	if err := walk(t, huge, wo); !errors.Is(err, tlog.ErrMissing) {
		t.Errorf("a checkpoint over 2^60 entries: %v", err)
	}
	huge["checkpoint"].Data = signNote(t, o.Signer, fmt.Sprintf("%s\n%d\n%s\n", origin, uint64(1)<<60+1, strings.Repeat("A", 43)+"="))
	if err := walk(t, huge, wo); !errors.Is(err, policy.ErrUnsigned) {
		t.Errorf("a checkpoint over more entries than an index holds: %v", err)
	}
	long := clone(forge(t, o.Signer, 10, entry))
	long["checkpoint"].Data = append(long["checkpoint"].Data, bytes.Repeat([]byte("— x YWFhYWFhYQ==\n"), 5000)...)
	if err := walk(t, long, wo); !errors.Is(err, tlog.ErrTampered) {
		t.Errorf("a checkpoint of %d bytes: %v", len(long["checkpoint"].Data), err)
	}

	files := forge(t, o.Signer, 10, entry)
	for name, handler := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
		"bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 40 << 4 {
				if _, err := z.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
			_ = z.Close()
		},
		"broken": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "entries") {
				handler(w, r)
				return
			}
			http.FileServerFS(files).ServeHTTP(w, r)
		}))
		src, err := tlog.HTTP(s.URL, s.Client())
		if err != nil {
			t.Fatal(err)
		}
		_, err = tlog.Walk(t.Context(), src, wo, none)
		if err == nil || errors.Is(err, tlog.ErrTampered) == (name == "broken") {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
}

func TestWalkEnds(t *testing.T) {
	o := alone(t)
	wo := tlog.WalkOptions{Origin: origin, Policy: o.Policy}
	files := forge(t, o.Signer, 3000, entry)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := tlog.Walk(ctx, tlog.FS(files), wo, func(uint64, []byte) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n > 2000 {
		t.Errorf("cancelled at 10, walked %d: %v", n, err)
	}
	stop := errors.New("a rule is broken")
	_, err = tlog.Walk(t.Context(), tlog.FS(files), wo, func(i uint64, _ []byte) error {
		if i == 7 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "entry 7") {
		t.Errorf("got %v", err)
	}
	if _, err := tlog.Walk(t.Context(), tlog.FS(fstest.MapFS{}), wo, none); !errors.Is(err, tlog.ErrMissing) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestHTTPAddress(t *testing.T) {
	for _, bad := range []string{"", "label.example", "ftp://label.example", "https://", "https://label.example/?q", "https://label.example/#f", "://"} {
		if _, err := tlog.HTTP(bad, nil); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := tlog.HTTP("https://label.example/log/", nil); err != nil {
		t.Error(err)
	}
}

// brokenFS fails in ways that are no sign of tampering.
type brokenFS struct{}

func (brokenFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: io.ErrUnexpectedEOF}
}

func TestWalkTrouble(t *testing.T) {
	o := alone(t)
	err := walk(t, brokenFS{}, tlog.WalkOptions{Origin: origin, Policy: o.Policy})
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tlog.ErrMissing) || errors.Is(err, tlog.ErrTampered) {
		t.Errorf("got %v", err)
	}
}
