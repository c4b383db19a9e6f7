package tlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// liar is a server that answers in the place of a witness.
type liar struct {
	*httptest.Server
	answer atomic.Pointer[http.HandlerFunc]
}

// front puts a server before a witness: it passes everything on until told to lie.
func front(tb testing.TB, w *watcher) *liar {
	tb.Helper()
	l := &liar{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if f := l.answer.Load(); f != nil {
			(*f)(rw, r)
			return
		}
		w.ServeHTTP(rw, r)
	}))
	tb.Cleanup(l.Close)
	w.line = strings.Replace(w.line, w.server.URL, l.URL, 1)
	return l
}

func (l *liar) lie(f http.HandlerFunc) { l.answer.Store(&f) }

func (l *liar) honest() { l.answer.Store(nil) }

// threeFronts is a log with three witnesses, of which two must cosign, and what stands
// before each.
func threeFronts(tb testing.TB) (tlog.Options, []*liar) {
	tb.Helper()
	signer := trust.Key(tb)
	lines, fronts := []string{"log " + logKey(tb, signer)}, []*liar{}
	for i := range 3 {
		w := newWitness(tb, fmt.Sprintf("w%d", i), tb.TempDir(), logKey(tb, signer))
		fronts = append(fronts, front(tb, &w))
		lines = append(lines, w.line)
	}
	p := trust.Policy(tb, append(lines, "group two 2 w0 w1 w2", "quorum two")...)
	return tlog.Options{Origin: origin, Signer: signer, Policy: p, WitnessTimeout: 2 * time.Second}, fronts
}

func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// lies are the answers of a witness that is broken or means harm.
func lies() map[string]http.HandlerFunc {
	var n atomic.Uint64
	return map[string]http.HandlerFunc{
		"no signature":     answer(200, "text/plain", ""),
		"no note":          answer(200, "text/plain", "all is well\n"),
		"a stranger's key": answer(200, "text/plain", "— w1.example AAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"),
		"another text":     answer(200, "text/plain", "\nlabel.example/log\n1\nAAAA\n\n— w1.example AAAA\n"),
		"a larger size":    answer(409, "text/x.tlog.size", "999999\n"),
		"no number":        answer(409, "text/x.tlog.size", "many\n"),
		"no proof fits":    answer(422, "text/plain", "no\n"),
		"trouble":          answer(500, "text/plain", "trouble\n"),
		"somewhere else":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"endless":          func(w http.ResponseWriter, _ *http.Request) { endless(w) },
		"never": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the client leave
			<-r.Context().Done()
		},
		"a size each time": func(w http.ResponseWriter, r *http.Request) {
			answer(409, "text/x.tlog.size", fmt.Sprintf("%d\n", n.Add(1)%3))(w, r)
		},
	}
}

func endless(w io.Writer) {
	for {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return
		}
	}
}

