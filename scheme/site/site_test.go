package site

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/label/verify"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/scheme/regimes"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// world is a scheme with two approvers, and readers who have its roots.
type world struct {
	f        *scheme.Folder
	now      time.Time
	ada, ben *key.FileKey
	roots    label.Roots
	memory   string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), memory: t.TempDir()}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := regimes.Load(regimes.LoadLine, cat)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := set.Regime(regimes.LoadLine)
	fd := scheme.Founding{Code: "HARB", Name: "Harbour Mark", Host: "label.example", Regime: r, Names: regimes.Names(), Roots: 3, Threshold: 2, Say: func(string) {}}
	for name, k := range map[string]**key.FileKey{"ada": &w.ada, "ben": &w.ben} {
		if *k, err = key.Generate(key.Ed25519); err != nil {
			t.Fatal(err)
		}
		pub, err := key.EncodePublic((*k).Public())
		if err != nil {
			t.Fatal(err)
		}
		fd.Approvers = append(fd.Approvers, scheme.Person{Name: name, Key: pub})
	}
	dir := filepath.Join(t.TempDir(), "harbour")
	if w.f, err = scheme.Found(t.Context(), dir, scheme.Opening{Now: func() time.Time { return w.now }}, fd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.f.Close() })
	b, err := os.ReadFile(filepath.Join(dir, "roots.json"))
	if err != nil {
		t.Fatal(err)
	}
	if w.roots, err = reader.ReadRoots(b); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) claims() label.Claims {
	return label.Claims{
		Issuer: "HARB", Level: 1, Assurance: label.SelfDeclared, SupportEnd: label.DayOf(w.now) + 2000, Brand: "Quayside", Model: "Quay Plug", Version: "1.7.0",
		From: w.now, Until: w.now.AddDate(2, 0, 0),
	}
}

