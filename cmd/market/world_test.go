package market_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/market"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/rule"
)

// now is the moment of every run.
var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

var tool = plimsoll.Tool{Name: "plimsoll", Version: "test"}

// folder is a product folder that commands are run on.
type folder struct {
	t   testing.TB
	dir string
	now time.Time
}

// unpack makes the product folder of a file of testdata/products: product.yaml as
// it stands, and the answers of answers.txt signed with a key made for the test.
func unpack(t testing.TB, name string) *folder {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", "products", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{t: t, dir: t.TempDir(), now: now}
	for _, x := range ar.Files {
		switch x.Name {
		case "product.yaml":
			f.write(x.Name, string(x.Data))
		case "answers.txt":
			f.answer(string(x.Data))
		}
	}
	return f
}

// answer signs the answers of lines such as "eu-cra.sbom: yes". A line that names
// a fact of the catalog begins with "fact:".
func (f *folder) answer(lines string) {
	f.t.Helper()
	k, err := key.Generate(key.Ed25519)
	if err != nil {
		f.t.Fatal(err)
	}
	of := func(key string) string {
		_, rest, _ := strings.Cut(f.read("product.yaml"), "\n  "+key+": ")
		v, _, _ := strings.Cut(rest, "\n")
		return strings.Trim(v, `"`)
	}
	for _, l := range strings.Split(strings.TrimSpace(lines), "\n") {
		id, v, ok := strings.Cut(l, ": ")
		if !ok || v != "yes" && v != "no" {
			f.t.Fatalf("answers.txt: %q is not an answer", l)
		}
		a := attest.Attestation{
			Fact:   &attest.Fact{ID: plimsoll.FactID("ask." + id), Value: v == "yes", Model: of("model"), Firmware: of("firmware_version")},
			Note:   "for the test",
			Person: attest.Person{Name: "Ann Example", Role: "product security engineer", Organisation: "Harbour Lights Ltd"},
			Date:   f.now.Add(-time.Hour),
		}
		if _, err := attest.Append(f.t.Context(), filepath.Join(f.dir, desk.AttestationsFile), a, k); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *folder) read(name string) string {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(b)
}

func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// edit replaces a text of product.yaml, which must hold it.
func (f *folder) edit(old, with string) {
	f.t.Helper()
	was := f.read("product.yaml")
	if !strings.Contains(was, old) {
		f.t.Fatalf("product.yaml does not hold %q", old)
	}
	f.write("product.yaml", strings.Replace(was, old, with, 1))
}

// run runs a command line; DIR in it is the folder.
func (f *folder) run(line string) (stdout, stderr string, code int) {
	f.t.Helper()
	var out, errs bytes.Buffer
	w := cli.World{
		In: strings.NewReader(""), Out: &out, Err: &errs, Now: func() time.Time { return f.now },
		Env: func(string) (string, bool) { return "", false }, Terminal: func(any) bool { return false },
	}
	root := &cobra.Command{Use: "plimsoll", SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.Usage(err) })
	root.AddCommand(market.Commands(w, tool, open)...)
	args := strings.Fields(line)
	for i := range args {
		if args[i] == "DIR" {
			args[i] = f.dir
		}
	}
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	code = cli.Code(w, root.ExecuteContext(f.t.Context()))
	return strings.ReplaceAll(out.String(), f.dir, "DIR"), strings.ReplaceAll(errs.String(), f.dir, "DIR"), code
}

// open opens a folder with the rules and without the probes that reach out: what
// these commands say of scope, class, papers and days rests on the declaration.
func open(ctx context.Context, w cli.World, dir, command string) (*desk.Folder, error) {
	f, err := desk.Open(ctx, dir, desk.Opening{
		Tools:     desk.Tools{Probes: rule.All(), Tool: tool, Now: w.Now},
		LookupEnv: w.Env, Command: command, Wait: time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", strconv.Quote(filepath.Base(dir)), err)
	}
	return f, nil
}
