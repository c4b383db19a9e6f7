package tlog_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/witness"
)

// TestMain lets the test binary be its own child: PLIMSOLL_TEST_CHILD names what the
// child does, in the folder PLIMSOLL_TEST_DIR.
func TestMain(m *testing.M) {
	if f, ok := children[os.Getenv("PLIMSOLL_TEST_CHILD")]; ok {
		if err := f(os.Getenv("PLIMSOLL_TEST_DIR")); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("k8s.io/klog/v2.(*flushDaemon).run.func1"))
}

const origin = "label.example/log"

func newKey(tb testing.TB) *key.FileKey {
	tb.Helper()
	k, err := key.Generate(key.Ed25519)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func logKey(tb testing.TB, k key.Signer) string {
	tb.Helper()
	v, err := tlog.LogKey(origin, k.Public())
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func mustPolicy(tb testing.TB, lines ...string) *tlog.Policy {
	tb.Helper()
	p, err := tlog.ParsePolicy(strings.Join(lines, "\n") + "\n")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// alone is a log that no witness watches.
func alone(tb testing.TB) tlog.Options {
	tb.Helper()
	k := newKey(tb)
	return tlog.Options{Origin: origin, Signer: k, Policy: mustPolicy(tb, "log "+logKey(tb, k), "quorum none")}
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
	if err := l.Published(tb.Context(), uint64(to-1)); err != nil {
		tb.Fatal(err)
	}
	return at
}

func entry(i int) []byte { return fmt.Appendf(nil, "decision %d: %s", i, strings.Repeat("x", i%300)) }

// watcher is a real witness behind a real HTTP server on loopback.
type watcher struct {
	*witness.Witness
	server *httptest.Server
	line   string // in a policy
}

func newWitness(tb testing.TB, name, dir string, logKeys ...string) watcher {
	tb.Helper()
	w, err := witness.Open(dir, witness.Options{Name: name + ".example", Signer: newKey(tb), Logs: logKeys})
	if err != nil {
		tb.Fatal(err)
	}
	s := httptest.NewServer(w)
	tb.Cleanup(func() { s.Close(); _ = w.Close() })
	return watcher{w, s, "witness " + name + " " + w.Key() + " " + s.URL}
}
