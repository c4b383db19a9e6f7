package labels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// verifying holds the flags of verify.
type verifying struct {
	reading
	format, bulk, out string
}

func verifyCommand(w cli.World, d Deps) *cobra.Command {
	var o verifying
	c := &cobra.Command{
		Use:   "verify INPUT…",
		Short: "Say whether labels are genuine and valid today",
		Long: `Verify takes the photo of a print (PNG or JPEG), the URL of the QR code, its digits,
or the number beside it, and says whether the scheme has issued that label and what
it says of it today. The trust list comes from --from and must be signed by roots
that are known: those of --roots, or those that were trusted before. A trust list or
a status older than one seen before is noticed.

In mode private the site learns a bucket of some hundred labels, not which one; a
number alone cannot be looked up then. Mode full tells it the number. A folder that
holds a copy of the site tells nobody anything.

--bulk reads a CSV file with a column named "label" and writes the same rows with the
answers behind them.
` + exitHelp,
		Example: `  plimsoll label verify photo.jpg --from https://label.example --roots roots.json
  plimsoll label verify HARB-0000-1CC4 --from ./site-copy
  plimsoll label verify --bulk articles.csv -o answers.csv --from https://label.example`,
		Args: cli.Args(0, 1000, "labels"),
		RunE: func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, d, a) },
	}
	o.flags(c)
	c.Flags().StringVar(&o.format, "format", "text", "text or json")
	c.Flags().StringVar(&o.bulk, "bulk", "", "a CSV file of articles")
	c.Flags().StringVarP(&o.out, "output", "o", "", "the CSV file to write for --bulk (default: standard output)")
	return c
}

func (o *verifying) run(ctx context.Context, w cli.World, d Deps, inputs []string) error {
	switch {
	case o.format != "text" && o.format != "json":
		return cli.Usage(fmt.Errorf("--format %q: want text or json", o.format))
	case (o.bulk == "") == (len(inputs) == 0):
		return cli.Usage(cli.Hint(errors.New("verify takes labels, or --bulk with a file"), "plimsoll label verify --help"))
	case o.out != "" && o.bulk == "":
		return cli.Usage(errors.New("-o goes with --bulk"))
	case o.bulk != "" && o.out == "" && o.format == "json":
		return cli.Usage(errors.New("--bulk writes CSV to standard output: --format json needs -o"))
	}
	r, at, err := o.open(ctx, w, d)
	if err != nil {
		return err
	}
	var all []verify.Outcome
	if o.bulk != "" {
		all, err = o.articles(ctx, w, r, at)
	} else {
		all, err = o.labels(ctx, w, r, at, inputs)
	}
	if err := errors.Join(err, r.Close(ctx)); err != nil {
		return err
	}
	return exit(all)
}

// answer is one label of the JSON output.
type answer struct {
	Input    string `json:"input"`
	Sentence string `json:"sentence"`
	verify.Result
}

const answersSchema = "plimsoll.label-answers/1"

func (o *verifying) labels(ctx context.Context, w cli.World, r *reader.Reader, at time.Time, inputs []string) ([]verify.Outcome, error) {
	var all []verify.Outcome
	answers := []answer{}
	for i, s := range inputs {
		in, err := input(ctx, s)
		if err != nil {
			return all, err
		}
		res := r.Check(ctx, in, at)
		if err := ctx.Err(); err != nil {
			return all, err
		}
		all = append(all, res.Outcome)
		answers = append(answers, answer{Input: s, Sentence: res.Outcome.Sentence(), Result: res})
		if o.format == "text" {
			if i > 0 {
				fmt.Fprintln(w.Out)
			}
			if err := text(w, s, res, r.Trust()); err != nil {
				return all, err
			}
		}
	}
	if o.format == "json" {
		return all, cli.JSON(w, struct {
			Schema  string   `json:"schema"`
			Answers []answer `json:"answers"`
		}{answersSchema, answers})
	}
	return all, nil
}

