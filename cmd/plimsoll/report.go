package main

import (
	"bytes"
	"fmt"
	"html/template"
	"io"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/report"
	"github.com/plimsoll-iot/plimsoll/report/csvfile"
	"github.com/plimsoll-iot/plimsoll/report/junit"
	"github.com/plimsoll-iot/plimsoll/report/oscal"
	"github.com/plimsoll-iot/plimsoll/report/pdf"
	"github.com/plimsoll-iot/plimsoll/report/risks"
	"github.com/plimsoll-iot/plimsoll/report/sarif"
)

func reportCommand(w cli.World) *cobra.Command {
	var format, out, model string
	var verbose bool
	c := &cobra.Command{
		Use: "report DIR", Short: "Render the assessment in a format for people or programs",
		Long:    "Report renders assessment.json. All formats show the same facts from the same\nvalue. Without -o it writes to standard output.",
		Example: "  plimsoll report camera --format html -o report.html\n  plimsoll report camera --format oscal --model assessment-plan",
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
			case "text":
				err = report.Text(&b, as, cat, report.TextOptions{Color: w.Color() && out == "", Verbose: verbose, Folder: a[0]})
			default:
				err = export(&b, as, cat, a[0], format, model)
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
	c.Flags().StringVar(&format, "format", "text", "text, json, html, pdf, oscal, sarif, junit or csv")
	c.Flags().StringVar(&model, "model", "assessment-results", "of OSCAL: assessment-results, assessment-plan or component-definition")
	c.Flags().StringVarP(&out, "output", "o", "", "write to this file")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "show units and findings (text)")
	return c
}

// export writes one of the formats for programs and for paper.
func export(out io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog, folder, format, model string) error {
	switch format {
	case "json":
		return report.JSON(out, a)
	case "pdf":
		return pdf.Write(out, a, cat, folder)
	case "sarif":
		return sarif.Write(out, a, cat)
	case "junit":
		return junit.Write(out, a, cat)
	case "csv":
		return csvfile.Write(out, a, cat)
	case "oscal":
		return writeOSCAL(out, a, cat, model)
	}
	return cli.Usage(fmt.Errorf("--format %q: want text, json, html, pdf, oscal, sarif, junit or csv", format))
}

func writeOSCAL(out io.Writer, a *plimsoll.Assessment, cat *catalog.Catalog, model string) error {
	models := map[string]func(*plimsoll.Assessment, *catalog.Catalog) ([]byte, error){
		"assessment-results": oscal.AssessmentResults, "assessment-plan": oscal.Plan, "component-definition": oscal.Component,
	}
	m, ok := models[model]
	if !ok {
		return cli.Usage(cli.Hint(fmt.Errorf("unknown OSCAL model %q", model),
			"of an assessment: assessment-results, assessment-plan, component-definition; of regimes: plimsoll regimes export"))
	}
	b, err := m(a, cat)
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

func printAssessment(w cli.World, cat *catalog.Catalog, a *plimsoll.Assessment, format string, o report.TextOptions) error {
	switch format {
	case "text":
		return report.Text(w.Out, a, cat, o)
	case "json":
		return report.JSON(w.Out, a)
	}
	return cli.Usage(fmt.Errorf("--format %q: want text or json", format))
}

// html renders the assessment with the map of what was declared and seen, and with
// the risks.
func html(out io.Writer, f *desk.Folder, a *plimsoll.Assessment) error {
	var b bytes.Buffer
	if err := risks.Section(&b, risks.Build(a, f.Catalog)); err != nil {
		return err
	}
	return report.HTML(out, a, f.Catalog, report.HTMLOptions{
		Folder: f.Dir, Map: f.NetworkMap(a),
		Sections: []report.Section{{ID: "risks", Title: "Risks", Body: template.HTML(b.String())}},
	})
}

func writeHTML(f *desk.Folder, a *plimsoll.Assessment, path string) error {
	var b bytes.Buffer
	if err := html(&b, f, a); err != nil {
		return err
	}
	return evidence.WriteFile(path, b.Bytes(), 0o644)
}
