package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/people"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
)

func bundleCommand(w cli.World) *cobra.Command {
	c := &cobra.Command{Use: "bundle", Short: "Pack the evidence into one signed file, and verify such a file"}
	var out, keyName, trust string
	var artefacts bool
	pack := &cobra.Command{
		Use: "pack DIR", Short: "Pack the product folder's evidence into one signed file",
		Long:    "Pack writes the redacted declaration, the answers, the assessment and the evidence\ninto one signed file that anyone can judge again. Secrets stay behind.",
		Example: "  plimsoll bundle pack camera",
		Args:    cli.Args(1, 1, "the product folder"),
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

A file of known keys, with the ids that ` + "`plimsoll key show`" + ` prints:
  schema: plimsoll.trust/1
  keys:
    - {id: "SHA256:…", name: Ada Lane, role: assessor}

Exit codes: 0 authentic, 1 could not run, 2 usage, 5 not authentic.`,
		Example: "  plimsoll bundle verify camera.plimsoll --trust keys.yaml",
		Args:    cli.Args(1, 1, "a bundle"),
		RunE:    func(c *cobra.Command, a []string) error { return verifyBundle(c.Context(), w, a[0], trust) },
	}
	verify.Flags().StringVar(&trust, "trust", "", "a file of the keys that you know")
	c.AddCommand(pack, verify)
	return c
}

func packBundle(ctx context.Context, w cli.World, dir, out, keyName string, artefacts bool) error {
	f, err := openFolder(ctx, w, dir, "bundle pack "+dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	claimed, err := readAssessment(dir)
	if err != nil {
		return err
	}
	in, err := f.Pack(artefacts, claimed)
	if err != nil {
		return told(w, dir, err)
	}
	if in.Signer, err = people.SigningKey(w, keyName); err != nil {
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
		return told(w, filepath.Dir(out), err)
	}
	_, err = fmt.Fprintf(w.Out, "Wrote %s, %d records, signed by %s. Next: plimsoll bundle verify %s\n", out, len(in.Records), in.Signer.KeyID(), out)
	return err
}

func verifyBundle(ctx context.Context, w cli.World, file, trustFile string) error {
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
	fmt.Fprintf(w.Out, "%s is whole: %d records, signed by %s\n", file, len(b.Records()), b.KeyID())
	if who, ok := b.Trusted(trust); ok {
		fmt.Fprintf(w.Out, "the key is known: %s, %s\n", who.Name, who.Role)
	} else {
		fmt.Fprintf(w.Out, "the key is not known: nobody here vouches for who signed (--trust FILE names known keys)\n")
	}
	return replay(w, b)
}

// replay judges a bundle again and tells how that compares.
func replay(w cli.World, b *evidence.Bundle) error {
	r, err := desk.Again(b, tools(w))
	if r == nil {
		if err == nil {
			_, err = fmt.Fprintln(w.Out, "it holds no assessment to compare with")
		}
		return told(w, "", err)
	}
	if err != nil {
		for _, d := range r.Differences {
			fmt.Fprintf(w.Err, "  %s\n", d)
		}
		return err
	}
	if r.Same {
		fmt.Fprintf(w.Out, "judged again by version %s: the same to the byte, %s (%s)\n", Version, r.Now.Verdict, r.Now.Edition.Method)
		return nil
	}
	fmt.Fprintf(w.Out, "judged by version %s then, by %s now: %s then, %s now\n", r.Claimed.Tool.Version, Version, r.Claimed.Verdict, r.Now.Verdict)
	for _, d := range r.Differences {
		fmt.Fprintf(w.Out, "  judged differently: %s\n", d)
	}
	if len(r.Differences) == 0 {
		fmt.Fprintln(w.Out, "  no unit is judged differently")
	}
	return nil
}
