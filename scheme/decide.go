package scheme

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/page"
)

// PendingSchema is the identifier of the format of a pending decision.
const PendingSchema = "plimsoll.pending/1"

// Pending is a decision that waits for approvals.
type Pending struct {
	Schema    string     `json:"schema"`
	Decision  Decision   `json:"decision"`
	Approvals []Approval `json:"approvals"`
}

// ID is the short name of a pending decision: the first half of its digest, which
// is what the approvers sign.
func (p *Pending) ID() (string, error) {
	d, err := p.Decision.Digest()
	return strings.TrimSuffix(pendingName(d), ".json"), err
}

func pendingName(d plimsoll.Digest) string {
	return strings.TrimPrefix(string(d), "sha256:")[:32] + ".json"
}

// Propose writes a decision down to be approved. It gets its time and, when it
// issues a label, its number here; what the rules or the lint refuse is not
// written.
func (f *Folder) Propose(ctx context.Context, d Decision) (*Pending, error) {
	d.Scheme, d.At = f.State.Code, f.Now()
	if err := f.State.inTime(d.At, d.At); err != nil {
		return nil, err
	}
	if d.Kind == KindGrant {
		n, err := f.nextNumber()
		if err != nil {
			return nil, err
		}
		d.Number, d.Grant.Claims.Number, d.Grant.Claims.Issuer = n, n, d.Scheme
	}
	p := &Pending{Schema: PendingSchema, Decision: d, Approvals: []Approval{}}
	if err := f.mayStand(ctx, &p.Decision); err != nil {
		return nil, err
	}
	return p, f.save(p)
}

// mayStand checks a decision against the state and lints the label that it would
// issue: a throw-away key signs, an independent reader verifies, the drawing is
// decoded.
func (f *Folder) mayStand(ctx context.Context, d *Decision) error {
	if _, err := f.State.Terms(d); err != nil {
		return err
	}
	if d.Kind != KindGrant {
		return nil
	}
	if err := page.CheckSheet(d.Grant.Sheet, d.Grant.Contacts); err != nil {
		return fmt.Errorf("the page of the label: %w", err)
	}
	sc, err := f.State.Scheme()
	if err != nil {
		return err
	}
	_, err = art.Lint(ctx, d.Grant.Claims, sc, art.Print{}, f.Now())
	return err
}

// nextNumber is the first number that no label and no pending decision has.
func (f *Folder) nextNumber() (label.Number, error) {
	n := label.Number(0)
	for issued := range f.State.Labels {
		n = max(n, issued)
	}
	waiting, err := f.Pending()
	if err != nil {
		return 0, err
	}
	for _, p := range waiting {
		n = max(n, p.Decision.Number)
	}
	return n + 1, nil
}

func (f *Folder) save(p *Pending) error {
	d, err := p.Decision.Digest()
	if err != nil {
		return err
	}
	return writeJSON(f.path(pendingDir, pendingName(d)), p, 0o600)
}

