package tlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// TestLog: entries at every size keep their index, have a proof that fits them alone,
// and are there again after the log was closed.
func TestLog(t *testing.T) {
	dir, o := t.TempDir(), alone(t)
	at := map[uint64][]byte{}
	size := 0
	for _, n := range []int{0, 1, 2, 3, 255, 256, 257, 700} {
		l := open(t, dir, o)
		if n > size {
			for i, e := range fill(t, l, size, n) {
				at[i] = e
			}
		}
		size = n
		if got, err := l.Size(t.Context()); err != nil || got != uint64(n) || len(at) != n {
			t.Fatalf("%d entries, %d known, want %d: %v", got, len(at), n, err)
		}
		for _, i := range []int{0, 1, n / 2, n - 1} {
			if i < 0 || i >= n {
				continue
			}
			p, err := l.Proof(t.Context(), uint64(i))
			if err != nil {
				t.Fatalf("proof %d of %d: %v", i, n, err)
			}
			in, err := tlog.CheckProof(p, at[uint64(i)], origin, o.Policy)
			if err != nil || in.Index != uint64(i) || in.Size != uint64(n) || !in.Time.IsZero() {
				t.Errorf("proof %d of %d: %+v, %v", i, n, in, err)
			}
			if _, err := tlog.CheckProof(p, []byte("another"), origin, o.Policy); !errors.Is(err, tlog.ErrProof) {
				t.Errorf("proof %d of %d fits another entry: %v", i, n, err)
			}
		}
		if _, err := l.Proof(t.Context(), uint64(n)); !errors.Is(err, tlog.ErrUnpublished) {
			t.Errorf("a proof of entry %d of %d: %v", n, n, err)
		}
		for _, from := range []int{0, n / 2, n, n + 1} {
			next := from
			err := l.Entries(t.Context(), uint64(from), func(i uint64, e []byte) error {
				if int(i) != next || !bytes.Equal(e, at[i]) {
					return fmt.Errorf("got entry %d %.20q, want %d %.20q", i, e, next, at[i])
				}
				next++
				return nil
			})
			if err != nil || next != max(n, from) {
				t.Errorf("entries from %d of %d: up to %d, %v", from, n, next, err)
			}
		}
		closing(t, l)
	}
	// Tessera's own checker is a peer that reads the folder as anybody would.
	v, err := note.NewVerifier(logKey(t, o.Signer))
	if err != nil {
		t.Fatal(err)
	}
	hasher := func(b []byte) (out [][]byte, err error) {
		var e api.EntryBundle
		if err := e.UnmarshalText(b); err != nil {
			return nil, err
		}
		for _, d := range e.Entries {
			out = append(out, rfc6962.DefaultHasher.HashLeaf(d))
		}
		return out, nil
	}
	if err := fsck.New(origin, v, &client.FileFetcher{Root: dir}, hasher, fsck.Opts{}).Check(t.Context()); err != nil {
		t.Errorf("fsck: %v", err)
	}
}

