package reader

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// Resolve turns a number into its token by the records of the source. A site would
// learn the number, so it is asked in mode Full alone.
func (r *Reader) Resolve(ctx context.Context, in verify.Input) (verify.Input, error) {
	if !in.Typed || r.trust == nil || r.o.Source == nil {
		return in, nil
	}
	if !r.quiet && r.o.Mode != verify.Full {
		return in, errors.New("a number is looked up in mode full alone, as the site would learn which label is meant")
	}
	in, err := verify.Resolve(ctx, in, r.trust, r.record)
	if s, ok := r.trust.Resolve(in.Issuer); ok && err == nil && in.Token.Zero() {
		err = fmt.Errorf("%s holds no record of label %s", r.o.Name, label.NumberText(s.Code, in.Number))
	}
	return in, err
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
