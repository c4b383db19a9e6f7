// Package issuer holds the commands of those who run a labelling scheme: founding
// it, granting, suspending and revoking labels by two people, the trust list, the
// static site, the log and its witnesses.
//
// It must never decide what package scheme has not checked, and never sign with a
// key that the person at the keyboard has not named.
package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/desk"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/scheme/site"
)

// Deps are what the commands need from the program.
type Deps struct {
	Tools desk.Tools // to judge a bundle again
}

// Commands are `scheme`, `log` and `witness`.
func Commands(w cli.World, d Deps) []*cobra.Command {
	return []*cobra.Command{schemeCommand(w, d), logCommand(w), witnessCommand(w)}
}

// Labels are the commands below `label` that make decisions.
func Labels(w cli.World, d Deps) []*cobra.Command {
	return append(grantCommands(w, d), changeCommands(w, d)...)
}

// lockWait is how long a command waits for another one on the same scheme.
const lockWait = 30 * time.Second

// passphrase protects and opens the keys of a scheme and of its people.
func passphrase(w cli.World) key.Passphrase {
	return func() ([]byte, error) {
		p, _ := w.Env("PLIMSOLL_PASSPHRASE")
		return []byte(p), nil
	}
}

func opening(w cli.World, command string) scheme.Opening {
	agent, _ := w.Env("SSH_AUTH_SOCK")
	o := scheme.Opening{
		Holder: evidence.Holder{PID: os.Getpid(), Command: "plimsoll " + command, Since: w.Now().UTC()}, Wait: w.Wait,
		Passphrase: passphrase(w), Agent: agent, Now: w.Now, Machine: machine(),
	}
	if o.Wait == 0 {
		o.Wait = lockWait
	}
	return o
}

// machine names this machine, or is "" where nothing does. It leaves the machine
// only salted and shortened.
func machine() string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if b, err := os.ReadFile(name); err == nil {
			if id := strings.TrimSpace(string(b)); id != "" {
				return id
			}
		}
	}
	host, err := os.Hostname()
	if err != nil {
		return ""
	}
	return host
}

// open takes a scheme for this command, and says how to make one where there is none.
func open(ctx context.Context, w cli.World, dir, command string) (*scheme.Folder, error) {
	f, err := scheme.Open(ctx, dir, opening(w, command))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(err, "plimsoll scheme init "+dir+" --code CODE --name NAME --host HOST")
	}
	if errors.Is(err, key.ErrPassphrase) {
		return nil, cli.Hint(err, "set PLIMSOLL_PASSPHRASE")
	}
	return f, err
}

// person loads the key of an approver: a file of the user's keys by name, or a key
// behind the ssh-agent by its id.
func person(ctx context.Context, w cli.World, name string) (key.Signer, error) {
	if key.ValidID(name) {
		agent, _ := w.Env("SSH_AUTH_SOCK")
		return key.AgentKeyByID(ctx, agent, name)
	}
	dir, err := key.Dir("", func(name string) string { v, _ := w.Env(name); return v })
	if err != nil {
		return nil, err
	}
	path, err := key.Path(dir, name)
	if err != nil {
		return nil, cli.Usage(err)
	}
	k, err := key.Load(path, passphrase(w))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(err, "plimsoll key new --name "+name)
	}
	if errors.Is(err, key.ErrPassphrase) {
		return nil, cli.Hint(err, "set PLIMSOLL_PASSPHRASE")
	}
	return k, err
}

// acting is who decides, in which scheme.
type acting struct {
	dir, first, second, note string
}

func (o *acting) flags(c *cobra.Command) {
	o.place(c)
	c.Flags().StringVar(&o.second, "second", "", "the key of the second approver, when it is on this machine too")
	c.Flags().StringVar(&o.note, "note", "", "a public remark in the log")
}

func (o *acting) place(c *cobra.Command) {
	c.Flags().StringVar(&o.dir, "scheme", "", "the folder of the scheme (required)")
	c.Flags().StringVar(&o.first, "key", "default", "your key: a name of your keys, or the id of a key of your ssh-agent")
	_ = c.MarkFlagRequired("scheme") // the flag was just defined
}

// propose writes a decision down, signs it, and makes it when two have signed.
func (o *acting) propose(ctx context.Context, w cli.World, f *scheme.Folder, d scheme.Decision) error {
	first, err := person(ctx, w, o.first)
	if err != nil {
		return err
	}
	var second key.Signer
	if o.second != "" {
		if second, err = person(ctx, w, o.second); err != nil {
			return err
		}
	}
	p, err := f.Propose(ctx, d)
	if err != nil {
		return err
	}
	if err := f.Approve(ctx, p, first); err != nil {
		return errors.Join(err, f.Withdraw(p))
	}
	if second != nil {
		if err := f.Approve(ctx, p, second); err != nil {
			return errors.Join(err, f.Withdraw(p))
		}
	}
	return o.finish(ctx, w, f, p)
}

// finish makes a decision that is ready and writes the site, or says who must sign.
func (o *acting) finish(ctx context.Context, w cli.World, f *scheme.Folder, p *scheme.Pending) error {
	id, err := p.ID()
	if err != nil {
		return err
	}
	digest, err := p.Decision.Digest()
	if err != nil {
		return err
	}
	fmt.Fprintf(w.Out, "%s\nwhat is signed: %s\n", describe(f, &p.Decision), digest)
	if !p.Ready() {
		fmt.Fprintf(w.Out, "%d of 2 people have signed. The second: plimsoll label approve %s --scheme %s --key NAME\n", len(p.Approvals), id[:12], o.dir)
		return nil
	}
	switch p.Where() {
	case scheme.OneMachine:
		fmt.Fprintln(w.Out, "both keys were used on one machine: whoever has the machine has both")
	case scheme.MachinesUnknown:
		fmt.Fprintln(w.Out, "whether the two keys are on one machine is not known")
	case scheme.TwoMachines:
	}
	index, err := f.Commit(ctx, p)
	if err != nil {
		return err
	}
	if err := site.Write(ctx, f); err != nil {
		return cli.Hint(fmt.Errorf("the decision stands in the log at %d; writing the site: %w", index, err), "plimsoll scheme publish "+o.dir)
	}
	fmt.Fprintf(w.Out, "entry %d of the log; %s\n", index, made(f, &p.Decision))
	return nil
}
