// Package creds asks whether one of the published default passwords opens a
// service, and does not believe a single answer.
//
// A pair counts as working only when the service refuses to let anybody in
// without credentials, refuses certainly wrong ones before and after, and takes
// the pair twice. What opens without a password, with any password, or only
// sometimes is said to be just that.
//
// The package must never speak a protocol itself, never choose its own pace,
// and never try more pairs on an account than it was allowed: a wrong word too
// many locks the owner out.
package creds

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Answer is what a service said to one login.
type Answer string

const (
	Accepted   Answer = "accepted"    // it let us in, and a proof says so
	Refused    Answer = "refused"     // it said no
	NoPassword Answer = "no-password" // it lets everybody in without asking
	Locked     Answer = "locked"      // it says that there were too many tries
	Unclear    Answer = "unclear"     // neither yes nor no
)

// A Reply is an answer with what shows it, fit to be kept as evidence.
type Reply struct {
	Answer Answer `json:"answer"`
	Proof  string `json:"proof,omitempty"`  // read after the login
	Detail string `json:"detail,omitempty"` // status line, code, transcript
}

// A Login makes one attempt on a new connection. credentials is nil for the
// attempt to get in without any. An error means that the service could not be
// reached or broke off; it is no answer.
type Login func(ctx context.Context, credentials *Pair) (Reply, error)

// Verdict is what is known of a pair or of a service.
type Verdict string

const (
	Works            Verdict = "works"
	PairRefused      Verdict = "refused"
	NoPasswordAsked  Verdict = "no-password-asked"
	AnyPasswordWorks Verdict = "any-password-works"
	Unstable         Verdict = "unstable" // answers contradict each other or are neither yes nor no
	LockedOut        Verdict = "locked-out"
	Unreachable      Verdict = "unreachable"
	// NotTried: the account's limit was reached or the run ended before.
	NotTried Verdict = "not-tried"
)

// Role is why an attempt was made.
type Role string

const (
	None        Role = "none"         // without credentials
	WrongBefore Role = "wrong-before" // certainly wrong, before the candidate
	Candidate   Role = "candidate"
	Repeat      Role = "repeat" // the candidate once more
	WrongAfter  Role = "wrong-after"
)

// An Attempt is one login that was made. Random passwords are shown: they are
// no secret.
type Attempt struct {
	Role     Role   `json:"role"`
	User     string `json:"user"`
	Password string `json:"password"`
	Reply    Reply  `json:"reply"`
	Error    string `json:"error,omitempty"`
}

// Tried is a candidate with its verdict.
type Tried struct {
	Pair
	Verdict Verdict `json:"verdict"`
	Proof   string  `json:"proof,omitempty"`
}

// A Result is what was learned of one service.
type Result struct {
	// Verdict of the service: Works when a candidate works, PairRefused when
	// all tried ones were refused, NotTried when the caller ended the run, else
	// why nothing can be said of them.
	Verdict    Verdict   `json:"verdict"`
	Candidates []Tried   `json:"candidates"` // in the order handed in
	Attempts   []Attempt `json:"attempts"`   // in the order made
	Incomplete bool      `json:"incomplete"` // some candidates were not tried
}

// Hits are the candidates that work.
func (r Result) Hits() []Tried {
	var hits []Tried
	for _, c := range r.Candidates {
		if c.Verdict == Works {
			hits = append(hits, c)
		}
	}
	return hits
}

// Options shape the questions. The zero value works and waits for nothing.
type Options struct {
	// Pace is called before every login and returns when it may be made; an
	// error ends the run.
	Pace func(context.Context) error
	// PerAccount is how many logins one name may see; 0: 10, negative: no limit.
	PerAccount int
	Rand       io.Reader // for wrong passwords; nil: crypto/rand
}

var (
	errLocked = errors.New("the service locks us out") // it has begun to punish
	errEnded  = errors.New("the run was ended")        // by the caller, before a login
)