// text tells an answer. Of a genuine label the assurance comes first; of another one
// that it is none.
func text(w cli.World, typed string, r verify.Result, trust *label.TrustList) error {
	title := r.Number
	if title == "" {
		title = short(typed)
	}
	fmt.Fprintln(w.Out, title)
	status := [][2]string{{"status", r.Outcome.String() + ": " + r.Outcome.Sentence()}, {"", r.Why}}
	if r.Brand == "" {
		return fields(w.Out, status)
	}
	checked := "never"
	if !r.Checked.IsZero() {
		checked = r.Checked.UTC().Format(time.RFC3339)
	}
	var scheme *label.Scheme
	if issuer, _, err := label.ParseNumber(r.Number); err == nil && trust != nil {
		scheme, _ = trust.Resolve(issuer)
	}
	log := ""
	if r.Proven {
		log = fmt.Sprintf("entry %d, proven", *r.LogIndex)
	}
	about := [][2]string{
		{"product", r.Brand + " " + r.Model},
		{"assessed version", r.Version},
		{"level", level(r.Level, scheme, r.LevelName)},
		{"GTIN", gtin(r.GTIN)},
		{"updates until", r.SupportEnd.String()},
		{"valid", validity(r.From, r.Until)},
	}
	rest := [][2]string{
		{"status of", checked},
		{"signed by", r.Issuer + ", trust list of " + r.TrustFrom.String()},
		{"log", log},
		{"mark", sentence(r.Mark)},
		{"look up at", "https://" + r.Host},
	}
	if r.Outcome.Genuine() || r.Outcome == verify.Stale {
		head := [][2]string{{"assurance", r.Assurance.Sentence()}}
		return fields(w.Out, append(append(append(head, about...), status...), rest...))
	}
	return fields(w.Out, append(append(status, [2]string{"it claims to be", about[0][1] + ", " + r.Assurance.Sentence()}), rest...))
}

func validity(from, until time.Time) string {
	if from.IsZero() {
		return "until " + day(until)
	}
	return day(from) + " until " + day(until)
}

// short cuts what a person has pasted.
func short(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// tellEvery is how often a long check says how far it is.
const tellEvery = 5 * time.Second

// articles checks a CSV file. Its cells are URLs, digits and numbers: a path of a
// photo among them is none.
func (o *verifying) articles(ctx context.Context, w cli.World, r *reader.Reader, at time.Time) ([]verify.Outcome, error) {
	f, err := os.Open(o.bulk)
	if err != nil {
		return nil, fmt.Errorf("reading the articles: %w", err)
	}
	defer f.Close()
	var b bytes.Buffer
	rows, told := 0, time.Now()
	counts, err := verify.Bulk(ctx, f, &b, func(ctx context.Context, s string) (verify.Result, error) {
		if rows++; time.Since(told) > tellEvery {
			told = time.Now()
			fmt.Fprintf(w.Err, "plimsoll: %d labels checked\n", rows-1)
		}
		res := r.Check(ctx, verify.ParseInput(s), at)
		return res, ctx.Err() // what was cut short is no answer
	})
	stopped := err != nil && ctx.Err() != nil
	if err != nil && !stopped {
		return nil, fmt.Errorf("checking %q: %w", o.bulk, err)
	}
	if err := o.write(w, b.Bytes()); err != nil {
		return nil, fmt.Errorf("writing the answers: %w", err)
	}
	if stopped {
		return nil, fmt.Errorf("checking %q: stopped; the rows that were checked are written: %w", o.bulk, ctx.Err())
	}
	var all []verify.Outcome
	for out := range counts {
		all = append(all, out)
	}
	if o.out == "" {
		return all, nil
	}
	if o.format == "json" {
		return all, cli.JSON(w, struct {
			Schema string                 `json:"schema"`
			File   string                 `json:"file"`
			Counts map[verify.Outcome]int `json:"counts"`
		}{"plimsoll.label-counts/1", o.out, counts})
	}
	for _, out := range verify.Outcomes() {
		if n := counts[out]; n > 0 {
			fmt.Fprintf(w.Out, "%7d %-15s%s\n", n, out, out.Sentence())
		}
	}
	_, err = fmt.Fprintf(w.Out, "wrote %s\n", o.out)
	return all, err
}

// write puts the answers where they were asked for.
func (o *verifying) write(w cli.World, b []byte) error {
	if o.out != "" {
		return evidence.WriteFile(o.out, b, 0o644)
	}
	_, err := w.Out.Write(b)
	return err
}
