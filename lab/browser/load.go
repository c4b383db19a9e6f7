package browser

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

func program(t testing.TB) string {
	t.Helper()
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("install chromium: apt-get install chromium")
	}
	return bin
}

// Load loads a page at a fragment, "" for none, lets its script run for five seconds of
// its own time, and returns the document and what the browser said meanwhile.
func Load(t testing.TB, page, fragment string) (dom, log string) {
	t.Helper()
	bin := program(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "file://" + file
	if fragment != "" {
		address += "#" + fragment
	}
	c := exec.CommandContext(t.Context(), bin, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--v=0",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=5000", "--dump-dom", address)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr, c.WaitDelay = &out, &errs, 10*time.Second
	if err := c.Run(); err != nil {
		t.Fatalf("running %s: %v\n%s", bin, err, errs.String())
	}
	return out.String(), errs.String()
}

var complaint = regexp.MustCompile(`(?m)^.*(CONSOLE|Content Security Policy|Uncaught).*$`)

// Clean loads a page of which the browser must find nothing to complain, and returns
// the document.
func Clean(t testing.TB, page, fragment string) (dom string) {
	t.Helper()
	dom, log := Load(t, page, fragment)
	if m := complaint.FindString(log); m != "" {
		t.Errorf("the browser says: %s", m)
	}
	return dom
}
