package tlog_test

import (
	"fmt"
	"testing"

	"github.com/plimsoll-iot/plimsoll/tlog"
)

var children = map[string]func(string) error{}

// watchedBy is a log with n witnesses of which k must have cosigned.
func watchedBy(tb testing.TB, n int, k string) (tlog.Options, []watcher) {
	tb.Helper()
	if n == 0 {
		return alone(tb), nil
	}
	signer := newKey(tb)
	lines, group, ws := []string{"log " + logKey(tb, signer)}, "group all-of-them "+k, []watcher{}
	for i := range n {
		w := newWitness(tb, fmt.Sprintf("w%d", i), tb.TempDir(), logKey(tb, signer))
		ws, lines, group = append(ws, w), append(lines, w.line), group+fmt.Sprintf(" w%d", i)
	}
	return tlog.Options{Origin: origin, Signer: signer, Policy: mustPolicy(tb, append(lines, group, "quorum all-of-them")...)}, ws
}

func TestSmoke(t *testing.T) {
	o, _ := watchedBy(t, 3, "2")
	l := open(t, t.TempDir(), o)
	fill(t, l, 0, 700)
	p, err := l.Proof(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(string(p))
	closing(t, l)
}
