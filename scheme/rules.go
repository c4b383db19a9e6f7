package scheme

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

// Skew is by how much the clocks of the machines of a scheme may differ.
const Skew = 5 * time.Minute

// approvers is how many people must sign a decision.
const approvers = 2

// patience is how long a proposal may wait: what it rests on grows old.
const patience = 30 * 24 * time.Hour

// RuleError is an entry of the log that a rule of the state machine refuses.
type RuleError struct {
	Index uint64
	Err   error
}

// Error names the entry and the rule.
func (e *RuleError) Error() string { return fmt.Sprintf("entry %d of the log: %v", e.Index, e.Err) }

// Unwrap is the rule.
func (e *RuleError) Unwrap() error { return e.Err }

// Change is one step in the life of a label.
type Change struct {
	Kind   Kind      `json:"kind"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	Note   string    `json:"note,omitempty"`
	Index  uint64    `json:"log_index"`
}

// Label is an issued label as the log leaves it.
type Label struct {
	Grant    Grant
	Token    label.Token
	Index    uint64 // of its grant in the log
	Standing label.Standing
	Replaced label.Number // the label that renews this one; 0: none
	History  []Change
	// OneMachine: the approvals were given on one machine; Unknown: nobody can say.
	Machines Machines
}

// Machines says whether the approvals of a decision came from one machine.
type Machines string

// The answers. They are what the programs there have told, not proof.
const (
	OneMachine      Machines = "one machine"
	TwoMachines     Machines = "two machines"
	MachinesUnknown Machines = "not known"
)

// State is what the entries of a log add up to. Its zero value is that of an empty
// log. Every rule is checked while entries are added.
type State struct {
	Code   string
	Policy Policy
	Trust  *label.TrustList
	Signed []byte      // the trust list as it was signed
	First  label.Roots // the roots of the first trust list
	Size   uint64      // entries
	Labels map[label.Number]*Label
	Order  []label.Number // in order of issue
	Last   time.Time      // of the newest decision

	made map[plimsoll.Digest]uint64
}

func digestOf(b []byte) plimsoll.Digest {
	sum := sha256.Sum256(b)
	return plimsoll.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// Made tells at which index of the log a decision stands.
func (s *State) Made(d plimsoll.Digest) (uint64, bool) {
	i, ok := s.made[d]
	return i, ok
}

// Scheme is the scheme as the trust list has it.
func (s *State) Scheme() (*label.Scheme, error) {
	if s.Trust == nil {
		return nil, errors.New("the log holds no trust list yet")
	}
	sc, ok := s.Trust.Scheme(s.Code)
	if !ok {
		return nil, fmt.Errorf("the trust list does not name the scheme %q", s.Code)
	}
	return sc, nil
}

// Apply adds the entry at index of the log, a signed statement, or says which rule
// refuses it as a *RuleError; then the state is as before.
func (s *State) Apply(index uint64, statement []byte) error {
	if err := s.apply(index, statement); err != nil {
		return &RuleError{Index: index, Err: err}
	}
	return nil
}

func (s *State) apply(index uint64, statement []byte) error {
	if index != s.Size {
		return fmt.Errorf("comes after entry %d", s.Size)
	}
	e, err := s.open(statement)
	if err != nil {
		return err
	}
	digest, err := s.Check(e)
	if err != nil {
		return err
	}
	if s.made == nil {
		s.made, s.Labels = map[plimsoll.Digest]uint64{}, map[label.Number]*Label{}
	}
	s.made[digest] = index
	s.Size++
	s.Last = later(s.Last, e.At)
	s.take(index, e)
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// ReadEntry reads an entry of the log from its statement. Signatures are not verified.
func ReadEntry(statement []byte) (*Entry, error) {
	st, err := label.OpenStatement(statement, nil)
	if err != nil {
		return nil, err
	}
	if st.Type != EntryType {
		return nil, fmt.Errorf("type %q: want %q", st.Type, EntryType)
	}
	var e Entry
	if err := strict(st.Payload, &e); err != nil {
		return nil, fmt.Errorf("reading the decision: %w", err)
	}
	if e.Schema != Schema {
		return nil, fmt.Errorf("schema %q: want %q", e.Schema, Schema)
	}
	if st.Subject != e.Decision.Subject() {
		return nil, fmt.Errorf("the header says %q, the decision is about %q", st.Subject, e.Decision.Subject())
	}
	return &e, nil
}

// open reads an entry and verifies the signature of the scheme under it. The first
// entry names the key itself: what vouches for it is the signed log.
func (s *State) open(statement []byte) (*Entry, error) {
	e, err := ReadEntry(statement)
	if err != nil {
		return nil, err
	}
	signer := s.Policy.Statement
	if s.Size == 0 && e.Decision.Policy != nil {
		signer = e.Decision.Policy.Statement
	}
	pub, err := key.ParsePublic(signer)
	if err != nil {
		return nil, fmt.Errorf("the key that signs entries: %w", err)
	}
	_, err = label.OpenStatement(statement, pub)
	return e, err
}

// Check says whether an entry may come next, and the digest of its decision.
func (s *State) Check(e *Entry) (plimsoll.Digest, error) {
	digest, err := s.Terms(&e.Decision)
	if err != nil {
		return "", err
	}
	if err := moment(e.At); err != nil {
		return "", err
	}
	if err := s.inTime(e.At, e.Decision.At); err != nil {
		return "", err
	}
	if e.Decision.Kind == KindTrust {
		if len(e.Approvals) > 0 {
			return "", errors.New("a trust list is signed by roots, not by approvers")
		}
		return digest, nil
	}
	if err := s.approved(e); err != nil {
		return "", err
	}
	if e.Decision.Kind == KindGrant {
		return digest, s.tokenRule(e)
	}
	if len(e.Token) > 0 {
		return "", fmt.Errorf("%s: holds a token, which only a grant does", e.Decision.Kind)
	}
	return digest, nil
}

// Terms says whether a decision may come next, approvals and token aside, and its
// digest.
func (s *State) Terms(d *Decision) (plimsoll.Digest, error) {
	digest, err := d.Digest()
	if err != nil {
		return "", err
	}
	rule, known := rules[d.Kind]
	switch {
	case !known:
		return "", fmt.Errorf("kind %q is unknown", d.Kind)
	case s.Size == 0 && d.Kind != KindPolicy:
		return "", errors.New("the first entry must be the policy")
	case s.Size > 0 && d.Scheme != s.Code:
		return "", fmt.Errorf("scheme %q: this is the log of %q", d.Scheme, s.Code)
	}
	if err := moment(d.At); err != nil {
		return "", err
	}
	if i, ok := s.made[digest]; ok {
		return "", fmt.Errorf("the decision stands in the log already, at %d", i)
	}
	if err := d.parts(); err != nil {
		return "", err
	}
	return digest, rule(s, d)
}

// moment refuses a time that is not in the one spelling.
func moment(t time.Time) error {
	if t.IsZero() || t.Nanosecond() != 0 || t.Location() != time.UTC {
		return errors.New("time: want whole seconds in UTC")
	}
	return nil
}

// inTime holds the moment at which a decision is made against those before it.
func (s *State) inTime(made, proposed time.Time) error {
	switch {
	case made.Add(Skew).Before(s.Last):
		return fmt.Errorf("time %s lies before that of the entry before it, %s: has the clock gone back?", made.Format(time.RFC3339), s.Last.Format(time.RFC3339))
	case made.Add(Skew).Before(proposed):
		return fmt.Errorf("made at %s, before it was proposed at %s: has the clock gone back?", made.Format(time.RFC3339), proposed.Format(time.RFC3339))
	case made.Sub(proposed) > patience:
		return fmt.Errorf("proposed at %s: a proposal waits for 30 days at most; withdraw it and propose again", proposed.Format(time.RFC3339))
	}
	return nil
}

// parts refuses a decision with parts that its kind does not have.
func (d *Decision) parts() error {
	labelled := d.Kind != KindPolicy && d.Kind != KindTrust
	changes := labelled && d.Kind != KindGrant
	switch {
	case (d.Grant != nil) != (d.Kind == KindGrant), (d.Policy != nil) != (d.Kind == KindPolicy), (len(d.Trust) > 0) != (d.Kind == KindTrust):
		return fmt.Errorf("%s: a part is missing or does not belong there", d.Kind)
	case (d.Number != 0) != labelled:
		return fmt.Errorf("%s: want the number of a label exactly where one is meant", d.Kind)
	case changes && Reasons[d.Reason] == "":
		return fmt.Errorf("reason %q: want one of %v", d.Reason, reasonCodes())
	case !changes && d.Reason != "":
		return fmt.Errorf("%s: gives a reason code, which only a change of a label does", d.Kind)
	case len(d.Note) > 1000:
		return fmt.Errorf("note: %d bytes, want at most 1000", len(d.Note))
	}
	return nil
}

func reasonCodes() []string {
	var out []string
	for r := range Reasons {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// approved demands the signatures of two people whom the policy in force names. The
// first policy founds the scheme: there is nobody yet who could approve it.
func (s *State) approved(e *Entry) error {
	if s.Size == 0 {
		return nil
	}
	persons, err := keysOf(s.Policy.Approvers)
	if err != nil {
		return err
	}
	msg, err := e.Decision.Bytes()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, a := range e.Approvals {
		p, ok := persons[a.Key]
		if !ok {
			return fmt.Errorf("approval: %s is no approver of the scheme", a.Key)
		}
		pub, err := key.ParsePublic(p.Key)
		if err != nil {
			return err
		}
		if err := key.Verify(pub, key.Message(DecisionType, msg), a.Signature); err != nil {
			return fmt.Errorf("approval of %q: %w", p.Name, err)
		}
		if seen[p.Name] {
			return fmt.Errorf("approval: %q has signed twice; two people must", p.Name)
		}
		seen[p.Name] = true
	}
	if len(seen) < approvers {
		return fmt.Errorf("%d of the %d people who must sign have signed", len(seen), approvers)
	}
	return nil
}

// machines compares what the approvals tell of where they were given.
func machines(as []Approval) Machines {
	if len(as) < approvers || slices.ContainsFunc(as, func(a Approval) bool { return a.Machine == "" }) {
		return MachinesUnknown
	}
	if slices.ContainsFunc(as[1:], func(a Approval) bool { return a.Machine == as[0].Machine }) {
		return OneMachine
	}
	return TwoMachines
}
