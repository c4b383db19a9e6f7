// Package reader checks labels as a reader does over the years: it gets what a
// verification needs from a scheme's site or a copy of it, and remembers the newest
// trust list and the newest status that it has seen, so that nobody can serve it an
// old one.
//
// What a site serves is hostile until it was opened: sizes, times and hosts are
// bounded, and package label verifies every file. The package must never trust roots
// that nobody has named, and in mode private never ask a site for anything that is
// one label's alone.
package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// Prover makes the check of a log's proof from the two files that a site serves for
// a label: the entry of the log, and its proof in the form of C2SP tlog-proof. Both
// are hostile: the check must ask that the entry is of the very token that it is
// given, that the proof is of that entry, and that the scheme's policy is met.
type Prover func(statement, proof []byte) verify.Proof

// Options say how a reader reads. Source may be nil in mode Offline.
type Options struct {
	Source Source
	Name   string      // of the source, under which its roots are remembered
	Memory *Memory     // nil: nothing is remembered
	Roots  label.Roots // that the user names; the zero Roots: those that are remembered for the source
	First  bool        // trust the roots that the source names, when none are known
	Mode   verify.Mode
	Prover Prover // nil: mode Full is not possible
}

// Errors that a caller must tell apart.
var (
	// ErrNoProver says that mode Full cannot be had. The caller should offer Private.
	ErrNoProver = errors.New("mode full needs a check of the log's proofs, which is not there")
	// ErrNothing says that mode Offline has neither a source nor a memory. The caller
	// should name a folder, or read once in mode Private.
	ErrNothing = errors.New("no trust list is known here")
)

// FirstContact says that a source names roots that nobody here knows. The caller
// should show their ids to a person, and ask for the roots or for First.
type FirstContact struct {
	Roots label.Roots
	IDs   []string // of the keys
}

// Error names the keys.
func (e *FirstContact) Error() string {
	return fmt.Sprintf("the trust list is signed by roots that are not known here: %d of the keys %s", e.Roots.Threshold, strings.Join(e.IDs, ", "))
}

// Reader checks labels of one trust list. It is for one goroutine.
type Reader struct {
	o      Options
	quiet  bool             // asking the source tells nobody
	domain *domain          // what is remembered, and what was seen now
	trust  *label.TrustList // nil: rolled back
	rolled error            // why there is none
	first  bool
	late   error // why the trust list is the remembered one
	silent error // that the source has not answered in time
	bits   *bucketWidth
	ranges map[string]held[label.RangeFile]
	lists  map[string]held[label.StatusList]
}

// held is a file that was asked for, so that it is asked for once.
type held[T any] struct {
	file *T
	err  error
}

type bucketWidth struct {
	bits uint8
	err  error
}

