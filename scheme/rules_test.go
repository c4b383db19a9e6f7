package scheme

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/page"
)

// TestStory leads a label through its life and reads the log again from nothing.
func TestStory(t *testing.T) {
	b := newBench(t)
	n := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	for _, step := range []struct {
		kind   Kind
		reason string
		want   label.Standing
	}{
		{KindSuspend, "vulnerability", label.Suspended},
		{KindLift, "mended", label.Valid},
		{KindSupportEnded, "support-ended", label.SupportEnded},
		{KindRevoke, "non-conformity", label.Revoked},
	} {
		b.must(t, Decision{Kind: step.kind, Number: n, Reason: step.reason})
		if got := b.f.State.Labels[n].Standing; got != step.want {
			t.Errorf("after %s: %s, want %s", step.kind, got, step.want)
		}
	}
	b.reopen(t)
	l := b.f.State.Labels[n]
	if b.f.State.Size != 7 || l.Standing != label.Revoked || len(l.History) != 5 || l.Machines != OneMachine {
		t.Errorf("read again: %d entries, %+v", b.f.State.Size, l)
	}
	k, err := b.f.State.Trust.Signer(l.Token)
	if err != nil || k.Use != label.UseLabel {
		t.Errorf("the token is signed by %v, %v", k, err)
	}
}

func TestRenew(t *testing.T) {
	b := newBench(t)
	n := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")}, b.ada, b.ben); err == nil || !strings.Contains(err.Error(), "has a live label") {
		t.Errorf("a second live label of the same: %v", err)
	}
	next := b.plug("1.0")
	next.Replaces = n
	m := b.must(t, Decision{Kind: KindGrant, Grant: next})
	if b.f.State.Labels[n].Replaced != m || b.f.State.Labels[n].Standing != label.Valid {
		t.Errorf("the label that was renewed: %+v", b.f.State.Labels[n])
	}
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: next}, b.ada, b.ben); err == nil || !strings.Contains(err.Error(), "renewed already") {
		t.Errorf("renewed twice: %v", err)
	}
	b.must(t, Decision{Kind: KindSuspend, Number: m, Reason: "vulnerability"})
	last := b.plug("1.0")
	last.Replaces = m
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: last}, b.ada, b.ben); err == nil || !strings.Contains(err.Error(), "which is suspended") {
		t.Errorf("renewed while it is suspended: %v", err)
	}
	b.must(t, Decision{Kind: KindLift, Number: m, Reason: "mended"})
	other := b.plug("2.0")
	other.Replaces, other.Claims.Model = m, "Quay Lamp"
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: other}, b.ada, b.ben); err == nil || !strings.Contains(err.Error(), "another product") {
		t.Errorf("renewed by another product: %v", err)
	}
}

// TestApprovals: two people, each once, who are approvers.
func TestApprovals(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		by   []key.Signer
		want string
	}{
		{nil, "0 of the 2"},
		{[]key.Signer{b.ada}, "1 of the 2"},
		{[]key.Signer{b.ada, b.ada}, "signed already"},
		{[]key.Signer{b.ada, b.eve}, "is no approver"},
		{[]key.Signer{b.eve}, "is no approver"},
	} {
		if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")}, c.by...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("by %d: got %v, want %q", len(c.by), err, c.want)
		}
	}
	if b.f.State.Size != 2 {
		t.Errorf("%d entries, want 2", b.f.State.Size)
	}
}

// forgery is a change to a good entry that a rule must refuse.
type forgery struct {
	name, want string
	change     func(t *testing.T, b *bench, e *Entry)
}

