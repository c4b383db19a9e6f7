package issuer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/scheme"
	"github.com/plimsoll-iot/plimsoll/tlog"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// walking is what the flags of `log verify` and `log monitor` say.
type walking struct {
	roots, state string
	every        time.Duration
}

const logLong = `%s reads every entry of a scheme's log, from a site (a folder or an
https address), and checks: each entry stands in the signed tree, the checkpoint has
the witnesses that the policy asks for, two approvers of the scheme signed each
decision, each label is signed by a key that might sign at that time and says what
was approved, no number is used twice, and each change is one that the state of the
label allows.

A log that was tampered with, forked or shrunk is named as such.

Exit codes: 0 every rule holds, 1 could not run, 2 usage, 5 not authentic.`

func logCommand(w cli.World) *cobra.Command {
	c := &cobra.Command{Use: "log", Short: "Verify and watch the transparency log of a scheme"}
	var v, m walking
	verify := &cobra.Command{
		Use: "verify SITE", Short: "Read the whole log and check every rule", Long: fmt.Sprintf(logLong, "Verify"),
		Example: "  plimsoll log verify harbour/site --roots harbour/roots.json\n  plimsoll log verify https://label.example --roots harbour.json",
		Args:    cli.Args(1, 1, "the folder or the address of a site"),
		RunE:    func(c *cobra.Command, a []string) error { return v.verify(c.Context(), w, a[0]) },
	}
	monitor := &cobra.Command{
		Use: "monitor SITE", Short: "Verify the log and remember it: what was there must stay there",
		Long: fmt.Sprintf(logLong, "Monitor") + "\n\nThe checkpoint is kept in --state. When the log contradicts it, both signed\n" +
			"checkpoints are written beside it: they are the proof.",
		Example: "  plimsoll log monitor https://label.example --roots harbour.json --state harbour.checkpoint --every 10m",
		Args:    cli.Args(1, 1, "the folder or the address of a site"),
		RunE:    func(c *cobra.Command, a []string) error { return m.monitor(c.Context(), w, a[0]) },
	}
	for c, o := range map[*cobra.Command]*walking{verify: &v, monitor: &m} {
		c.Flags().StringVar(&o.roots, "roots", "", "roots.json of the scheme (required)")
		_ = c.MarkFlagRequired("roots") // the flag was just defined
	}
	monitor.Flags().StringVar(&m.state, "state", "", "file that keeps the newest checkpoint (required)")
	_ = monitor.MarkFlagRequired("state") // the flag was just defined
	monitor.Flags().DurationVar(&m.every, "every", 0, "stay and look again and again")
	c.AddCommand(verify, monitor)
	return c
}

func (o *walking) verify(ctx context.Context, w cli.World, place string) error {
	_, err := o.walk(ctx, w, place, nil)
	return err
}

func (o *walking) monitor(ctx context.Context, w cli.World, place string) error {
	for {
		if err := o.look(ctx, w, place); err != nil || o.every == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(o.every):
		}
	}
}

// look walks the log once, holds it against what was remembered, and remembers it.
func (o *walking) look(ctx context.Context, w cli.World, place string) error {
	seen, err := os.ReadFile(o.state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c, err := o.walk(ctx, w, place, seen)
	var split *tlog.Divergence
	if errors.As(err, &split) {
		for name, b := range map[string][]byte{".before": split.Seen, ".now": split.Now} {
			if werr := evidence.WriteFile(o.state+name, b, 0o644); werr != nil {
				return errors.Join(err, werr)
			}
		}
		fmt.Fprintf(w.Err, "plimsoll: the two signed checkpoints are in %s.before and %s.now\n", o.state, o.state)
	}
	if err != nil {
		return err
	}
	return evidence.WriteFile(o.state, c.Note, 0o644)
}

// walk reads the log of a site and checks everything.
func (o *walking) walk(ctx context.Context, w cli.World, place string, seen []byte) (*policy.Checkpoint, error) {
	src, err := sourceOf(place)
	if err != nil {
		return nil, err
	}
	sc, err := o.scheme(ctx, src)
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(sc.LogPolicy)
	if err != nil {
		return nil, err
	}
	var s scheme.State
	c, err := tlog.Walk(ctx, src, tlog.WalkOptions{Origin: sc.LogOrigin, Policy: p, Seen: seen}, s.Apply)
	if err != nil {
		return nil, notAuthentic(err)
	}
	if s.Code != sc.Code {
		return nil, notAuthentic(fmt.Errorf("the log is that of %q, not of %q", s.Code, sc.Code))
	}
	fmt.Fprintf(w.Out, "%s: every rule holds; entries: %d, labels: %d, checkpoint of size %d, cosignatures: %d\n",
		sc.LogOrigin, s.Size, len(s.Order), c.Size, len(c.Cosignatures))
	return c, nil
}

// notAuthentic marks what is wrong with a log as tampering, trouble aside.
func notAuthentic(err error) error {
	var rule *scheme.RuleError
	if errors.As(err, &rule) {
		return fmt.Errorf("%w: %w", evidence.ErrTampered, err)
	}
	for _, e := range []error{policy.ErrUnsigned, policy.ErrUnwitnessed, tlog.ErrShrunk, tlog.ErrForked, tlog.ErrTampered, tlog.ErrMissing} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", evidence.ErrTampered, err)
		}
	}
	return err
}

func sourceOf(place string) (tlog.Source, error) {
	if strings.HasPrefix(place, "https://") || strings.HasPrefix(place, "http://") {
		return tlog.HTTP(place, &http.Client{Timeout: 30 * time.Second})
	}
	if _, err := os.Stat(filepath.Join(place, "checkpoint")); err != nil {
		return nil, cli.Hint(fmt.Errorf("no site of a scheme in %q: %w", place, err), "name the folder site of a scheme, or its https address")
	}
	return tlog.FS(os.DirFS(place)), nil
}

// maxTrust bounds the trust list of a site.
const maxTrust = 1 << 20

// scheme is the scheme whose log the site holds, by its trust list under the pinned
// roots. The checkpoint says which log it is; what it says is verified later.
func (o *walking) scheme(ctx context.Context, src tlog.Source) (*label.Scheme, error) {
	b, err := os.ReadFile(o.roots)
	if err != nil {
		return nil, err
	}
	roots, err := reader.ReadRoots(b)
	if err != nil {
		return nil, cli.Hint(fmt.Errorf("reading %q: %w", o.roots, err), "name the roots.json of the scheme")
	}
	raw, err := src.Read(ctx, "trust.cose", maxTrust)
	if err != nil {
		return nil, err
	}
	l, err := label.OpenTrust(raw, roots, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", evidence.ErrTampered, err)
	}
	note, err := src.Read(ctx, "checkpoint", policy.MaxCheckpoint)
	if err != nil {
		return nil, err
	}
	origin, _, _ := strings.Cut(string(note), "\n")
	for i := range l.Schemes {
		if l.Schemes[i].LogOrigin == origin {
			return &l.Schemes[i], nil
		}
	}
	return nil, notAuthentic(fmt.Errorf("%w: the trust list names no scheme with the log %q", policy.ErrUnsigned, origin))
}
