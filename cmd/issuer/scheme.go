package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/scheme/regimes"
	"github.com/plimsoll-iot/plimsoll/scheme/site"
)

func schemeCommand(w cli.World, _ Deps) *cobra.Command {
	c := &cobra.Command{Use: "scheme", Short: "Found and run a labelling scheme: a folder of files"}
	c.AddCommand(initCommand(w), statusCommand(w), trustCommand(w), policyCommand(w), publishCommand(w))
	return c
}

// founding is what the flags of `scheme init` say.
type founding struct {
	code, name, host, regime string
	approvers, bodies, agent []string
	roots, threshold         int
}

func initCommand(w cli.World) *cobra.Command {
	var o founding
	c := &cobra.Command{
		Use: "init DIR", Short: "Found a scheme, with its key ceremony step by step",
		Long: `Init founds a labelling scheme in an empty folder: root keys, keys that sign labels,
status, log and entries, the log, and the first trust list. It tells each step.

Without --approver it makes two approvers' keys on this machine, for trying out and
for a scheme of one person, and says so on each label that they grant.
PLIMSOLL_PASSPHRASE protects the keys. Codes of countries, and of schemes that
exist, are refused.`,
		Example: "  plimsoll scheme init harbour --code HARB --name 'Harbour Mark' --host label.example \\\n    --approver ada=ada.pub --approver ben=ben.pub",
		Args:    cli.Args(1, 1, "the folder to make"),
		RunE:    func(c *cobra.Command, a []string) error { return o.run(c.Context(), w, a[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.code, "code", "", "code of the scheme, 2 to 8 capital letters, digits and dashes (required)")
	f.StringVar(&o.name, "name", "", "name of the scheme (required)")
	f.StringVar(&o.host, "host", "", "host that will serve the site, as printed on labels (required)")
	f.StringVar(&o.regime, "regime", string(regimes.LoadLine), "the regime whose levels are granted: see plimsoll regimes")
	f.StringArrayVar(&o.approvers, "approver", nil, "NAME=FILE with a public key of plimsoll key show; at least two")
	f.StringArrayVar(&o.bodies, "body", nil, "laboratory:NAME=FILE or authority:NAME=FILE: whose bundles count as such")
	f.IntVar(&o.roots, "roots", 3, "how many root keys")
	f.IntVar(&o.threshold, "threshold", 2, "how many of them must sign a trust list")
	f.StringArrayVar(&o.agent, "agent-key", nil, "label=ID, status=ID or statement=ID: a key of your ssh-agent, such as in a hardware token, instead of making one")
	for _, name := range []string{"code", "name", "host"} {
		_ = c.MarkFlagRequired(name) // the flag was just defined
	}
	return c
}

func (o *founding) run(ctx context.Context, w cli.World, dir string) error {
	cat, err := catalog.Load()
	if err != nil {
		return err
	}
	set, err := regimes.Load(plimsoll.RegimeID(o.regime), cat)
	if err != nil {
		return err
	}
	fd := scheme.Founding{
		Code: o.code, Name: o.name, Host: o.host, Roots: o.roots, Threshold: o.threshold,
		Say: func(s string) { fmt.Fprintln(w.Out, s) },
	}
	var ok bool
	if fd.Regime, ok = set.Regime(plimsoll.RegimeID(o.regime)); !ok {
		return cli.Usage(cli.Hint(fmt.Errorf("--regime %q: no such regime", o.regime), "plimsoll regimes"))
	}
	if fd.Regime.ID == regimes.LoadLine {
		fd.Names = regimes.Names()
	}
	if fd.Given, err = givenKeys(ctx, w, o.agent); err != nil {
		return err
	}
	if fd.Bodies, err = parseBodies(o.bodies); err != nil {
		return err
	}
	if fd.Approvers, err = parsePersons(o.approvers); err != nil {
		return err
	}
	own := len(fd.Approvers) == 0
	if own {
		if fd.Approvers, err = ownApprovers(w); err != nil {
			return err
		}
	}
	f, err := scheme.Found(ctx, dir, opening(w, "scheme init"), fd)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := site.Write(ctx, f); err != nil {
		return err
	}
	o.after(w, dir, own)
	return nil
}

func (o *founding) after(w cli.World, dir string, own bool) {
	fmt.Fprintf(w.Out, `
The scheme %s stands in %s. What to do now:
- move %s/keys/root-*.pem to media that stay offline, each with another person;
  they are needed again within 90 days: plimsoll scheme trust %s --root FILE
- give %s/roots.json to readers by a way of its own: it is what they pin
- serve %s/%s at https://%s/, and run plimsoll scheme publish %s each day
`, o.code, dir, dir, dir, dir, dir, scheme.SiteDir, o.host, dir)
	if pass, _ := w.Env("PLIMSOLL_PASSPHRASE"); pass == "" {
		fmt.Fprintln(w.Out, "- the keys are not protected: PLIMSOLL_PASSPHRASE was not set")
	}
	if own {
		fmt.Fprintln(w.Out, "- both approvers' keys are on this machine (approver-1, approver-2): that is one person's word, not two")
	}
	fmt.Fprintf(w.Out, "Next: plimsoll label issue BUNDLE --scheme %s --level 1 --key NAME\n", dir)
}

// ownApprovers are two keys of this machine.
func ownApprovers(w cli.World) ([]scheme.Person, error) {
	dir, err := key.Dir("", func(name string) string { v, _ := w.Env(name); return v })
	if err != nil {
		return nil, err
	}
	var out []scheme.Person
	for _, name := range []string{"approver-1", "approver-2"} {
		k, err := key.Generate(key.Ed25519)
		if err != nil {
			return nil, err
		}
		pass, _ := passphrase(w)()
		err = k.Save(dir, name, pass)
		if errors.Is(err, fs.ErrExist) {
			path, err := key.Path(dir, name)
			if err != nil {
				return nil, err
			}
			if k, err = key.Load(path, passphrase(w)); err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		}
		pub, err := key.EncodePublic(k.Public())
		if err != nil {
			return nil, err
		}
		out = append(out, scheme.Person{Name: name, Key: pub})
	}
	return out, nil
}

// givenKeys finds the keys of the scheme that stay behind the ssh-agent.
func givenKeys(ctx context.Context, w cli.World, in []string) (map[string]key.Signer, error) {
	out := map[string]key.Signer{}
	for _, s := range in {
		use, id, ok := strings.Cut(s, "=")
		if !ok || use != "label" && use != "status" && use != "statement" || !key.ValidID(id) {
			return nil, cli.Usage(fmt.Errorf("--agent-key %q: want label=ID, status=ID or statement=ID", s))
		}
		k, err := person(ctx, w, id)
		if err != nil {
			return nil, err
		}
		out[use] = k
	}
	return out, nil
}

// maxKeyFile bounds a file with a public key.
const maxKeyFile = 16 << 10

// publicKey reads a file with a public key: the line of `plimsoll key show`, its
// whole output, or PEM.
func publicKey(file string) (string, error) {
	h, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer h.Close()
	b, err := io.ReadAll(io.LimitReader(h, maxKeyFile))
	if err != nil {
		return "", err
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	for _, s := range []string{strings.TrimSpace(string(b)), strings.TrimSpace(lines[len(lines)-1])} {
		if pub, err := key.ParsePublic(s); err == nil {
			return key.EncodePublic(pub)
		}
	}
	return "", cli.Hint(fmt.Errorf("%q holds no public key", file), "plimsoll key show --name NAME > FILE")
}

func parsePersons(in []string) ([]scheme.Person, error) {
	var out []scheme.Person
	for _, s := range in {
		name, file, ok := strings.Cut(s, "=")
		if !ok {
			return nil, cli.Usage(fmt.Errorf("--approver %q: want NAME=FILE", s))
		}
		pub, err := publicKey(file)
		if err != nil {
			return nil, err
		}
		out = append(out, scheme.Person{Name: name, Key: pub})
	}
	return out, nil
}

func parseBodies(in []string) ([]scheme.Body, error) {
	var out []scheme.Body
	for _, s := range in {
		role, rest, ok := strings.Cut(s, ":")
		name, file, ok2 := strings.Cut(rest, "=")
		if !ok || !ok2 {
			return nil, cli.Usage(fmt.Errorf("--body %q: want laboratory:NAME=FILE or authority:NAME=FILE", s))
		}
		pub, err := publicKey(file)
		if err != nil {
			return nil, err
		}
		out = append(out, scheme.Body{Name: name, Role: plimsoll.Role(role), Key: pub})
	}
	return out, nil
}

func statusCommand(w cli.World) *cobra.Command {
	return &cobra.Command{
		Use: "status DIR", Short: "Show the labels, what waits for approval, and what is due",
		Example: "  plimsoll scheme status harbour", Args: cli.Args(1, 1, "the folder of a scheme"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := open(c.Context(), w, a[0], "scheme status")
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			return status(w, f)
		},
	}
}

func status(w cli.World, f *scheme.Folder) error {
	s := &f.State
	fmt.Fprintf(w.Out, "%s: %d entries in the log, regime %s, trust list %d until %s\n", s.Code, s.Size, s.Policy.Regime, s.Trust.Version, s.Trust.Expires)
	for _, n := range s.Order {
		l := s.Labels[n]
		c := l.Grant.Claims
		fmt.Fprintf(w.Out, "  %-16s %-13s level %d  until %s  %s %s, software %s\n", label.NumberText(s.Code, n), l.Standing, c.Level, c.Until.Format(time.DateOnly), c.Brand, c.Model, c.Version)
	}
	waiting, err := f.Pending()
	if err != nil {
		return err
	}
	for _, p := range waiting {
		id, err := p.ID()
		if err != nil {
			return err
		}
		fmt.Fprintf(w.Out, "waits for a second approver: %s  %s %s\n", id[:12], p.Decision.Kind, p.Decision.Subject())
	}
	if l, err := f.WaitingTrust(); err != nil {
		return err
	} else if l != nil {
		fmt.Fprintf(w.Out, "waits for more roots: trust list %d\n", l.Version)
	}
	if d := due(w, f); d != "" {
		fmt.Fprintf(w.Out, "due: %s\n", d)
	}
	return nil
}

// notice is how long before the end of a trust list the next one is due.
const notice = 30 * 24 * time.Hour

// due says what the scheme must do soon, or "".
func due(w cli.World, f *scheme.Folder) string {
	if l := f.State.Trust; l.Expires.Time().Sub(w.Now()) < notice {
		return fmt.Sprintf("the trust list ends on %s: plimsoll scheme trust %s --root FILE", l.Expires, f.Dir)
	}
	return ""
}

func publishCommand(w cli.World) *cobra.Command {
	var every time.Duration
	c := &cobra.Command{
		Use: "publish DIR", Short: "Write the static site again; its status ends after 24 hours",
		Example: "  plimsoll scheme publish harbour\n  plimsoll scheme publish harbour --every 6h",
		Args:    cli.Args(1, 1, "the folder of a scheme"),
		RunE: func(c *cobra.Command, a []string) error {
			for {
				if err := publish(c.Context(), w, a[0]); err != nil || every == 0 {
					return err
				}
				select {
				case <-c.Context().Done():
					return nil
				case <-time.After(every):
				}
			}
		},
	}
	c.Flags().DurationVar(&every, "every", 0, "stay and publish again and again")
	return c
}

// publish holds the scheme only while it writes.
func publish(ctx context.Context, w cli.World, dir string) error {
	f, err := open(ctx, w, dir, "scheme publish")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := site.Write(ctx, f); err != nil {
		return err
	}
	if d := due(w, f); d != "" {
		fmt.Fprintf(w.Err, "plimsoll: due: %s\n", d)
	}
	_, err = fmt.Fprintf(w.Out, "wrote %s/%s: %d labels, status until %s\n", dir, scheme.SiteDir, len(f.State.Order), w.Now().Add(label.StatusLife).UTC().Format(time.RFC3339))
	return err
}
