package market

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/report/risks"
)

func risksCommand(w cli.World, open Opener) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use: "risks DIR", Short: "The key risks of consumer IoT, what holds them off, and how this product stands",
		Example: "  plimsoll risks camera\n  plimsoll risks camera --format html > risks.html",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := open(c.Context(), w, a[0], "risks "+a[0])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			as, err := f.Judge(w.Now())
			if err != nil {
				return err
			}
			cat, err := catalog.Load()
			if err != nil {
				return err
			}
			v := risks.Build(as, cat)
			switch format {
			case "text":
				return risks.Text(w.Out, v, risks.TextOptions{})
			case "json":
				return risks.JSON(w.Out, v)
			case "html":
				return risks.HTML(w.Out, v)
			}
			return cli.Usage(fmt.Errorf("--format %q: want text, json or html", format))
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, json or html")
	return c
}
