// Command plimsoll assesses consumer IoT products against EN 303 645: it reads a
// product's declaration, collects evidence from the device, its firmware and its
// public pages, judges every test unit of TS 103 701, and reports.
//
// It must never send anything but to the targets that the declaration names, and
// never leave a process behind.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
)

// Version is the version of the tool. Evidence and assessments carry it.
const Version = "0.1.0"

// The exit codes of every command.
const (
	exitPass         = 0
	exitCannot       = 1
	exitUsage        = 2
	exitFail         = 3
	exitInconclusive = 4
	exitTampered     = 5
)

const exitHelp = `
Exit codes: 0 PASS, 1 could not run, 2 usage, 3 some FAIL or evidence against,
4 no FAIL but some INCONCLUSIVE, 5 not authentic.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], world{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, now: time.Now,
		terminal: func(f any) bool {
			file, ok := f.(*os.File)
			return ok && term.IsTerminal(int(file.Fd()))
		},
	})
	stop()
	os.Exit(code)
}

// world is what a command may touch besides its arguments.
type world struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) (string, bool)
	now      func() time.Time
	terminal func(any) bool
	wait     time.Duration // for another command on the same folder; 0 means lockWait
	recovery time.Duration // for a device that stopped answering; 0 means a minute
}

func (w world) color() bool {
	_, no := w.env("NO_COLOR")
	return !no && w.terminal(w.out)
}

// exit is an error that only carries an exit code: everything was already said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// hinted is an error with what to type next.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// usage is a mistake in the command line.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, w world) int {
	root := newRoot(w)
	root.SetArgs(args)
	root.SetIn(w.in)
	root.SetOut(w.out)
	root.SetErr(w.err)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(w.err, "plimsoll: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	var h hinted
	if errors.As(err, &h) && h.hint != "" {
		fmt.Fprintf(w.err, "hint: %s\n", h.hint)
	}
	var u usage
	switch {
	case errors.As(err, &u), strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "unknown flag"):
		return exitUsage
	case errors.Is(err, evidence.ErrTampered):
		return exitTampered
	}
	return exitCannot
}

func newRoot(w world) *cobra.Command {
	root := &cobra.Command{
		Use:   "plimsoll",
		Short: "The load line for consumer IoT: assess a product against EN 303 645",
		Long: `Plimsoll assesses a consumer IoT product against ETSI EN 303 645 by the test
units of TS 103 701: from its declaration, the live device, its firmware and its
public pages. What a machine may decide it decides, with evidence; for the rest it
asks a named person.
` + exitHelp,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage{hinted{err, fmt.Sprintf("plimsoll %s --help", c.Name())}}
	})
	root.AddCommand(
		demoCommand(w), initCommand(w), checkCommand(w), assessCommand(w), judgeCommand(w),
		askCommand(w), evidenceCommand(w), reportCommand(w), bundleCommand(w), keyCommand(w),
		explainCommand(w), simCommand(w), schemaCommand(w), versionCommand(w), genCommand(w),
	)
	return root
}

// args checks the number of arguments and says what is wanted.
func args(n, most int, want string) cobra.PositionalArgs {
	return func(c *cobra.Command, got []string) error {
		if len(got) < n || len(got) > most {
			return usage{hinted{fmt.Errorf("%s takes %s, not %d arguments", c.CommandPath(), want, len(got)), c.CommandPath() + " --help"}}
		}
		return nil
	}
}

func tool() plimsoll.Tool { return plimsoll.Tool{Name: "plimsoll", Version: Version} }

func versionCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(w.out, "plimsoll %s\n", Version)
			return err
		},
	}
}
