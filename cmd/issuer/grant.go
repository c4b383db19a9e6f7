package issuer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
	"github.com/plimsoll-iot/plimsoll/regime/answer"
	"github.com/plimsoll-iot/plimsoll/report/statement"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/scheme/grant"
	"github.com/plimsoll-iot/plimsoll/scheme/regimes"
)

// wish is what the person at the keyboard wants on the label.
type wish struct {
	acting
	level        int
	brand, model string
	gtin         uint64
	replaces     label.Number
	accept       []string
}

const issueLong = `Issue verifies a bundle and judges its evidence again, asks the scheme's regime
whether the level is supported today, and refuses what is open, provisional, waived
or overruled unless the decision says so (--accept). Then it lints the label with a
throw-away key and proposes the decision. When two approvers have signed, the label
is signed, logged, and the site is written.

The name on the label is that of the declaration; --brand and --model choose
another spelling that the declaration holds. A label says lab-tested only when the
scheme knows the key of the bundle as a laboratory's.

Exit codes: 0 done or proposed, 1 could not run, 2 usage, 3 refused, 5 not authentic.`

func grantCommands(w cli.World, d Deps) []*cobra.Command {
	var o wish
	issue := &cobra.Command{
		Use: "issue BUNDLE", Short: "Grant a label from a bundle, by two approvers", Long: issueLong,
		Example: "  plimsoll label issue plug.plimsoll --scheme harbour --level 1 --key ada --second ben",
		Args:    cli.Args(1, 1, "a bundle"),
		RunE:    func(c *cobra.Command, a []string) error { return o.issue(c.Context(), w, d, "", a[0]) },
	}
	var r wish
	renew := &cobra.Command{
		Use: "renew NUMBER BUNDLE", Short: "Grant a label that follows another one of the same product",
		Long:    "Renew issues a new label, with a number of its own, from a new assessment. Labels\nthat are printed already stay good until they end.\n\n" + issueLong,
		Example: "  plimsoll label renew HARB-0000-1CC4 plug.plimsoll --scheme harbour --level 1 --key ada --second ben",
		Args:    cli.Args(2, 2, "the number of a label and a bundle"),
		RunE:    func(c *cobra.Command, a []string) error { return r.issue(c.Context(), w, d, a[0], a[1]) },
	}
	for c, o := range map[*cobra.Command]*wish{issue: &o, renew: &r} {
		o.flags(c)
		c.Flags().IntVar(&o.level, "level", 1, "the level of the scheme, 1 for the lowest")
		c.Flags().StringVar(&o.brand, "brand", "", "brand as printed on the box (default: the maker's name)")
		c.Flags().StringVar(&o.model, "model", "", "model as printed on the box (default: the product's name)")
		c.Flags().Uint64Var(&o.gtin, "gtin", 0, "GTIN of the product")
		c.Flags().StringArrayVar(&o.accept, "accept", nil, "let a waiver or an overruled FAIL stand: 'waiver UNIT SUBJECT: REASON'; may be repeated")
	}
	return []*cobra.Command{issue, renew}
}

func (o *wish) issue(ctx context.Context, w cli.World, d Deps, replaces, file string) error {
	f, err := open(ctx, w, o.dir, "label issue")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if replaces != "" {
		if o.replaces, err = number(f, replaces); err != nil {
			return err
		}
	}
	raw, err := readBundle(file)
	if err != nil {
		return err
	}
	in := grant.Input{Level: o.level, Brand: o.brand, Model: o.model, GTIN: o.gtin, Replaces: o.replaces, Now: w.Now()}
	for _, a := range o.accept {
		got, err := parseAccept(a)
		if err != nil {
			return cli.Usage(err)
		}
		in.Accepted = append(in.Accepted, got)
	}
	g, err := fromBundle(ctx, w, d, f, bytes.NewReader(raw), in)
	if err != nil {
		return refused(w, err)
	}
	g.Bundle = evidence.DigestOf(raw)
	if err := evidence.WriteFile(kept(f, g.Bundle), raw, 0o600); err != nil {
		return err
	}
	err = o.propose(ctx, w, f, scheme.Decision{Kind: scheme.KindGrant, Note: o.note, Grant: g})
	if errors.Is(err, label.ErrTooLong) {
		return cli.Hint(err, fmt.Sprintf("the same with --brand or --model in a shorter spelling that the declaration holds, such as --brand %q", shorter(g.Claims.Brand)))
	}
	return err
}

// shorter is a name without its last word, which is often the form of a company.
func shorter(name string) string {
	words := strings.Fields(name)
	return strings.Join(words[:max(1, len(words)-1)], " ")
}

// refused prints the reasons against a grant and ends with the code for a refusal.
func refused(w cli.World, err error) error {
	var r *grant.Refused
	if !errors.As(err, &r) {
		return err
	}
	fmt.Fprintf(w.Err, "plimsoll: %s\n", r.Error())
	return cli.Exit(cli.ExitFail)
}

// parseAccept reads "waiver 5.6-2-2/a Intf-2: reason".
func parseAccept(s string) (scheme.Accepted, error) {
	head, reason, ok := strings.Cut(s, ": ")
	words := strings.Fields(head)
	if !ok || len(words) < 2 || len(words) > 3 || words[0] != "waiver" && words[0] != "overrule" {
		return scheme.Accepted{}, fmt.Errorf("--accept %q: want 'waiver UNIT SUBJECT: REASON' or 'overrule UNIT SUBJECT: REASON'", s)
	}
	a := scheme.Accepted{What: words[0], Unit: plimsoll.UnitID(words[1]), Reason: strings.TrimSpace(reason)}
	if len(words) == 3 {
		a.Subject = words[2]
	}
	return a, nil
}