// Open gets the trust list of a source and verifies it: by the roots of the newest
// list seen before, or by those that are given. Without any it is a FirstContact.
// An older list than one seen before makes every answer Stale.
func Open(ctx context.Context, o Options) (*Reader, error) {
	if o.Mode == verify.Full && o.Prover == nil {
		return nil, ErrNoProver
	}
	r := &Reader{o: o, ranges: map[string]held[label.RangeFile]{}, lists: map[string]held[label.StatusList]{}}
	_, r.quiet = o.Source.(Quiet)
	known, err := o.Memory.load()
	if err != nil {
		return nil, err
	}
	if r.domain, err = known.domain(o.Name, o.Roots); err != nil {
		return nil, err
	}
	b, err := r.trustFile(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.pin(b); err != nil {
		return nil, err
	}
	r.trust, err = label.OpenTrust(b, r.domain.Roots, r.domain.Version)
	switch {
	case errors.Is(err, label.ErrRolledBack):
		r.rolled = err
	case err != nil:
		return nil, err
	default:
		r.domain.saw(r.trust, b)
	}
	return r, nil
}

// asks reports whether the mode lets the source be asked.
func (r *Reader) asks() bool { return r.o.Source != nil && (r.quiet || r.o.Mode != verify.Offline) }

// trustFile is the list of the source; when the source does not answer, the one that
// is remembered.
func (r *Reader) trustFile(ctx context.Context) ([]byte, error) {
	if !r.asks() {
		if len(r.domain.Trust) == 0 {
			return nil, fmt.Errorf("reading offline: %w", ErrNothing)
		}
		return r.domain.Trust, nil
	}
	b, err := r.get(ctx, "trust.cose")
	switch {
	case err == nil:
		return b, nil
	case len(r.domain.Trust) == 0 || ctx.Err() != nil:
		return nil, fmt.Errorf("reading the trust list: %w", err)
	}
	r.late = err
	return r.domain.Trust, nil
}

// get asks the source. One that has let a question run out of time is not asked again:
// a file of articles would wait for it at every bucket.
func (r *Reader) get(ctx context.Context, path string) ([]byte, error) {
	if r.silent != nil {
		return nil, r.silent
	}
	b, err := r.o.Source.Get(ctx, path)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() && ctx.Err() == nil {
		r.silent = err
	}
	return b, err
}

// pin finds the roots to trust when none are known.
func (r *Reader) pin(b []byte) error {
	if len(r.domain.Roots.Keys) > 0 {
		return nil
	}
	roots, err := label.FirstRoots(b)
	if err != nil {
		return err
	}
	if !r.o.First {
		ids, err := IDs(roots)
		if err != nil {
			return err
		}
		return &FirstContact{Roots: roots, IDs: ids}
	}
	r.first = true
	r.domain.Pinned, r.domain.Roots = roots, roots
	return nil
}

// IDs are the names of root keys, as they are shown to people.
func IDs(roots label.Roots) ([]string, error) {
	var ids []string
	for _, der := range roots.Keys {
		pub, err := label.PublicKey(der)
		if err != nil {
			return nil, err
		}
		id, err := key.ID(pub)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// Trust is the trust list that answers stand on; nil when the one that is served is
// older than one seen before.
func (r *Reader) Trust() *label.TrustList { return r.trust }

// Roots are the roots that the trust list was verified by, and whether they were
// taken on the word of the source.
func (r *Reader) Roots() (roots label.Roots, first bool) { return r.domain.Pinned, r.first }

// Late is why the trust list is one from memory though the source was asked; nil: it
// is not.
func (r *Reader) Late() error { return r.late }

// Close remembers what was seen, and closes the source when it is an io.Closer. What
// another reader has remembered meanwhile stays when it is newer.
func (r *Reader) Close(ctx context.Context) error {
	err := r.o.Memory.save(ctx, r.o.Name, r.domain)
	if c, ok := r.o.Source.(io.Closer); ok {
		err = errors.Join(err, c.Close())
	}
	return err
}

// Check judges one label at a moment. A status that is older than one seen before
// counts as missing and makes Stale of what would be good without it.
func (r *Reader) Check(ctx context.Context, in verify.Input, at time.Time) verify.Result {
	var trouble []error
	note := func(err error) {
		if err != nil {
			trouble = append(trouble, err)
		}
	}
	in, err := r.Resolve(ctx, in)
	note(err)
	var st verify.Status
	var proof verify.Proof
	if s := r.signed(in.Token); s != nil && r.asks() {
		st, err = r.status(ctx, s, in.Token, at)
		note(err)
		if r.o.Mode == verify.Full {
			proof, err = r.proof(ctx, s, in.Token)
			note(err)
		}
	}
	res := verify.Label(ctx, in, r.trust, st, proof, at, r.o.Mode)
	why := errors.Join(trouble...)
	switch {
	case r.rolled != nil && res.Outcome == verify.Stale:
		res.Why = r.rolled.Error()
	case errors.Is(why, label.ErrRolledBack) && (res.Outcome == verify.Live || res.Outcome == verify.Signed):
		res.Outcome, res.Why = verify.Stale, oneLine(why)
	case why != nil && res.Outcome == verify.Stale:
		res.Why += ": " + oneLine(why)
	case r.late != nil && res.Outcome == verify.Stale:
		res.Why += ": " + oneLine(r.late)
	}
	return res
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// signed is the scheme whose key has signed a token; nil: none, and then no site
// needs to be asked about it.
func (r *Reader) signed(t label.Token) *label.Scheme {
	if r.trust == nil || t.Zero() {
		return nil
	}
	s, ok := r.trust.Scheme(t.Claims().Issuer)
	if !ok {
		return nil
	}
	if _, err := r.trust.Signer(t); err != nil {
		return nil
	}
	return s
}