// Ask tries candidates on one service.
func Ask(ctx context.Context, login Login, candidates []Pair, opt Options) Result {
	if opt.PerAccount == 0 {
		opt.PerAccount = 10
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	q := &inquiry{login: login, opt: opt, spent: map[string]int{}}
	for _, c := range candidates {
		q.res.Candidates = append(q.res.Candidates, Tried{Pair: c, Verdict: NotTried})
	}
	q.res.Verdict = q.run(ctx)
	for i := range q.res.Candidates {
		if q.res.Candidates[i].Verdict == NotTried {
			q.res.Incomplete = true
		}
	}
	return q.res
}

type inquiry struct {
	login Login
	opt   Options
	spent map[string]int // logins per name
	res   Result
}

func (q *inquiry) run(ctx context.Context) Verdict {
	if v, stop := q.before(ctx); stop {
		q.all(v)
		return v
	}
	found := map[string]bool{}
	for i := range q.res.Candidates {
		c := &q.res.Candidates[i]
		if found[c.User] || !q.affordable(c.User) {
			continue
		}
		v, err := q.candidate(ctx, c)
		c.Verdict = v
		if v == Works || v == AnyPasswordWorks {
			found[c.User] = true
		}
		if err != nil {
			return q.ended(err)
		}
	}
	return q.after(ctx)
}

// before asks without credentials and with certainly wrong ones. It stops the
// run when nothing that follows could tell anything.
func (q *inquiry) before(ctx context.Context) (Verdict, bool) {
	r, err := q.try(ctx, None, nil)
	switch {
	case err != nil:
		return reason(err), true
	case r.Answer == NoPassword || r.Answer == Accepted:
		return NoPasswordAsked, true
	}
	return q.wrong(ctx, WrongBefore)
}

// wrong offers a random name and password and says whether the answer ends the
// run.
func (q *inquiry) wrong(ctx context.Context, role Role) (Verdict, bool) {
	name, err := q.random("nobody-")
	if err != nil {
		return Unreachable, true
	}
	switch a, err := q.wrongFor(ctx, role, name); {
	case err != nil:
		return reason(err), true
	case a == Accepted:
		return AnyPasswordWorks, true
	case a == NoPassword:
		return NoPasswordAsked, true
	case a != Refused:
		return Unstable, true
	}
	return PairRefused, false
}

func (q *inquiry) wrongFor(ctx context.Context, role Role, user string) (Answer, error) {
	password, err := q.random("")
	if err != nil {
		return Unclear, err
	}
	r, err := q.try(ctx, role, &Pair{User: user, Password: password})
	return r.Answer, err
}

// candidate tries one pair. After a yes the same name must be refused with a
// wrong password, the pair be taken again, and a wrong one be refused again.
func (q *inquiry) candidate(ctx context.Context, c *Tried) (Verdict, error) {
	first, err := q.try(ctx, Candidate, &c.Pair)
	if err != nil {
		return reason(err), err
	}
	switch first.Answer {
	case Accepted:
	case Refused:
		return PairRefused, nil
	case NoPassword:
		return NoPasswordAsked, nil
	default:
		return Unstable, nil
	}
	for _, role := range []Role{WrongBefore, Repeat, WrongAfter} {
		want := Refused
		var got Answer
		if role == Repeat {
			want = Accepted
			var r Reply
			r, err = q.try(ctx, role, &c.Pair)
			got, c.Proof = r.Answer, r.Proof
		} else {
			got, err = q.wrongFor(ctx, role, c.User)
		}
		switch {
		case err != nil:
			return reason(err), err
		case got == want:
		case want == Refused && got == Accepted:
			return AnyPasswordWorks, nil
		default:
			return Unstable, nil
		}
	}
	return Works, nil
}

// after gives the service its verdict. Where nothing worked, one more wrong
// login shows that the service still decides.
func (q *inquiry) after(ctx context.Context) Verdict {
	best := PairRefused
	rank := map[Verdict]int{PairRefused: 0, NotTried: 0, Unstable: 1, NoPasswordAsked: 2, AnyPasswordWorks: 3, Works: 4}
	for _, c := range q.res.Candidates {
		if rank[c.Verdict] > rank[best] {
			best = c.Verdict
		}
	}
	if best == Works {
		return best
	}
	if v, stop := q.wrong(ctx, WrongAfter); stop && best == PairRefused {
		if v == AnyPasswordWorks || v == NoPasswordAsked {
			v = Unstable // before, it refused
		}
		for i := range q.res.Candidates {
			if c := &q.res.Candidates[i]; c.Verdict == PairRefused {
				c.Verdict = v
			}
		}
		return v
	}
	return best
}

// ended gives the verdict of a run that broke off. What was found stands.
func (q *inquiry) ended(err error) Verdict {
	if len(q.res.Hits()) > 0 {
		return Works
	}
	return reason(err)
}

func reason(err error) Verdict {
	switch {
	case errors.Is(err, errLocked):
		return LockedOut
	case errors.Is(err, errEnded):
		return NotTried
	}
	return Unreachable
}

func (q *inquiry) all(v Verdict) {
	for i := range q.res.Candidates {
		q.res.Candidates[i].Verdict = v
	}
}

// confirmations is how many logins a yes still needs.
const confirmations = 3

// affordable keeps enough of the account's limit to confirm a yes.
func (q *inquiry) affordable(user string) bool {
	return q.opt.PerAccount < 0 || q.spent[user]+1+confirmations <= q.opt.PerAccount
}

// try makes one login, and a second one when the connection broke.
func (q *inquiry) try(ctx context.Context, role Role, p *Pair) (Reply, error) {
	var r Reply
	var err error
	for range 2 {
		if q.opt.Pace != nil {
			if perr := q.opt.Pace(ctx); perr != nil {
				return r, fmt.Errorf("%w: %w", errEnded, perr)
			}
		}
		if ctx.Err() != nil {
			return r, fmt.Errorf("%w: %w", errEnded, ctx.Err())
		}
		a := Attempt{Role: role}
		if p != nil {
			a.User, a.Password = p.User, p.Password
			q.spent[p.User]++
		}
		r, err = q.login(ctx, p)
		a.Reply = r
		if err != nil {
			a.Error = wire.Printable([]byte(err.Error()), 300)
		}
		q.res.Attempts = append(q.res.Attempts, a)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return r, fmt.Errorf("%w: %w", errEnded, err)
		}
	}
	if err == nil && r.Answer == Locked {
		return r, errLocked
	}
	return r, err
}

// random makes a word that no default list holds: 13 characters of base 32.
func (q *inquiry) random(prefix string) (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(q.opt.Rand, b[:]); err != nil {
		return "", fmt.Errorf("making a wrong password: %w", err)
	}
	word := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	return prefix + word, nil
}
