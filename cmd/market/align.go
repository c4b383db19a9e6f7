package market

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/report/align"
)

func alignCommand(w cli.World) *cobra.Command {
	var at, format, out string
	c := &cobra.Command{
		Use: "align", Short: "Where the regimes agree and where they diverge, provision by provision",
		Long:    "Align shows regimes against the thirteen guidelines and the provisions of EN 303 645:\nwhere they agree, where they diverge, and what each asks that none else does. Every\nfigure is computed from the shipped data; the method stands in the view.",
		Example: "  plimsoll align\n  plimsoll align --format html -o align.html\n  plimsoll align --format svg -o align.svg",
		Args:    cli.Args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			set, err := loadSet()
			if err != nil {
				return err
			}
			on, err := day(w, at)
			if err != nil {
				return err
			}
			write, ok := map[string]func(io.Writer, *align.View) error{
				"text": func(w io.Writer, v *align.View) error { return align.Text(w, v, align.TextOptions{}) },
				"html": align.HTML, "csv": align.CSV, "svg": align.SVG,
			}[format]
			if !ok {
				return cli.Usage(fmt.Errorf("--format %q: want text, html, csv or svg", format))
			}
			var b bytes.Buffer
			if err := write(&b, align.Build(set, set.Catalog(), align.Options{At: on})); err != nil {
				return err
			}
			if out == "" {
				_, err = w.Out.Write(b.Bytes())
				return err
			}
			return evidence.WriteFile(out, b.Bytes(), 0o644)
		},
	}
	c.Flags().StringVar(&at, "at", "", "the day that is asked about (default today)")
	c.Flags().StringVar(&format, "format", "text", "text, html, csv or svg")
	c.Flags().StringVarP(&out, "output", "o", "", "write to this file")
	return c
}
