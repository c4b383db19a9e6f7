package labels_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/labels"
	"github.com/plimsoll-iot/plimsoll/lab/labelsite"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// now is the moment of every run.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// TestScript runs the commands as a user types them, on sites that the test signs.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"plimsoll": plimsoll, "site": makeSite, "say": say, "photo": takePhoto, "serve": serve,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("PLIMSOLL_STATE", filepath.Join(e.WorkDir, "state"))
			e.Values["sites"] = map[string]*labelsite.Site{}
			return nil
		},
	})
}

// plimsoll runs a command and wants an exit code: plimsoll 0 label verify ….
// The commands stdout and stderr look at what it prints.
func plimsoll(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: plimsoll N ARGUMENT…")
	}
	w := cli.World{
		Out: ts.Stdout(), Err: ts.Stderr(), Now: func() time.Time { return now }, Terminal: func(any) bool { return false },
		Env: func(k string) (string, bool) { v := ts.Getenv(k); return v, v != "" },
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	prover := proverOf(ts)
	if ts.Getenv("STOPPED") != "" { // while the first proof is checked
		prover = func(statement, proof []byte) verify.Proof {
			cancel()
			return proverOf(ts)(statement, proof)
		}
	}
	root := &cobra.Command{Use: "plimsoll", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(labels.Commands(w, labels.Deps{Prover: prover}))
	for i, a := range args[1:] {
		if _, err := os.Stat(ts.MkAbs(a)); err == nil || i > 0 && (args[i] == "-o" || args[i] == "--from" && !strings.Contains(a, "://")) {
			args[i+1] = ts.MkAbs(a)
		}
	}
	root.SetArgs(args[1:])
	root.SetOut(w.Out)
	got := cli.Code(w, root.ExecuteContext(ctx))
	if want := args[0]; want != fmt.Sprint(got) {
		ts.Fatalf("plimsoll %v: exit code %d, want %s", args[1:], got, want)
	}
}

// proverOf checks the proofs that the sites of the tests have, unless NOPROVER is
// set.
func proverOf(ts *testscript.TestScript) func(statement, proof []byte) verify.Proof {
	if ts.Getenv("NOPROVER") != "" {
		return nil
	}
	return func(statement, proof []byte) verify.Proof {
		return func(_ context.Context, t label.Token, s *label.Scheme) (verify.Inclusion, error) {
			if want := fmt.Sprintf("proof of %x at 0\n", t.Digest()); string(proof) != want || !bytes.Equal(statement, t.Bytes()) {
				return verify.Inclusion{}, errors.New("the proof does not fit")
			}
			return verify.Inclusion{Origin: s.LogOrigin}, nil
		}
	}
}

func sites(ts *testscript.TestScript) map[string]*labelsite.Site {
	return ts.Value("sites").(map[string]*labelsite.Site)
}

// makeSite makes a site with one label: site DIR. URL, DIGITS and NUMBER are those
// of the label.
func makeSite(ts *testscript.TestScript, _ bool, args []string) {
	s, err := labelsite.New(ts.MkAbs(args[0]), now)
	ts.Check(err)
	tok, err := s.Issue(labelsite.Plug(now))
	ts.Check(err)
	sites(ts)[args[0]] = s
	ts.Setenv("URL", tok.URL(labelsite.Host))
	ts.Setenv("DIGITS", tok.Digits())
	ts.Setenv("NUMBER", tok.NumberText())
	ts.Check(s.Write(now.Add(-time.Hour)))
}

// say changes what a site says, and writes it as of a minute ago:
// say DIR revoked|suspended|support-ended|valid|hidden|newer.
func say(ts *testscript.TestScript, _ bool, args []string) {
	s := sites(ts)[args[0]]
	for st := label.Valid; st <= label.SupportEnded; st++ {
		if st.String() == args[1] {
			s.Labels[0].Standing = st
		}
	}
	s.Labels[0].Hidden = args[1] == "hidden"
	if args[1] == "newer" {
		s.List.Version++
	}
	ts.Check(s.Write(now.Add(-time.Minute)))
}

// takePhoto writes a picture of a label: photo FILE.png URL.
func takePhoto(ts *testscript.TestScript, _ bool, args []string) {
	q, err := art.EncodeQR(args[1])
	ts.Check(err)
	b, _, err := q.PNG(20, 300)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

// serve serves a folder over http on loopback: serve DIR. SITE is its address; what
// was asked for stands in the file asked.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	files := http.FileServer(http.Dir(ts.MkAbs(args[0])))
	log, err := os.Create(ts.MkAbs("asked"))
	ts.Check(err)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(log, r.URL.Path)
		files.ServeHTTP(w, r)
	}))
	ts.Defer(func() { srv.Close(); _ = log.Close() })
	ts.Setenv("SITE", srv.URL)
}