// forgeries leave the approvals as they were made for the good entry; those that end
// in "!" are approved by the two again after the change, as by approvers who err.
var forgeries = []forgery{
	{"claims after approval", "does not fit", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Claims.SupportEnd++ }},
	{"one approval", "1 of the 2", func(_ *testing.T, _ *bench, e *Entry) { e.Approvals = e.Approvals[:1] }},
	{"one approval twice", "signed twice", func(_ *testing.T, _ *bench, e *Entry) { e.Approvals[1] = e.Approvals[0] }},
	{"an approval of a stranger", "no approver", func(t *testing.T, b *bench, e *Entry) { e.Approvals[1] = b.approve(t, e.Decision, b.eve)[0] }},
	{"an approval under another key's name", "does not fit", func(t *testing.T, b *bench, e *Entry) {
		e.Approvals[1] = b.approve(t, e.Decision, b.eve)[0]
		e.Approvals[1].Key = b.ben.KeyID()
	}},
	{"another scheme!", "log of", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Scheme = "QUAY" }},
	{"time goes back", "clock", func(_ *testing.T, _ *bench, e *Entry) { e.At = start.Add(-time.Hour) }},
	{"made before it was proposed", "before it was proposed", func(_ *testing.T, _ *bench, e *Entry) {
		e.At = e.Decision.At
		e.Decision.At = e.Decision.At.Add(time.Hour)
		e.Approvals = nil
	}},
	{"made at no whole second", "whole seconds", func(_ *testing.T, _ *bench, e *Entry) { e.At = e.Decision.At.Add(1) }},
	{"made long after it was proposed", "30 days at most", func(_ *testing.T, _ *bench, e *Entry) { e.At = e.Decision.At.AddDate(0, 0, 31) }},
	{"time with parts of a second!", "whole seconds", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.At = e.Decision.At.Add(1) }},
	{"no time!", "whole seconds", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.At = time.Time{} }},
	{"a reason for a grant!", "reason", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Reason = "mended" }},
	{"a long note!", "at most 1000", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Note = strings.Repeat("x", 1001) }},
	{"a policy in a grant!", "does not belong", func(_ *testing.T, b *bench, e *Entry) { e.Decision.Policy = &b.f.State.Policy }},
	{"no grant!", "missing", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant = nil }},
	{"unknown kind!", "unknown", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Kind = "bless" }},
	{"number of another!", "claims are those of another", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Number++ }},
	{"no number!", "want the number", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Number, e.Decision.Grant.Claims.Number = 0, 0 }},
	{"level that is not there!", "is not", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Claims.Level = 9 }},
	{"level under another name!", "is not", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Level = "2" }},
	{"another regime!", "is not", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Regime = "sg-cls" }},
	{"provisional!", "provisional", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Method = plimsoll.MethodProvisional }},
	{"valid before it is granted!", "valid from", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Claims.From = time.Time{} }},
	{"valid later!", "valid from", func(_ *testing.T, _ *bench, e *Entry) {
		e.Decision.Grant.Claims.From = e.Decision.At.Add(time.Hour)
	}},
	{"ended!", "valid from", func(_ *testing.T, _ *bench, e *Entry) {
		e.Decision.Grant.Claims.Until = e.Decision.At
	}},
	{"renews nothing!", "does not exist", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Replaces = 77 }},
	{"token of other claims!", "other than what was approved", func(_ *testing.T, _ *bench, e *Entry) { e.Decision.Grant.Claims.Version = "6.6" }},
	{"token of another end!", "other than what was approved", func(_ *testing.T, _ *bench, e *Entry) {
		e.Decision.Grant.Claims.Until = e.Decision.Grant.Claims.Until.AddDate(0, 1, 0)
	}},
	{"no token", "token", func(_ *testing.T, _ *bench, e *Entry) { e.Token = nil }},
	{"token by a stranger", "no key of HARB", func(t *testing.T, b *bench, e *Entry) { e.Token = b.token(t, e, b.eve) }},
	{"token by the status key", "no key of HARB", func(t *testing.T, b *bench, e *Entry) { e.Token = b.token(t, e, b.own(t, "status-2026")) }},
	{"token for longer than its key", "outlives", func(t *testing.T, b *bench, e *Entry) {
		e.Decision.Grant.Claims.Until = start.AddDate(5, 0, 0)
		e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
		e.Token = b.token(t, e, b.own(t, "label-2026"))
	}},
	{"token after the time of its key", "may sign from", func(t *testing.T, b *bench, e *Entry) {
		e.Decision.At = start.AddDate(1, 1, 0)
		e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
	}},
	{"token under a trust list that ended", "ended on", func(t *testing.T, b *bench, e *Entry) {
		e.Decision.At = start.AddDate(0, 4, 0)
		e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
	}},
	{"a token where none belongs", "holds a token", func(t *testing.T, b *bench, e *Entry) {
		tok := e.Token
		*e = Entry{Decision: Decision{Kind: KindPolicy, Scheme: "HARB", At: b.now, Policy: &b.f.State.Policy, Note: "again"}, Token: tok}
		e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
	}},
	{"a trust list with approvals", "signed by roots", func(t *testing.T, b *bench, e *Entry) {
		next, err := b.f.NextTrust(TrustChange{})
		if err != nil {
			t.Fatal(err)
		}
		var signed []byte
		for _, r := range b.roots[:2] {
			if signed, err = label.AddSignature(t.Context(), next, signed, r); err != nil {
				t.Fatal(err)
			}
		}
		*e = Entry{Decision: Decision{Kind: KindTrust, Scheme: "HARB", At: b.now, Trust: signed}}
		e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
	}},
	{"another schema", "schema", func(_ *testing.T, _ *bench, e *Entry) { e.Schema = "plimsoll.scheme-entry/2" }},
}

