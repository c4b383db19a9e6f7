// Package verify judges labels: from what was read, the trust list, the status and
// the proof of the log, to one Outcome that is the same in the command line, the API
// and the verifier page.
//
// It reads no file, no clock and no network. It must never call a label good because
// something could not be checked: what was not looked at is said in the Outcome.
package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
)

// Skew is by how much clocks may differ.
const Skew = 5 * time.Minute

// Status is what a reader has of a label's status. Open both with
// label.OpenStatusList and label.OpenRange; one that does not open counts as missing.
type Status struct {
	List  *label.StatusList
	Range *label.RangeFile
}

// Inclusion is what the proof of a transparency log says.
type Inclusion struct {
	Origin string // of the log
	Index  uint64
}

// Proof checks that the log of a scheme holds a token, under the scheme's witness
// policy. An error says that the proof does not fit; a reader without one has a
// nil Proof.
type Proof func(ctx context.Context, t label.Token, s *label.Scheme) (Inclusion, error)

// Result is the answer with what it stands on. The fields from Assurance to Until
// are set only when the signature is that of the scheme.
type Result struct {
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why"`
	Mode    Mode    `json:"mode"`

	Assurance  label.Assurance `json:"assurance,omitempty"` // to be shown first
	Brand      string          `json:"brand,omitempty"`
	Model      string          `json:"model,omitempty"`
	Version    string          `json:"version,omitempty"` // the one that was assessed
	Level      uint8           `json:"level,omitempty"`
	LevelName  string          `json:"level_name,omitempty"`
	SupportEnd label.Day       `json:"support_end,omitempty"`
	GTIN       uint64          `json:"gtin,omitempty"`
	From       time.Time       `json:"from,omitzero"`
	Until      time.Time       `json:"until,omitzero"`
	Number     string          `json:"number,omitempty"`
	Issuer     string          `json:"issuer,omitempty"`     // name of the scheme
	Mark       string          `json:"mark,omitempty"`       // NoMark, or the law the scheme stands on
	Host       string          `json:"host,omitempty"`       // the scheme's own
	Checked    time.Time       `json:"checked,omitzero"`     // when the status was issued; zero: never looked at
	TrustFrom  label.Day       `json:"trust_from,omitempty"` // issue of the trust list
	LogIndex   *uint64         `json:"log_index,omitempty"`  // by a range file or a proof
	Proven     bool            `json:"proven,omitempty"`     // the proof of the log fits
	// LevelNames is the name of the level by language.
	LevelNames map[string]string `json:"level_names,omitempty"`
}

// NoMark is said of every label unless the trust list names the scheme's law.
const NoMark = "not a CE or government mark"

// Label judges a label at a moment. It reads nothing but its arguments; ctx is
// handed to proof.
//
// The questions are asked in the order of the list in rules, and the first that has
// an answer ends it: what makes a label forged comes before what makes a genuine
// one bad, and both before Stale, which says that nothing certain is known.
func Label(ctx context.Context, in Input, trust *label.TrustList, status Status, proof Proof, at time.Time, mode Mode) Result {
	mode = min(mode, Full)
	r := reading{in: in, trust: trust, status: status, proof: proof, at: at, mode: mode, out: Result{Mode: mode}}
	for _, rule := range rules {
		if a := rule(ctx, &r); a != nil {
			r.out.Outcome, r.out.Why = a.outcome, a.why
			return r.out
		}
	}
	r.out.Outcome, r.out.Why = Live, "signed, in date, and valid by the status of "+r.out.Checked.Format(time.RFC3339)
	return r.out
}

type answer struct {
	outcome Outcome
	why     string
}

func say(o Outcome, format string, args ...any) *answer {
	return &answer{o, fmt.Sprintf(format, args...)}
}

// reading is one run of Verify.
type reading struct {
	in     Input
	trust  *label.TrustList
	status Status
	proof  Proof
	at     time.Time
	mode   Mode

	scheme   *label.Scheme
	key      *label.Key
	found    bool           // a range file holds the label
	old      error          // why there is no range file in date that would hold it; nil: there is
	standing label.Standing // the worst that is known
	age      error          // why the file that says so is out of date; nil: it is in date
	out      Result
}

var rules = []func(context.Context, *reading) *answer{
	readable, trustInDate, known, signed, hosted, gather, issued, revoked, included, keyTrusted, suspended, inDate, supported, looked,
}

func readable(_ context.Context, r *reading) *answer {
	switch {
	case r.in.Problem != nil:
		return say(Malformed, "%v", r.in.Problem)
	case r.in.Token.Zero() && !r.in.Typed:
		return say(Malformed, "nothing was read")
	}
	return nil
}

