package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/collect"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/sim"
)

func simCommand(w cli.World) *cobra.Command {
	var flaws []string
	var list bool
	var dir string
	c := &cobra.Command{
		Use: "sim camera|plug", Short: "Run a simulated device on loopback, well built or with named flaws",
		Long: `Sim runs a simulated device on 127.0.0.1, ports 20000 to 20099, until it is
interrupted, and writes its product folder. Without --flaw it is well built.`,
		Example:   "  plimsoll sim camera --flaw default-password --flaw tls10\n  plimsoll sim --list-flaws",
		Args:      cli.Args(0, 1, "the kind of device"),
		ValidArgs: sim.Kinds(),
		RunE: func(c *cobra.Command, a []string) error {
			if list {
				return listFlaws(w)
			}
			if len(a) != 1 {
				return cli.Usage(cli.Hint(errors.New("sim takes the kind of device"), "plimsoll sim "+strings.Join(sim.Kinds(), "|")))
			}
			if dir == "" {
				dir = a[0]
			}
			cfg := sim.Config{Kind: a[0], Flaws: flaws, Dir: dir}
			d, err := startSim(c.Context(), cfg)
			if err != nil {
				return err
			}
			defer d.Close()
			for _, s := range d.Services {
				fmt.Fprintf(w.Out, "%-14s %-6s %s\n", s.Name, s.Proto, s.Addr)
			}
			fmt.Fprintf(w.Out, "\nIts product folder is %s. In another terminal: plimsoll assess %s\nStop with Ctrl-C.\n", dir, dir)
			<-c.Context().Done()
			return nil
		},
	}
	c.Flags().StringArrayVar(&flaws, "flaw", nil, "give the device this flaw; may be repeated")
	c.Flags().BoolVar(&list, "list-flaws", false, "list the flaws and what each is")
	c.Flags().StringVar(&dir, "dir", "", "the product folder to write (default: the kind)")
	return c
}

func listFlaws(w cli.World) error {
	for _, f := range sim.Flaws() {
		if _, err := fmt.Fprintf(w.Out, "%-24s %s\n%24s caught by %s (%s)\n", f.Name, f.What, "", f.Probe, strings.Join(f.Units, ", ")); err != nil {
			return err
		}
	}
	return nil
}

// startSim writes the product folder of a simulated device and starts it. A folder
// with somebody else's declaration is left alone.
func startSim(ctx context.Context, cfg sim.Config) (*sim.Device, error) {
	decl, err := sim.Declaration(cfg)
	if err != nil {
		return nil, cli.Usage(cli.Hint(err, "plimsoll sim --list-flaws"))
	}
	path := filepath.Join(cfg.Dir, product.FileName)
	old, err := os.ReadFile(path)
	first, _, _ := strings.Cut(string(decl), "\n")
	switch {
	case err == nil && !strings.HasPrefix(string(old), first):
		return nil, cli.Hint(fmt.Errorf("%q is not the declaration of a simulated device and stays as it is", path), "name another folder")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, err
	}
	d, err := sim.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, decl, 0o644); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// demoFlaws are the flaws of the camera that the demonstration assesses.
func demoFlaws() []string {
	return []string{
		"default-password", "login-in-clear", "tls10", "undeclared-port", "banner-leak",
		"policy-without-timelines", "security-txt-expired", "shadow-default", "hardcoded-key", "telnetd-at-boot",
	}
}

func demoCommand(w cli.World) *cobra.Command {
	var serve bool
	c := &cobra.Command{
		Use: "demo [DIR]", Short: "Assess a simulated camera with flaws, from declaration to report",
		Long: `Demo writes an example product folder (default camera/), starts a simulated camera
with flaws on 127.0.0.1, ports 20000 to 20099, assesses it, writes the report and
prints where everything is. It touches nothing else of this machine, leaves no
process behind, and ends with exit code 3, because the camera fails.
` + cli.ExitHelp,
		Args: cli.Args(0, 1, "at most one folder"),
		RunE: func(c *cobra.Command, a []string) error {
			dir := "camera"
			if len(a) == 1 {
				dir = a[0]
			}
			return runDemo(c.Context(), w, dir, serve)
		},
	}
	c.Flags().BoolVar(&serve, "serve", false, "keep the device up until Ctrl-C")
	return c
}

func runDemo(ctx context.Context, w cli.World, dir string, serve bool) error {
	d, err := startSim(ctx, sim.Config{Kind: "camera", Flaws: demoFlaws(), Dir: dir})
	if err != nil {
		return err
	}
	defer d.Close()
	a, err := demoAssess(ctx, w, dir)
	if err != nil {
		return err
	}
	if serve {
		fmt.Fprintf(w.Out, "\nThe camera stays up at %s until Ctrl-C.\n", d.AdminURL)
		<-ctx.Done()
	}
	return gate{}.end(a)
}

func demoAssess(ctx context.Context, w cli.World, dir string) (*plimsoll.Assessment, error) {
	f, err := openFolder(ctx, w, dir, "demo "+dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	p := newProgress(w)
	start := w.Now()
	_, err = collect.Run(ctx, f.Product, f.Catalog, f.Store, collect.Options{
		Probes: probes(), Tool: tool(), Now: w.Now, NewRunID: newRunID(w.Now),
		Report: p.event, PublicSecret: publicSecret,
	})
	p.close()
	if err != nil {
		return nil, err
	}
	a, err := f.Save(w.Now())
	if err != nil {
		return nil, err
	}
	if err := printAssessment(w, f.Catalog, a, "text", report.TextOptions{Color: w.Color(), Folder: dir}); err != nil {
		return nil, err
	}
	out := filepath.Join(dir, "report.html")
	if err := writeHTML(f, a, out); err != nil {
		return nil, err
	}
	fmt.Fprintf(w.Out, `
Assessed in %s. What there is to see:
  %-24s the declaration: the only file a person writes
  %-24s the firmware image that was opened
  %-24s what was observed, by content address
  %-24s the assessment, for programs
  %-24s the report, for people: open it in a browser
Next: plimsoll ask %s, plimsoll explain 5.1-1, plimsoll bundle pack %s
`, w.Now().Sub(start).Round(100*time.Millisecond),
		filepath.Join(dir, product.FileName), filepath.Join(dir, "firmware"), filepath.Join(dir, desk.EvidenceDir),
		filepath.Join(dir, desk.AssessmentFile), out, dir, dir)
	return a, nil
}
