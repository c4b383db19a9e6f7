package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/report"
)

func reportCommand(w cli.World) *cobra.Command {
	var format, out string
	var verbose bool
	c := &cobra.Command{
		Use: "report DIR", Short: "Render the assessment as text, JSON or HTML",
		Long:    "Report renders assessment.json. All formats show the same facts from the same\nvalue. Without -o it writes to standard output.",
		Example: "  plimsoll report camera --format html -o report.html",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE: func(c *cobra.Command, a []string) error {
			as, err := readAssessment(a[0])
			if err != nil {
				return err
			}
			cat, err := catalog.Load()
			if err != nil {
				return err
			}
			var b bytes.Buffer
			switch format {
			case "html":
				var f *desk.Folder
				if f, err = openFolder(c.Context(), w, a[0], "report "+a[0]); err == nil {
					err = html(&b, f, as)
					_ = f.Close()
				}
			default:
				tw := w
				tw.Out = &b
				err = printAssessment(tw, cat, as, format, report.TextOptions{Color: w.Color() && out == "", Verbose: verbose, Folder: a[0]})
			}
			if err != nil {
				return err
			}
			if out == "" {
				_, err = w.Out.Write(b.Bytes())
				return err
			}
			return evidence.WriteFile(out, b.Bytes(), 0o644)
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, json or html")
	c.Flags().StringVarP(&out, "output", "o", "", "write to this file")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show units and findings (text)")
	return c
}

func printAssessment(w cli.World, cat *catalog.Catalog, a *plimsoll.Assessment, format string, o report.TextOptions) error {
	switch format {
	case "text":
		return report.Text(w.Out, a, cat, o)
	case "json":
		return report.JSON(w.Out, a)
	}
	return cli.Usage(fmt.Errorf("--format %q: want text, json or html", format))
}

// html renders the assessment with the map of what was declared and seen.
func html(out io.Writer, f *desk.Folder, a *plimsoll.Assessment) error {
	return report.HTML(out, a, f.Catalog, report.HTMLOptions{Folder: f.Dir, Map: f.NetworkMap(a)})
}

func writeHTML(f *desk.Folder, a *plimsoll.Assessment, path string) error {
	var b bytes.Buffer
	if err := html(&b, f, a); err != nil {
		return err
	}
	return evidence.WriteFile(path, b.Bytes(), 0o644)
}