// TestQuorum: two of three witnesses are enough when the third is dead or lies in any
// way, and not when one is dead and one lies.
func TestQuorum(t *testing.T) {
	o, fronts := threeFronts(t)
	dir := t.TempDir()
	l := open(t, dir, o)
	defer closing(t, l)
	n := 0
	publish := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		i, err := l.Append(ctx, entry(n))
		if err != nil {
			t.Fatal(err)
		}
		n++
		return l.Published(ctx, i)
	}
	for name, lie := range lies() {
		fronts[1].lie(lie)
		if err := publish(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c := l.Checkpoint(); len(c.Cosignatures) != 2 || c.Time.IsZero() || time.Since(c.Time).Abs() > time.Minute {
			t.Errorf("%s: cosigned by %v, at %v", name, c.Cosignatures, c.Time)
		}
	}
	before := l.Checkpoint()
	fronts[2].lie(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }) // dead
	fronts[1].lie(answer(200, "text/plain", "— w1.example AAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"))
	i, err := l.Append(t.Context(), []byte("waits"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = l.Published(ctx, i)
	for _, want := range []string{`witness "w1"`, `witness "w2"`, "1 of 3 witnesses have cosigned"} {
		if !errors.Is(err, policy.ErrUnwitnessed) || !strings.Contains(err.Error(), want) {
			t.Errorf("with one witness: %v, want %q", err, want)
		}
	}
	if _, err := l.Proof(t.Context(), i); !errors.Is(err, tlog.ErrUnpublished) {
		t.Errorf("a proof without witnesses: %v", err)
	}
	if onDisk, _ := os.ReadFile(dir + "/checkpoint"); !bytes.Equal(onDisk, before.Note) || l.Checkpoint() != before {
		t.Error("a checkpoint without witnesses was published")
	}
	fronts[2].honest() // it is back: nobody has to append again
	if err := l.Published(t.Context(), i); err != nil {
		t.Error(err)
	}
	// The proof says who has cosigned; a stricter policy does not believe it.
	p, err := l.Proof(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	in, err := tlog.CheckProof(p, []byte("waits"), origin, o.Policy)
	if err != nil || in.Index != i || len(in.Cosignatures) != 2 || in.Time.IsZero() {
		t.Errorf("%+v, %v", in, err)
	}
	strict := []string{"log " + logKey(t, o.Signer)}
	for _, w := range o.Policy.Witnesses() {
		strict = append(strict, "witness "+w.Name+" "+w.VKey)
	}
	if _, err := tlog.CheckProof(p, []byte("waits"), origin, trust.Policy(t, append(strict, "group g all w0 w1 w2", "quorum g")...)); !errors.Is(err, policy.ErrUnwitnessed) {
		t.Errorf("two cosignatures for three: %v", err)
	}
	fronts[1].honest()
	if err := publish(); err != nil { // it has missed much and catches up
		t.Error(err)
	}
}

// TestLaggingWitnesses: witnesses that stand at different sizes are all brought up.
func TestLaggingWitnesses(t *testing.T) {
	o, fronts := threeFronts(t)
	lines := []string{"log " + logKey(t, o.Signer)}
	for _, w := range o.Policy.Witnesses() {
		lines = append(lines, "witness "+w.Name+" "+w.VKey+" "+w.URL)
	}
	dir := t.TempDir()
	one := o
	one.Policy = trust.Policy(t, append(lines, "quorum w0")...)
	down := answer(503, "text/plain", "down\n")
	size := 0
	for _, f := range []*liar{fronts[1], fronts[2], nil} {
		l := open(t, dir, one)
		fill(t, l, size, size+70)
		size += 70
		closing(t, l)
		if f != nil {
			f.lie(down)
		}
	}
	fronts[1].honest()
	fronts[2].honest()
	all := o
	all.Policy = trust.Policy(t, append(lines, "group g all w0 w1 w2", "quorum g")...)
	l := open(t, dir, all)
	defer closing(t, l)
	fill(t, l, size, size+70)
	if c := l.Checkpoint(); len(c.Cosignatures) != 3 || c.Size != uint64(size+70) {
		t.Errorf("size %d, cosigned by %v", c.Size, c.Cosignatures)
	}
}

// TestRepublish: the cosignatures of a log that does not grow are renewed.
func TestRepublish(t *testing.T) {
	o, _ := watchedBy(t, 1, "all")
	o.Republish = 20 * time.Millisecond
	l := open(t, t.TempDir(), o)
	defer closing(t, l)
	fill(t, l, 0, 3)
	first := l.Checkpoint()
	for l.Checkpoint() == first { // until the test's time is over
		time.Sleep(5 * time.Millisecond)
	}
	if c := l.Checkpoint(); c.Head != first.Head || c.Time.Before(first.Time) {
		t.Errorf("%+v after %+v", c.Head, first.Head)
	}
}

// TestFirstCheckpoint: a new log waits for its witnesses before there is anything.
func TestFirstCheckpoint(t *testing.T) {
	o, fronts := threeFronts(t)
	for _, f := range fronts[1:] {
		f.lie(answer(503, "text/plain", "down\n"))
	}
	dir := t.TempDir()
	if _, err := tlog.Open(t.Context(), dir, o); !errors.Is(err, policy.ErrUnwitnessed) {
		t.Errorf("got %v", err)
	}
	fronts[1].honest()
	l := open(t, dir, o)
	fill(t, l, 0, 3)
	closing(t, l)
}

// TestRedirect: a witness is asked where the policy says that it is, and nowhere else.
func TestRedirect(t *testing.T) {
	signer := trust.Key(t)
	w := newWitness(t, "w", t.TempDir(), logKey(t, signer))
	real := w.server.URL
	f := front(t, &w)
	f.lie(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, real+r.URL.Path, http.StatusTemporaryRedirect)
	})
	o := tlog.Options{Origin: origin, Signer: signer, Policy: trust.Policy(t, "log "+logKey(t, signer), w.line, "quorum w")}
	if _, err := tlog.Open(t.Context(), t.TempDir(), o); !errors.Is(err, policy.ErrUnwitnessed) || !strings.Contains(err.Error(), "307") {
		t.Errorf("got %v", err)
	}
}

