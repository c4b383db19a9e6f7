package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
)

// addEvidence seals a file from outside into the evidence.
func addEvidence(ctx context.Context, w cli.World, d Deps, dir, file string, o evidence.OutsideEvidence, units []string) error {
	if len(units) == 0 {
		return cli.Usage(cli.Hint(errors.New("evidence add needs the unit that the file is about"), "plimsoll evidence add DIR FILE --unit 5.6-1-2/b"))
	}
	f, err := d.Open(ctx, w, dir, "evidence add "+dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for _, u := range units {
		if _, ok := f.Catalog.Unit(plimsoll.UnitID(u)); !ok {
			return cli.Usage(cli.Hint(fmt.Errorf("unknown test unit %q", u), "plimsoll explain 5.6-1 lists the units of a provision"))
		}
		o.Units = append(o.Units, plimsoll.UnitID(u))
	}
	rec, err := f.AddOutside(d.RunID(w.Now)(), file, o)
	if err != nil {
		return d.Told(w, dir, err)
	}
	_, err = fmt.Fprintf(w.Out, "%s\nNext: plimsoll ask %s --unit %s\n", rec.Digest, dir, units[0])
	return err
}
