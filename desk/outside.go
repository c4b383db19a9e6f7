package desk

import (
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

// AddOutside seals a file that somebody else made into the evidence, with its
// origin and tool, as a run of its own.
func (f *Folder) AddOutside(runID, file string, o evidence.OutsideEvidence) (evidence.Record, error) {
	b, err := readOutside(file)
	if err != nil {
		return evidence.Record{}, err
	}
	o.File = filepath.Base(file)
	now := f.Now().UTC()
	run := plimsoll.Run{
		ID: runID, Start: now, End: now, Complete: true, Tool: f.Tool,
		Product:  f.Product.FullName(),
		Firmware: f.Product.Info.FirmwareVersion, Only: []string{"evidence add"},
	}
	if err := f.Store.PutRun(run); err != nil {
		return evidence.Record{}, err
	}
	rec, err := f.Store.Put(evidence.Record{
		Kind: evidence.Outside.ID(), Run: run.ID, Probe: "evidence-add@1", Time: now,
		Target: evidence.Target{Kind: evidence.TargetProduct, Name: o.File}, Input: evidence.DigestOf(b),
	}, o, evidence.Raw{Name: o.File, Media: http.DetectContentType(b), Data: b})
	if err != nil {
		return rec, err
	}
	return rec, f.Store.Seal()
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