func (w *world) decide(t testing.TB, d scheme.Decision) {
	t.Helper()
	p, err := w.f.Propose(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []key.Signer{w.ada, w.ben} {
		if err := w.f.Approve(t.Context(), p, k); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.f.Commit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	w.write(t)
}

func (w *world) write(t testing.TB) {
	t.Helper()
	if err := Write(t.Context(), w.f); err != nil {
		t.Fatal(err)
	}
}

func (w *world) grant(t testing.TB) *scheme.Label {
	t.Helper()
	w.decide(t, scheme.Decision{Kind: scheme.KindGrant, Grant: &scheme.Grant{
		Claims: w.claims(), Regime: regimes.LoadLine, Level: "1", Standard: plimsoll.EditionV2, Method: plimsoll.MethodTS103701,
		Sheet: map[string][]page.Section{"en": {{Heading: "Updates", Lines: []string{"Until 2032."}}}},
	}})
	return w.f.State.Labels[w.f.State.Order[len(w.f.State.Order)-1]]
}

func (w *world) dir() string { return filepath.Join(w.f.Dir, scheme.SiteDir) }

// check reads the site as a stranger with the roots does.
func (w *world) check(t testing.TB, text string, mode verify.Mode) verify.Result {
	t.Helper()
	r, err := reader.Open(t.Context(), reader.Options{
		Source: reader.Folder(w.dir()), Name: "site", Memory: reader.NewMemory(w.memory), Roots: w.roots, Mode: mode, Prover: Prove,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	in, err := r.Resolve(t.Context(), verify.ParseInput(text))
	if err != nil {
		t.Fatal(err)
	}
	return r.Check(t.Context(), in, w.now)
}

// TestLife reads the site after each decision, in both online modes.
func TestLife(t *testing.T) {
	w := newWorld(t)
	l := w.grant(t)
	url := l.Token.URL("label.example")
	expect := func(want verify.Outcome) {
		t.Helper()
		for _, mode := range []verify.Mode{verify.Private, verify.Full} {
			got := w.check(t, url, mode)
			if got.Outcome != want {
				t.Errorf("%s: %s (%s), want %s", mode, got.Outcome, got.Why, want)
			}
			if want == verify.Live && mode == verify.Full && (!got.Proven || got.LogIndex == nil || *got.LogIndex != l.Index) {
				t.Errorf("not proven: %+v", got)
			}
		}
	}
	expect(verify.Live)
	w.now = w.now.Add(25 * time.Hour) // nobody has published
	expect(verify.Stale)
	w.write(t)
	expect(verify.Live)
	if got := w.check(t, l.Token.NumberText(), verify.Full); got.Outcome != verify.Live {
		t.Errorf("by its number: %s, %s", got.Outcome, got.Why)
	}
	for _, step := range []struct {
		kind   scheme.Kind
		reason string
		want   verify.Outcome
	}{
		{scheme.KindSuspend, "vulnerability", verify.Suspended},
		{scheme.KindLift, "mended", verify.Live},
		{scheme.KindSupportEnded, "support-ended", verify.SupportEnded},
		{scheme.KindRevoke, "misuse", verify.Revoked},
	} {
		w.now = w.now.Add(time.Hour)
		w.decide(t, scheme.Decision{Kind: step.kind, Number: 1, Reason: step.reason})
		expect(step.want)
	}
}

// TestStolenKey: a perfect token by the real key that the log does not hold.
func TestStolenKey(t *testing.T) {
	w := newWorld(t)
	w.grant(t)
	thief, err := w.f.SignerFor(t.Context(), label.UseLabel)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]label.Number{"a number of its own": 2, "the number of a real one": 1} {
		c := w.claims()
		c.Number, c.Model = n, "Forged Plug"
		tok, err := label.Issue(t.Context(), c, thief)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.check(t, tok.URL("label.example"), verify.Private); got.Outcome != verify.NotIssued {
			t.Errorf("%s: %s, %s", name, got.Outcome, got.Why)
		}
	}
}

// TestFiles: what stands on the site, that none of it is private, and that it can be
// written again from nothing.
func TestFiles(t *testing.T) {
	w := newWorld(t)
	l := w.grant(t)
	dir := "l/" + l.Token.NumberText() + "/"
	for _, name := range []string{
		"index.html", "sw.js", "trust.cose", "checkpoint", "s/0", "r/bits", "r/0/0", "labels.json", "labels.csv",
		dir + "index.html", dir + "de/index.html", dir + "fr/index.html", dir + "ja/index.html", dir + "record.json",
		dir + "statement.cose", dir + "proof.tlog-proof", dir + "label.svg", dir + "label.pdf",
	} {
		if b, err := os.ReadFile(filepath.Join(w.dir(), name)); err != nil || len(b) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
	before := tree(t, w.dir())
	for name, b := range before {
		if strings.Contains(b, "PRIVATE KEY") || strings.HasSuffix(name, ".plimsoll") || strings.Contains(name, ".new-") || strings.HasPrefix(name, ".") {
			t.Errorf("%s does not belong on the site", name)
		}
	}
	if err := os.RemoveAll(w.dir()); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(w.dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir(), ".new-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.write(t)
	after := tree(t, w.dir())
	for name, b := range before {
		if after[name] != b && !strings.HasPrefix(name, "s/") && !strings.HasPrefix(name, "r/") && name != "checkpoint" {
			t.Errorf("%s is not the same again", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files, want %d", len(after), len(before))
	}
	var d Data
	if err := json.Unmarshal([]byte(after["labels.json"]), &d); err != nil || len(d.Labels) != 1 || d.Labels[0].Standing != "valid" || d.Labels[0].Approvals != scheme.MachinesUnknown {
		t.Errorf("open data: %+v, %v", d, err)
	}
}

func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMonitor walks the log of the site with every rule, and again after a byte of an
// entry was changed.
func TestMonitor(t *testing.T) {
	w := newWorld(t)
	w.grant(t)
	sc, err := w.f.State.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse(sc.LogPolicy)
	if err != nil {
		t.Fatal(err)
	}
	walk := func() (*scheme.State, error) {
		s := &scheme.State{}
		_, err := tlog.Walk(t.Context(), tlog.FS(os.DirFS(w.dir())), tlog.WalkOptions{Origin: sc.LogOrigin, Policy: p}, s.Apply)
		return s, err
	}
	s, err := walk()
	if err != nil || s.Size != 3 || len(s.Labels) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	entries, err := filepath.Glob(filepath.Join(w.dir(), "tile/entries/000.p/*"))
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, name := range entries {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := walk(); err == nil || !strings.Contains(err.Error(), tlog.ErrTampered.Error()) {
		t.Errorf("a changed entry: %v", err)
	}
}

// BenchmarkFirstLabel founds a scheme in an empty folder and grants its first label:
// the whole machine time until the site shows it live.
func BenchmarkFirstLabel(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		l := w.grant(b)
		if got := w.check(b, l.Token.URL("label.example"), verify.Full); got.Outcome != verify.Live {
			b.Fatal(got.Why)
		}
	}
}
