package issuer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/scheme"
)

// changes are the commands that change the standing of a label.
var changes = []struct {
	kind          scheme.Kind
	short, reason string
}{
	{scheme.KindSuspend, "Suspend a label: it does not count for now", "vulnerability"},
	{scheme.KindLift, "End the suspension of a label", "mended"},
	{scheme.KindRevoke, "Revoke a label for good", "non-conformity"},
	{scheme.KindSupportEnded, "Say that security updates of a product have ended early", "support-ended"},
}

func changeCommands(w cli.World, d Deps) []*cobra.Command {
	var out []*cobra.Command
	for _, ch := range changes {
		var o acting
		var reason string
		c := &cobra.Command{
			Use: string(ch.kind) + " NUMBER", Short: ch.short,
			Long: ch.short + ".\n\nTwo approvers sign; the decision and its reason stand in the public log.\nReasons: " + reasonList(),
			Example: fmt.Sprintf("  plimsoll label %s HARB-0000-1CC4 --scheme harbour --reason %s --key ada\n"+
				"  plimsoll label approve 3f2a… --scheme harbour --key ben", ch.kind, ch.reason),
			Args: cli.Args(1, 1, "the number of a label"),
			RunE: func(c *cobra.Command, a []string) error {
				f, err := open(c.Context(), w, o.dir, "label "+string(ch.kind))
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }()
				n, err := number(f, a[0])
				if err != nil {
					return err
				}
				return o.propose(c.Context(), w, f, scheme.Decision{Kind: ch.kind, Number: n, Reason: reason, Note: o.note})
			},
		}
		o.flags(c)
		c.Flags().StringVar(&reason, "reason", ch.reason, "a code: "+strings.Join(reasonCodes(), ", "))
		out = append(out, c)
	}
	return append(out, approveCommand(w, d), withdrawCommand(w))
}

func reasonCodes() []string {
	var out []string
	for code := range scheme.Reasons {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}

func reasonList() string {
	var b strings.Builder
	for _, code := range reasonCodes() {
		fmt.Fprintf(&b, "\n  %-15s %s", code, scheme.Reasons[code])
	}
	return b.String()
}

// number reads the number of a label of this scheme.
func number(f *scheme.Folder, s string) (label.Number, error) {
	code, n, err := label.ParseNumber(s)
	if err != nil {
		return 0, cli.Usage(fmt.Errorf("reading the number %q: %w", s, err))
	}
	if label.NumberText(f.State.Code, n) != label.NumberText(code, n) {
		return 0, cli.Usage(fmt.Errorf("%q is a number of %s; this is the scheme %s", s, code, f.State.Code))
	}
	return n, nil
}

func approveCommand(w cli.World, d Deps) *cobra.Command {
	var o acting
	c := &cobra.Command{
		Use: "approve ID", Short: "Sign a decision that another approver has proposed, and make it",
		Long: `Approve shows what was proposed, checks it again on this machine (a bundle is
verified and judged again), signs the digest of its exact bytes, and, when two
people have signed, makes the decision. ID is what the proposal printed, or its
first letters; plimsoll scheme status lists what waits.`,
		Example: "  plimsoll label approve 3f2a9c --scheme harbour --key ben",
		Args:    cli.Args(1, 1, "the id of a proposal"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := open(c.Context(), w, o.dir, "label approve")
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			p, err := waiting(f, a[0])
			if err != nil {
				return err
			}
			if p.Decision.Kind == scheme.KindGrant {
				if err := sameGrant(c.Context(), w, d, f, p.Decision.Grant); err != nil {
					return err
				}
			}
			k, err := person(c.Context(), w, o.first)
			if err != nil {
				return err
			}
			if !p.Ready() {
				if err := f.Approve(c.Context(), p, k); err != nil {
					return err
				}
			}
			return o.finish(c.Context(), w, f, p)
		},
	}
	o.place(c)
	return c
}

// waiting finds a proposal by its id or the first six letters of it, or more.
func waiting(f *scheme.Folder, id string) (*scheme.Pending, error) {
	all, err := f.Pending()
	if err != nil {
		return nil, err
	}
	var found []*scheme.Pending
	for _, p := range all {
		got, err := p.ID()
		if err != nil {
			return nil, err
		}
		if len(id) >= 6 && strings.HasPrefix(got, id) {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return nil, cli.Hint(fmt.Errorf("%d proposals begin with %q: want one", len(found), id), "plimsoll scheme status "+f.Dir)
	}
	return found[0], nil
}

func withdrawCommand(w cli.World) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "withdraw ID", Short: "Throw away a proposal that was not approved", Args: cli.Args(1, 1, "the id of a proposal"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := open(c.Context(), w, dir, "label withdraw")
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			p, err := waiting(f, a[0])
			if err != nil {
				return err
			}
			return f.Withdraw(p)
		},
	}
	c.Flags().StringVar(&dir, "scheme", "", "the folder of the scheme (required)")
	_ = c.MarkFlagRequired("scheme") // the flag was just defined
	return c
}

// describe says what a decision does, for those who sign it.
func describe(f *scheme.Folder, d *scheme.Decision) string {
	if d.Kind != scheme.KindGrant {
		s := fmt.Sprintf("%s %s", d.Kind, d.Subject())
		if l := f.State.Labels[d.Number]; l != nil {
			s += fmt.Sprintf(": %s %s, software %s", l.Grant.Claims.Brand, l.Grant.Claims.Model, l.Grant.Claims.Version)
		}
		if d.Reason != "" {
			s += fmt.Sprintf("\nreason: %s, %s", d.Reason, scheme.Reasons[d.Reason])
		}
		return s
	}
	c := d.Grant.Claims
	var b strings.Builder
	fmt.Fprintf(&b, "grant %s\n  %s: %s %s, software %s\n  level %d (%s %s), valid until %s, updates until %s\n  bundle %s, signed by %s",
		d.Subject(), c.Assurance, c.Brand, c.Model, c.Version, c.Level, d.Grant.Regime, d.Grant.Level,
		c.Until.Format("2006-01-02"), c.SupportEnd, d.Grant.Bundle, d.Grant.BundleKey)
	if d.Grant.Replaces != 0 {
		fmt.Fprintf(&b, "\n  renews %s", label.NumberText(d.Scheme, d.Grant.Replaces))
	}
	for _, a := range d.Grant.Accepted {
		fmt.Fprintf(&b, "\n  accepts the %s of %s %s: %s", a.What, a.Unit, a.Subject, a.Reason)
	}
	return b.String()
}

// made says what a decision has led to.
func made(f *scheme.Folder, d *scheme.Decision) string {
	l := f.State.Labels[d.Number]
	if l == nil {
		return "done"
	}
	if sc, err := f.State.Scheme(); err == nil && d.Kind == scheme.KindGrant {
		return fmt.Sprintf("the label is live: %s\nNext: plimsoll label print %s --from %s/%s -o label.svg", l.Token.URL(sc.Hosts[0]), d.Subject(), f.Dir, scheme.SiteDir)
	}
	return fmt.Sprintf("%s is now %s", d.Subject(), l.Standing)
}
