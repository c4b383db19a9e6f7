package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/judge"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
)

// lockWait is how long a command waits for another one on the same folder.
const lockWait = 10 * time.Second

// Names in a product folder.
const (
	evidenceDir      = "evidence"
	assessmentFile   = "assessment.json"
	attestationsFile = "attestations.yaml"
)

// folder is an opened product folder.
type folder struct {
	dir   string
	cat   *catalog.Catalog
	p     *product.Product
	store *evidence.Store
	free  func() error
}

// openFolder reads the declaration and opens the evidence of a product folder for
// this command alone. Problems of the declaration are printed and end it.
func openFolder(ctx context.Context, w world, dir, command string) (*folder, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	p, err := readProduct(w, dir, cat)
	if err != nil {
		return nil, err
	}
	ev := filepath.Join(dir, evidenceDir)
	wait := w.wait
	if wait == 0 {
		wait = lockWait
	}
	free, err := evidence.Lock(ctx, ev, evidence.Holder{PID: os.Getpid(), Command: "plimsoll " + command, Since: w.now()}, wait)
	if errors.Is(err, evidence.ErrHeld) {
		return nil, hinted{err, "wait for it to end, or stop it"}
	}
	if err != nil {
		return nil, writable(dir, err)
	}
	store, err := evidence.OpenStore(ev)
	if err != nil {
		return nil, errors.Join(writable(dir, err), free())
	}
	return &folder{dir: dir, cat: cat, p: p, store: store, free: free}, nil
}

func writable(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return hinted{err, fmt.Sprintf("make %q writable, or copy it to a place that is", dir)}
	}
	return err
}

// readProduct reads the declaration; any problem that keeps it from being judged
// ends the command, after all of them were printed.
func readProduct(w world, dir string, cat *catalog.Catalog) (*product.Product, error) {
	p, problems, err := product.Load(dir, cat, product.Options{LookupEnv: w.env})
	if err != nil {
		return nil, err
	}
	if errs := problems.Blocking(); len(errs) > 0 {
		fmt.Fprint(w.err, errs.String())
		return nil, hinted{fmt.Errorf("%s has %d problems", filepath.Join(dir, product.FileName), len(errs)), "plimsoll check " + dir}
	}
	return p, nil
}

// judge judges the evidence of the folder as of a moment.
func (f *folder) judge(w world, at time.Time) (*plimsoll.Assessment, error) {
	atts, err := f.attestations(w)
	if err != nil {
		return nil, err
	}
	view := probe.NewView(f.p, f.cat, at, f.store.Records(), f.store.Runs(), f.store.Blob)
	a := judge.Judge(judge.Input{View: view, Probes: probes(), Attestations: atts, Runs: f.store.Runs(), Tool: tool()})
	return a, view.Tampered()
}

// judged judges the evidence of the folder as of a moment and writes
// assessment.json.
func (f *folder) judged(w world, at time.Time) (*plimsoll.Assessment, error) {
	a, err := f.judge(w, at)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	if err := report.JSON(&b, a); err != nil {
		return nil, err
	}
	if err := evidence.WriteFile(filepath.Join(f.dir, assessmentFile), []byte(b.String()), 0o644); err != nil {
		return nil, writable(f.dir, fmt.Errorf("writing %s: %w", assessmentFile, err))
	}
	return a, nil
}

// attestations reads the answers of persons. One that is not authentic ends the
// command: somebody must look.
func (f *folder) attestations(w world) ([]attest.Attestation, error) {
	atts, problems, err := attest.Load(filepath.Join(f.dir, attestationsFile))
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		fmt.Fprintln(w.err, p)
	}
	if len(problems) > 0 {
		return nil, hinted{
			fmt.Errorf("%s: %w", attestationsFile, evidence.ErrTampered),
			"every answer is signed and chained: put the file back as it was, and give answers with `plimsoll ask`",
		}
	}
	return atts, nil
}

// readAssessment reads assessment.json of a product folder, or a file.
func readAssessment(path string) (*plimsoll.Assessment, error) {
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		path = filepath.Join(path, assessmentFile)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{fmt.Errorf("no assessment at %q", path), "plimsoll assess DIR"}
	}
	if err != nil {
		return nil, err
	}
	a, err := report.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	return a, nil
}

// parseTime reads the value of --at: a day or a moment in RFC 3339.
func parseTime(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			if layout == "2006-01-02" {
				t = t.Add(24*time.Hour - time.Second) // the whole day counts
			}
			return t, nil
		}
	}
	return now, usage{fmt.Errorf("reading --at %q: want a day such as 2026-11-22 or a moment such as 2026-11-22T10:00:00Z", s)}
}

func printJSON(w world, v any) error {
	e := json.NewEncoder(w.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