func TestAppendRefuses(t *testing.T) {
	l := open(t, t.TempDir(), alone(t))
	if _, err := l.Append(t.Context(), make([]byte, tlog.MaxEntry+1)); err == nil {
		t.Error("an entry that does not fit its length is taken")
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(done, []byte("late")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if i, err := l.Append(t.Context(), make([]byte, tlog.MaxEntry)); err != nil || i != 0 {
		t.Errorf("the largest entry: %d, %v", i, err)
	}
	if i, err := l.Append(t.Context(), nil); err != nil || i != 1 {
		t.Errorf("the smallest entry: %d, %v", i, err)
	}
	if err := l.Published(done, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	waits := make(chan error)
	go func() { waits <- l.Published(context.Background(), 5) }()
	closing(t, l)
	if err := <-waits; !errors.Is(err, tlog.ErrClosed) {
		t.Errorf("one who waits while the log is closed gets %v", err)
	}
	if _, err := l.Append(t.Context(), []byte("late")); !errors.Is(err, tlog.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := l.Close(t.Context()); !errors.Is(err, tlog.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestProofWhileGrowing: proofs of a log that grows while it is open.
func TestProofWhileGrowing(t *testing.T) {
	o := alone(t)
	l := open(t, t.TempDir(), o)
	defer closing(t, l)
	at, size := map[uint64][]byte{}, 0
	for _, n := range []int{1, 3, 100, 256, 300, 513} {
		maps.Copy(at, fill(t, l, size, n))
		size = n
		for i, e := range at {
			p, err := l.Proof(t.Context(), i)
			if err == nil {
				_, err = tlog.CheckProof(p, e, origin, o.Policy)
			}
			if err != nil {
				t.Fatalf("entry %d of %d: %v", i, n, err)
			}
		}
	}
}

// TestCloseWhileAppending: an append that Close meets is either refused or durable,
// also when there is no time left to publish it.
func TestCloseWhileAppending(t *testing.T) {
	dir, o := t.TempDir(), alone(t)
	l := open(t, dir, o)
	var mu sync.Mutex
	var wg sync.WaitGroup
	at, many := map[uint64]string{}, make(chan struct{})
	for w := range 64 {
		wg.Go(func() {
			for n := 0; ; n++ {
				e := fmt.Sprintf("writer %d, entry %d", w, n)
				i, err := l.Append(t.Context(), []byte(e))
				if errors.Is(err, tlog.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if at[i] = e; len(at) == 500 {
					close(many)
				}
				mu.Unlock()
			}
		})
	}
	<-many
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = l.Close(ended) // what is unpublished it may say or not
	wg.Wait()
	closing(t, open(t, dir, o)) // publishes the rest
	n := 0
	if _, err := tlog.Walk(t.Context(), tlog.FS(os.DirFS(dir)), tlog.WalkOptions{Origin: origin, Policy: o.Policy}, func(i uint64, e []byte) error {
		if n++; at[i] != string(e) {
			return fmt.Errorf("got %q, want %q", e, at[i])
		}
		return nil
	}); err != nil || n != len(at) {
		t.Errorf("walked %d of %d: %v", n, len(at), err)
	}
}

func TestTwoWriters(t *testing.T) {
	dir, o := t.TempDir(), alone(t)
	l := open(t, dir, o)
	if _, err := tlog.Open(t.Context(), dir, o); !errors.Is(err, tlog.ErrLocked) {
		t.Errorf("a second writer: %v", err)
	}
	fill(t, l, 0, 3) // and the first is not disturbed
	closing(t, l)
	closing(t, open(t, dir, o))
}

func TestOpenRefuses(t *testing.T) {
	o := alone(t)
	p256, err := key.Generate(key.P256)
	if err != nil {
		t.Fatal(err)
	}
	w, err := policy.WitnessKey("w.example", trust.Key(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*tlog.Options){
		"it needs a key and a policy":      func(o *tlog.Options) { o.Signer = nil },
		"it needs a key and a policy: too": func(o *tlog.Options) { o.Policy = nil },
		"want an Ed25519 key":              func(o *tlog.Options) { o.Signer = p256 },
		"want a name without spaces":       func(o *tlog.Options) { o.Origin = "label example" },
		"the policy has no line: log":      func(o *tlog.Options) { o.Signer = trust.Key(t) },
		"have a URL cannot make its quorum": func(o *tlog.Options) {
			o.Policy = trust.Policy(t, "log "+logKey(t, o.Signer), "witness w "+w, "quorum w")
		},
	} {
		bad := o
		change(&bad)
		want, _, _ = strings.Cut(want, ": too")
		if _, err := tlog.Open(t.Context(), t.TempDir(), bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestSpoiledFolder: a folder that does not hang together is not written to.
func TestSpoiledFolder(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir, older string) error
		want  error
	}{
		{"no checkpoint", func(_ *testing.T, dir, _ string) error { return os.Remove(filepath.Join(dir, "checkpoint")) }, tlog.ErrMissing},
		{"checkpoint changed", func(_ *testing.T, dir, _ string) error { return flip(filepath.Join(dir, "checkpoint"), 20) }, policy.ErrUnsigned},
		{"checkpoint of a stranger", func(t *testing.T, dir, _ string) error {
			return os.WriteFile(filepath.Join(dir, "checkpoint"), forge(t, trust.Key(t), 400, entry)["checkpoint"].Data, 0o600)
		}, policy.ErrUnsigned},
		{"tree gone", func(_ *testing.T, dir, _ string) error { return os.RemoveAll(filepath.Join(dir, ".state")) }, nil},
		{"tree of an earlier day", func(_ *testing.T, dir, older string) error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, ".state")), os.CopyFS(filepath.Join(dir, ".state"), os.DirFS(filepath.Join(older, ".state"))))
		}, tlog.ErrShrunk},
		{"a tile changed", func(_ *testing.T, dir, _ string) error { return flip(filepath.Join(dir, "tile/0/001.p/144"), 100) }, tlog.ErrTampered},
	} {
		dir, older, o := t.TempDir(), t.TempDir(), alone(t)
		l := open(t, dir, o)
		fill(t, l, 0, 300)
		if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		fill(t, l, 300, 400)
		closing(t, l)
		if err := c.spoil(t, dir, older); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(filepath.Join(dir, "checkpoint"))
		l, err := tlog.Open(t.Context(), dir, o)
		if err == nil {
			closing(t, l)
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if after, _ := os.ReadFile(filepath.Join(dir, "checkpoint")); !bytes.Equal(before, after) {
			t.Errorf("%s: the checkpoint was replaced", c.name)
		}
	}
}

func flip(path string, at int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[at] ^= 1
	return os.WriteFile(path, b, 0o600)
}

// TestRotWhileOpen: a tile that changes on disk under an open log must not make it
// sign a tree that contradicts what it has signed, nor give out a proof that nobody
// can check.
func TestRotWhileOpen(t *testing.T) {
	dir, o := t.TempDir(), alone(t)
	l := open(t, dir, o)
	fill(t, l, 0, 300)
	spoil := func(tile string) {
		t.Helper()
		if err := flip(filepath.Join(dir, tile), 100); err != nil {
			t.Fatal(err)
		}
	}
	spoil("tile/0/000")
	if _, err := l.Proof(t.Context(), 5); !errors.Is(err, tlog.ErrTampered) {
		t.Errorf("a proof out of a spoiled tile: %v", err)
	}
	spoil("tile/0/000")
	if _, err := l.Proof(t.Context(), 5); err != nil {
		t.Errorf("the tile is whole again: %v", err)
	}
	before := l.Checkpoint()
	spoil("tile/0/001.p/44") // what the next tile is made from
	if _, err := l.Append(t.Context(), []byte("more")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := l.Published(ctx, 300)
	if !errors.Is(err, tlog.ErrTampered) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("published over a spoiled tile: %v", err)
	}
	if l.Checkpoint() != before {
		t.Error("another checkpoint")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("closing says %v, and not that something is unpublished", err)
	}
}
