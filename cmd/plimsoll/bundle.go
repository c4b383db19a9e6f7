package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/judge"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
)

func bundleCommand(w world) *cobra.Command {
	c := &cobra.Command{Use: "bundle", Short: "Pack the evidence into one signed file, and verify such a file"}
	var out, keyName, trust string
	var artefacts bool
	pack := &cobra.Command{
		Use: "pack DIR", Short: "Pack the product folder's evidence into one signed file",
		Long:    "Pack writes the redacted declaration, the answers, the assessment and the evidence\ninto one signed file that anyone can judge again. Secrets stay behind.",
		Example: "  plimsoll bundle pack camera",
		Args:    args(1, 1, "the product folder"),
		RunE: func(c *cobra.Command, a []string) error {
			return packBundle(c.Context(), w, a[0], out, keyName, artefacts)
		},
	}
	pack.Flags().StringVarP(&out, "output", "o", "", "the file to write (default DIR.plimsoll)")
	pack.Flags().StringVar(&keyName, "key", "default", "the name of your key")
	pack.Flags().BoolVar(&artefacts, "with-artefacts", false, "pack the firmware images and captures too; they may hold secrets")
	verify := &cobra.Command{
		Use: "verify FILE", Short: "Check that a bundle is authentic and judge it again",
		Long: `Verify checks every byte against its digest and the signature, and judges the
evidence again. With the same version of the tool the assessment must be the same to
the byte; another version's differences are named as judged differently.

Exit codes: 0 authentic, 1 could not run, 2 usage, 5 not authentic.`,
		Example: "  plimsoll bundle verify camera.plimsoll --trust keys.yaml",
		Args:    args(1, 1, "a bundle"),
		RunE:    func(c *cobra.Command, a []string) error { return verifyBundle(c.Context(), w, a[0], trust) },
	}
	verify.Flags().StringVar(&trust, "trust", "", "a file of the keys that you know")
	c.AddCommand(pack, verify)
	return c
}

func packBundle(ctx context.Context, w world, dir, out, keyName string, artefacts bool) error {
	f, err := openFolder(ctx, w, dir, "bundle pack "+dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.free() }()
	old, err := readAssessment(dir)
	if err != nil {
		return err
	}
	was, err := os.ReadFile(filepath.Join(dir, assessmentFile))
	if err != nil {
		return err
	}
	var again bytes.Buffer
	a, err := f.judge(w, old.At)
	if err == nil {
		err = report.JSON(&again, a)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(again.Bytes(), was) {
		return hinted{fmt.Errorf("%s is not what the declaration, the answers and the evidence give now", assessmentFile), "plimsoll judge " + dir}
	}
	in := evidence.PackInput{
		Tool: tool(), Declaration: f.p.Canonical(), Assessment: was,
		Records: f.store.Records(), Runs: f.store.Runs(), Blob: f.store.Blob,
	}
	if in.Attestations, err = os.ReadFile(filepath.Join(dir, attestationsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if artefacts {
		if in.Artefacts, err = f.artefacts(); err != nil {
			return err
		}
	}
	if in.Signer, err = signingKey(w, keyName); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := evidence.Pack(ctx, &b, in); err != nil {
		return err
	}
	if out == "" {
		out = filepath.Clean(dir) + ".plimsoll"
	}
	if err := evidence.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return writable(filepath.Dir(out), err)
	}
	_, err = fmt.Fprintf(w.out, "Wrote %s, %d records, signed by %s. Next: plimsoll bundle verify %s\n", out, len(in.Records), in.Signer.KeyID(), out)
	return err
}

func (f *folder) artefacts() ([]evidence.Artefact, error) {
	var names []string
	for _, x := range f.p.Targets.Firmware {
		names = append(names, x.File)
	}
	for _, x := range f.p.Targets.Captures {
		names = append(names, x.File)
	}
	names = append(names, f.p.Targets.App...)
	root, err := os.OpenRoot(f.dir)
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

func verifyBundle(ctx context.Context, w world, file, trustFile string) error {
	var trust *key.Trust
	var err error
	if trustFile != "" {
		if trust, err = key.LoadTrust(trustFile); err != nil {
			return err
		}
	}
	h, err := os.Open(file)
	if err != nil {
		return err
	}
	defer h.Close()
	b, err := evidence.Read(ctx, h, evidence.Limits{})
	if err != nil {
		return fmt.Errorf("verifying %q: %w", file, err)
	}
	fmt.Fprintf(w.out, "%s is whole: %d records, signed by %s\n", file, len(b.Records()), b.KeyID())
	if who, ok := b.Trusted(trust); ok {
		fmt.Fprintf(w.out, "the key is known: %s, %s\n", who.Name, who.Role)
	} else {
		fmt.Fprintf(w.out, "the key is not known: nobody here vouches for who signed (--trust FILE names known keys)\n")
	}
	return replay(w, b)
}

// replay judges a bundle again and compares.
func replay(w world, b *evidence.Bundle) error {
	if len(b.Assessment()) == 0 {
		_, err := fmt.Fprintln(w.out, "it holds no assessment to compare with")
		return err
	}
	claimed, err := report.Parse(b.Assessment())
	if err != nil {
		return fmt.Errorf("reading the assessment of the bundle: %w", err)
	}
	now, err := judgeBundle(b, claimed)
	if err != nil {
		return err
	}
	var again bytes.Buffer
	if err := report.JSON(&again, now); err != nil {
		return err
	}
	if claimed.Tool.Version == Version {
		if !bytes.Equal(again.Bytes(), b.Assessment()) {
			for _, d := range judge.Compare(claimed, now) {
				fmt.Fprintf(w.err, "  %s\n", d)
			}
			return fmt.Errorf("the assessment is not what this evidence gives: %w", evidence.ErrTampered)
		}
		fmt.Fprintf(w.out, "judged again by version %s: the same to the byte, %s (%s)\n", Version, now.Verdict, now.Edition.Method)
		return nil
	}
	diff := judge.Compare(claimed, now)
	fmt.Fprintf(w.out, "judged by version %s then, by %s now: %s then, %s now\n", claimed.Tool.Version, Version, claimed.Verdict, now.Verdict)
	for _, d := range diff {
		fmt.Fprintf(w.out, "  judged differently: %s\n", d)
	}
	if len(diff) == 0 {
		fmt.Fprintln(w.out, "  no unit is judged differently")
	}
	return nil
}

// judgeBundle judges the evidence of a bundle as of the moment of its assessment.
func judgeBundle(b *evidence.Bundle, claimed *plimsoll.Assessment) (*plimsoll.Assessment, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	p, problems := product.Parse("declaration.json", b.Declaration(), cat, product.Options{SkipSecrets: true})
	if errs := problems.Blocking(); len(errs) > 0 {
		return nil, fmt.Errorf("reading the declaration of the bundle:\n%s", errs)
	}
	if d := p.Identity().Digest; d != b.Product() {
		return nil, fmt.Errorf("the declaration of the bundle is read as %s: %w", d, evidence.ErrTampered)
	}
	var atts []attest.Attestation
	if raw := b.Attestations(); len(raw) > 0 {
		var bad []attest.Problem
		if atts, bad = attest.Parse(attestationsFile, raw); len(bad) > 0 {
			return nil, fmt.Errorf("%s: %w", bad[0], evidence.ErrTampered)
		}
	}
	view := probe.NewView(p, cat, claimed.At, b.Records(), b.Runs(), b.Blob)
	a := judge.Judge(judge.Input{View: view, Probes: probes(), Attestations: atts, Runs: b.Runs(), Tool: tool()})
	return a, view.Tampered()
}
