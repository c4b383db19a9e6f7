package people

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
)

// SigningKey loads the user's key, and makes it on first use.
func SigningKey(w cli.World, name string) (key.Signer, error) {
	dir, err := keyDir(w)
	if err != nil {
		return nil, err
	}
	k, made, err := key.Ensure(dir, name, func() ([]byte, error) {
		p, _ := w.Env("PLIMSOLL_PASSPHRASE")
		return []byte(p), nil
	})
	if errors.Is(err, key.ErrPassphrase) {
		return nil, cli.Hint(err, "set PLIMSOLL_PASSPHRASE")
	}
	if err != nil {
		return nil, err
	}
	if made {
		fmt.Fprintf(w.Err, "plimsoll: made your key %s in %s\n", k.KeyID(), dir)
	}
	return k, nil
}

func keyDir(w cli.World) (string, error) {
	return key.Dir("", func(name string) string { v, _ := w.Env(name); return v })
}

func keyCommand(w cli.World) *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "Make and show the keys that sign answers and bundles"}
	var name, alg string
	made := &cobra.Command{
		Use: "new", Short: "Make a key; PLIMSOLL_PASSPHRASE protects it", Args: cli.Args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			dir, err := keyDir(w)
			if err != nil {
				return err
			}
			k, err := key.Generate(key.Algorithm(alg))
			if err != nil {
				return cli.Usage(err)
			}
			pass, _ := w.Env("PLIMSOLL_PASSPHRASE")
			err = k.Save(dir, name, []byte(pass))
			if errors.Is(err, fs.ErrExist) {
				return cli.Hint(fmt.Errorf("key %q is already there and stays as it is", name), "plimsoll key show, or plimsoll key new --name NAME for another one")
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(w.Out, "%s\n%s\n", k.KeyID(), filepath.Join(dir, name+".pem"))
			return nil
		},
	}
	made.Flags().StringVar(&name, "name", "default", "the name of the key")
	made.Flags().StringVar(&alg, "algorithm", string(key.Ed25519), "ed25519 or ecdsa-p256")
	var of string
	show := &cobra.Command{
		Use: "show", Short: "Print the id and the public half of a key, for a trust file", Args: cli.Args(0, 0, "nothing"),
		RunE: func(*cobra.Command, []string) error {
			k, err := SigningKey(w, of)
			if err != nil {
				return err
			}
			pub, err := key.EncodePublic(k.Public())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(w.Out, "%s\n%s\n", k.KeyID(), pub)
			return err
		},
	}
	show.Flags().StringVar(&of, "name", "default", "the name of the key")
	c.AddCommand(made, show)
	return c
}

func evidenceCommand(w cli.World, d Deps) *cobra.Command {
	c := &cobra.Command{Use: "evidence", Short: "Add evidence from outside to the bundle"}
	var units []string
	var origin, by string
	add := &cobra.Command{
		Use: "add DIR FILE", Short: "Seal a file from outside into the evidence, with its origin and tool",
		Long: `Add keeps a file that somebody else made (a scan by another tool, a radio capture,
a photo, a certificate) with its origin. It decides nothing by itself: a person's
answer may rest on it, by its digest.`,
		Example: "  plimsoll evidence add camera nmap.xml --unit 5.6-1-2/b --tool 'nmap 7.93' --origin 'lab 2, A. Lane'",
		Args:    cli.Args(2, 2, "the product folder and a file"),
		RunE: func(c *cobra.Command, a []string) error {
			return addEvidence(c.Context(), w, d, a[0], a[1], evidence.OutsideEvidence{Tool: by, From: origin}, units)
		},
	}
	add.Flags().StringArrayVar(&units, "unit", nil, "the unit it is about; may be repeated (required)")
	add.Flags().StringVar(&origin, "origin", "", "who made it, where")
	add.Flags().StringVar(&by, "tool", "", "the program that made it, with its version")
	c.AddCommand(add)
	return c
}