// TestRolledBack: a folder that is older than what a witness has seen, or tells
// another story, is not opened; the witness's checkpoint is the evidence.
func TestRolledBack(t *testing.T) {
	o, fronts := threeFronts(t)
	dir, older := t.TempDir(), t.TempDir()
	l := open(t, dir, o)
	fill(t, l, 0, 300)
	closing(t, l)
	if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, o)
	fill(t, l, 300, 350)
	newest := l.Checkpoint()
	closing(t, l)

	forked := t.TempDir()
	if err := os.CopyFS(forked, os.DirFS(older)); err != nil {
		t.Fatal(err)
	}
	careless := o
	careless.Policy = trust.Policy(t, "log "+logKey(t, o.Signer), "quorum none")
	l = open(t, forked, careless)
	fill(t, l, 400, 600)
	closing(t, l)

	for _, c := range []struct {
		name, dir string
		want      error
	}{{"older", older, tlog.ErrRolledBack}, {"empty", t.TempDir(), tlog.ErrRolledBack}, {"forked", forked, tlog.ErrForked}} {
		_, err := tlog.Open(t.Context(), c.dir, o)
		var d *tlog.Divergence
		if !errors.Is(err, c.want) || !errors.As(err, &d) {
			t.Errorf("%s: %v, want %v with evidence", c.name, err, c.want)
			continue
		}
		if seen, err := careless.Policy.Open(d.Seen, origin); err != nil || seen.Size < 300 || seen.Size > newest.Size {
			t.Errorf("%s: the evidence is %+v, %v", c.name, seen, err)
		}
		if now, err := careless.Policy.Open(d.Now, origin); c.name != "empty" && (err != nil || now.Size < 300) {
			t.Errorf("%s: the evidence is %+v, %v", c.name, now, err)
		}
	}
	// A witness that shows nothing is believed when it says that it has seen more.
	for _, f := range fronts {
		f.lie(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				http.NotFound(w, r)
				return
			}
			answer(409, "text/x.tlog.size", "350\n")(w, r)
		})
	}
	if _, err := tlog.Open(t.Context(), older, o); !errors.Is(err, tlog.ErrRolledBack) || !strings.Contains(err.Error(), `witness "w0" says`) {
		t.Errorf("got %v", err)
	}
	for _, f := range fronts {
		f.honest()
	}
	l = open(t, dir, o) // the newest copy goes on
	fill(t, l, 350, 360)
	closing(t, l)
}

// TestOpenWithLiars: witnesses that show or say nonsense do not keep a log from opening.
func TestOpenWithLiars(t *testing.T) {
	o, fronts := threeFronts(t)
	dir := t.TempDir()
	l := open(t, dir, o)
	fill(t, l, 0, 30)
	closing(t, l)
	stranger := forge(t, trust.Key(t), 5000, entry)["checkpoint"].Data
	all := lies()
	delete(all, "a larger size") // see TestRolledBack
	all["a stranger's checkpoint"] = answer(200, "text/plain", string(stranger))
	for name, lie := range all {
		fronts[0].lie(lie)
		quick := o
		quick.WitnessTimeout = 500 * time.Millisecond
		l, err := tlog.Open(t.Context(), dir, quick)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		closing(t, l)
	}
}
