package witness_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	sumdb "golang.org/x/mod/sumdb/tlog"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog/witness"
)

const origin = "label.example/log"

// tree is a log as a signer sees it, kept by the code of the Go checksum database.
type tree struct {
	tb     testing.TB
	signer note.Signer
	vkey   string
	stored []sumdb.Hash
	size   int
}

func newTree(tb testing.TB, name string) *tree {
	tb.Helper()
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		tb.Fatal(err)
	}
	return &tree{tb: tb, signer: s, vkey: vkey}
}

// fork is the same log as far as it goes, from where it can grow apart.
func (l *tree) fork() *tree {
	f := *l
	f.stored = append([]sumdb.Hash(nil), l.stored...)
	return &f
}

func (l *tree) ReadHashes(index []int64) ([]sumdb.Hash, error) {
	out := make([]sumdb.Hash, len(index))
	for i, x := range index {
		out[i] = l.stored[x]
	}
	return out, nil
}

func (l *tree) grow(n int, what string) {
	l.tb.Helper()
	for range n {
		hs, err := sumdb.StoredHashes(int64(l.size), fmt.Appendf(nil, "%s %d", what, l.size), l)
		if err != nil {
			l.tb.Fatal(err)
		}
		l.stored = append(l.stored, hs...)
		l.size++
	}
}

// text is the checkpoint of the first n entries.
func (l *tree) text(n int) string {
	l.tb.Helper()
	h, err := sumdb.TreeHash(int64(n), l)
	if err != nil {
		l.tb.Fatal(err)
	}
	return fmt.Sprintf("%s\n%d\n%s\n", l.signer.Name(), n, h)
}

func (l *tree) sign(text string, more ...note.Signer) string {
	l.tb.Helper()
	b, err := note.Sign(&note.Note{Text: text}, append(more, l.signer)...)
	if err != nil {
		l.tb.Fatal(err)
	}
	return string(b)
}

// request is the body of add-checkpoint that proves size from old.
func (l *tree) request(old, size int) string {
	l.tb.Helper()
	b := fmt.Sprintf("old %d\n", old)
	if old > 0 && old < size {
		p, err := sumdb.ProveTree(int64(size), int64(old), l)
		if err != nil {
			l.tb.Fatal(err)
		}
		for _, h := range p {
			b += h.String() + "\n"
		}
	}
	return b + "\n" + l.sign(l.text(size))
}

var when = time.Unix(1_800_000_000, 0)

func start(tb testing.TB, dir string, k *key.FileKey, logs ...string) (*witness.Witness, *httptest.Server) {
	tb.Helper()
	w, err := witness.Open(dir, witness.Options{Name: "w.example", Signer: k, Logs: logs, Now: func() time.Time { return when }})
	if err != nil {
		tb.Fatal(err)
	}
	s := httptest.NewServer(w)
	tb.Cleanup(func() { s.Close(); _ = w.Close() })
	return w, s
}

// answer reads what a server has answered.
func answer(tb testing.TB, resp *http.Response, err error) (status int, kind, body string) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

func post(tb testing.TB, s *httptest.Server, body string) (int, string, string) {
	tb.Helper()
	resp, err := s.Client().Post(s.URL+"/add-checkpoint", "text/plain", strings.NewReader(body))
	return answer(tb, resp, err)
}

func get(tb testing.TB, s *httptest.Server, origin string) (int, string) {
	tb.Helper()
	sum := sha256.Sum256([]byte(origin))
	resp, err := s.Client().Get(s.URL + "/" + hex.EncodeToString(sum[:]) + "/checkpoint")
	status, _, body := answer(tb, resp, err)
	return status, body
}

// cosigned checks an answer with the verifier of another implementation.
func cosigned(tb testing.TB, w *witness.Witness, signed, answer string) {
	tb.Helper()
	v, err := cosignature.NewVerifierForCosignatureV1(w.Key())
	if err != nil {
		tb.Fatal(err)
	}
	n, err := note.Open([]byte(signed+answer), note.VerifierList(v))
	if err != nil {
		tb.Fatalf("%q is no cosignature: %v", answer, err)
	}
	if at, err := cosignature.CoSigV1Timestamp(n.Sigs[0]); err != nil || !at.Equal(when) {
		tb.Errorf("cosigned at %v, %v", at, err)
	}
}

