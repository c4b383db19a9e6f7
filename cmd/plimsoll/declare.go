package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
)

func initCommand(w cli.World) *cobra.Command {
	category := "ip-camera"
	c := &cobra.Command{
		Use: "init DIR", Short: "Write a commented product.yaml to fill in",
		Example: "  plimsoll init camera --category ip-camera",
		Args:    cli.Args(1, 1, "the folder to make"),
		RunE: func(_ *cobra.Command, a []string) error {
			text, ok := product.Template(category)
			if !ok {
				return cli.Usage(cli.Hint(fmt.Errorf("unknown category %q", category), "the categories are "+strings.Join(product.Categories(), ", ")))
			}
			if err := os.MkdirAll(a[0], 0o755); err != nil {
				return err
			}
			path := filepath.Join(a[0], product.FileName)
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return cli.Hint(fmt.Errorf("%q is already there and stays as it is", path), "plimsoll check "+a[0])
			}
			if err != nil {
				return err
			}
			_, err = f.Write(text)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			fmt.Fprintf(w.Out, "Wrote %s for category %s. Fill it in, then: plimsoll check %s\n", path, category, a[0])
			return nil
		},
	}
	c.Flags().StringVar(&category, "category", category, strings.Join(product.Categories(), ", "))
	return c
}

func checkCommand(w cli.World) *cobra.Command {
	var strict bool
	var format string
	c := &cobra.Command{
		Use: "check DIR", Short: "Lint the declaration: all problems at once",
		Long:    "Check reads product.yaml and reports every problem with its place and what to\nwrite instead. It exits 3 when there are problems; with --strict warnings count.\n" + cli.ExitHelp,
		Example: "  plimsoll check camera --strict",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE: func(_ *cobra.Command, a []string) error {
			cat, err := catalog.Load()
			if err != nil {
				return err
			}
			_, problems, err := product.Load(a[0], cat, product.Options{LookupEnv: w.Env})
			if err != nil {
				return err
			}
			bad := len(problems.Errors())
			if strict {
				bad = len(problems)
			}
			switch format {
			case "json":
				err = cli.JSON(w, problems)
			case "text":
				_, err = fmt.Fprint(w.Out, problems.String())
				if err == nil {
					errs := len(problems.Errors())
					_, err = fmt.Fprintf(w.Out, "%s: %d problems, %d warnings\n", filepath.Join(a[0], product.FileName), errs, len(problems)-errs)
				}
			default:
				err = cli.Usage(fmt.Errorf("--format %q: want text or json", format))
			}
			if err != nil {
				return err
			}
			if bad > 0 {
				return cli.Exit(cli.ExitFail)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&strict, "strict", false, "warnings count as problems")
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func schemaCommand(w cli.World) *cobra.Command {
	return &cobra.Command{
		Use: "schema product|assessment", Short: "Print the JSON Schema of a file format",
		Args: cli.Args(1, 1, "the name of a format"), ValidArgs: []string{"product", "assessment"},
		RunE: func(_ *cobra.Command, a []string) error {
			switch a[0] {
			case "assessment":
				_, err := w.Out.Write(report.Schema())
				return err
			case "product":
				cat, err := catalog.Load()
				if err != nil {
					return err
				}
				_, err = w.Out.Write(product.Schema(cat))
				return err
			}
			return cli.Usage(cli.Hint(fmt.Errorf("unknown format %q", a[0]), "plimsoll schema product, plimsoll schema assessment"))
		},
	}
}

func explainCommand(w cli.World) *cobra.Command {
	return &cobra.Command{
		Use: "explain ID", Short: "What a guideline, provision, case, unit, table, fact or probe asks",
		Long:    "Explain prints what an id asks, who decides it, which probes look at it and how to\nsatisfy it. Ids are such as cop-1, 5.1-1, 5.1-1-2, 5.1-1-2/c, AuthMech,\npasswords.used, open-ports.",
		Example: "  plimsoll explain 5.1-1\n  plimsoll explain AuthMech\n  plimsoll explain default-passwords",
		Args:    cli.Args(1, 1, "one id"),
		RunE: func(_ *cobra.Command, a []string) error {
			cat, err := catalog.Load()
			if err != nil {
				return err
			}
			if err := report.Explain(w.Out, cat, a[0], probeInfos(), report.TextOptions{Color: w.Color()}); err != nil {
				return cli.Usage(err)
			}
			return nil
		},
	}
}
