package witness_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/lab/trust"
)

// TestTesseraIsServed: a log of another implementation, with its own client of
// tlog-witness, is published with the cosignature of this witness.
func TestTesseraIsServed(t *testing.T) {
	skey, vkey, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	w, s := start(t, t.TempDir(), trust.Key(t), vkey)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	peer, err := tessera.NewWitness(w.Key(), u)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	driver, err := posix.New(ctx, posix.Config{Path: t.TempDir(), HTTPClient: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	a, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().WithCheckpointSigner(signer).
		WithCheckpointInterval(100*time.Millisecond).WithBatching(16, time.Millisecond).WithWitnesses(tessera.NewWitnessGroup(1, peer), nil))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		if _, err := a.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d", i)))(); err != nil {
			t.Fatal(err)
		}
	}
	if err := shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	cp, err := reader.ReadCheckpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	text, sigs, _ := strings.Cut(string(cp), "\n\n")
	if _, shown := get(t, s, origin); !strings.HasPrefix(shown, text+"\n\n") || !strings.Contains(text, "\n60\n") {
		t.Errorf("published %q, the witness shows %q", cp, shown)
	}
	cosigned(t, w, text+"\n\n", sigs)
	cancel()
}