// TestAnswers goes through the answers of tlog-witness in one story.
func TestAnswers(t *testing.T) {
	l, other, stranger := newTree(t, origin), newTree(t, "other.example/log"), newTree(t, "x.example/log")
	imposter := newTree(t, origin)
	for _, x := range []*tree{l, other, stranger, imposter} {
		x.grow(100, "entry")
	}
	forked := l.fork()
	l.grow(200, "entry")
	forked.grow(200, "another")
	early := imposter.fork() // a tree that differs from the first entry on, under the log's key
	early.signer, early.stored, early.size = l.signer, nil, 0
	early.grow(300, "another")
	k := trust.Key(t)
	dir := t.TempDir()
	w, s := start(t, dir, k, l.vkey, other.vkey)
	zeroes := base64.StdEncoding.EncodeToString(make([]byte, 32))
	badSig := l.request(0, 50)
	at := strings.LastIndex(badSig, "=")
	badSig = badSig[:at-10] + strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, badSig[at-10:at-6]) + badSig[at-6:]
	empty := l.sign(origin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")

	for _, c := range []struct {
		name, body string
		status     int
		answer     string // what it starts with; "+" a cosignature
	}{
		{"nothing", "", 400, "the first line"},
		{"no old", "50\n\n" + l.sign(l.text(50)), 400, "the first line"},
		{"old with zero", "old 00\n\n" + l.sign(l.text(50)), 400, "the first line"},
		{"old with sign", "old +0\n\n" + l.sign(l.text(50)), 400, "the first line"},
		{"no checkpoint", "old 0\n", 400, "the empty line"},
		{"bad hash", "old 0\nAAAA\n\n" + l.sign(l.text(50)), 400, "line 2 is no hash"},
		{"64 hashes", "old 0\n" + strings.Repeat(zeroes+"\n", 64) + "\n" + l.sign(l.text(50)), 400, "more than 63"},
		{"endless", strings.Repeat("x", 1<<20), 400, "the request is too long"},
		{"unknown log", stranger.request(0, 50), 404, "the log"},
		{"no note", "old 0\n\nx\n", 404, "the log"},
		{"unsigned", "old 0\n\n" + l.text(50) + "\n— x.example AAAAAAAA\n", 403, "the checkpoint is not signed"},
		{"signed by another", imposter.request(0, 50), 403, "the checkpoint is not signed"},
		{"signed by another watched log", strings.Replace(other.request(0, 50), "other.example/log\n50", origin+"\n50", 1), 403, "the checkpoint is not signed"},
		{"bad signature", badSig, 403, "the checkpoint is not signed"},
		{"size not canonical", "old 0\n\n" + l.sign(strings.Replace(l.text(50), "\n50\n", "\n050\n", 1)), 400, "reading the checkpoint"},
		{"empty tree with another root", "old 0\n\n" + l.sign(strings.Replace(l.text(50), "\n50\n", "\n0\n", 1)), 422, "reading the checkpoint"},
		{"old larger", "old 51\n\n" + l.sign(l.text(50)), 400, "the old size 51"},
		{"old not 0 at first", l.request(20, 50), 409, "0\n"},
		{"the empty tree", "old 0\n\n" + empty, 200, "+"},
		{"a proof from nothing", "old 0\n" + zeroes + "\n\n" + l.sign(l.text(50)), 422, "a proof from the empty tree"},
		{"the first", l.request(0, 50), 200, "+"},
		{"the first again", l.request(0, 50), 409, "50\n"},
		{"old too small", l.request(20, 60), 409, "50\n"},
		{"the same size", l.request(50, 50), 200, "+"},
		{"the same size with a proof", "old 50\n" + zeroes + "\n\n" + l.sign(l.text(50)), 422, "the proof from 50 to 50"},
		{"the same size, another root", early.request(50, 50), 422, "another root was cosigned"},
		{"no proof", "old 50\n\n" + l.sign(l.text(60)), 422, "the proof from 50 to 60"},
		{"a wrong proof", strings.Replace(l.request(50, 60), "\n\n", "\n"+zeroes+"\n\n", 1), 422, "the proof from 50 to 60"},
		{"another tree", early.request(50, 60), 422, "the proof from 50 to 60"},
		{"grown", l.request(50, 150), 200, "+"},
		{"forked after 100", forked.request(150, 200), 422, "the proof from 150 to 200"},
		{"shrunk", l.request(150, 150) /* replaced below */, 400, "the old size 150"},
		{"grown again, more signatures", "", 200, "+"},
		{"an extension line", "old 300\n\n" + l.sign(l.text(300)+"more\n"), 200, "+"},
		{"another log", other.request(0, 100), 200, "+"},
	} {
		switch c.name {
		case "shrunk":
			c.body = "old 150\n\n" + l.sign(l.text(149))
		case "grown again, more signatures":
			c.body = l.request(150, 300) + "— x.example AAAAAAAA\n"
		}
		status, kind, answer := post(t, s, c.body)
		_, signed, _ := strings.Cut(c.body, "\n\n")
		switch {
		case status != c.status || c.answer != "+" && !strings.HasPrefix(answer, c.answer):
			t.Errorf("%s: %d %q, want %d %q", c.name, status, answer, c.status, c.answer)
		case status == 409 && (kind != "text/x.tlog.size" || answer != c.answer):
			t.Errorf("%s: %q %q", c.name, kind, answer)
		case c.answer == "+":
			cosigned(t, w, signed, answer)
		}
	}
	_, shown := get(t, s, origin)
	if text := l.text(300) + "more\n\n"; !strings.HasPrefix(shown, text) || strings.Contains(shown, "x.example") || strings.Count(shown, "\n— ") != 2 {
		t.Errorf("it shows %q", shown)
	}
	if status, _ := get(t, s, "x.example/log"); status != 404 {
		t.Errorf("the checkpoint of a strange log: %d", status)
	}

	// Another process would have another memory.
	if _, err := witness.Open(dir, witness.Options{Name: "w.example", Signer: k, Logs: []string{l.vkey}}); !errors.Is(err, witness.ErrLocked) {
		t.Errorf("a second witness: %v", err)
	}
	// It remembers.
	s.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, s = start(t, dir, k, l.vkey, other.vkey)
	if status, _, answer := post(t, s, l.request(0, 50)); status != 409 || answer != "300\n" {
		t.Errorf("after a restart: %d %q", status, answer)
	}
	if _, again := get(t, s, origin); again != shown {
		t.Errorf("after a restart it shows %q", again)
	}
}

