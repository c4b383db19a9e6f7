package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/browser"
	"github.com/plimsoll-iot/plimsoll/label"
)

// teller runs the program in a folder of its own, as people on machines of their own.
type teller struct {
	t   *testing.T
	dir string
	now func() time.Time
}

// as runs a command with the keys of a person and gives what it printed.
func (s *teller) as(who string, code int, in string, args ...string) string {
	s.t.Helper()
	var out, errs bytes.Buffer
	env := map[string]string{"PLIMSOLL_KEYS": filepath.Join(s.dir, "keys-of-"+who), "NO_COLOR": "1", "HOME": s.dir, "XDG_CONFIG_HOME": filepath.Join(s.dir, "config-of-"+who)}
	ctx, stop := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer stop()
	got := run(ctx, args, cli.World{
		In: strings.NewReader(in), Out: &out, Err: &errs, Now: s.now, Terminal: func(any) bool { return false },
		Env: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
	})
	if got != code {
		s.t.Fatalf("plimsoll %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

func (s *teller) path(name string) string { return filepath.Join(s.dir, name) }

// bundle assesses the well-built plug, answers what level 1 leaves to a person, and
// packs the bundle.
func (s *teller) bundle() string {
	s.t.Helper()
	plug := s.path("plug")
	ctx, stop := context.WithCancel(s.t.Context())
	up := make(chan struct{})
	go func() {
		defer close(up)
		run(ctx, []string{"sim", "plug", "--dir", plug}, cli.World{
			In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}, Now: s.now, Terminal: func(any) bool { return false },
			Env: func(string) (string, bool) { return "", false },
		})
	}()
	for range 200 {
		if _, err := os.Stat(filepath.Join(plug, "product.yaml")); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.as("maker", 4, "", "assess", plug)
	stop()
	<-up
	for _, unit := range []string{"5.1-1-2/a", "5.1-1-2/b", "5.2-1-1/a", "5.3-13-1/a"} {
		s.as("maker", 0, "p\nall\nlooked at with the maker, every interface\n", "ask", plug, "--name", "Ada Lane", "--role", "assessor", "--unit", unit)
	}
	s.as("maker", 4, "", "judge", plug)
	s.as("maker", 0, "", "bundle", "pack", plug, "-o", s.path("plug.plimsoll"))
	return s.path("plug.plimsoll")
}

// answered is true on the verifier page once it has an answer.
const answered = `document.querySelector(".card")?.dataset.outcome !== undefined && document.querySelector("main:not([aria-busy])") !== null`

// TestLabelStory is the life of a label, told by the program, two people, a printer, a
// phone and a monitor.
func TestLabelStory(t *testing.T) {
	s := &teller{t: t, dir: t.TempDir(), now: time.Now}
	bundle, harbour := s.bundle(), s.path("harbour")
	for _, who := range []string{"ada", "ben"} {
		s.as(who, 0, "", "key", "new", "--name", who)
		pub := s.as(who, 0, "", "key", "show", "--name", who)
		if err := os.WriteFile(s.path(who+".pub"), []byte(pub), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said := s.as("founder", 0, "", "scheme", "init", harbour, "--code", "HARB", "--name", "Harbour Mark", "--host", "label.example",
		"--approver", "ada="+s.path("ada.pub"), "--approver", "ben="+s.path("ben.pub"))
	if !strings.Contains(said, "9. trust list 1 is signed by 2 root keys") {
		t.Errorf("the ceremony:\n%s", said)
	}

	// The maker's whole name is too long for the code; the program says what to type.
	said = s.as("ada", 1, "", "label", "issue", bundle, "--scheme", harbour, "--level", "1", "--key", "ada")
	if !strings.Contains(said, "2 too many") || !strings.Contains(said, `such as --brand "Quayside Electric"`) {
		t.Errorf("a name that is too long:\n%s", said)
	}

	// Two people grant.
	said = s.as("ada", 0, "", "label", "issue", bundle, "--scheme", harbour, "--level", "1", "--key", "ada", "--brand", "Quayside Electric")
	id := regexp.MustCompile(`approve ([0-9a-f]+)`).FindStringSubmatch(said)
	if id == nil || strings.Contains(said, "live") {
		t.Fatalf("one approver alone:\n%s", said)
	}
	said = s.as("ben", 0, "", "label", "approve", id[1], "--scheme", harbour, "--key", "ben")
	url := regexp.MustCompile(`https://label\.example/#[0-9]+`).FindString(said)
	if url == "" || !strings.Contains(said, "one machine") {
		t.Fatalf("the second approver:\n%s", said)
	}
	number := regexp.MustCompile(`HARB-\w{4}-\w{4}`).FindString(said)
	site, roots := filepath.Join(harbour, "site"), filepath.Join(harbour, "roots.json")

	// The label prints, and another decoder reads the print.
	print := s.path("label.png")
	s.as("shop", 0, "", "label", "print", number, "--from", site, "--roots", roots, "--mode", "full", "--format", "png", "-o", print)
	if got := zbar(t, print); got != url {
		t.Fatalf("zbarimg reads %q, want %q", got, url)
	}
	s.as("shop", 0, "", "label", "verify", print, "--from", site)

	// A phone opens what the print says, and again without a network.
	address, cut := browser.Serve(t, http.FileServer(http.Dir(site)))
	chromium := browser.Start(t, address, "label.example")
	p := browser.NewPhone(t, chromium)
	p.Open(zbar(t, print), answered)
	if got := browser.Eval[string](p, `document.querySelector(".card").dataset.outcome`); got != "live" {
		t.Errorf("the phone says %s: %s", got, p.Text("main"))
	}
	for _, want := range []string{"Self-declared", "Quayside Electric", "Quay Plug", "1.7.0", "Not a CE or government mark"} {
		if text := p.Text("main"); !strings.Contains(text, want) {
			t.Errorf("the phone does not say %q:\n%s", want, text)
		}
	}
	shoot(t, p, "live")
	p.Open(url, answered+` && navigator.serviceWorker.controller !== null`)
	cut()
	p.Open(url, answered)
	if got := browser.Eval[string](p, `document.querySelector(".card").dataset.outcome`); got != "live" && got != "signed" {
		t.Errorf("without a network the phone says %s: %s", got, p.Text("main"))
	}

	// The monitor agrees; a thief's perfect token does not stand in the log.
	monitor := []string{"log", "monitor", site, "--roots", roots, "--state", s.path("seen")}
	s.as("monitor", 0, "", monitor...)
	forged := s.forge(harbour)
	if said = s.as("shop", 5, "", "label", "verify", forged, "--from", site); !strings.Contains(said, "not-issued") {
		t.Errorf("the thief's label:\n%s", said)
	}

	old := s.path("old")
	if err := os.CopyFS(old, os.DirFS(site)); err != nil {
		t.Fatal(err)
	}

	// Two people revoke; the same print says so, on the phone and in a list of articles.
	said = s.as("ben", 0, "", "label", "revoke", number, "--scheme", harbour, "--reason", "non-conformity", "--key", "ben")
	id = regexp.MustCompile(`approve ([0-9a-f]+)`).FindStringSubmatch(said)
	s.as("ada", 0, "", "label", "approve", id[1], "--scheme", harbour, "--key", "ada")
	s.as("monitor", 0, "", monitor...)
	// Yesterday's site, served again, fools neither the monitor nor the shop.
	monitor[2] = old
	if said = s.as("monitor", 5, "", monitor...); !strings.Contains(said, "the log has shrunk") {
		t.Errorf("the log of before: %s", said)
	}
	if b, err := os.ReadFile(s.path("seen.before")); err != nil || len(b) == 0 {
		t.Errorf("the proof of it: %v", err)
	}
	if said = s.as("shop", 3, "", "label", "verify", print, "--from", site); !strings.Contains(said, "revoked") {
		t.Errorf("the print after the revocation:\n%s", said)
	}
	articles, out := s.path("articles.csv"), s.path("status.csv")
	if err := os.WriteFile(articles, []byte("sku,label\n1,"+url+"\n2,"+forged+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.as("shop", 5, "", "label", "verify", "--bulk", articles, "-o", out, "--from", site)
	if b, err := os.ReadFile(out); err != nil || !strings.Contains(string(b), ",revoked,") || !strings.Contains(string(b), ",not-issued,") {
		t.Errorf("the list of articles: %s, %v", b, err)
	}
	address, _ = browser.Serve(t, http.FileServer(http.Dir(site)))
	p = browser.NewPhone(t, browser.Start(t, address, "label.example"))
	p.Open(url, answered)
	if got := browser.Eval[string](p, `document.querySelector(".card").dataset.outcome`); got != "revoked" {
		t.Errorf("the phone says %s after the revocation", got)
	}
	shoot(t, p, "revoked")
}

// forge signs a label with the scheme's real key behind the scheme's back.
func (s *teller) forge(harbour string) string {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(harbour, "keys", "label-*.pem"))
	if err != nil || len(names) != 1 {
		s.t.Fatal(names, err)
	}
	thief, err := key.Load(names[0], nil)
	if err != nil {
		s.t.Fatal(err)
	}
	now := s.now().UTC().Truncate(time.Second)
	t, err := label.Issue(s.t.Context(), label.Claims{
		Issuer: "HARB", Number: 2, Level: 3, Assurance: label.AuthorityChecked, SupportEnd: label.DayOf(now) + 1000,
		Brand: "Forger", Model: "Cheap Plug", Version: "1", From: now, Until: now.AddDate(2, 0, 0),
	}, thief)
	if err != nil {
		s.t.Fatal(err)
	}
	return t.URL("label.example")
}

// zbar reads a code with a decoder that nobody here wrote.
func zbar(t *testing.T, file string) string {
	t.Helper()
	c := exec.Command("zbarimg", "-q", "--raw", "--nodbus", file)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("zbarimg: %v (apt-get install zbar-tools)", err)
	}
	return strings.TrimSpace(string(out))
}

// shoot keeps a picture of the page where PLIMSOLL_SHOTS says, for people to look at.
func shoot(t *testing.T, p *browser.Phone, name string) {
	t.Helper()
	if dir := os.Getenv("PLIMSOLL_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), p.Screenshot(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLabelRefused: what no approver is even asked about.
func TestLabelRefused(t *testing.T) {
	s := &teller{t: t, dir: t.TempDir(), now: time.Now}
	bundle, harbour := s.bundle(), s.path("harbour")
	for code, want := range map[string]string{"GB": "country", "SG-CLS": "country", "BSI": "exists"} {
		if said := s.as("founder", 1, "", "scheme", "init", s.path("x-"+code), "--code", code, "--name", "X", "--host", "x.example"); !strings.Contains(said, want) {
			t.Errorf("%s: %s", code, said)
		}
	}
	s.as("founder", 0, "", "scheme", "init", harbour, "--code", "HARB", "--name", "Harbour Mark", "--host", "label.example")
	issue := func(code int, args ...string) string {
		return s.as("founder", code, "", append([]string{"label", "issue", bundle, "--scheme", harbour, "--key", "approver-1", "--second", "approver-2"}, args...)...)
	}
	if said := issue(3, "--level", "2", "--brand", "Quayside Electric"); !strings.Contains(said, "level 2 is not reached") {
		t.Errorf("level 2: %s", said)
	}
	if said := issue(3, "--level", "1", "--brand", "Other Brand"); !strings.Contains(said, "does not hold it") {
		t.Errorf("another brand: %s", said)
	}
	if said := issue(1, "--level", "1"); !strings.Contains(said, "too long to scan") {
		t.Errorf("too long: %s", said)
	}
	b, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(bundle, b, 0o600); err != nil {
		t.Fatal(err)
	}
	issue(5, "--level", "1", "--brand", "Quayside Electric")
	var data struct{ Labels []any }
	raw, err := os.ReadFile(filepath.Join(harbour, "site", "labels.json"))
	if err != nil || json.Unmarshal(raw, &data) != nil || len(data.Labels) != 0 {
		t.Errorf("the site: %s, %v", raw, err)
	}
}
