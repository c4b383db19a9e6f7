package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
)

// lines is what a command that stays up has printed so far.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// witness runs a witness of its own until the returned function is called, and gives
// its line for a policy.
func (s *teller) witness(name, log, address string) (line string, stop func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	var out lines
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"witness", s.path("memory-" + name), "--name", "witness.example/" + name, "--log", log, "--listen", address}, cli.World{
			In: strings.NewReader(""), Out: &out, Err: &lines{}, Now: s.now, Terminal: func(any) bool { return false },
			Env: func(k string) (string, bool) { return s.path("keys-of-" + name), k == "PLIMSOLL_KEYS" },
		})
	}()
	for range 500 {
		if m := regexp.MustCompile(`for a policy: (witness .*)`).FindStringSubmatch(out.String()); m != nil && strings.Contains(out.String(), "listening") {
			var once sync.Once
			stop = func() {
				once.Do(func() {
					cancel()
					if code := <-done; code != 0 {
						s.t.Errorf("the witness ended with %d", code)
					}
				})
			}
			s.t.Cleanup(stop)
			return m[1], stop
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	s.t.Fatalf("the witness did not start: %s", out.String())
	return "", nil
}

// free is an address of loopback where nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestWitnessed puts two witnesses into the trust list of a running scheme: what was
// granted before is proven under them, with one of them gone nothing is published,
// and a log that was rolled back does not open.
func TestWitnessed(t *testing.T) {
	s := &teller{t: t, dir: t.TempDir(), now: time.Now}
	bundle, harbour := s.bundle(), s.path("harbour")
	site, roots := filepath.Join(harbour, "site"), filepath.Join(harbour, "roots.json")
	said := s.as("founder", 0, "", "scheme", "init", harbour, "--code", "HARB", "--name", "Harbour Mark", "--host", "label.example")
	log := regexp.MustCompile(`what its witnesses need: (\S+)`).FindStringSubmatch(said)
	if log == nil {
		t.Fatal(said)
	}
	said = s.as("founder", 0, "", "label", "issue", bundle, "--scheme", harbour, "--key", "approver-1", "--second", "approver-2", "--brand", "Quayside Electric")
	url, number := regexp.MustCompile(`https://label\.example/#[0-9]+`).FindString(said), regexp.MustCompile(`HARB-\w{4}-\w{4}`).FindString(said)
	one, two := free(t), free(t)
	line1, _ := s.witness("w1", log[1], one)
	line2, stop2 := s.witness("w2", log[1], two)
	witnesses := s.path("witnesses.txt")
	if err := os.WriteFile(witnesses, []byte(line1+"\n"+line2+"\ngroup all 2 w1 w2\nquorum all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := func(n string) string { return filepath.Join(harbour, "keys", "root-"+n+".pem") }
	s.as("founder", 0, "", "scheme", "trust", harbour, "--witness-policy", witnesses, "--root", root("1"), "--root", root("2"))
	if said = s.as("monitor", 0, "", "log", "verify", site, "--roots", roots); !strings.Contains(said, "cosignatures: 2") {
		t.Errorf("the log: %s", said)
	}
	if said = s.as("shop", 0, "", "label", "verify", url, "--from", site, "--roots", roots, "--mode", "full"); !strings.Contains(said, "proven") {
		t.Errorf("the label of before: %s", said)
	}
	before := s.path("before")
	if err := os.CopyFS(before, os.DirFS(filepath.Join(harbour, "log"))); err != nil {
		t.Fatal(err)
	}
	change := func(code int, kind, reason string) string {
		return s.as("founder", code, "", "label", kind, number, "--scheme", harbour, "--reason", reason, "--key", "approver-1", "--second", "approver-2")
	}
	change(0, "suspend", "vulnerability")
	stop2()
	if said = s.hurry(harbour, number); strings.Contains(said, "is now revoked") {
		t.Errorf("without a witness: %s", said)
	}
	s.as("shop", 3, "", "label", "verify", url, "--from", site) // suspended, not revoked
	s.witness("w2", log[1], two)
	s.as("founder", 0, "", "scheme", "publish", harbour) // carries on with the outbox
	if said = s.as("shop", 3, "", "label", "verify", url, "--from", site); !strings.Contains(said, "revoked") {
		t.Errorf("when the witness is back: %s", said)
	}

	// The folder of yesterday, brought back from a copy.
	if err := os.RemoveAll(filepath.Join(harbour, "log")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(harbour, "log"), os.DirFS(before)); err != nil {
		t.Fatal(err)
	}
	if said = s.as("founder", 1, "", "scheme", "status", harbour); !strings.Contains(said, "older than what a witness has seen") {
		t.Errorf("rolled back: %s", said)
	}
}

// hurry revokes with little patience: the publication needs a witness that is gone.
func (s *teller) hurry(harbour, number string) string {
	s.t.Helper()
	var out lines
	ctx, stop := context.WithTimeout(s.t.Context(), 4*time.Second)
	defer stop()
	run(ctx, []string{"label", "revoke", number, "--scheme", harbour, "--key", "approver-1", "--second", "approver-2"}, cli.World{
		In: strings.NewReader(""), Out: &out, Err: &out, Now: s.now, Terminal: func(any) bool { return false },
		Env: func(k string) (string, bool) { return s.path("keys-of-founder"), k == "PLIMSOLL_KEYS" },
	})
	return out.String()
}
