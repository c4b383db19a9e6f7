// Command plimsoll assesses consumer IoT products against EN 303 645: it reads a
// product's declaration, collects evidence from the device, its firmware and its
// public pages, judges every test unit of TS 103 701, and reports.
//
// It must never send anything but to the targets that the declaration names, and
// never leave a process behind.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/issuer"
	"github.com/plimsoll-iot/plimsoll/cmd/labels"
	"github.com/plimsoll-iot/plimsoll/cmd/market"
	"github.com/plimsoll-iot/plimsoll/cmd/people"
	"github.com/plimsoll-iot/plimsoll/scheme/site"
	"github.com/plimsoll-iot/plimsoll/tlog"
)

// Version is the version of the tool. Evidence and assessments carry it.
const Version = "0.1.0"

func main() {
	tlog.TesseraLogs(slog.New(slog.DiscardHandler)) // it would write to stderr
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], cli.World{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Now: time.Now,
		Terminal: func(f any) bool {
			file, ok := f.(*os.File)
			return ok && term.IsTerminal(int(file.Fd()))
		},
	})
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, w cli.World) int {
	root := newRoot(w)
	root.SetArgs(args)
	root.SetIn(w.In)
	root.SetOut(w.Out)
	root.SetErr(w.Err)
	err := root.ExecuteContext(ctx)
	return cli.Code(w, err)
}

func newRoot(w cli.World) *cobra.Command {
	root := &cobra.Command{
		Use:   "plimsoll",
		Short: "The load line for consumer IoT: assess a product against EN 303 645",
		Long: `Plimsoll assesses a consumer IoT product against ETSI EN 303 645 by the test
units of TS 103 701: from its declaration, the live device, its firmware and its
public pages. What a machine may decide it decides, with evidence; for the rest it
asks a named person.
` + cli.ExitHelp,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return cli.Usage(cli.Hint(err, c.CommandPath()+" --help"))
	})
	root.AddCommand(
		demoCommand(w), initCommand(w), checkCommand(w), assessCommand(w), judgeCommand(w),
		reportCommand(w), bundleCommand(w),
		explainCommand(w), simCommand(w), schemaCommand(w), versionCommand(w), genCommand(w),
	)
	root.AddCommand(people.Commands(w, people.Deps{Open: openFolder, Told: told, RunID: newRunID})...)
	root.AddCommand(market.Commands(w, tool(), openFolder)...)
	root.AddCommand(labelCommand(w))
	root.AddCommand(issuer.Commands(w, issuer.Deps{Tools: tools(w)})...)
	root.SetOut(w.Out) // the completion command keeps it
	root.InitDefaultCompletionCmd("completion")
	for _, c := range root.Commands() {
		if c.HasSubCommands() && !c.Runnable() {
			c.Args, c.RunE = cobra.ArbitraryArgs, group
		}
	}
	return root
}

// labelCommand holds the commands of those who read labels and of those who grant them.
func labelCommand(w cli.World) *cobra.Command {
	c := labels.Commands(w, labels.Deps{Prover: site.Prove})
	c.Short = "Verify, show, print, grant and revoke labels"
	c.AddCommand(issuer.Labels(w, issuer.Deps{Tools: tools(w)})...)
	return c
}

// group answers a command that only groups others, when none of those was named.
func group(c *cobra.Command, args []string) error {
	err := fmt.Errorf("%s needs one of its commands", c.CommandPath())
	if len(args) > 0 {
		err = fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())
	}
	return cli.Usage(cli.Hint(err, c.CommandPath()+" --help"))
}

func tool() plimsoll.Tool { return plimsoll.Tool{Name: "plimsoll", Version: Version} }

func versionCommand(w cli.World) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cli.Args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(w.Out, "plimsoll %s\n", Version)
			return err
		},
	}
}
