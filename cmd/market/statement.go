package market

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/report/statement"
)

// stating holds the flags of statement.
type stating struct {
	document, lang, format, out string
	at, placed                  string
	given                       map[string]string
	list                        bool
}

func statementCommand(w cli.World, open Opener) *cobra.Command {
	var o stating
	c := &cobra.Command{
		Use:   "statement DIR [REGIME]",
		Short: "The document that a regime asks for, filled in, what is missing marked",
		Long: `Statement fills in a document from the declaration, the assessment and the regime's
answer. It is marked DRAFT while anything that it depends on is open or failing; what
is missing is marked in place and listed; nothing is invented, and the place of the
signature is left to the signatory. Without REGIME it makes the documents that every
product has, such as the sheet for the consumer.

As PDF it is a document of A4 pages to sign and file. Its fonts have Latin, Greek and
Cyrillic letters: what has others, such as the Japanese sheet, is refused and is to
be written as HTML and printed. A file of lines, such as security.txt, is text.

Exit codes: 0 written without a gap, 1 could not run, 2 usage, 4 written as a DRAFT or
with gaps.`,
		Example: "  plimsoll statement camera uk-psti -o statement.html\n" +
			"  plimsoll statement camera uk-psti --format pdf -o statement.pdf\n  plimsoll statement camera --list\n" +
			"  plimsoll statement camera uk-psti --document security-txt --format text",
		Args: cli.Args(1, 2, "the product folder and a regime"),
		RunE: func(c *cobra.Command, a []string) error {
			id := ""
			if len(a) == 2 {
				id = a[1]
			}
			return o.run(c.Context(), w, open, a[0], plimsoll.RegimeID(id))
		},
	}
	f := c.Flags()
	f.StringVar(&o.document, "document", "", "which document; --list names them")
	f.StringVar(&o.lang, "lang", "", "its language, such as en")
	f.StringVar(&o.format, "format", "html", "html, pdf, text or json")
	f.StringVarP(&o.out, "output", "o", "", "write to this file")
	f.StringVar(&o.at, "at", "", "the day of the document (default today)")
	f.StringVar(&o.placed, "place-on-market", "", "the day of placing on the market (default: the declared one)")
	f.StringToStringVar(&o.given, "set", nil, "a value that only you know, NAME=VALUE; may be repeated")
	f.BoolVar(&o.list, "list", false, "list the documents")
	return c
}

func (o *stating) run(ctx context.Context, w cli.World, open Opener, dir string, id plimsoll.RegimeID) error {
	infos, err := statement.List(id)
	if err != nil {
		return err
	}
	if o.list {
		return listDocuments(w, infos)
	}
	d, err := o.make(ctx, w, open, dir, id)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	write, ok := map[string]func(io.Writer, *statement.Document) error{
		"html": statement.HTML, "pdf": statement.PDF, "text": statement.Text, "json": statement.JSON,
	}[o.format]
	if !ok {
		return cli.Usage(fmt.Errorf("--format %q: want html, pdf, text or json", o.format))
	}
	if err := write(&b, d); err != nil {
		return err
	}
	if o.out == "" {
		_, err = w.Out.Write(b.Bytes())
	} else {
		err = evidence.WriteFile(o.out, b.Bytes(), 0o644)
	}
	if err != nil {
		return err
	}
	return o.told(w, d)
}

// told says on standard error why a document is a draft and what it lacks.
func (o *stating) told(w cli.World, d *statement.Document) error {
	for _, g := range d.Missing {
		fmt.Fprintf(w.Err, "missing: %s\n", g)
	}
	for _, r := range d.DraftBecause {
		fmt.Fprintf(w.Err, "draft: %s\n", r)
	}
	if d.Draft || len(d.Missing) > 0 {
		return cli.Exit(cli.ExitInconclusive)
	}
	return nil
}

func (o *stating) make(ctx context.Context, w cli.World, open Opener, dir string, id plimsoll.RegimeID) (*statement.Document, error) {
	on, err := day(w, o.at)
	if err != nil {
		return nil, err
	}
	in := statement.Input{Document: o.document, Language: o.lang, Day: on, Given: o.given}
	var set *regime.Set
	if id != "" {
		if set, err = loadSet(); err != nil {
			return nil, err
		}
		if _, err := (&asking{}).choose(set, []string{string(id)}); err != nil {
			return nil, err
		}
	}
	f, err := open(ctx, w, dir, "statement "+dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	in.Product = f.Product
	ai, err := Input(f, w.Now(), on, o.placed)
	if err != nil {
		return nil, err
	}
	in.Assessment = ai.Assessments[f.Product.Standard]
	if set != nil {
		in.Regime, _ = set.Regime(id)
		if in.Answer, err = answer.For(set, id, ai); err != nil {
			return nil, err
		}
	}
	return statement.Make(in)
}

func listDocuments(w cli.World, infos []statement.Info) error {
	for _, i := range infos {
		var rs []string
		for _, r := range i.Regimes {
			rs = append(rs, string(r))
		}
		if _, err := fmt.Fprintf(w.Out, "%-28s %-34s %-12s %s\n", i.ID, strings.Join(rs, ","), strings.Join(i.Languages, ","), i.Title); err != nil {
			return err
		}
		for _, g := range i.Given {
			if _, err := fmt.Fprintf(w.Out, "%28s --set %s=…\n", "", g); err != nil {
				return err
			}
		}
	}
	return nil
}