func trustInDate(_ context.Context, r *reading) *answer {
	switch {
	case r.trust == nil:
		return say(Stale, "no trust list")
	case r.trust.Expired(label.DayOf(r.at)):
		return say(Stale, "the trust list expired on %s", r.trust.Expires)
	case r.at.Add(Skew).Before(r.trust.Issued.Time()):
		return say(Stale, "the trust list is of %s, later than the clock here", r.trust.Issued)
	}
	r.out.TrustFrom = r.trust.Issued
	return nil
}

func known(_ context.Context, r *reading) *answer {
	code, ok := r.in.Token.Claims().Issuer, false
	if r.in.Token.Zero() {
		s, found := r.trust.Resolve(r.in.Issuer)
		if !found {
			return say(UnknownScheme, "the trust list names no scheme %q", r.in.Issuer)
		}
		return say(Stale, "the number %s alone cannot be checked here: look it up at %s", label.NumberText(s.Code, r.in.Number), s.Hosts[0])
	}
	if r.scheme, ok = r.trust.Scheme(code); !ok {
		return say(UnknownScheme, "the trust list names no scheme %q", code)
	}
	return nil
}

// signed finds the key. What the key could not have signed by the dates of the
// trust list is no signature of the scheme.
func signed(_ context.Context, r *reading) *answer {
	t := r.in.Token
	k, err := r.trust.Signer(t)
	if err != nil {
		return say(BadSignature, "%v", err)
	}
	c, today := t.Claims(), label.DayOf(r.at)
	switch {
	case today < k.SignFrom || today > k.VerifyUntil:
		return say(BadSignature, "the key is good from %s to %s", k.SignFrom, k.VerifyUntil)
	case !c.From.IsZero() && (label.DayOf(c.From) < k.SignFrom || label.DayOf(c.From) > k.SignUntil):
		return say(BadSignature, "the label is of %s, the key signed from %s to %s", label.DayOf(c.From), k.SignFrom, k.SignUntil)
	case int(c.Level) > len(r.scheme.Levels):
		return say(Stale, "the trust list of %s knows no level %d of %s", r.trust.Issued, c.Level, r.scheme.Code)
	}
	r.key = k
	r.describe(c)
	return nil
}

func (r *reading) describe(c label.Claims) {
	o, s := &r.out, r.scheme
	o.Assurance, o.Brand, o.Model, o.Version = c.Assurance, c.Brand, c.Model, c.Version
	o.Level, o.LevelNames = c.Level, s.Levels[c.Level-1].Names
	o.LevelName = o.LevelNames["en"]
	o.SupportEnd, o.GTIN, o.From, o.Until = c.SupportEnd, c.GTIN, c.From, c.Until
	o.Number, o.Issuer, o.Host, o.Mark = label.NumberText(c.Issuer, c.Number), s.Name, s.Hosts[0], NoMark
	if s.Official != "" {
		o.Mark = s.Official
	}
}

func hosted(_ context.Context, r *reading) *answer {
	if r.in.Host != "" && !slices.Contains(r.scheme.Hosts, r.in.Host) {
		return say(WrongHost, "the code leads to %q, the scheme's address is %s", r.in.Host, r.scheme.Hosts[0])
	}
	return nil
}

// gather looks at the status files that speak of this label; one of another scheme,
// chunk or bucket does not. A status list out of date tells nothing beside a range
// file in date, except a revocation, which is final.
func gather(_ context.Context, r *reading) *answer {
	r.old = errors.New("there is no range file that would hold this label")
	c := r.in.Token.Claims()
	if f := r.status.Range; f != nil && f.Scheme == c.Issuer {
		if e, held, found := f.Find(r.in.Token.Digest()); held {
			r.old, r.found, r.out.Checked = r.outOfDate(f.Issued, f.Expires), found, f.Issued
			if found {
				r.standing, r.age, r.out.LogIndex, r.out.SupportEnd = e.Standing, r.old, &e.LogIndex, e.SupportEnd
			}
		}
	}
	l, chunk, i := r.status.List, uint32(0), 0
	if chunk, i = c.Number.Chunk(); l == nil || l.Scheme != c.Issuer || l.Chunk != chunk {
		return nil
	}
	s, age := l.At(i), r.outOfDate(l.Issued, l.Expires)
	if r.out.Checked.IsZero() || worse(s, r.standing) && (s == label.Revoked || r.old != nil || age == nil) {
		r.standing, r.age, r.out.Checked = s, age, l.Issued
	}
	return nil
}

