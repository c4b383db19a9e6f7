package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plimsoll": main})
}

// TestScript runs the program as a user types it.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":   code,
			"damage": damage,
			"edit":   edit,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("PLIMSOLL_KEYS", e.WorkDir+"/keys")
			e.Setenv("NO_COLOR", "1")
			return nil
		},
	})
}

// code runs plimsoll in this process and wants an exit code: code 3 demo camera.
// Output goes to the files "out" and "err", input comes from "in" if it is there.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N ARGUMENT…")
	}
	out, err := os.Create(ts.MkAbs("out"))
	ts.Check(err)
	defer out.Close()
	errs, err := os.Create(ts.MkAbs("err"))
	ts.Check(err)
	defer errs.Close()
	var in io.Reader = os.Stdin
	if f, err := os.Open(ts.MkAbs("in")); err == nil {
		defer f.Close()
		in = f
	}
	for i, a := range args[1:] {
		_, err := os.Stat(ts.MkAbs(a))
		if err == nil || a == "camera" || a == "camera.plimsoll" || a == "plug" {
			args[i+1] = ts.MkAbs(a)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	got := run(ctx, args[1:], cli.World{
		In: in, Out: out, Err: errs, Now: time.Now, Terminal: func(any) bool { return false },
		Env: func(k string) (string, bool) { v := ts.Getenv(k); return v, v != "" },
	})
	if want := args[0]; want != string(rune('0'+got)) {
		text, _ := os.ReadFile(ts.MkAbs("err"))
		ts.Fatalf("plimsoll %v: exit code %d, want %s\n%s", args[1:], got, want, text)
	}
}

// damage flips a bit of a file: damage FILE OFFSET.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// edit replaces a text wherever it stands: edit FILE OLD NEW.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	changed := bytes.ReplaceAll(b, []byte(args[1]), []byte(args[2]))
	if bytes.Equal(b, changed) {
		ts.Fatalf("%q does not stand in %s", args[1], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), changed, 0o600))
}
