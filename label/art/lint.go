package art

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/photo"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// Report is what Lint found out about a label that may be signed.
type Report struct {
	Bytes   int     // of the token
	Room    int     // bytes that are still free
	Version int     // of the QR code
	Module  float64 // in millimetres
}

// Lint does everything to a label that will be done to it, before the real key
// signs: it checks the claims against the scheme, signs them with a throw-away key,
// reads the token back, judges it under a trust list that knows that
// key, draws the QR code and decodes the drawing. Every problem of the claims is
// named. s needs a label key that may sign on the day of at.
func Lint(ctx context.Context, c label.Claims, s *label.Scheme, p Print, at time.Time) (Report, error) {
	if err := errors.Join(c.Check(), fits(c, s, at)); err != nil {
		return Report{}, fmt.Errorf("linting label %d: %w", c.Number, err)
	}
	throwAway, err := key.Generate(key.P256)
	if err != nil {
		return Report{}, fmt.Errorf("linting label %d: %w", c.Number, err)
	}
	t, err := label.Issue(ctx, c, throwAway)
	if err != nil {
		return Report{}, fmt.Errorf("linting label %d: %w", c.Number, err)
	}
	if err := judge(ctx, t, s, throwAway, at); err != nil {
		return Report{}, fmt.Errorf("linting label %d: %w", c.Number, err)
	}
	if err := scans(ctx, t, s, p); err != nil {
		return Report{}, fmt.Errorf("linting label %d: %w", c.Number, err)
	}
	q, err := EncodeQR(t.URL(s.Hosts[0]))
	if err != nil {
		return Report{}, fmt.Errorf("linting label %d: %w", c.Number, err)
	}
	n := len(t.Bytes()) - 1
	return Report{Bytes: n, Room: label.MaxToken - n, Version: q.Version, Module: q.Module(p.mm())}, nil
}

// fits names what the claims say that the scheme cannot stand for.
func fits(c label.Claims, s *label.Scheme, at time.Time) error {
	var errs []error
	if c.Issuer != s.Code {
		errs = append(errs, fmt.Errorf("issuer %q: the scheme is %q", c.Issuer, s.Code))
	}
	if int(c.Level) > len(s.Levels) {
		errs = append(errs, fmt.Errorf("level %d of %d: %w", c.Level, len(s.Levels), errLevel))
	}
	if !c.Until.After(at) {
		errs = append(errs, fmt.Errorf("valid until %s: that has passed", c.Until.Format(time.RFC3339)))
	}
	if c.SupportEnd < label.DayOf(at) {
		errs = append(errs, fmt.Errorf("support until %s: that has passed", c.SupportEnd))
	}
	return errors.Join(append(errs, keyFits(c, s, at))...)
}

// keyFits asks for a label key that signs today and can still be verified when the
// label ends: no valid label may outlive its key.
func keyFits(c label.Claims, s *label.Scheme, at time.Time) error {
	today, from := label.DayOf(at), label.DayOf(at)
	if !c.From.IsZero() {
		from = label.DayOf(c.From)
	}
	for _, k := range s.Keys {
		if k.Use == label.UseLabel && k.DistrustFrom == nil && k.SignFrom <= min(today, from) && max(today, from) <= k.SignUntil && label.DayOf(c.Until) <= k.VerifyUntil {
			return nil
		}
	}
	return fmt.Errorf("no key of scheme %q signs on %s, may date a label %s, and is good until %s", s.Code, today, from, label.DayOf(c.Until))
}

// judge verifies t under a trust list of its own, in which the throw-away key takes
// the place of the label keys.
func judge(ctx context.Context, t label.Token, s *label.Scheme, throwAway *key.FileKey, at time.Time) error {
	pub, err := label.EncodeKey(throwAway.Public())
	if err != nil {
		return err
	}
	root, err := key.Generate(key.P256)
	if err != nil {
		return err
	}
	rootPub, err := label.EncodeKey(root.Public())
	if err != nil {
		return err
	}
	today := label.DayOf(at)
	mine := *s
	mine.Keys = []label.Key{{Use: label.UseLabel, Public: pub, SignFrom: 1, SignUntil: 1<<16 - 1, VerifyUntil: 1<<16 - 1}}
	list := label.TrustList{
		Version: 1, Issued: today, Expires: today,
		Roots: label.Roots{Threshold: 1, Keys: [][]byte{rootPub}}, Schemes: []label.Scheme{mine},
	}
	b, err := label.AddSignature(ctx, list, nil, root)
	if err != nil {
		return err
	}
	trust, err := label.OpenTrust(b, list.Roots, 1)
	if err != nil {
		return err
	}
	r := verify.Label(ctx, verify.ParseInput(t.URL(s.Hosts[0])), trust, verify.Status{}, nil, at, verify.Offline)
	if r.Outcome != verify.Signed && r.Outcome != verify.NotYetValid {
		return fmt.Errorf("it would be judged %q: %s", r.Outcome, r.Why)
	}
	return nil
}

// scans draws the QR code, decodes the drawing with another library, and holds the
// print to modules that a phone can read.
func scans(ctx context.Context, t label.Token, s *label.Scheme, p Print) error {
	if len(s.Hosts) == 0 || t.Zero() || int(t.Claims().Level) > len(s.Levels) {
		return errLevel
	}
	url := t.URL(s.Hosts[0])
	q, err := EncodeQR(url)
	if err != nil {
		return err
	}
	mm := p.mm()
	switch {
	case !(mm <= maxMM): // nor not a number
		return fmt.Errorf("a QR code of %g mm: want at most %d", mm, maxMM)
	case q.Module(mm) < minModule:
		return fmt.Errorf("%w: version %d at %g mm has modules of %.3f mm, want %.3f: print it %.1f mm wide, or shorten brand, model, version or host",
			ErrTooDense, q.Version, mm, q.Module(mm), minModule, needMM(q))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, q.Image(5)); err != nil {
		return fmt.Errorf("drawing the QR code: %w", err)
	}
	in, err := photo.Read(ctx, b.Bytes())
	switch {
	case err != nil:
		return fmt.Errorf("decoding the drawn QR code: %w", err)
	case in.Problem != nil:
		return fmt.Errorf("decoding the drawn QR code: %w", in.Problem)
	case in.Token.Digest() != t.Digest() || in.Host != s.Hosts[0]:
		return errors.New("decoding the drawn QR code: it reads as another label")
	}
	return nil
}