func (b *bench) token(t testing.TB, e *Entry, by key.Signer) []byte {
	t.Helper()
	tok, err := label.Issue(t.Context(), e.Decision.Grant.Claims, by)
	if err != nil {
		t.Fatal(err)
	}
	return tok.Bytes()
}

func (b *bench) good(t testing.TB) Entry {
	t.Helper()
	d := Decision{Kind: KindGrant, Scheme: "HARB", At: b.now, Number: 1420, Grant: b.plug("1.0")}
	d.Grant.Claims.Number, d.Grant.Claims.Issuer = 1420, "HARB"
	e := Entry{Decision: d, Approvals: b.approve(t, d, b.ada, b.ben)}
	e.Token = b.token(t, &e, b.own(t, "label-2026"))
	return e
}

func TestForgeries(t *testing.T) {
	b := newBench(t)
	statement := b.own(t, "statement")
	apply := func(e Entry, by key.Signer) error {
		s := b.again(t)
		return s.Apply(s.Size, b.entry(t, e, by))
	}
	if err := apply(b.good(t), b.eve); err == nil || !errors.Is(err, key.ErrSignature) {
		t.Errorf("signed by a stranger: %v", err)
	}
	for _, c := range forgeries {
		t.Run(c.name, func(t *testing.T) {
			e := b.good(t)
			c.change(t, b, &e)
			if strings.HasSuffix(c.name, "!") {
				e.Approvals = b.approve(t, e.Decision, b.ada, b.ben)
			}
			err := apply(e, statement)
			var rule *RuleError
			if !errors.As(err, &rule) || rule.Index != b.f.State.Size || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q at %d", err, c.want, b.f.State.Size)
			}
		})
	}
	e := b.good(t)
	s := b.again(t)
	stm := b.entry(t, e, statement)
	if err := s.Apply(s.Size+1, stm); err == nil {
		t.Error("an entry at the wrong place was taken")
	}
	if err := s.Apply(s.Size, stm); err != nil {
		t.Fatalf("the good entry: %v", err)
	}
	if err := s.Apply(s.Size, stm); err == nil || !strings.Contains(err.Error(), "stands in the log already") {
		t.Errorf("the same entry again: %v", err)
	}
	again := e
	again.Decision.Note = "another decision"
	again.Approvals = b.approve(t, again.Decision, b.ada, b.ben)
	if err := s.Apply(s.Size, b.entry(t, again, statement)); err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Errorf("the same number again: %v", err)
	}
}

