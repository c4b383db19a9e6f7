// Package labels holds the commands about labels: to verify one, to show what it
// says, and to print it.
//
// It must never call a label good that was not verified, never trust roots that
// nobody has named, and never tell a site more than the mode says.
package labels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plimsoll-iot/plimsoll/cmd/cli"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/photo"
	"github.com/plimsoll-iot/plimsoll/label/reader"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// Deps is what the commands are handed from outside.
type Deps struct {
	Prover    reader.Prover     // nil: mode full is not possible
	Transport http.RoundTripper // nil: that of net/http
}

// Commands is the command label with those that read labels; others may be added.
func Commands(w cli.World, d Deps) *cobra.Command {
	c := &cobra.Command{Use: "label", Short: "Verify, show and print labels"}
	c.AddCommand(verifyCommand(w, d), showCommand(w), printCommand(w, d))
	return c
}

// reading holds the flags of the commands that verify.
type reading struct {
	from, roots, mode, at, state string
	first                        bool
}

func (o *reading) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.from, "from", "", "the scheme's site (https://…), or a folder with a copy of it (default: the one that was read before)")
	f.StringVar(&o.roots, "roots", "", "a file with the root keys of the trust list (default: those that were trusted before)")
	f.BoolVar(&o.first, "trust-first", false, "trust the root keys that the source names, when none are known")
	f.StringVar(&o.mode, "mode", "private", "offline: ask no site; private: ask for a bucket of labels; full: and for the record and the log's proof")
	f.StringVar(&o.at, "at", "", "judge as of this day or moment (default now)")
	f.StringVar(&o.state, "state", "", "the folder that remembers the newest trust list and status (default: in your configuration)")
}

// open opens a reader and the moment to judge at.
func (o *reading) open(ctx context.Context, w cli.World, d Deps) (*reader.Reader, time.Time, error) {
	at, err := cli.Moment(o.at, w.Now())
	if err != nil {
		return nil, at, err
	}
	opt := reader.Options{First: o.first, Prover: d.Prover}
	if err := opt.Mode.UnmarshalText([]byte(o.mode)); err != nil {
		return nil, at, cli.Usage(fmt.Errorf("reading --mode: %w", err))
	}
	dir, err := o.stateDir(w)
	if err != nil {
		return nil, at, err
	}
	opt.Memory = reader.NewMemory(dir)
	if err := o.source(&opt, d); err != nil {
		return nil, at, err
	}
	if o.roots != "" {
		b, err := readFile(o.roots)
		if err != nil {
			return nil, at, fmt.Errorf("reading --roots: %w", err)
		}
		if opt.Roots, err = reader.ReadRoots(b); err != nil {
			return nil, at, cli.Hint(fmt.Errorf("reading --roots %q: %w", o.roots, err), "the scheme publishes this file; take it from there")
		}
	}
	r, err := reader.Open(ctx, opt)
	if err != nil {
		return nil, at, opened(w, err)
	}
	o.tell(w, r)
	return r, at, nil
}

func (o *reading) stateDir(w cli.World) (string, error) {
	if o.state != "" {
		return o.state, nil
	}
	if d, ok := w.Env("PLIMSOLL_STATE"); ok && d != "" {
		return d, nil
	}
	d, err := os.UserConfigDir()
	if err != nil {
		return "", cli.Hint(fmt.Errorf("finding the folder of what was seen before: %w", err), "name one with --state")
	}
	return filepath.Join(d, "plimsoll", "labels"), nil
}

// source sets the source and its name: the one of --from, or the only one known.
func (o *reading) source(opt *reader.Options, d Deps) error {
	from := o.from
	if from == "" {
		known, err := opt.Memory.Sources()
		if err != nil {
			return err
		}
		switch len(known) {
		case 0:
			return cli.Usage(cli.Hint(errors.New("which site or folder knows the labels?"), "--from https://HOST, the address that is printed on the label, or --from DIR"))
		case 1:
			from = known[0]
		default:
			return cli.Usage(cli.Hint(errors.New("more than one site or folder was read before"), "--from "+strings.Join(known, ", or --from ")))
		}
	}
	var err error
	opt.Source, opt.Name, err = reader.From(from, d.Transport)
	if err != nil {
		return cli.Usage(err)
	}
	return nil
}

