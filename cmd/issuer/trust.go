package issuer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/scheme/site"
)

// trusting is what the flags of `scheme trust` say.
type trusting struct {
	roots      []string
	use, agent string
	witnesses  string
	ch         scheme.TrustChange
}

func trustCommand(w cli.World) *cobra.Command {
	var o trusting
	c := &cobra.Command{
		Use: "trust DIR", Short: "Issue the next trust list, signed by the roots",
		Long: `Trust makes the next trust list and signs it with the root keys that are here. When
enough roots have signed, it goes into the log and into force; else it waits in
DIR/pending, to be carried to the next root.

A stolen key is distrusted from a size of the log: labels that were logged before
stay good, so no box must be printed again.

Witnesses must know the log's key, which plimsoll scheme init prints, before a list
asks for them: from then on nothing is published that they have not cosigned.`,
		Example: "  plimsoll scheme trust harbour --root root-1.pem --root root-2.pem\n" +
			"  plimsoll scheme trust harbour --new-key label --root root-1.pem\n" +
			"  plimsoll scheme trust harbour --distrust SHA256:… --from-log-size 120 --new-key label --root root-1.pem --root root-3.pem\n" +
			"  plimsoll scheme trust harbour --witness-policy witnesses.txt --root root-1.pem --root root-2.pem",
		Args: cli.Args(1, 1, "the folder of a scheme"),
		RunE: func(c *cobra.Command, a []string) error { return o.run(c, w, a[0]) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.roots, "root", nil, "a root key: its file, or the id of a key of your ssh-agent; may be repeated")
	f.StringVar(&o.use, "new-key", "", "make a key that signs from today: label or status")
	f.StringVar(&o.agent, "agent-key", "", "with --new-key: the id of a key of your ssh-agent, instead of making one")
	f.StringVar(&o.ch.Distrust, "distrust", "", "id of a key that was stolen")
	f.StringVar(&o.witnesses, "witness-policy", "", "file with the witness, group and quorum lines of a C2SP tlog-policy: who must cosign the log from now on")
	f.Uint64Var(&o.ch.FromSize, "from-log-size", 0, "labels that were logged before this size of the log stay good")
	return c
}

func (o *trusting) run(c *cobra.Command, w cli.World, dir string) error {
	if o.ch.NewKey = label.Use(o.use); o.use != "" && o.ch.NewKey != label.UseLabel && o.ch.NewKey != label.UseStatus {
		return cli.Usage(fmt.Errorf("--new-key %q: want label or status", o.use))
	}
	if o.witnesses != "" {
		b, err := os.ReadFile(o.witnesses)
		if err != nil {
			return err
		}
		o.ch.Witnesses = string(b)
	}
	if o.agent != "" {
		k, err := person(c.Context(), w, o.agent)
		if err != nil {
			return err
		}
		o.ch.Key = k
	}
	f, err := open(c.Context(), w, dir, "scheme trust")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var roots []key.Signer
	for _, name := range o.roots {
		k, err := rootKey(c, w, name)
		if err != nil {
			return err
		}
		roots = append(roots, k)
	}
	list, err := f.WaitingTrust()
	switch {
	case err != nil:
		return err
	case list != nil && o.ch != (scheme.TrustChange{}):
		return errors.New("a trust list waits for more roots already: sign it first, or remove DIR/pending/trust-next.cose")
	case list == nil:
		next, err := f.NextTrust(o.ch)
		if err != nil {
			return err
		}
		list = &next
	}
	signed, err := f.IssueTrust(c.Context(), *list, roots)
	if err != nil {
		return err
	}
	if !signed {
		_, err = fmt.Fprintf(w.Out, "trust list %d waits for more roots: plimsoll scheme trust %s --root FILE\n", list.Version, dir)
		return err
	}
	fmt.Fprintf(w.Out, "trust list %d is in force until %s\n", list.Version, list.Expires)
	return site.Write(c.Context(), f)
}

func rootKey(c *cobra.Command, w cli.World, name string) (key.Signer, error) {
	if key.ValidID(name) {
		return person(c.Context(), w, name)
	}
	k, err := key.Load(name, passphrase(w))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(err, "name the file of a root key, such as harbour/keys/root-1.pem")
	}
	return k, err
}

func policyCommand(w cli.World) *cobra.Command {
	var o acting
	var approvers, bodies []string
	c := &cobra.Command{
		Use: "policy DIR", Short: "Change who may approve, and whose bundles count as a laboratory's",
		Long: "Policy replaces the list of approvers, the list of laboratories and authorities, or\nboth. Two approvers of the list in force sign.",
		Example: "  plimsoll scheme policy harbour --approver ada=ada.pub --approver cem=cem.pub --key ada\n" +
			"  plimsoll scheme policy harbour --body laboratory:'Quay Lab'=quay.pub --key ada --second ben",
		Args: cli.Args(1, 1, "the folder of a scheme"),
		RunE: func(c *cobra.Command, a []string) error {
			o.dir = a[0]
			f, err := open(c.Context(), w, o.dir, "scheme policy")
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			next := f.State.Policy
			if len(approvers) > 0 {
				if next.Approvers, err = parsePersons(approvers); err != nil {
					return err
				}
			}
			if len(bodies) > 0 {
				if next.Bodies, err = parseBodies(bodies); err != nil {
					return err
				}
			}
			return o.propose(c.Context(), w, f, scheme.Decision{Kind: scheme.KindPolicy, Policy: &next, Note: o.note})
		},
	}
	c.Flags().StringVar(&o.first, "key", "default", "your key: a name of your keys, or the id of a key of your ssh-agent")
	c.Flags().StringVar(&o.second, "second", "", "the key of the second approver, when it is on this machine too")
	c.Flags().StringVar(&o.note, "note", "", "a public remark in the log")
	c.Flags().StringArrayVar(&approvers, "approver", nil, "NAME=FILE with a public key; at least two")
	c.Flags().StringArrayVar(&bodies, "body", nil, "laboratory:NAME=FILE or authority:NAME=FILE")
	return c
}
