package labels

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// printing holds the flags of print.
type printing struct {
	reading
	mm                float64
	lang, format, out string
}

func printCommand(w cli.World, d Deps) *cobra.Command {
	var o printing
	c := &cobra.Command{
		Use:   "print INPUT",
		Short: "Draw a label for printing, as SVG, PDF or PNG",
		Long: `Print verifies a label as plimsoll label verify does, and draws it: the QR code, and
in text what it says, its number and the address to check it at. What would not scan
is refused. PNG is the QR code alone, at 600 dots an inch.

A label is drawn when it is live, not valid yet, or (in mode offline) signed.
` + exitHelp,
		Example: "  plimsoll label print HARB-0000-1CC4 --from ./site --mm 25 --lang de -o label.pdf",
		Args:    cli.Args(1, 1, "one label"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, d, a[0]) },
	}
	o.flags(c)
	f := c.Flags()
	f.Float64Var(&o.mm, "mm", art.DefaultMM, fmt.Sprintf("width of the QR code with its empty border, in millimetres; %d is better", art.RecommendedMM))
	f.StringVar(&o.lang, "lang", "en", "language of the level's name")
	f.StringVar(&o.format, "format", "", "svg, pdf or png (default: by the name of the file, or svg)")
	f.StringVarP(&o.out, "output", "o", "", "write to this file")
	return c
}

func (o *printing) run(ctx context.Context, w cli.World, d Deps, typed string) error {
	if o.format == "" {
		o.format = strings.TrimPrefix(strings.ToLower(filepath.Ext(o.out)), ".")
	}
	switch o.format {
	case "":
		o.format = "svg"
	case "svg", "pdf", "png":
	default:
		return cli.Usage(fmt.Errorf("--format %q: want svg, pdf or png", o.format))
	}
	t, s, err := o.genuine(ctx, w, d, typed)
	if err != nil {
		return err
	}
	names := s.Levels[t.Claims().Level-1].Names
	if names[o.lang] == "" {
		var known []string
		for l := range names {
			known = append(known, l)
		}
		slices.Sort(known)
		return cli.Usage(cli.Hint(fmt.Errorf("--lang %q: the level has no name in it", o.lang), "--lang "+strings.Join(known, ", or --lang ")))
	}
	b, err := o.draw(ctx, w, t, s)
	if errors.Is(err, art.ErrScript) {
		return cli.Hint(err, "--format svg")
	}
	if err != nil {
		return err
	}
	if o.out == "" {
		_, err = w.Out.Write(b)
		return err
	}
	if err := evidence.WriteFile(o.out, b, 0o644); err != nil {
		return fmt.Errorf("writing the label: %w", err)
	}
	_, err = fmt.Fprintf(w.Out, "wrote %s\n", o.out)
	return err
}

// genuine reads and verifies a label. One that should not be printed ends with the
// exit code of its outcome.
func (o *printing) genuine(ctx context.Context, w cli.World, d Deps, typed string) (label.Token, *label.Scheme, error) {
	in, err := input(ctx, typed)
	if err != nil {
		return label.Token{}, nil, err
	}
	r, at, err := o.open(ctx, w, d)
	if err != nil {
		return label.Token{}, nil, err
	}
	res := r.Check(ctx, in, at)
	in, err = r.Resolve(ctx, in)
	if err := errors.Join(ctx.Err(), r.Close(ctx)); err != nil {
		return label.Token{}, nil, err
	}
	switch res.Outcome {
	case verify.Live, verify.NotYetValid:
	case verify.Signed:
		fmt.Fprintf(w.Err, "plimsoll: %s\n", res.Outcome.Sentence())
	default:
		fmt.Fprintf(w.Err, "plimsoll: this label is not printed: %s: %s\n", res.Outcome, res.Why)
		return label.Token{}, nil, cli.Exit(code(res.Outcome))
	}
	if err != nil { // it was answered without its token
		return label.Token{}, nil, err
	}
	s, ok := r.Trust().Scheme(in.Token.Claims().Issuer)
	if !ok {
		return label.Token{}, nil, fmt.Errorf("the trust list names no scheme %q", in.Token.Claims().Issuer)
	}
	return in.Token, s, nil
}

func (o *printing) draw(ctx context.Context, w cli.World, t label.Token, s *label.Scheme) ([]byte, error) {
	p := art.Print{MM: o.mm, Lang: o.lang}
	switch o.format {
	case "svg":
		return art.SVG(ctx, t, s, p)
	case "pdf":
		return art.PDF(ctx, t, s, p)
	}
	const dpi = 600
	b, mm, err := art.PNG(ctx, t, s, p, dpi)
	if err == nil {
		fmt.Fprintf(w.Err, "plimsoll: print it %.2f mm wide, at %d dots an inch\n", mm, dpi)
	}
	return b, err
}
