package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
)

// maxOutside bounds a file from outside in bytes.
const maxOutside = 64 << 20

// addEvidence seals a file from outside into the evidence.
func addEvidence(ctx context.Context, w world, dir, file string, o evidence.OutsideEvidence, units []string) error {
	if len(units) == 0 {
		return usage{hinted{errors.New("evidence add needs the unit that the file is about"), "plimsoll evidence add DIR FILE --unit 5.6-1-2/b"}}
	}
	b, err := readOutside(file)
	if err != nil {
		return err
	}
	f, err := openFolder(ctx, w, dir, "evidence add "+dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.free() }()
	for _, u := range units {
		if _, ok := f.cat.Unit(plimsoll.UnitID(u)); !ok {
			return usage{hinted{fmt.Errorf("unknown test unit %q", u), "plimsoll explain 5.6-1 lists the units of a provision"}}
		}
		o.Units = append(o.Units, plimsoll.UnitID(u))
	}
	o.File = filepath.Base(file)
	now := w.now().UTC()
	run := plimsoll.Run{
		ID: newRunID(w.now)(), Start: now, End: now, Complete: true, Tool: tool(),
		Product: f.p.Info.Name + " " + f.p.Info.Model, Firmware: f.p.Info.FirmwareVersion, Only: []string{"evidence add"},
	}
	if err := f.store.PutRun(run); err != nil {
		return err
	}
	rec, err := f.store.Put(evidence.Record{
		Kind: evidence.Outside.ID(), Run: run.ID, Probe: "plimsoll evidence add", Time: now,
		Target: evidence.Target{Kind: evidence.TargetProduct, Name: o.File}, Input: evidence.DigestOf(b),
	}, o, evidence.Raw{Name: o.File, Media: http.DetectContentType(b), Data: b})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "%s\nNext: plimsoll ask %s --unit %s\n", rec.Digest, dir, units[0])
	return err
}

func readOutside(file string) ([]byte, error) {
	h, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	if st, err := h.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("adding %q: it is not a regular file", file), err)
	}
	b, err := io.ReadAll(io.LimitReader(h, maxOutside+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxOutside {
		return nil, fmt.Errorf("adding %q: larger than %d MiB", file, maxOutside>>20)
	}
	return b, nil
}
