package reader_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/labelsite"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// TestMain: no reader leaves a connection behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a site with one good label, and a reader's folder.
type world struct {
	t     *testing.T
	site  *labelsite.Site
	good  label.Token
	state string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := labelsite.New(filepath.Join(t.TempDir(), "site"), now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, site: s, state: filepath.Join(t.TempDir(), "state")}
	w.good = w.issue(labelsite.Plug(now))
	w.write(now.Add(-time.Hour))
	return w
}

func (w *world) issue(c label.Claims) label.Token {
	w.t.Helper()
	tok, err := w.site.Issue(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return tok
}

func (w *world) write(at time.Time) {
	w.t.Helper()
	if err := w.site.Write(at); err != nil {
		w.t.Fatal(err)
	}
}

// asked is a source that notes what it was asked for; it is not quiet.
type asked struct {
	reader.Source
	paths []string
}

func (a *asked) Get(ctx context.Context, path string) ([]byte, error) {
	a.paths = append(a.paths, path)
	return a.Source.Get(ctx, path)
}

func (w *world) options(mode verify.Mode) reader.Options {
	return reader.Options{
		Source: &asked{Source: reader.Folder(w.site.Dir)}, Name: "https://label.example", Memory: reader.NewMemory(w.state), First: true, Mode: mode, Prover: fits,
	}
}

// fits checks the proofs that the site of the tests has.
func fits(statement, proof []byte) verify.Proof {
	return func(_ context.Context, t label.Token, s *label.Scheme) (verify.Inclusion, error) {
		var index uint64
		var digest string
		if _, err := fmt.Sscanf(string(proof), "proof of %s at %d", &digest, &index); err != nil || string(statement) != string(t.Bytes()) || digest != fmt.Sprintf("%x", t.Digest()) {
			return verify.Inclusion{}, errors.New("another label's")
		}
		return verify.Inclusion{Origin: s.LogOrigin, Index: index}, nil
	}
}

func url(t label.Token) string { return t.URL(labelsite.Host) }

// check reads one label in a run of its own.
func (w *world) check(o reader.Options, input string) verify.Result {
	w.t.Helper()
	r, err := reader.Open(context.Background(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	res := r.Check(context.Background(), verify.ParseInput(input), now)
	if err := r.Close(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *world) want(o reader.Options, input string, want verify.Outcome, why string) {
	w.t.Helper()
	if got := w.check(o, input); got.Outcome != want || !strings.Contains(got.Why, why) || strings.Contains(got.Why, "\n") {
		w.t.Errorf("got %s: %s, want %s: %s", got.Outcome, got.Why, want, why)
	}
}

// TestModes: what each mode asks a site for, and what it answers.
func TestModes(t *testing.T) {
	w := newWorld(t)
	for range 8 {
		c := labelsite.Plug(now)
		c.Number = label.Number(100 + len(w.site.Labels))
		w.issue(c)
	}
	w.site.Bits = 2
	w.write(now.Add(-time.Hour))
	bucket := "r/" + label.RangeName(label.RangePrefix(w.good.Digest(), 2), 2)
	l := "l/" + w.good.NumberText() + "/"
	all := []string{"trust.cose", "r/bits", bucket, "s/0", l + "record.json", l + "statement.cose", l + "proof.tlog-proof"}
	for _, c := range []struct {
		name  string
		mode  verify.Mode
		input string
		want  verify.Outcome
		paths []string
	}{
		{"private", verify.Private, url(w.good), verify.Live, all[:3]},
		{"private, a number", verify.Private, w.good.NumberText(), verify.Stale, all[:1]},
		{"full", verify.Full, url(w.good), verify.Live, all},
		{"full, a number", verify.Full, w.good.NumberText(), verify.Live, append([]string{all[0], all[4]}, all[1:]...)},
		{"full, a number of nobody", verify.Full, label.NumberText("HARB", 9), verify.Stale, []string{all[0], "l/" + label.NumberText("HARB", 9) + "/record.json"}},
		{"offline", verify.Offline, url(w.good), verify.Signed, nil},
		{"forged", verify.Full, "https://label.example/#123", verify.Malformed, all[:1]},
	} {
		o := w.options(c.mode)
		got := w.check(o, c.input)
		if src := o.Source.(*asked); got.Outcome != c.want || !slices.Equal(src.paths, c.paths) {
			t.Errorf("%s: %s: %s, asked for %q, want %s and %q", c.name, got.Outcome, got.Why, src.paths, c.want, c.paths)
		}
		if got.Proven != (c.mode == verify.Full && c.want == verify.Live) {
			t.Errorf("%s: proven %v", c.name, got.Proven)
		}
	}
	// A folder tells nobody: numbers and status are read in every mode.
	o := w.options(verify.Private)
	o.Source = reader.Folder(w.site.Dir)
	w.want(o, w.good.NumberText(), verify.Live, "")
	o.Mode = verify.Offline
	w.want(o, w.good.NumberText(), verify.Live, "")
	w.want(o, label.NumberText("HARB", 9), verify.Stale, "holds no record of label HARB-0000-009K")
	w.want(o, label.NumberText("QUAY", 9), verify.UnknownScheme, "no scheme")
	// A label that no key of the scheme has signed is nobody's bucket.
	other, err := labelsite.New(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := other.Issue(labelsite.Plug(now))
	if err != nil {
		t.Fatal(err)
	}
	o = w.options(verify.Full)
	w.want(o, url(forged), verify.BadSignature, "")
	if src := o.Source.(*asked); len(src.paths) != 1 {
		t.Errorf("a forged label: asked for %q", src.paths)
	}
}

// TestFilesAreAskedForOnce: labels of one bucket cost one file.
func TestFilesAreAskedForOnce(t *testing.T) {
	w := newWorld(t)
	c := labelsite.Plug(now)
	c.Number++
	second := w.issue(c)
	w.write(now)
	o := w.options(verify.Private)
	r, err := reader.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, tok := range []label.Token{w.good, second, w.good} {
		if got := r.Check(context.Background(), verify.ParseInput(url(tok)), now); got.Outcome != verify.Live {
			t.Errorf("%s: %s", got.Outcome, got.Why)
		}
	}
	if src := o.Source.(*asked); len(src.paths) != 3 {
		t.Errorf("asked for %q", src.paths)
	}
}

// TestFirstContact: roots that nobody has named are never trusted in silence.
func TestFirstContact(t *testing.T) {
	w := newWorld(t)
	o := w.options(verify.Private)
	o.First = false
	_, err := reader.Open(context.Background(), o)
	var first *reader.FirstContact
	if !errors.As(err, &first) || len(first.IDs) != 1 || !strings.Contains(err.Error(), first.IDs[0]) {
		t.Fatalf("got %v", err)
	}
	if pub, err := label.PublicKey(first.Roots.Keys[0]); err != nil {
		t.Error(err)
	} else if id, err := key.ID(pub); err != nil || id != first.IDs[0] {
		t.Errorf("id %s, want %s, %v", first.IDs[0], id, err)
	}
	if _, err := os.Stat(w.state); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was remembered: %v", err)
	}
	// Named by the user, they are remembered for the source.
	b, err := os.ReadFile(w.site.Dir + ".roots")
	if err != nil {
		t.Fatal(err)
	}
	named := o
	if named.Roots, err = reader.ReadRoots(b); err != nil {
		t.Fatal(err)
	}
	w.want(named, url(w.good), verify.Live, "")
	w.want(o, url(w.good), verify.Live, "")
	o.Name = "https://another.example"
	if _, err := reader.Open(context.Background(), o); !errors.As(err, &first) {
		t.Errorf("another source: %v", err)
	}
	// Roots of others do not open the list.
	other, err := labelsite.New(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	o.Roots = other.List.Roots
	if _, err := reader.Open(context.Background(), o); !errors.Is(err, key.ErrSignature) {
		t.Errorf("roots of others: %v", err)
	}
}

// TestRolledBackTrust: an older list than one seen before is noticed in a later run,
// whatever way leads to the list.
func TestRolledBackTrust(t *testing.T) {
	w := newWorld(t)
	old, err := os.ReadFile(filepath.Join(w.site.Dir, "trust.cose"))
	if err != nil {
		t.Fatal(err)
	}
	pinned := w.site.List.Roots
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
	if err := w.site.Rotate(); err != nil {
		t.Fatal(err)
	}
	w.write(now)
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
	w.site.Retire()
	w.write(now)
	w.want(w.options(verify.Private), url(w.good), verify.Live, "") // by the roots of the list before
	newest, err := os.ReadFile(filepath.Join(w.site.Dir, "trust.cose"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.site.Dir, "trust.cose"), old, 0o644); err != nil {
		t.Fatal(err)
	}
	// The old list is signed by the new roots as well.
	w.want(w.options(verify.Private), url(w.good), verify.Stale, "older than one seen before: version 7, seen 9")
	for _, o := range []reader.Options{w.options(verify.Private), w.options(verify.Private)} {
		o.Name, o.Roots = "/another/way", pinned
		w.want(o, url(w.good), verify.Stale, "older than one seen before: version 7, seen 9")
		o.Roots = w.site.List.Roots
		w.want(o, url(w.good), verify.Stale, "older than one seen before: version 7, seen 9")
	}
	// Offline the newest list is the one in memory.
	o := w.options(verify.Offline)
	o.Source = nil
	w.want(o, url(w.good), verify.Signed, "no range file")
	if err := os.WriteFile(filepath.Join(w.site.Dir, "trust.cose"), newest, 0o644); err != nil {
		t.Fatal(err)
	}
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
}

// TestRolledBackStatus: an older status than one seen before does not bring a
// revoked label back.
func TestRolledBackStatus(t *testing.T) {
	for _, bits := range []uint8{0, 1} { // the site may go back to wider buckets
		w := newWorld(t)
		keep := func(name string) (string, []byte) {
			path := filepath.Join(w.site.Dir, filepath.FromSlash(name))
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return path, b
		}
		files := map[string][]byte{}
		for _, n := range []string{"r/bits", "r/0/0", "s/0"} {
			path, b := keep(n)
			files[path] = b
		}
		w.site.Labels[0].Standing, w.site.Bits = label.Revoked, bits
		w.write(now.Add(-time.Minute))
		w.want(w.options(verify.Private), url(w.good), verify.Revoked, "")
		w.want(w.options(verify.Full), url(w.good), verify.Revoked, "")
		for path, b := range files {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		w.want(w.options(verify.Private), url(w.good), verify.Stale, "r/0/0: older than one seen before: of 2026-11-22T11:00:00Z, seen 2026-11-22T11:59:00Z")
		w.want(w.options(verify.Full), url(w.good), verify.Stale, "s/0: older than one seen before")
		quiet := w.options(verify.Offline)
		quiet.Source = reader.Folder(w.site.Dir)
		w.want(quiet, url(w.good), verify.Stale, "older than one seen before")
	}
}

// TestStatusOfTheFuture is not remembered: it would shut out all that come before.
func TestStatusOfTheFuture(t *testing.T) {
	w := newWorld(t)
	w.write(now.Add(time.Hour))
	w.want(w.options(verify.Private), url(w.good), verify.Stale, "later than the clock here")
	w.write(now)
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
}

// TestSiteTrouble: what is missing or broken is no answer, and says why.
func TestSiteTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string // "" removes it
		mode          verify.Mode
		why           string
	}{
		"no bits":          {"r/bits", "", verify.Private, "reading how the buckets are cut"},
		"bits in words":    {"r/bits", "two", verify.Private, "want 0 to 24"},
		"too many bits":    {"r/bits", "25", verify.Private, "want 0 to 24"},
		"other bits":       {"r/bits", "3", verify.Private, "r/3/"},
		"no bucket":        {"r/0/0", "", verify.Private, "reading r/0/0"},
		"broken bucket":    {"r/0/0", "x", verify.Private, "reading r/0/0"},
		"no record":        {"l/N/record.json", "", verify.Full, "has no record"},
		"broken record":    {"l/N/record.json", "{", verify.Full, "reading the record"},
		"record of others": {"l/N/record.json", `{"schema":"plimsoll.label-record/1","token":"OTHER"}`, verify.Full, "another token"},
		"other schema":     {"l/N/record.json", `{"schema":"x","token":"1"}`, verify.Full, `schema "x"`},
		"digits":           {"l/N/record.json", `{"schema":"plimsoll.label-record/1","token":"12"}`, verify.Full, "parsing a label"},
		"no statement":     {"l/N/statement.cose", "", verify.Full, "reading the statement"},
		"no proof":         {"l/N/proof.tlog-proof", "", verify.Full, "reading the proof"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c1 := labelsite.Plug(now)
			c1.Version = "9"
			twin := w.issue(c1)
			w.site.Labels = w.site.Labels[:1]
			path := filepath.Join(w.site.Dir, strings.Replace(filepath.FromSlash(c.file), "N", w.good.NumberText(), 1))
			if c.content == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else if err := os.WriteFile(path, []byte(strings.Replace(c.content, "OTHER", twin.Digits(), 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			w.want(w.options(c.mode), url(w.good), verify.Stale, c.why)
		})
	}
	w := newWorld(t)
	if err := os.WriteFile(filepath.Join(w.site.Dir, "l", w.good.NumberText(), "proof.tlog-proof"), []byte("proof of x at 0"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.want(w.options(verify.Full), url(w.good), verify.NotIssued, "the log does not hold")
	w.site.Labels[0].Hidden = true
	w.write(now)
	w.want(w.options(verify.Private), url(w.good), verify.NotIssued, "")
}

// TestAnotherScheme: the trust list names it, but its status is elsewhere.
func TestAnotherScheme(t *testing.T) {
	w := newWorld(t)
	quay, err := labelsite.New(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	s := quay.List.Schemes[0]
	s.Code, s.Name, s.Hosts = "QUAY", "Quay Mark", []string{"quay.example"}
	w.site.List.Schemes = append(w.site.List.Schemes, s)
	w.write(now)
	c := labelsite.Plug(now)
	c.Issuer = "QUAY"
	tok, err := quay.Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	w.want(w.options(verify.Private), tok.URL("quay.example"), verify.Stale, "is not the site of Quay Mark: its status is at https://quay.example")
}

// TestAway: when the site does not answer, the list in memory is used, and said.
func TestAway(t *testing.T) {
	w := newWorld(t)
	o := w.options(verify.Private)
	o.Source = reader.Folder(filepath.Join(t.TempDir(), "gone"))
	if _, err := reader.Open(context.Background(), o); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("first contact without an answer: %v", err)
	}
	w.want(w.options(verify.Private), url(w.good), verify.Live, "")
	r, err := reader.Open(context.Background(), o)
	if err != nil || r.Late() == nil || r.Trust().Version != 7 {
		t.Fatalf("got %v", err)
	}
	if got := r.Check(context.Background(), verify.ParseInput(url(w.good)), now); got.Outcome != verify.Stale || got.Brand != "Harbour" {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := reader.Open(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// slow is a source that does not answer in time from some question on.
type slow struct {
	*asked
	from int
}

func (s *slow) Get(ctx context.Context, path string) ([]byte, error) {
	b, err := s.asked.Get(ctx, path)
	if len(s.paths) > s.from {
		return nil, fmt.Errorf("fetching %q: %w", path, os.ErrDeadlineExceeded)
	}
	return b, err
}

// TestSilent: a site that has let one question run out of time is not asked again in
// that run.
func TestSilent(t *testing.T) {
	for from, asks := range map[int]int{1: 2, 2: 3} { // the width, or the first bucket
		w := newWorld(t)
		w.site.Bits = 4
		for range 20 {
			c := labelsite.Plug(now)
			c.Number += label.Number(len(w.site.Labels))
			w.issue(c)
		}
		w.write(now)
		o := w.options(verify.Private)
		src := &slow{o.Source.(*asked), from}
		o.Source = src
		r, err := reader.Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range w.site.Labels {
			if got := r.Check(context.Background(), verify.ParseInput(url(l.Token)), now); got.Outcome != verify.Stale || !strings.Contains(got.Why, "timeout") {
				t.Errorf("%s: %s", got.Outcome, got.Why)
			}
		}
		if len(src.paths) != asks {
			t.Errorf("asked %d times: %q, want %d", len(src.paths), src.paths, asks)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	w := newWorld(t)
	o := w.options(verify.Full)
	o.Prover = nil
	if _, err := reader.Open(context.Background(), o); !errors.Is(err, reader.ErrNoProver) {
		t.Errorf("full without a prover: %v", err)
	}
	if _, err := reader.Open(context.Background(), reader.Options{Memory: reader.NewMemory(w.state)}); !errors.Is(err, reader.ErrNothing) {
		t.Errorf("offline without anything: %v", err)
	}
	if _, err := reader.Open(context.Background(), w.options(verify.Offline)); !errors.Is(err, reader.ErrNothing) {
		t.Errorf("offline, nothing remembered: %v", err)
	}
	if err := os.WriteFile(filepath.Join(w.site.Dir, "trust.cose"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Open(context.Background(), w.options(verify.Private)); err == nil {
		t.Error("opened rubbish")
	}
}

// TestSite: a reader over the web, and where it does not go.
func TestSite(t *testing.T) {
	w := newWorld(t)
	elsewhere := httptest.NewServer(http.FileServer(http.Dir(w.site.Dir)))
	defer elsewhere.Close()
	files := http.FileServer(http.Dir(w.site.Dir))
	var seen []*http.Request
	srv := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen = append(seen, r)
		http.SetCookie(rw, &http.Cookie{Name: "who", Value: "you"})
		switch r.URL.Path {
		case "/away/trust.cose":
			http.Redirect(rw, r, elsewhere.URL+"/trust.cose", http.StatusFound)
		case "/down/trust.cose":
			http.Redirect(rw, r, "http://"+r.Host+"/trust.cose", http.StatusFound)
		case "/round/trust.cose":
			http.Redirect(rw, r, "/round/trust.cose", http.StatusFound)
		case "/moved/trust.cose":
			http.Redirect(rw, r, "/trust.cose", http.StatusMovedPermanently)
		case "/long/trust.cose":
			_, _ = rw.Write(make([]byte, 2<<20+1))
		case "/broken/trust.cose":
			rw.WriteHeader(http.StatusInternalServerError)
		default:
			files.ServeHTTP(rw, r)
		}
	}))
	defer srv.Close()
	transport := srv.Client().Transport
	open := func(base string) ([]byte, error) {
		src, _, err := reader.From(base, transport)
		if err != nil {
			t.Fatal(err)
		}
		return src.Get(context.Background(), "trust.cose")
	}
	for path, want := range map[string]string{
		"/away": "which was not asked", "/down": "which was not asked", "/round": "redirects", "/long": "more than 2 MiB", "/broken": "500", "/none": "file does not exist",
	} {
		if _, err := open(srv.URL + path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := open(srv.URL + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not there: %v", err)
	}
	if b, err := open(srv.URL + "/moved/"); err != nil || len(b) < 100 {
		t.Errorf("within the host: %v", err)
	}
	seen = nil
	src, name, err := reader.From(srv.URL+"/", transport)
	if err != nil || name != srv.URL {
		t.Fatalf("%q, %v", name, err)
	}
	o := w.options(verify.Full)
	o.Source, o.Name = src, name
	w.want(o, w.good.NumberText(), verify.Live, "")
	for _, r := range seen {
		if len(r.Cookies()) > 0 || r.Referer() != "" || r.UserAgent() != "plimsoll" {
			t.Errorf("%s was sent %v", r.URL, r.Header)
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d requests", len(seen))
	}
	if b, err := func() ([]byte, error) {
		src, _, err := reader.From(elsewhere.URL, nil)
		if err != nil {
			return nil, err
		}
		return src.Get(context.Background(), "trust.cose")
	}(); err != nil || len(b) == 0 {
		t.Errorf("http on loopback: %v", err)
	}
}

type closing struct {
	http.RoundTripper
	closed int
}

func (c *closing) CloseIdleConnections() { c.closed++ }

// TestClose: a reader that ends lets go of its connections.
func TestClose(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(http.FileServer(http.Dir(w.site.Dir)))
	defer srv.Close()
	c := &closing{RoundTripper: srv.Client().Transport}
	o := w.options(verify.Private)
	var err error
	if o.Source, o.Name, err = reader.From(srv.URL, c); err != nil {
		t.Fatal(err)
	}
	w.want(o, url(w.good), verify.Live, "")
	if c.closed != 1 {
		t.Errorf("closed %d times", c.closed)
	}
}

func TestFrom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"http://label.example", "ftp://label.example", "https://", "https://u@label.example", "https://label.example?q", "https://label.example#1",
		"https://a b", file, filepath.Join(file, "none"), "http://127.0.0.1.example", "http://192.0.2.1",
	} {
		if _, _, err := reader.From(bad, nil); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for where, want := range map[string]string{"https://Label.example/": "https://label.example", "http://[::1]:8080": "http://[::1]:8080", "http://localhost": "http://localhost"} {
		if _, name, err := reader.From(where, nil); err != nil || name != want {
			t.Errorf("%s: %q, %v", where, name, err)
		}
	}
	if _, name, err := reader.From(".", nil); err != nil || !filepath.IsAbs(name) {
		t.Errorf("a folder: %q, %v", name, err)
	}
}

// TestFolder: nothing outside it, nothing but plain files of bounded size.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	for name, b := range map[string][]byte{outside: []byte("s"), filepath.Join(dir, "a"): []byte("a"), filepath.Join(dir, "long"): make([]byte, 2<<20+1)} {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	f := reader.Folder(dir)
	if b, err := f.Get(context.Background(), "a"); err != nil || string(b) != "a" {
		t.Errorf("%q, %v", b, err)
	}
	for _, bad := range []string{"link", "../x", outside, "d", "long", "none"} {
		if b, err := f.Get(context.Background(), bad); err == nil {
			t.Errorf("%s: %d bytes", bad, len(b))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Get(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
