package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/collect"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/report"
)

// assessing holds the flags of assess.
type assessing struct {
	gate
	only, units []string
	allow       []string
	offline     bool
	thorough    bool
	reuse       string
	at          string
	format      string
	verbose     bool
}

func assessCommand(w cli.World) *cobra.Command {
	var o assessing
	c := &cobra.Command{
		Use:   "assess DIR",
		Short: "Collect evidence and judge it",
		Long: `Assess collects evidence for the product in DIR from what its declaration names
(device, firmware, public pages), judges it, writes evidence/ and assessment.json,
and prints the result. Progress goes to standard error.

It sends traffic only to the declared addresses and ports, gently: at most 200 new
connections a second, one login in three seconds for each service, and a look
between probes whether the device still answers.
` + cli.ExitHelp,
		Example: "  plimsoll assess camera\n  plimsoll assess camera --only 'open-*' --reuse 24h\n  plimsoll assess camera --offline --fail-on fail",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, a[0]) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.only, "only", nil, "only probes whose name fits this glob (and what they build on)")
	f.StringArrayVar(&o.units, "unit", nil, "only probes that decide this test unit")
	f.BoolVar(&o.offline, "offline", false, "send no traffic")
	f.BoolVar(&o.thorough, "thorough", false, "allow more load on the device")
	f.StringArrayVar(&o.allow, "allow", nil, "disruptive: may lock out or disturb the device; public: addresses that are not private")
	f.StringVar(&o.reuse, "reuse", "", "use live observations again that are younger than this, such as 24h")
	f.StringVar(&o.at, "at", "", "judge as of this day or moment")
	f.StringVar(&o.format, "format", "text", "text or json")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show units and findings, and log what probes do")
	o.flags(c)
	return c
}

func (o *assessing) run(ctx context.Context, w cli.World, dir string) error {
	opts, err := o.options(w)
	if err != nil {
		return err
	}
	if _, err := cli.Moment(o.at, w.Now()); err != nil {
		return err // before the run, not after it
	}
	f, err := openFolder(ctx, w, dir, "assess "+dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for _, u := range opts.Units {
		if _, ok := f.Catalog.Unit(u); !ok {
			return cli.Usage(cli.Hint(fmt.Errorf("unknown test unit %q", u), "plimsoll explain 5.1-1 lists the units of a provision"))
		}
	}
	p := newProgress(w)
	opts.Report = p.event
	run, err := collect.Run(ctx, f.Product, f.Catalog, f.Store, opts)
	p.close()
	if errors.Is(err, collect.ErrChoice) {
		return cli.Usage(err)
	}
	interrupted := errors.Is(err, collect.ErrInterrupted)
	if err != nil && !interrupted {
		return told(w, dir, err)
	}
	at, err := cli.Moment(o.at, w.Now())
	if err != nil {
		return err
	}
	a, err := f.Save(at)
	if err != nil {
		return told(w, dir, err)
	}
	if err := printAssessment(w, f.Catalog, a, o.format, report.TextOptions{Color: w.Color(), Verbose: o.verbose, Folder: dir}); err != nil {
		return err
	}
	if interrupted {
		return cli.Hint(fmt.Errorf("run %s: %w", run.ID, collect.ErrInterrupted), "plimsoll assess "+dir)
	}
	if o.format == "text" {
		fmt.Fprintf(w.Out, "\nWrote %s. Next: plimsoll report %s --format html -o report.html\n", filepath.Join(dir, desk.AssessmentFile), dir)
	}
	return o.end(a)
}

func (o *assessing) options(w cli.World) (collect.Options, error) {
	opts := collect.Options{
		Probes: probes(), Only: o.only, Offline: o.offline, Tool: tool(), Now: w.Now,
		NewRunID: newRunID(w.Now), PublicSecret: publicSecret, Recovery: w.Recovery,
	}
	for _, u := range o.units {
		opts.Units = append(opts.Units, plimsoll.UnitID(u))
	}
	if o.thorough {
		opts.Safety = probe.Thorough
	}
	for _, a := range o.allow {
		switch a {
		case "disruptive":
			opts.Safety = probe.Disruptive
		case "public":
			opts.AllowPublic = true
		default:
			return opts, cli.Usage(fmt.Errorf("--allow %q: want disruptive or public", a))
		}
	}
	if o.reuse != "" {
		d, err := time.ParseDuration(o.reuse)
		if err != nil || d < 0 {
			return opts, cli.Usage(fmt.Errorf("--reuse %q: want a duration such as 24h", o.reuse))
		}
		opts.Reuse = d
	}
	if err := checkFormat(o.format); err != nil {
		return opts, err
	}
	if o.verbose {
		opts.Log = slog.New(slog.NewTextHandler(w.Err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return opts, o.check()
}

func checkFormat(format string) error {
	if format != "text" && format != "json" {
		return cli.Usage(fmt.Errorf("--format %q: want text or json", format))
	}
	return nil
}

// newRunID names runs by their start and a few random digits.
func newRunID(now func() time.Time) func() string {
	return func() string {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		return now().UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
	}
}

func judgeCommand(w cli.World) *cobra.Command {
	var g gate
	var at, format string
	var verbose bool
	c := &cobra.Command{
		Use: "judge DIR", Short: "Judge existing evidence again, without any traffic",
		Long:    "Judge judges the evidence in DIR as of a moment and writes assessment.json.\nThe same evidence, answers, tool version and moment give the same bytes.\n" + cli.ExitHelp,
		Example: "  plimsoll judge camera\n  plimsoll judge camera --at 2026-11-22",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE: func(c *cobra.Command, a []string) error {
			if err := errors.Join(g.check(), checkFormat(format)); err != nil {
				return err
			}
			when, err := cli.Moment(at, w.Now())
			if err != nil {
				return err
			}
			f, err := openFolder(c.Context(), w, a[0], "judge "+a[0])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			as, err := f.Save(when)
			if err != nil {
				return told(w, a[0], err)
			}
			if err := printAssessment(w, f.Catalog, as, format, report.TextOptions{Color: w.Color(), Verbose: verbose, Folder: a[0]}); err != nil {
				return err
			}
			return g.end(as)
		},
	}
	c.Flags().StringVar(&at, "at", "", "judge as of this day or moment")
	c.Flags().StringVar(&format, "format", "text", "text or json")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show units and findings")
	g.flags(c)
	return c
}