// opened adds to an error what to type next.
func opened(w cli.World, err error) error {
	var first *reader.FirstContact
	switch {
	case errors.As(err, &first):
		return cli.Hint(err, "get the roots from the scheme in another way and name them with --roots FILE; or compare these ids with what the scheme publishes, and add --trust-first")
	case errors.Is(err, reader.ErrNoProver):
		return cli.Hint(err, "--mode private")
	case errors.Is(err, reader.ErrNothing):
		return cli.Hint(err, "read once with --mode private, or name a folder with --from DIR")
	case errors.Is(err, key.ErrSignature):
		fmt.Fprintf(w.Err, "plimsoll: %v\nhint: somebody else serves this list, or the roots have changed: ask the scheme\n", err)
		return cli.Exit(cli.ExitTampered)
	}
	return err
}

// tell says aloud what a reader took on somebody's word.
func (o *reading) tell(w cli.World, r *reader.Reader) {
	if roots, first := r.Roots(); first {
		ids, err := reader.IDs(roots)
		if err != nil {
			ids = []string{err.Error()}
		}
		fmt.Fprintf(w.Err, "plimsoll: trusting the root keys %s from now on, on the word of the source alone\nhint: compare them with what the scheme publishes elsewhere\n", strings.Join(ids, ", "))
	}
	if err := r.Late(); err != nil {
		fmt.Fprintf(w.Err, "plimsoll: the source did not answer, so the trust list of %s is used: %v\n", r.Trust().Issued, err)
	}
}

// maxPhoto is more than package photo reads.
const maxPhoto = 33 << 20

// readFile reads a plain file of bounded size.
func readFile(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxPhoto {
		return nil, fmt.Errorf("%q is no plain file, or more than %d MiB", path, maxPhoto>>20)
	}
	return os.ReadFile(path)
}

// pictures are how the names of photos end.
var pictures = []string{".png", ".jpg", ".jpeg"}

// input reads what a person typed: the path of a photo, a URL, digits or a number.
func input(ctx context.Context, s string) (verify.Input, error) {
	named := slices.Contains(pictures, strings.ToLower(filepath.Ext(s)))
	st, err := os.Stat(s)
	if !named && (err != nil || !st.Mode().IsRegular()) {
		return verify.ParseInput(s), nil
	}
	b, err := readFile(s)
	if err != nil {
		return verify.Input{}, fmt.Errorf("reading the picture: %w", err)
	}
	in, err := photo.Read(ctx, b)
	if errors.Is(err, photo.ErrNoCode) {
		return in, cli.Hint(fmt.Errorf("%q: %w", s, err), "take the photo from closer, straight, in better light; or type the number beside the code")
	}
	if err != nil {
		return in, fmt.Errorf("%q: %w", s, err)
	}
	return in, nil
}

// code is the exit code of an outcome.
func code(o verify.Outcome) int {
	switch o {
	case verify.Live:
		return cli.ExitPass
	case verify.SupportEnded, verify.Expired, verify.NotYetValid, verify.Suspended, verify.Revoked:
		return cli.ExitFail
	case verify.NotIssued, verify.KeyDistrusted, verify.BadSignature, verify.WrongHost, verify.UnknownScheme:
		return cli.ExitTampered
	}
	return cli.ExitInconclusive // Signed, Stale, Malformed, and what a later version may add
}

// exit is the worst of several outcomes: forged, not good, not known, good.
func exit(all []verify.Outcome) error {
	for _, c := range []int{cli.ExitTampered, cli.ExitFail, cli.ExitInconclusive} {
		if slices.ContainsFunc(all, func(o verify.Outcome) bool { return code(o) == c }) {
			return cli.Exit(c)
		}
	}
	return nil
}

const exitHelp = `
Exit codes: 0 live; 1 could not run; 2 usage; 3 genuine, but revoked, suspended,
expired, not valid yet, or its support has ended; 4 no answer: signed but its status
was not looked at, stale, or not read as a label; 5 not authentic: bad-signature,
not-issued, key-distrusted, wrong-host, unknown-scheme, or a trust list of others.
Of several labels the worst counts: 5, 3, 4, 0.`

// sentence is a text of the trust list on one line.
func sentence(s string) string { return strings.Join(strings.Fields(s), " ") }

// fields writes aligned lines; empty values are left out.
func fields(w io.Writer, rows [][2]string) error {
	var b bytes.Buffer
	for _, r := range rows {
		if r[1] != "" {
			fmt.Fprintf(&b, "  %-17s%s\n", r[0], r[1])
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func gtin(c uint64) string {
	if c == 0 {
		return ""
	}
	return fmt.Sprint(c)
}

func level(n uint8, scheme *label.Scheme, name string) string {
	if scheme == nil {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d of %d: %s", n, len(scheme.Levels), name)
}
