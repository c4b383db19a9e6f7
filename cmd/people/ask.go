// Package people holds the commands by which a person answers: the open units, a
// regime's own questions, evidence from outside, and the keys that sign it all.
//
// It must never answer for a person, and never sign what was not shown.
package people

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/attest"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/cmd/market"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/report"
)

// Deps is what the command line hands down.
type Deps struct {
	Open  market.Opener
	Told  func(w cli.World, dir string, err error) error // adds what to type next
	RunID func(now func() time.Time) func() string
}

// Commands are the commands by which a person answers.
func Commands(w cli.World, d Deps) []*cobra.Command {
	return []*cobra.Command{askCommand(w, d), evidenceCommand(w, d), keyCommand(w)}
}

// asking holds the flags of ask.
type asking struct {
	who     attest.Person
	units   []string
	keyName string
	regime  string
}

func askCommand(w cli.World, d Deps) *cobra.Command {
	var o asking
	c := &cobra.Command{
		Use: "ask DIR", Short: "Answer the open units: a person decides, with name and role",
		Long: `Ask goes through the units that software may not decide: the question, what was
declared, what was observed and what software proposes. Each answer is signed with
your key and bound to what you saw; it goes stale when that changes.`,
		Example: "  plimsoll ask camera --name 'Ada Lane' --role assessor --unit 5.1-1-1/a",
		Args:    cli.Args(1, 1, "the product folder"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, d, a[0]) },
	}
	c.Flags().StringVar(&o.who.Name, "name", "", "your name")
	c.Flags().StringVar(&o.who.Role, "role", "", "your role, such as assessor")
	c.Flags().StringVar(&o.who.Organisation, "organisation", "", "your organisation")
	c.Flags().StringArrayVar(&o.units, "unit", nil, "only this unit; may be repeated")
	c.Flags().StringVar(&o.regime, "regime", "", "ask the questions of this regime's own instead")
	c.Flags().StringVar(&o.keyName, "key", "default", "the name of your key")
	return c
}

func (o *asking) run(ctx context.Context, w cli.World, d Deps, dir string) error {
	f, err := d.Open(ctx, w, dir, "ask "+dir)
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
	k, err := SigningKey(w, o.keyName)
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
	return report.Text(w.Out, a, f.Catalog, report.TextOptions{Color: w.Color(), Folder: dir})
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
		outside := outsideFor(f, w.Now(), q.Unit)
		showQuestion(w, f.Product, u, q, fmt.Sprintf("%d of %d", i+1, len(a.Open)))
		for _, it := range outside {
			fmt.Fprintf(w.Out, "  added from outside: %s %s %s (%s)\n", report.Clean(it.Value.File), report.Clean(it.Value.Tool), report.Clean(it.Value.From), it.Digest)
		}
		at, ok, err := o.answer(w, in, u, q)
		if err != nil {
			return given, err
		}
		if !ok {
			continue
		}
		at.Date = w.Now().UTC()
		for _, it := range outside {
			at.Evidence = append(at.Evidence, it.Digest)
		}
		if _, err := attest.Append(ctx, filepath.Join(f.Dir, desk.AttestationsFile), at, k); err != nil {
			return given, err
		}
		given++
	}
	return given, nil
}

// outsideFor lists what somebody added from outside for a unit: whoever answers has
// it before them, and the answer rests on it.
func outsideFor(f *desk.Folder, now time.Time, id plimsoll.UnitID) []probe.Item[evidence.OutsideEvidence] {
	all := probe.Items(f.View(now), evidence.Outside)
	return slices.DeleteFunc(all, func(it probe.Item[evidence.OutsideEvidence]) bool { return !slices.Contains(it.Value.Units, id) })
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
	if q.Proposal != nil && q.Proposal.Verdict == plimsoll.Fail {
		switch at.Verdict {
		case plimsoll.Fail:
			at.Confirms = q.Proposal.Digest
		case plimsoll.Pass:
			at.Overrules = q.Proposal.Digest
		}
	}
	for {
		note, err := prompt(w, in, "Note (what you saw, why you decide so): ")
		at.Note = note
		if err != nil || note != "" || at.Overrules == "" {
			return at, err == nil, err
		}
		fmt.Fprintln(w.Out, "You set aside a FAIL by software: that needs a reason.")
	}
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
