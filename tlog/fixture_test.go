package tlog_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
	sumdb "golang.org/x/mod/sumdb/tlog"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
	"github.com/plimsoll-iot/plimsoll/tlog/witness"
)

const origin = "label.example/log"

func logKey(tb testing.TB, k key.Signer) string {
	tb.Helper()
	v, err := policy.LogKey(origin, k.Public())
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// alone is a log that no witness watches.
func alone(tb testing.TB) tlog.Options {
	tb.Helper()
	k := trust.Key(tb)
	return tlog.Options{Origin: origin, Signer: k, Policy: trust.Policy(tb, "log "+logKey(tb, k), "quorum none")}
}

func open(tb testing.TB, dir string, o tlog.Options) *tlog.Log {
	tb.Helper()
	l, err := tlog.Open(tb.Context(), dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// closing closes a log and fails the test when not everything was published.
func closing(tb testing.TB, l *tlog.Log) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		tb.Fatal(err)
	}
}

// fill appends the entries numbered from until to, all at once, waits until they are
// published, and returns which entry stands at which index.
func fill(tb testing.TB, l *tlog.Log, from, to int) map[uint64][]byte {
	tb.Helper()
	at := map[uint64][]byte{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := from; i < to; i++ {
		wg.Go(func() {
			n, err := l.Append(tb.Context(), entry(i))
			if err != nil {
				tb.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			at[n] = entry(i)
		})
	}
	wg.Wait()
	for i := range at {
		if err := l.Published(tb.Context(), i); err != nil {
			tb.Fatal(err)
		}
	}
	return at
}

func entry(i int) []byte { return fmt.Appendf(nil, "decision %d: %s", i, strings.Repeat("x", i%300)) }

// watchedBy is a log with n witnesses of which k must have cosigned.
func watchedBy(tb testing.TB, n int, k string) (tlog.Options, []watcher) {
	tb.Helper()
	if n == 0 {
		return alone(tb), nil
	}
	signer := trust.Key(tb)
	lines, group, ws := []string{"log " + logKey(tb, signer)}, "group all-of-them "+k, []watcher{}
	for i := range n {
		w := newWitness(tb, fmt.Sprintf("w%d", i), tb.TempDir(), logKey(tb, signer))
		ws, lines, group = append(ws, w), append(lines, w.line), group+fmt.Sprintf(" w%d", i)
	}
	return tlog.Options{Origin: origin, Signer: signer, Policy: trust.Policy(tb, append(lines, group, "quorum all-of-them")...)}, ws
}

// watcher is a real witness behind a real HTTP server on loopback.
type watcher struct {
	*witness.Witness
	server *httptest.Server
	line   string // in a policy
}

func newWitness(tb testing.TB, name, dir string, logKeys ...string) watcher {
	tb.Helper()
	w, err := witness.Open(dir, witness.Options{Name: name + ".example", Signer: trust.Key(tb), Logs: logKeys})
	if err != nil {
		tb.Fatal(err)
	}
	s := httptest.NewServer(w)
	tb.Cleanup(func() { s.Close(); _ = w.Close() })
	return watcher{w, s, "witness " + name + " " + w.Key() + " " + s.URL}
}

// noteSigner signs notes the way the log does, for logs that the tests forge.
type noteSigner struct {
	v note.Verifier
	k key.Signer
}

func (s noteSigner) Name() string                    { return s.v.Name() }
func (s noteSigner) KeyHash() uint32                 { return s.v.KeyHash() }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.k.Sign(context.Background(), msg) }

func signNote(tb testing.TB, k key.Signer, text string) []byte {
	tb.Helper()
	v, err := note.NewVerifier(logKey(tb, k))
	if err != nil {
		tb.Fatal(err)
	}
	b, err := note.Sign(&note.Note{Text: text}, noteSigner{v, k})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// forge makes the files of a log with the tree code of the Go checksum database and
// not that of Tessera: what a signer with bad intent could serve, and an oracle for
// what an honest one does.
func forge(tb testing.TB, k key.Signer, n int, entry func(int) []byte) fstest.MapFS {
	tb.Helper()
	var stored []sumdb.Hash
	reader := sumdb.HashReaderFunc(func(index []int64) ([]sumdb.Hash, error) {
		out := make([]sumdb.Hash, len(index))
		for i, x := range index {
			out[i] = stored[x]
		}
		return out, nil
	})
	files := fstest.MapFS{}
	var bundle []byte
	for i := range n {
		hs, err := sumdb.StoredHashes(int64(i), entry(i), reader)
		if err != nil {
			tb.Fatal(err)
		}
		stored = append(stored, hs...)
		bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(entry(i)))), entry(i)...)
		if w := i%256 + 1; w == 256 || i == n-1 {
			files[layout.EntriesPath(uint64(i/256), uint8(w%256))] = &fstest.MapFile{Data: bundle}
			bundle = nil
		}
	}
	for _, t := range sumdb.NewTiles(8, 0, int64(n)) {
		b, err := sumdb.ReadTileData(t, reader)
		if err != nil {
			tb.Fatal(err)
		}
		files[strings.Replace(t.Path(), "tile/8/", "tile/", 1)] = &fstest.MapFile{Data: b}
	}
	root, err := sumdb.TreeHash(int64(n), reader)
	if err != nil {
		tb.Fatal(err)
	}
	files["checkpoint"] = &fstest.MapFile{Data: signNote(tb, k, fmt.Sprintf("%s\n%d\n%s\n", origin, n, root))}
	return files
}