// TestFirst: nothing stands before the policy, and no change without its reason.
func TestFirst(t *testing.T) {
	b := newBench(t)
	s := &State{Policy: Policy{Statement: b.f.State.Policy.Statement}}
	e := Entry{Decision: Decision{Kind: KindTrust, Scheme: "HARB", At: b.now, Trust: b.f.State.Signed}}
	if err := s.Apply(0, b.entry(t, e, b.own(t, "statement"))); err == nil || !strings.Contains(err.Error(), "must be the policy") {
		t.Errorf("a trust list first: %v", err)
	}
	n := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	for _, reason := range []string{"", "whim"} {
		if _, err := b.f.Propose(t.Context(), Decision{Kind: KindRevoke, Number: n, Reason: reason}); err == nil || !strings.Contains(err.Error(), "want one of [false-evidence") {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
}

// TestSpelling: an entry has one spelling, and its header says what it is about.
func TestSpelling(t *testing.T) {
	b := newBench(t)
	e := b.good(t)
	e.Schema = Schema
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		s    label.Statement
	}{
		{"spaces", label.Statement{Issuer: "x", Subject: e.Decision.Subject(), Type: EntryType, Payload: append([]byte(" "), payload...)}},
		{"an unknown key", label.Statement{Issuer: "x", Subject: e.Decision.Subject(), Type: EntryType, Payload: append([]byte(`{"more":1,`), payload[1:]...)}},
		{"a repeated key", label.Statement{Issuer: "x", Subject: e.Decision.Subject(), Type: EntryType, Payload: append([]byte(`{"schema":"`+Schema+`",`), payload[1:]...)}},
		{"another type", label.Statement{Issuer: "x", Subject: e.Decision.Subject(), Type: "text/plain", Payload: payload}},
		{"another subject", label.Statement{Issuer: "x", Subject: "HARB-0000-0013", Type: EntryType, Payload: payload}},
	} {
		stm, err := c.s.Sign(t.Context(), b.own(t, "statement"))
		if err != nil {
			t.Fatal(err)
		}
		s := b.again(t)
		if err := s.Apply(s.Size, stm); err == nil {
			t.Errorf("%s was taken", c.name)
		}
	}
}

// TestPageFirst: a sheet that the page of the label would refuse is refused before
// anybody signs, and one of Japanese text is not.
func TestPageFirst(t *testing.T) {
	b := newBench(t)
	g := b.plug("1.0")
	g.Sheet = map[string][]page.Section{"en": {{Heading: "Updates", Lines: []string{"\u202etxet"}}}}
	if _, err := b.f.Propose(t.Context(), Decision{Kind: KindGrant, Grant: g}); err == nil || !strings.Contains(err.Error(), "marks of direction") {
		t.Errorf("got %v", err)
	}
	g.Sheet = map[string][]page.Section{"ja": {{Heading: "住所", Lines: []string{"住所：1 Example Quay\u3000連絡先：security@example.com"}}}}
	b.must(t, Decision{Kind: KindGrant, Grant: g})
}

// TestFounding: what cannot stand is refused before anything is written.
func TestFounding(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		want   string
		change func(fd *Founding)
	}{
		"a code of a country": {"country", func(fd *Founding) { fd.Code = "GB" }},
		"a code in small":     {"capital letters", func(fd *Founding) { fd.Code = "harb" }},
		"no name":             {"name", func(fd *Founding) { fd.Name = "" }},
		"no host":             {"host name", func(fd *Founding) { fd.Host = "label" }},
		"one approver":        {"at least 2", func(fd *Founding) { fd.Approvers = fd.Approvers[:1] }},
		"no roots":            {"root keys", func(fd *Founding) { fd.Roots, fd.Threshold = 0, 0 }},
		"more than all roots": {"root keys", func(fd *Founding) { fd.Threshold = 4 }},
		"no regime":           {"no levels", func(fd *Founding) { fd.Regime = nil }},
	} {
		dir := filepath.Join(t.TempDir(), "x")
		fd := Founding{
			Code: "QUAY", Name: "Quay Mark", Host: "quay.example", Regime: loadLine(t), Roots: 3, Threshold: 2, Say: func(string) {},
			Approvers: []Person{{Name: "ada", Key: encoded(t, b.ada)}, {Name: "ben", Key: encoded(t, b.ben)}},
		}
		c.change(&fd)
		if _, err := Found(t.Context(), dir, b.opening(), fd); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if left, err := os.ReadDir(dir); err == nil {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
	if _, err := Found(t.Context(), b.dir, b.opening(), Founding{
		Code: "QUAY", Name: "Q", Host: "q.example", Regime: loadLine(t), Roots: 1, Threshold: 1,
		Approvers: b.f.State.Policy.Approvers, Say: func(string) {},
	}); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("over another scheme: %v", err)
	}
}

// TestMachines: one machine, two, or nobody can say.
func TestMachines(t *testing.T) {
	for _, c := range []struct {
		from []string
		want Machines
	}{
		{[]string{"a", "a"}, OneMachine},
		{[]string{"a", "b"}, TwoMachines},
		{[]string{"a", ""}, MachinesUnknown},
		{[]string{"", ""}, MachinesUnknown},
		{[]string{"a"}, MachinesUnknown},
		{nil, MachinesUnknown},
	} {
		var p Pending
		for _, m := range c.from {
			p.Approvals = append(p.Approvals, Approval{Machine: m})
		}
		if got := p.Where(); got != c.want {
			t.Errorf("%q: %s, want %s", c.from, got, c.want)
		}
	}
}

// TestWaiting: a proposal that waits while others are decided can still be made.
func TestWaiting(t *testing.T) {
	b := newBench(t)
	first, err := b.f.Propose(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	if err != nil {
		t.Fatal(err)
	}
	b.now = start.Add(24 * time.Hour)
	b.must(t, Decision{Kind: KindGrant, Grant: b.plug("2.0")})
	b.now = start.Add(25 * time.Hour)
	for _, k := range []key.Signer{b.ada, b.ben} {
		if err := b.f.Approve(t.Context(), first, k); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.f.Commit(t.Context(), first); err != nil {
		t.Errorf("approved a day later: %v", err)
	}
	if got := b.f.State.Labels[1].History[0].At; !got.Equal(b.now) {
		t.Errorf("made at %s, want %s", got, b.now)
	}
}
