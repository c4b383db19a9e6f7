package market

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/oscal"
)

// maxImport bounds a file that is read, in bytes.
const maxImport = 16 << 20

// dataDay is the moment that documents about the shipped data carry, so that the
// same version of the tool writes the same bytes.
var dataDay = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func exportCommand(w cli.World, tool plimsoll.Tool) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export standard EDITION|catalog REGIME|level REGIME LEVEL|market NAME|mappings",
		Short: "Write a regime, a profile or the crosswalk as OSCAL 1.2 JSON",
		Example: "  plimsoll regimes export standard en303645-2.1.1\n  plimsoll regimes export catalog uk-psti\n" +
			"  plimsoll regimes export market uk\n  plimsoll regimes export mappings -o mapping-collection.json",
		Args: cli.Args(1, 3, "what to write"),
		RunE: func(_ *cobra.Command, a []string) error {
			set, err := loadSet()
			if err != nil {
				return err
			}
			b, err := exported(set, a, oscal.Stamp{Tool: tool, At: dataDay})
			if err != nil {
				return err
			}
			if out == "" {
				_, err = w.Out.Write(b)
				return err
			}
			return evidence.WriteFile(out, b, 0o644)
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "write to this file")
	return c
}

func exported(set *regime.Set, a []string, st oscal.Stamp) ([]byte, error) {
	wrong := cli.Usage(cli.Hint(fmt.Errorf("regimes export %q: no such form", a), "plimsoll regimes export --help"))
	switch {
	case a[0] == "mappings" && len(a) == 1:
		return oscal.Mappings(set.Regimes, st)
	case len(a) < 2:
		return nil, wrong
	case a[0] == "standard":
		return oscal.EN303645(set.Catalog(), plimsoll.Edition(a[1]), st)
	case a[0] == "market":
		if !slices.Contains(regime.Markets(), a[1]) {
			return nil, cli.Usage(fmt.Errorf("unknown market %q", a[1]))
		}
		return oscal.MarketProfile(a[1], set.Market(a[1]), st)
	}
	r, ok := set.Regime(plimsoll.RegimeID(a[1]))
	if !ok {
		return nil, cli.Usage(cli.Hint(fmt.Errorf("unknown regime %q", a[1]), "plimsoll regimes lists them"))
	}
	switch {
	case a[0] == "catalog" && len(a) == 2:
		return oscal.Catalog(r, st)
	case a[0] == "level" && len(a) == 3:
		return oscal.LevelProfile(r, a[2], st)
	}
	return nil, wrong
}

func importCommand(w cli.World) *cobra.Command {
	return &cobra.Command{
		Use: "import FILE", Short: "Read an OSCAL mapping collection and list its rows",
		Long: "Import reads a mapping collection strictly and lists its rows, or every problem with\nits place. It changes nothing.",
		Args: cli.Args(1, 1, "a file"),
		RunE: func(_ *cobra.Command, a []string) error {
			set, err := loadSet()
			if err != nil {
				return err
			}
			f, err := os.Open(a[0])
			if err != nil {
				return err
			}
			defer f.Close()
			b, err := io.ReadAll(io.LimitReader(f, maxImport+1))
			if err != nil {
				return err
			}
			if len(b) > maxImport {
				return fmt.Errorf("reading %q: larger than %d MiB", a[0], maxImport>>20)
			}
			rows, err := oscal.ReadMappings(b, set.Catalog())
			if err != nil {
				return err
			}
			for _, r := range rows {
				if _, err := fmt.Fprintf(w.Out, "%-20s %-24s %-16s %-8s %s\n", r.Regime, r.Requirement, r.Relation, r.Provision, r.By); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(w.Out, "%d rows\n", len(rows))
			return err
		},
	}
}