func TestNothingSeenYet(t *testing.T) {
	l := newTree(t, origin)
	_, s := start(t, t.TempDir(), trust.Key(t), l.vkey)
	if status, _ := get(t, s, origin); status != 404 {
		t.Errorf("got %d", status)
	}
	resp, err := s.Client().Get(s.URL + "/add-checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != 405 && resp.StatusCode != 404 {
		t.Errorf("GET of add-checkpoint: %d", resp.StatusCode)
	}
}

func TestOpenRefuses(t *testing.T) {
	l, k := newTree(t, origin), trust.Key(t)
	p256, err := key.Generate(key.P256)
	if err != nil {
		t.Fatal(err)
	}
	good := witness.Options{Name: "w.example", Signer: k, Logs: []string{l.vkey}}
	for want, change := range map[string]func(*witness.Options){
		"it needs a key":         func(o *witness.Options) { o.Signer = nil },
		"want an Ed25519 key":    func(o *witness.Options) { o.Signer = p256 },
		"want a name":            func(o *witness.Options) { o.Name = "w example" },
		"it was told of no log":  func(o *witness.Options) { o.Logs = nil },
		"want NAME+HASH+KEY":     func(o *witness.Options) { o.Logs = []string{"x"} },
		"unknown word":           func(o *witness.Options) { o.Logs = []string{l.vkey + "\nx"} },
		"want http:// or https:": func(o *witness.Options) { o.Logs = []string{l.vkey + " x"} },
	} {
		o := good
		change(&o)
		if _, err := witness.Open(t.TempDir(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	// A memory that was spoiled is never taken for an empty one.
	dir := t.TempDir()
	w, s := start(t, dir, k, l.vkey)
	l.grow(50, "entry")
	post(t, s, l.request(0, 50))
	s.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(origin))
	path := filepath.Join(dir, hex.EncodeToString(sum[:]))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := newTree(t, "other.example/log")
	for name, bad := range map[string][]byte{
		"empty": {}, "cut": b[:len(b)-5], "changed": bytes.Replace(b, []byte("\n50\n"), []byte("\n49\n"), 1),
	} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := witness.Open(dir, good); err == nil || !strings.Contains(err.Error(), "reading what was seen") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	stolen := good
	stolen.Signer = trust.Key(t)
	if _, err := witness.Open(dir, stolen); err == nil {
		t.Error("the memory of another key is taken")
	}
	sum = sha256.Sum256([]byte("other.example/log"))
	if err := os.Rename(path, filepath.Join(dir, hex.EncodeToString(sum[:]))); err != nil {
		t.Fatal(err)
	}
	moved := good
	moved.Logs = []string{other.vkey}
	if _, err := witness.Open(dir, moved); err == nil || !strings.Contains(err.Error(), "it is of the log") {
		t.Errorf("the memory of another log: %v", err)
	}
}

// TestNotOnDisk: what could not be written is not cosigned.
func TestNotOnDisk(t *testing.T) {
	l := newTree(t, origin)
	l.grow(100, "entry")
	dir := filepath.Join(t.TempDir(), "w")
	_, s := start(t, dir, trust.Key(t), l.vkey)
	if status, _, _ := post(t, s, l.request(0, 50)); status != 200 {
		t.Fatal(status)
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, answer := post(t, s, l.request(50, 60)); status != 500 || strings.Contains(answer, "—") {
		t.Errorf("without a disk: %d %q", status, answer)
	}
	if err := errors.Join(os.Remove(dir), os.Rename(dir+".away", dir)); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := post(t, s, l.request(50, 60)); status != 200 {
		t.Errorf("with a disk again: %d", status)
	}
}

// TestBadClock: a cosignature without a time is none.
func TestBadClock(t *testing.T) {
	l := newTree(t, origin)
	l.grow(10, "entry")
	w, err := witness.Open(t.TempDir(), witness.Options{Name: "w.example", Signer: trust.Key(t), Logs: []string{l.vkey}, Now: func() time.Time { return time.Unix(0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := httptest.NewServer(w)
	defer s.Close()
	if status, _, _ := post(t, s, l.request(0, 10)); status != 500 {
		t.Errorf("at the beginning of time: %d", status)
	}
}

// TestRace: of many requests at once that start from one size, each answer that is
// cosigned continues the one before; no two trees of other stories are cosigned.
func TestRace(t *testing.T) {
	l := newTree(t, origin)
	l.grow(50, "entry")
	k := trust.Key(t)
	_, s := start(t, t.TempDir(), k, l.vkey)
	if status, _, _ := post(t, s, l.request(0, 50)); status != 200 {
		t.Fatal(status)
	}
	bodies := make([]string, 16)
	for i := range bodies {
		f := l.fork()
		f.grow(10+i, fmt.Sprint("story", i))
		bodies[i] = f.request(50, f.size)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := map[int]int{}
	for _, b := range bodies {
		wg.Go(func() {
			status, _, _ := post(t, s, b)
			mu.Lock()
			defer mu.Unlock()
			count[status]++
		})
	}
	wg.Wait()
	if count[200] != 1 || count[409] != len(bodies)-1 {
		t.Errorf("answers: %v", count)
	}
}

// TestForkIsLogged: the two notes that prove a fork are in the log of the witness.
func TestForkIsLogged(t *testing.T) {
	l := newTree(t, origin)
	f := l.fork()
	l.grow(10, "entry")
	f.grow(10, "another")
	var out bytes.Buffer
	w, err := witness.Open(t.TempDir(), witness.Options{Name: "w.example", Signer: trust.Key(t), Logs: []string{l.vkey}, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := httptest.NewServer(w)
	post(t, s, l.request(0, 10))
	post(t, s, f.request(10, 10))
	s.Close()
	for _, x := range []*tree{l, f} {
		if root := strings.Split(x.text(10), "\n")[2]; !strings.Contains(out.String(), root) {
			t.Errorf("%q does not show %s", out.String(), root)
		}
	}
}

func BenchmarkCosign(b *testing.B) {
	l := newTree(b, origin)
	l.grow(1000, "entry")
	w, _ := start(b, b.TempDir(), trust.Key(b), l.vkey)
	first, again := l.request(0, 1000), l.request(1000, 1000)
	for i := range b.N + 1 {
		body := again
		if i == 0 {
			body = first
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", strings.NewReader(body)))
		if rec.Code != 200 {
			b.Fatal(rec.Code, rec.Body.String())
		}
	}
}

func FuzzAddCheckpoint(f *testing.F) {
	l := newTree(f, origin)
	l.grow(100, "entry")
	k := trust.Key(f)
	w, s := start(f, f.TempDir(), k, l.vkey)
	post(f, s, l.request(0, 50))
	f.Add(l.request(50, 100))
	f.Add(l.request(50, 50))
	f.Add("old 0\n\n" + origin + "\n")
	at50, at100 := l.text(50), l.text(100)
	f.Fuzz(func(t *testing.T, body string) {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/add-checkpoint", strings.NewReader(body)))
		if rec.Code == 200 && !strings.Contains(body, at50) && !strings.Contains(body, at100) {
			t.Errorf("%q was cosigned", body)
		}
		if rec.Code == 500 {
			t.Errorf("%q: %s", body, rec.Body.String())
		}
	})
}
