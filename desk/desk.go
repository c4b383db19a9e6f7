// Package desk is a product folder at work: it opens the declaration and the
// evidence for one command alone, judges them, takes in evidence from outside, and
// packs and replays bundles.
//
// It prints nothing and decides nothing by itself; it must never touch a file
// outside the folder but the one that it is handed.
package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// Names in a product folder.
const (
	EvidenceDir      = "evidence"
	AssessmentFile   = "assessment.json"
	AttestationsFile = "attestations.yaml"
)

// Tools is what the command line hands down: the probes and who it is.
type Tools struct {
	Probes []*probe.Probe
	Tool   plimsoll.Tool
	Now    func() time.Time
}

// Folder is an opened product folder. Close lets other commands in again.
type Folder struct {
	Dir     string
	Catalog *catalog.Catalog
	Product *product.Product
	Store   *evidence.Store
	Tools

	judged *product.Product // read from the canonical declaration, as a bundle is
	free   func() error
}

// Opening says who opens a folder and how long to wait for another command.
type Opening struct {
	Tools
	LookupEnv func(string) (string, bool)
	Command   string // for the message to whoever has to wait
	Wait      time.Duration
}

// DeclarationError holds the problems that keep a declaration from being judged.
type DeclarationError struct {
	File     string
	Problems product.Problems
}

// Error says how many problems there are; the caller shows them.
func (e *DeclarationError) Error() string {
	return fmt.Sprintf("%s has %d problems", e.File, len(e.Problems))
}

// AttestationError holds the answers that are not authentic. It wraps
// evidence.ErrTampered.
type AttestationError struct{ Problems []attest.Problem }

// Error says how many answers are not authentic; the caller shows them.
func (e *AttestationError) Error() string {
	return fmt.Sprintf("%s: %d answers are not authentic", AttestationsFile, len(e.Problems))
}

// Unwrap makes it a case of tampering.
func (e *AttestationError) Unwrap() error { return evidence.ErrTampered }

// Open reads the declaration and takes the evidence of a product folder for this
// command alone.
func Open(ctx context.Context, dir string, o Opening) (*Folder, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	p, problems, err := product.Load(dir, cat, product.Options{LookupEnv: o.LookupEnv})
	if err != nil {
		return nil, err
	}
	if bad := problems.Blocking(); len(bad) > 0 {
		return nil, &DeclarationError{filepath.Join(dir, product.FileName), bad}
	}
	judged, err := readCanonical(p.Canonical(), cat)
	if err != nil {
		return nil, err
	}
	ev := filepath.Join(dir, EvidenceDir)
	free, err := evidence.Lock(ctx, ev, evidence.Holder{PID: os.Getpid(), Command: "plimsoll " + o.Command, Since: o.Now()}, o.Wait)
	if err != nil {
		return nil, err
	}
	store, err := evidence.OpenStore(ev)
	if err != nil {
		return nil, errors.Join(err, free())
	}
	return &Folder{Dir: dir, Catalog: cat, Product: p, Store: store, Tools: o.Tools, judged: judged, free: free}, nil
}

// Close lets other commands in.
func (f *Folder) Close() error { return f.free() }

// readCanonical reads a declaration from its canonical form. What is judged is
// always read from there, so that a bundle gives the same bytes as the folder
// however its author wrote yes, numbers and lists.
func readCanonical(b []byte, cat *catalog.Catalog) (*product.Product, error) {
	p, problems := product.Parse("declaration.json", b, cat, product.Options{SkipSecrets: true})
	if bad := problems.Blocking(); len(bad) > 0 {
		return nil, fmt.Errorf("reading the canonical declaration:\n%s", bad)
	}
	return p, nil
}

// View is the evidence as of a moment.
func (f *Folder) View(at time.Time) *probe.View {
	return probe.NewView(f.judged, f.Catalog, at, f.Store.Records(), f.Store.Runs(), f.Store.Blob)
}

// Judge judges the evidence as of a moment, under the declared edition.
func (f *Folder) Judge(at time.Time) (*plimsoll.Assessment, error) {
	return f.JudgeUnder(f.judged.Standard, at)
}

// JudgeUnder judges the same evidence and answers under an edition. Claims of
// provisions that the edition does not have fall away, and provisions that only it
// has are unstated.
func (f *Folder) JudgeUnder(e plimsoll.Edition, at time.Time) (*plimsoll.Assessment, error) {
	atts, bad, err := attest.Load(filepath.Join(f.Dir, AttestationsFile))
	if err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		return nil, &AttestationError{bad}
	}
	p := *f.judged
	p.Standard = e
	v := probe.NewView(&p, f.Catalog, at, f.Store.Records(), f.Store.Runs(), f.Store.Blob)
	a := judge.Judge(judge.Input{View: v, Probes: f.Probes, Attestations: atts, Runs: f.Store.Runs(), Tool: f.Tool})
	return a, v.Tampered()
}

// Save judges the evidence as of a moment and writes assessment.json.
func (f *Folder) Save(at time.Time) (*plimsoll.Assessment, error) {
	a, err := f.Judge(at)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := report.JSON(&b, a); err != nil {
		return nil, err
	}
	if err := evidence.WriteFile(filepath.Join(f.Dir, AssessmentFile), b.Bytes(), 0o644); err != nil {
		return nil, fmt.Errorf("writing %s: %w", AssessmentFile, err)
	}
	return a, nil
}

// Pack gives what a bundle of the folder holds. The assessment must be what the
// declaration, the answers and the evidence give.
func (f *Folder) Pack(withArtefacts bool, claimed *plimsoll.Assessment) (evidence.PackInput, error) {
	in := evidence.PackInput{
		Tool: f.Tool, Declaration: f.Product.Canonical(),
		Records: f.Store.Records(), Runs: f.Store.Runs(), Blob: f.Store.Blob,
	}
	was, err := os.ReadFile(filepath.Join(f.Dir, AssessmentFile))
	if err != nil {
		return in, err
	}
	a, err := f.Judge(claimed.At)
	if err != nil {
		return in, err
	}
	var again bytes.Buffer
	if err := report.JSON(&again, a); err != nil {
		return in, err
	}
	if !bytes.Equal(again.Bytes(), was) {
		return in, ErrOutOfDate
	}
	in.Assessment = was
	if in.Attestations, err = os.ReadFile(filepath.Join(f.Dir, AttestationsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return in, err
	}
	if withArtefacts {
		in.Artefacts, err = f.artefacts()
		return in, err
	}
	return in, nil
}

// ErrOutOfDate says that assessment.json is not what the folder gives now. The
// caller should tell the user to judge again.
var ErrOutOfDate = errors.New(AssessmentFile + " is not what the declaration, the answers and the evidence give now")

func (f *Folder) artefacts() ([]evidence.Artefact, error) {
	var names []string
	for _, x := range f.Product.Targets.Firmware {
		names = append(names, x.File)
	}
	for _, x := range f.Product.Targets.Captures {
		names = append(names, x.File)
	}
	names = append(names, f.Product.Targets.App...)
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []evidence.Artefact
	for _, n := range names {
		b, err := root.ReadFile(n)
		if err != nil {
			return nil, fmt.Errorf("packing %q: %w", n, err)
		}
		out = append(out, evidence.Artefact{Name: n, Data: b})
	}
	return out, nil
}