// Pending lists the decisions that wait, oldest first.
func (f *Folder) Pending() ([]*Pending, error) {
	names, err := filepath.Glob(f.path(pendingDir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []*Pending
	for _, name := range names {
		p, err := readPending(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b *Pending) int { return a.Decision.At.Compare(b.Decision.At) })
	return out, nil
}

func readPending(name string) (*Pending, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var p Pending
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	d, err := p.Decision.Digest()
	if err != nil {
		return nil, err
	}
	if p.Schema != PendingSchema || pendingName(d) != filepath.Base(name) {
		return nil, fmt.Errorf("reading %q: it was changed after it was proposed; propose it again", name)
	}
	return &p, nil
}

// Withdraw forgets a pending decision. Its number stays unused.
func (f *Folder) Withdraw(p *Pending) error {
	d, err := p.Decision.Digest()
	if err != nil {
		return err
	}
	return f.forget(pendingName(d))
}

// Approve adds a person's signature. Whoever signs must be an approver of the
// scheme who has not signed this decision yet.
func (f *Folder) Approve(ctx context.Context, p *Pending, by key.Signer) error {
	persons, err := keysOf(f.State.Policy.Approvers)
	if err != nil {
		return err
	}
	who, ok := persons[by.KeyID()]
	if !ok {
		return fmt.Errorf("%s is no approver of the scheme; they are %s", by.KeyID(), names(f.State.Policy.Approvers))
	}
	for _, a := range p.Approvals {
		if persons[a.Key].Name == who.Name {
			return fmt.Errorf("%s has signed already: another person must", who.Name)
		}
	}
	msg, err := p.Decision.Bytes()
	if err != nil {
		return err
	}
	sig, err := by.Sign(ctx, key.Message(DecisionType, msg))
	if err != nil {
		return fmt.Errorf("approving as %s: %w", who.Name, err)
	}
	p.Approvals = append(p.Approvals, Approval{Key: by.KeyID(), At: f.Now(), Machine: f.machine(p.Decision.Scheme), Signature: sig})
	return f.save(p)
}

func names(persons []Person) string {
	var out []string
	for _, p := range persons {
		out = append(out, p.Name)
	}
	return strings.Join(out, ", ")
}

// Ready reports whether enough people have signed.
func (p *Pending) Ready() bool { return p.Decision.Kind == KindTrust || len(p.Approvals) >= approvers }

// Commit makes a decision that was approved: the label is signed, the entry goes to
// the outbox, into the log, and Commit returns when the log is published with it.
// From the outbox on nothing can be lost: whoever opens the scheme next carries on.
func (f *Folder) Commit(ctx context.Context, p *Pending) (uint64, error) {
	e := &Entry{Schema: Schema, At: f.Now(), Decision: p.Decision, Approvals: p.Approvals}
	if e.Approvals == nil {
		e.Approvals = []Approval{}
	}
	if err := f.mayStand(ctx, &e.Decision); err != nil {
		return 0, err
	}
	if err := f.signToken(ctx, e); err != nil {
		return 0, err
	}
	digest, err := f.State.Check(e)
	if err != nil {
		return 0, err
	}
	statement, err := f.sign(ctx, e)
	if err != nil {
		return 0, err
	}
	name := f.path(outboxDir, strings.TrimSuffix(pendingName(digest), ".json")+".cose")
	if err := evidence.WriteFile(name, statement, 0o600); err != nil {
		return 0, err
	}
	if err := f.deliver(ctx, name, statement); err != nil {
		return 0, fmt.Errorf("the decision is safe in the outbox and the next command goes on with it: %w", err)
	}
	index, _ := f.State.Made(digest)
	return index, nil
}

// signToken lets the label key of today sign what was approved.
func (f *Folder) signToken(ctx context.Context, e *Entry) error {
	if e.Decision.Kind != KindGrant {
		return nil
	}
	s, err := f.SignerFor(ctx, label.UseLabel)
	if err != nil {
		return err
	}
	t, err := label.Issue(ctx, e.Decision.Grant.Claims, s)
	e.Token = t.Bytes()
	return err
}

// sign wraps an entry in a statement of the scheme.
func (f *Folder) sign(ctx context.Context, e *Entry) ([]byte, error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	policy, host := f.State.Policy, ""
	if f.State.Size == 0 {
		policy = *e.Decision.Policy
	}
	if sc, err := f.State.Scheme(); err == nil {
		host = sc.Hosts[0]
	}
	pub, err := key.ParsePublic(policy.Statement)
	if err != nil {
		return nil, err
	}
	s, err := f.Signer(ctx, pub)
	if err != nil {
		return nil, fmt.Errorf("the key that signs entries: %w", err)
	}
	issuer := "https://" + host
	if host == "" {
		issuer = e.Decision.Scheme
	}
	return label.Statement{Issuer: issuer, Subject: e.Decision.Subject(), Type: EntryType, Payload: payload}.Sign(ctx, s)
}

// Where says whether the approvals come from one machine.
func (p *Pending) Where() Machines { return machines(p.Approvals) }