// fromBundle verifies a bundle, judges it again, answers the scheme's regime and
// makes the grant. in holds what people chose.
func fromBundle(ctx context.Context, w cli.World, d Deps, f *scheme.Folder, r io.Reader, in grant.Input) (*scheme.Grant, error) {
	b, err := evidence.Read(ctx, r, evidence.Limits{})
	if err != nil {
		return nil, fmt.Errorf("verifying the bundle: %w", err)
	}
	replay, err := desk.Again(b, d.Tools)
	if err != nil {
		return nil, fmt.Errorf("judging the bundle again: %w", err)
	}
	if replay == nil {
		return nil, cli.Hint(fmt.Errorf("the bundle holds no assessment"), "plimsoll assess DIR, then plimsoll bundle pack DIR")
	}
	if len(replay.Differences) > 0 {
		return nil, cli.Hint(fmt.Errorf("this version judges %d subjects otherwise than %s did", len(replay.Differences), replay.Claimed.Tool.Version), "plimsoll judge DIR, then plimsoll bundle pack DIR")
	}
	fmt.Fprintf(w.Err, "plimsoll: the bundle is whole, signed by %s, and judged again the same\n", b.KeyID())
	if in.Catalog, err = catalog.Load(); err != nil {
		return nil, err
	}
	set, err := regimes.Load(f.State.Policy.Regime, in.Catalog)
	if err != nil {
		return nil, err
	}
	in.Policy, in.Code = f.State.Policy, f.State.Code
	in.Assessment, in.Raw, in.BundleKey = replay.Now, evidence.DigestOf(b.Assessment()), b.PublicKey()
	var ok bool
	if in.Regime, ok = set.Regime(in.Policy.Regime); !ok {
		return nil, fmt.Errorf("the regime %s of the scheme is not in this version of the tool", in.Policy.Regime)
	}
	in.Answer, err = answer.For(set, in.Policy.Regime, answer.Input{
		Assessments: map[plimsoll.Edition]*plimsoll.Assessment{replay.Now.Edition.Standard: replay.Now},
		Day:         in.Now.UTC().Truncate(24 * time.Hour),
	})
	if err != nil {
		return nil, err
	}
	if in.Sheet, err = sheet(replay, in.Now); err != nil {
		return nil, err
	}
	return grant.Make(in)
}

// sheetLanguages are those of the pages of a label.
var sheetLanguages = []string{"en", "de", "fr", "ja"}

// sheet is the rights and responsibilities of this product in plain words, by
// language, from the declaration. A line with a missing value is left out: the page
// of a label has no gaps to fill in.
func sheet(r *desk.Replay, now time.Time) (map[string][]page.Section, error) {
	out := map[string][]page.Section{}
	for _, lang := range sheetLanguages {
		doc, err := statement.Make(statement.Input{Product: r.Product, Assessment: r.Now, Document: "consumer-sheet", Language: lang, Day: now})
		if err != nil {
			return nil, err
		}
		for _, sec := range doc.Sections {
			part := page.Section{Heading: sec.Title}
			for _, l := range sec.Text {
				whole := !slices.ContainsFunc(l, func(r statement.Run) bool { return r.Missing })
				if text := strings.TrimSpace(l.String()); text != "" && whole {
					part.Lines = append(part.Lines, text)
				}
			}
			if len(part.Lines) > 0 {
				out[lang] = append(out[lang], part)
			}
		}
	}
	return out, nil
}

// kept is where the bundle that a label is granted from stays: not on the site.
func kept(f *scheme.Folder, d plimsoll.Digest) string {
	return filepath.Join(f.Dir, "private", "bundles", strings.TrimPrefix(string(d), "sha256:")+".plimsoll")
}

// sameGrant makes the grant again from the kept bundle, on the machine of the second
// approver, and demands what the first has signed.
func sameGrant(ctx context.Context, w cli.World, d Deps, f *scheme.Folder, want *scheme.Grant) error {
	raw, err := readBundle(kept(f, want.Bundle))
	if err != nil {
		return fmt.Errorf("the bundle of the proposal: %w", err)
	}
	if evidence.DigestOf(raw) != want.Bundle {
		return fmt.Errorf("the bundle of the proposal was changed: %w", evidence.ErrTampered)
	}
	c := want.Claims
	got, err := fromBundle(ctx, w, d, f, bytes.NewReader(raw), grant.Input{
		Level: int(c.Level), Brand: c.Brand, Model: c.Model, GTIN: c.GTIN, Replaces: want.Replaces, Accepted: want.Accepted, Now: c.From,
	})
	if err != nil {
		return refused(w, err)
	}
	got.Bundle, got.Claims.Number, got.Claims.Issuer = want.Bundle, c.Number, c.Issuer
	a, err := json.Marshal(got)
	if err != nil {
		return err
	}
	b, err := json.Marshal(want)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("the bundle does not give what was proposed: %w", evidence.ErrTampered)
	}
	return nil
}

// maxBundle bounds a bundle in bytes, as evidence.Read does.
const maxBundle = 1 << 30

func readBundle(file string) ([]byte, error) {
	h, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	raw, err := io.ReadAll(io.LimitReader(h, maxBundle+1))
	if err == nil && len(raw) > maxBundle {
		return nil, fmt.Errorf("%s: longer than %d MiB, which no bundle is", file, maxBundle>>20)
	}
	return raw, err
}
