package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
)

// asking holds the flags of ask.
type asking struct {
	who     attest.Person
	units   []string
	keyName string
	regime  string
}

func askCommand(w cli.World) *cobra.Command {
	var o asking
	c := &cobra.Command{
		Use: "ask DIR", Short: "Answer the open units: a person decides, with name and role",
		Long: `Ask goes through the units that software may not decide: the question, what was
declared, what was observed and what software proposes. Each answer is signed with
your key and bound to what you saw; it goes stale when that changes.`,
		Example: "  plimsoll ask camera --name 'Ada Lane' --role assessor --unit 5.1-1-1/a",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, a[0]) },
	}
	c.Flags().StringVar(&o.who.Name, "name", "", "your name")
	c.Flags().StringVar(&o.who.Role, "role", "", "your role, such as assessor")
	c.Flags().StringVar(&o.who.Organisation, "organisation", "", "your organisation")
	c.Flags().StringArrayVar(&o.units, "unit", nil, "only this unit; may be repeated")
	c.Flags().StringVar(&o.regime, "regime", "", "ask the questions of this regime's own instead")
	c.Flags().StringVar(&o.keyName, "key", "default", "the name of your key")
	return c
}

func (o *asking) run(ctx context.Context, w cli.World, dir string) error {
	f, err := openFolder(ctx, w, dir, "ask "+dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	a, err := f.Save(w.Now())
	if err != nil {
		return err
	}
	for _, u := range o.units {
		if _, ok := f.Catalog.Unit(plimsoll.UnitID(u)); !ok {
			return cli.Usage(cli.Hint(fmt.Errorf("unknown test unit %q", u), "plimsoll explain 5.1-1 lists the units of a provision"))
		}
	}
	in := bufio.NewScanner(w.In)
	if err := o.introduce(w, in); err != nil {
		return err
	}
	k, err := signingKey(w, o.keyName)
	if err != nil {
		return err
	}
	given := 0
	if o.regime != "" {
		given, err = o.regimeQuestions(ctx, w, f, k, in)
	} else {
		given, err = o.questions(ctx, w, f, a, k, in)
	}
	fmt.Fprintf(w.Out, "\n%d answers given.\n", given)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if given == 0 || o.regime != "" {
		return nil
	}
	if a, err = f.Save(w.Now()); err != nil {
		return err
	}
	return printAssessment(w, f.Catalog, a, "text", report.TextOptions{Color: w.Color(), Folder: dir})
}

// introduce asks for the name and role of the person who answers.
func (o *asking) introduce(w cli.World, in *bufio.Scanner) error {
	for _, q := range []struct {
		what string
		to   *string
	}{{"Your name", &o.who.Name}, {"Your role", &o.who.Role}} {
		if *q.to != "" {
			continue
		}
		s, err := prompt(w, in, q.what+": ")
		if err != nil || s == "" {
			return cli.Usage(cli.Hint(errors.New("an answer needs a name and a role"), "plimsoll ask DIR --name NAME --role ROLE"))
		}
		*q.to = s
	}
	return nil
}

// questions goes through the open units until the person stops.
func (o *asking) questions(ctx context.Context, w cli.World, f *desk.Folder, a *plimsoll.Assessment, k key.Signer, in *bufio.Scanner) (int, error) {
	given := 0
	for i, q := range a.Open {
		if len(o.units) > 0 && !contains(o.units, string(q.Unit)) {
			continue
		}
		u, _ := f.Catalog.Unit(q.Unit)
		showQuestion(w, f.Product, u, q, fmt.Sprintf("%d of %d", i+1, len(a.Open)))
		at, ok, err := o.answer(w, in, u, q)
		if err != nil {
			return given, err
		}
		if !ok {
			continue
		}
		at.Date = w.Now().UTC()
		if _, err := attest.Append(ctx, filepath.Join(f.Dir, desk.AttestationsFile), at, k); err != nil {
			return given, err
		}
		given++
	}
	return given, nil
}

// answer reads one answer; ok is false when the question was skipped.
func (o *asking) answer(w cli.World, in *bufio.Scanner, u *catalog.Unit, q plimsoll.OpenUnit) (attest.Attestation, bool, error) {
	at := attest.Attestation{Unit: q.Unit, Subject: q.Subject, Seen: q.Seen, Person: o.who}
	choices := map[string]func(){
		"p": func() { at.Verdict = plimsoll.Pass }, "f": func() { at.Verdict = plimsoll.Fail }, "i": func() { at.Verdict = plimsoll.Inconclusive },
	}
	text := "[p]ass, [f]ail, [i]nconclusive, [s]kip, [q]uit: "
	if u.Decider == plimsoll.DeciderStep {
		choices = map[string]func(){
			"d": func() { at.Step = attest.StepDone }, "c": func() { at.Step = attest.StepCouldNot },
		}
		text = "[d]one, [c]ould not, [s]kip, [q]uit: "
	}
	for {
		s, err := prompt(w, in, text)
		if err != nil {
			return at, false, err
		}
		s = strings.ToLower(s)
		if s == "q" {
			return at, false, io.EOF
		}
		if s == "s" || s == "" {
			return at, false, nil
		}
		if set, ok := choices[s[:1]]; ok {
			set()
			break
		}
	}
	if len(q.Missing) > 0 && at.Verdict == plimsoll.Pass {
		s, err := prompt(w, in, "Not looked at so far: "+strings.Join(q.Missing, ", ")+". Which of these did you look at? (all, none, or a list) ")
		if err != nil {
			return at, false, err
		}
		at.Looked = looked(s, q.Missing)
	}
	note, err := prompt(w, in, "Note (what you saw, why you decide so): ")
	at.Note = note
	if q.Proposal != nil && q.Proposal.Verdict == plimsoll.Fail {
		switch at.Verdict {
		case plimsoll.Fail:
			at.Confirms = q.Proposal.Digest
		case plimsoll.Pass:
			at.Overrules = q.Proposal.Digest
		}
	}
	return at, err == nil, err
}

func looked(answer string, missing []string) []string {
	switch answer {
	case "all":
		return missing
	case "none", "":
		return nil
	}
	return strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' })
}

func prompt(w cli.World, in *bufio.Scanner, text string) (string, error) {
	fmt.Fprint(w.Out, text)
	if !in.Scan() {
		if err := in.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
	return strings.TrimSpace(in.Text()), nil
}

func showQuestion(w cli.World, p *product.Product, u *catalog.Unit, q plimsoll.OpenUnit, at string) {
	fmt.Fprintf(w.Out, "\n%s  %s  %s\n  %s\n  how: %s\n", at, q.Unit, q.Subject, q.Question, q.Hint)
	if row, ok := p.Row(u.Where.Table, q.Subject); ok {
		for _, k := range row.Keys() {
			text := row.Text(k)
			if l, ok := row.List(k); ok {
				text = "[" + strings.Join(l, ", ") + "]"
			}
			fmt.Fprintf(w.Out, "  declared %s: %s\n", k, report.Clean(text))
		}
	}
	if q.Why != "" {
		fmt.Fprintf(w.Out, "  open because: %s\n", report.Clean(q.Why))
	}
	if q.Proposal != nil {
		fmt.Fprintf(w.Out, "  %s proposes %s: %s\n", q.Proposal.By, q.Proposal.Verdict, report.Clean(q.Proposal.Reason))
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// signingKey loads the user's key, and makes it on first use.
func signingKey(w cli.World, name string) (key.Signer, error) {
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
			k, err := signingKey(w, of)
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

func evidenceCommand(w cli.World) *cobra.Command {
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
			return addEvidence(c.Context(), w, a[0], a[1], evidence.OutsideEvidence{Tool: by, From: origin}, units)
		},
	}
	add.Flags().StringArrayVar(&units, "unit", nil, "the unit it is about; may be repeated (required)")
	add.Flags().StringVar(&origin, "origin", "", "who made it, where")
	add.Flags().StringVar(&by, "tool", "", "the program that made it, with its version")
	c.AddCommand(add)
	return c
}