func (r *reading) outOfDate(issued, expires time.Time) error {
	switch {
	case !r.at.Before(expires):
		return fmt.Errorf("the status is of %s and expired on %s", issued.Format(time.RFC3339), expires.Format(time.RFC3339))
	case r.at.Add(Skew).Before(issued):
		return fmt.Errorf("the status is of %s, later than the clock here", issued.Format(time.RFC3339))
	}
	return nil
}

// worse orders the standings as they matter to a reader.
func worse(a, b label.Standing) bool {
	rank := [...]int{label.Valid: 0, label.SupportEnded: 1, label.Suspended: 2, label.Revoked: 3}
	return rank[a&3] > rank[b&3]
}

// issued: a range file in date is the list of everything that was issued.
func issued(_ context.Context, r *reading) *answer {
	if r.old == nil && !r.found {
		return say(NotIssued, "it is signed, but not among the issued labels of %s", r.status.Range.Issued.Format(time.RFC3339))
	}
	return nil
}

// revoked is final, so a status of any age is enough.
func revoked(_ context.Context, r *reading) *answer {
	switch {
	case r.standing != label.Revoked:
		return nil
	case !r.found:
		return say(Revoked, "by the status list of %s: revoked, or never issued", r.out.Checked.Format(time.RFC3339))
	}
	return say(Revoked, "by the status of %s", r.out.Checked.Format(time.RFC3339))
}

// included asks the log, when a proof is there or must be.
func included(ctx context.Context, r *reading) *answer {
	if r.proof == nil {
		return nil // looked asks for it in mode Full
	}
	inc, err := r.proof(ctx, r.in.Token, r.scheme)
	switch {
	case ctx.Err() != nil:
		return say(Stale, "the log could not be asked: %v", ctx.Err())
	case err != nil:
		return say(NotIssued, "the log does not hold this label: %v", err)
	case inc.Origin != r.scheme.LogOrigin:
		return say(NotIssued, "the proof is of the log %q, the scheme's is %q", inc.Origin, r.scheme.LogOrigin)
	case r.out.LogIndex != nil && *r.out.LogIndex != inc.Index:
		return say(NotIssued, "the proof is of entry %d, the label is entry %d", inc.Index, *r.out.LogIndex)
	}
	r.out.LogIndex, r.out.Proven = &inc.Index, true
	return nil
}

// keyTrusted: after a compromise only what stood in the log before stays good.
func keyTrusted(_ context.Context, r *reading) *answer {
	if r.key.DistrustFrom == nil {
		return nil
	}
	switch {
	case r.out.LogIndex == nil:
		return say(Stale, "the key was stolen: whether this label is from before that needs a range file")
	case *r.out.LogIndex >= *r.key.DistrustFrom:
		return say(KeyDistrusted, "it is entry %d of the log, the key is distrusted from %d on", *r.out.LogIndex, *r.key.DistrustFrom)
	}
	return nil
}

// suspended can be lifted, so offline its date is told, and otherwise an old status
// is no answer.
func suspended(_ context.Context, r *reading) *answer {
	if r.standing == label.Suspended && (r.age == nil || r.mode == Offline) {
		return say(Suspended, "by the status of %s", r.out.Checked.Format(time.RFC3339))
	}
	return nil
}

func inDate(_ context.Context, r *reading) *answer {
	c := r.in.Token.Claims()
	switch {
	case r.at.Before(c.From):
		return say(NotYetValid, "valid from %s", c.From.Format(time.RFC3339))
	case !r.at.Before(c.Until):
		return say(Expired, "valid until %s", c.Until.Format(time.RFC3339))
	}
	return nil
}

func supported(_ context.Context, r *reading) *answer {
	switch {
	case label.DayOf(r.at) > r.out.SupportEnd:
		return say(SupportEnded, "security updates until %s", r.out.SupportEnd)
	case r.standing == label.SupportEnded:
		return say(SupportEnded, "the scheme said on %s that support has ended", r.out.Checked.Format(time.RFC3339))
	}
	return nil
}

// looked: without what the mode asks for nothing is called Live.
func looked(_ context.Context, r *reading) *answer {
	switch {
	case r.old != nil && r.mode == Offline:
		return say(Signed, "signed by %s; %v", r.scheme.Name, r.old)
	case r.old != nil:
		return say(Stale, "%v", r.old)
	case r.mode == Full && !r.out.Proven:
		return say(Stale, "there is no proof of the log")
	}
	return nil
}
