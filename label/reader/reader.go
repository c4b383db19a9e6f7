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
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"
	"strconv"
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

// Resolve turns a number into its token by the records of the source. A site would
// learn the number, so it is asked in mode Full alone.
func (r *Reader) Resolve(ctx context.Context, in verify.Input) (verify.Input, error) {
	if !in.Typed || r.trust == nil || r.o.Source == nil {
		return in, nil
	}
	if !r.quiet && r.o.Mode != verify.Full {
		return in, errors.New("a number is looked up in mode full alone, as the site would learn which label is meant")
	}
	return verify.Resolve(ctx, in, r.trust, r.record)
}

// maxDigits is longer than any token in digits.
const maxDigits = 1024

// record is the token that the site's public record of a label holds.
func (r *Reader) record(ctx context.Context, s *label.Scheme, n label.Number) (label.Token, bool, error) {
	b, err := r.get(ctx, "l/"+label.NumberText(s.Code, n)+"/record.json")
	if errors.Is(err, fs.ErrNotExist) {
		return label.Token{}, false, nil
	}
	if err != nil {
		return label.Token{}, false, err
	}
	var rec struct{ Schema, Token string } // of page.Record; the rest is for people
	if err := json.Unmarshal(b, &rec); err != nil {
		return label.Token{}, false, fmt.Errorf("reading the record: %w", err)
	}
	if rec.Schema != "plimsoll.label-record/1" || len(rec.Token) > maxDigits {
		return label.Token{}, false, fmt.Errorf("reading the record: schema %.40q, want plimsoll.label-record/1 with the token's digits", rec.Schema)
	}
	t, err := label.ParseDigits(rec.Token)
	return t, err == nil, err
}

// status gets the files that speak of a token: the bucket, and where that tells
// nobody more, the status list.
func (r *Reader) status(ctx context.Context, s *label.Scheme, t label.Token, at time.Time) (verify.Status, error) {
	var st verify.Status
	f, err := r.bucket(ctx, s, t, at)
	if err == nil && f.Scheme != s.Code {
		err = fmt.Errorf("%s is not the site of %s: its status is at https://%s", r.o.Name, s.Name, s.Hosts[0])
	}
	if err == nil {
		st.Range = f
	}
	if !r.quiet && r.o.Mode != verify.Full {
		return st, err
	}
	l, lerr := r.list(ctx, s, t, at)
	if lerr == nil {
		st.List = l
	}
	return st, errors.Join(err, lerr)
}

// width is how many bits choose a bucket. The file is not signed: a wrong width
// leads to a bucket that does not hold the label.
func (r *Reader) width(ctx context.Context) (uint8, error) {
	if r.bits == nil {
		r.bits = &bucketWidth{}
		b, err := r.get(ctx, "r/bits")
		if err != nil {
			r.bits.err = fmt.Errorf("reading how the buckets are cut: %w", err)
		} else if n, err := strconv.ParseUint(strings.TrimSpace(string(b[:min(len(b), 8)])), 10, 8); err != nil || n > widest {
			r.bits.err = fmt.Errorf("reading how the buckets are cut: %.8q: want 0 to %d bits", b, widest)
		} else {
			r.bits.bits = uint8(n)
		}
	}
	return r.bits.bits, r.bits.err
}

func (r *Reader) bucket(ctx context.Context, s *label.Scheme, t label.Token, at time.Time) (*label.RangeFile, error) {
	bits, err := r.width(ctx)
	if err != nil {
		return nil, err
	}
	d := t.Digest()
	name := "r/" + label.RangeName(label.RangePrefix(d, bits), bits)
	f, err := once(ctx, r, r.ranges, name, label.OpenRange)
	if err != nil {
		return nil, err
	}
	seen := time.Time{}
	for b := range uint8(widest + 1) { // the site may have cut its buckets anew
		if at := r.domain.Seen[seenName(s, "r/"+label.RangeName(label.RangePrefix(d, b), b))]; at.After(seen) {
			seen = at
		}
	}
	if err := older(name, f.Issued, seen); err != nil {
		return nil, err
	}
	// By what the file says it is: a site could serve it under another name.
	r.domain.sawStatus(f.Scheme, "r/"+label.RangeName(f.Prefix, f.Bits), f.Issued, at)
	return f, nil
}

func (r *Reader) list(ctx context.Context, s *label.Scheme, t label.Token, at time.Time) (*label.StatusList, error) {
	chunk, _ := t.Claims().Number.Chunk()
	name := listName(chunk)
	l, err := once(ctx, r, r.lists, name, label.OpenStatusList)
	if err != nil {
		return nil, err
	}
	if err := older(name, l.Issued, r.domain.Seen[seenName(s, name)]); err != nil {
		return nil, err
	}
	r.domain.sawStatus(l.Scheme, listName(l.Chunk), l.Issued, at)
	return l, nil
}

// once asks for a file that many labels share, whatever the answer is. Whether it is
// older than one seen before is asked for each label.
func once[T any](ctx context.Context, r *Reader, all map[string]held[T], name string, open func([]byte, *label.TrustList, time.Time) (*T, error)) (*T, error) {
	h, ok := all[name]
	if !ok {
		b, err := r.get(ctx, name)
		if err == nil {
			h.file, err = open(b, r.trust, time.Time{})
		}
		if err != nil {
			h = held[T]{err: fmt.Errorf("reading %s: %w", name, err)}
		}
		all[name] = h
	}
	return h.file, h.err
}

func listName(chunk uint32) string { return "s/" + strconv.FormatUint(uint64(chunk), 10) }

func older(name string, issued, seen time.Time) error {
	if issued.Before(seen) {
		return fmt.Errorf("reading %s: %w: of %s, seen %s", name, label.ErrRolledBack, issued.Format(time.RFC3339), seen.Format(time.RFC3339))
	}
	return nil
}

// proof gets the record, the statement and the proof of a label. A record of another
// token is no proof of this one.
func (r *Reader) proof(ctx context.Context, s *label.Scheme, t label.Token) (verify.Proof, error) {
	c := t.Claims()
	rec, ok, err := r.record(ctx, s, c.Number)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("the site has no record of label %s", t.NumberText())
	case !slices.Equal(rec.Bytes(), t.Bytes()):
		return nil, fmt.Errorf("the site's record of label %s is that of another token", t.NumberText())
	}
	folder := "l/" + t.NumberText() + "/"
	statement, err := r.get(ctx, folder+"statement.cose")
	if err != nil {
		return nil, fmt.Errorf("reading the statement of the log: %w", err)
	}
	proof, err := r.get(ctx, folder+"proof.tlog-proof")
	if err != nil {
		return nil, fmt.Errorf("reading the proof of the log: %w", err)
	}
	return r.o.Prover(statement, proof), nil
}
