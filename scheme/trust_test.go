package scheme

import (
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

// trust issues the next trust list by some of the roots.
func (b *bench) trust(t testing.TB, ch TrustChange, roots ...key.Signer) (bool, error) {
	t.Helper()
	waiting, err := b.f.WaitingTrust()
	if err != nil {
		t.Fatal(err)
	}
	if waiting != nil {
		return b.f.IssueTrust(t.Context(), *waiting, roots)
	}
	next, err := b.f.NextTrust(ch)
	if err != nil {
		t.Fatal(err)
	}
	return b.f.IssueTrust(t.Context(), next, roots)
}

// TestRotation: a new label key by two roots who sign one after the other, in
// different runs; old labels stay good.
func TestRotation(t *testing.T) {
	b := newBench(t)
	n := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("1.0")})
	b.now = start.AddDate(0, 2, 0)
	if signed, err := b.trust(t, TrustChange{NewKey: label.UseLabel}, b.roots[0]); signed || err != nil {
		t.Fatalf("by one root: %v, %v", signed, err)
	}
	if b.f.State.Trust.Version != 1 {
		t.Error("a list that one root has signed is in force")
	}
	b.reopen(t)
	if signed, err := b.trust(t, TrustChange{}, b.roots[0]); signed || err != nil {
		t.Errorf("by the same root again: %v, %v", signed, err)
	}
	if signed, err := b.trust(t, TrustChange{}, b.roots[2]); !signed || err != nil {
		t.Fatalf("by the second root: %v, %v", signed, err)
	}
	if left, _ := b.f.WaitingTrust(); left != nil || b.f.State.Trust.Version != 2 {
		t.Errorf("version %d, waiting %v", b.f.State.Trust.Version, left)
	}
	old := b.f.State.Labels[n].Token
	m := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("2.0")})
	if b.f.State.Labels[m].Token.KeyHint() == old.KeyHint() {
		t.Error("the new key did not sign")
	}
	if _, err := b.f.State.Trust.Signer(old); err != nil {
		t.Errorf("a label of the old key: %v", err)
	}
	b.reopen(t)
}

// TestStolen: a stolen key is distrusted from a size of the log. What it signed and
// was logged before stays good; it signs nothing more.
func TestStolen(t *testing.T) {
	b := newBench(t)
	n := b.must(t, Decision{Kind: KindGrant, Grant: b.plug("0.9")})
	thief := b.own(t, "label-2026")
	id := thief.KeyID()
	if _, err := b.f.NextTrust(TrustChange{Distrust: "SHA256:nobody"}); err == nil || !strings.Contains(err.Error(), "no key of the scheme") {
		t.Errorf("a key that is not there: %v", err)
	}
	if signed, err := b.trust(t, TrustChange{Distrust: id, FromSize: b.f.State.Size, NewKey: label.UseLabel}, b.roots[0], b.roots[1]); !signed || err != nil {
		t.Fatalf("%v, %v", signed, err)
	}
	k, err := b.f.State.Trust.Signer(b.f.State.Labels[n].Token)
	if err != nil || k.DistrustFrom == nil || b.f.State.Labels[n].Index >= *k.DistrustFrom {
		t.Errorf("the label of before: %+v, %v", k, err)
	}
	e := b.good(t) // signed by the thief
	s := b.again(t)
	if err := s.Apply(s.Size, b.entry(t, e, b.own(t, "statement"))); err == nil || !strings.Contains(err.Error(), "distrusted") {
		t.Errorf("a label by the thief: %v", err)
	}
	b.must(t, Decision{Kind: KindGrant, Grant: b.plug("2.0")})
	again, err := b.f.NextTrust(TrustChange{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range again.Schemes[0].Keys {
		again.Schemes[0].Keys[i].DistrustFrom = nil
	}
	if _, err := b.f.IssueTrust(t.Context(), again, b.roots[:2]); err == nil || !strings.Contains(err.Error(), "trusted again") {
		t.Errorf("the thief trusted again: %v", err)
	}
}

// TestTrustRules: what no next trust list may do, whoever signs it.
func TestTrustRules(t *testing.T) {
	b := newBench(t)
	strangers := []key.Signer{newKey(t, key.P256), newKey(t, key.P256)}
	for _, c := range []struct {
		name, want string
		roots      []key.Signer
		change     func(l *label.TrustList)
	}{
		{"strangers as roots", "the roots that are pinned here", append(strangers, b.roots[0]), func(l *label.TrustList) {
			l.Roots = label.Roots{Threshold: 1, Keys: [][]byte{der(t, strangers[0])}}
		}},
		{"the same version", "after", b.roots[:2], func(l *label.TrustList) { l.Version, l.Expires = 1, l.Expires-1 }},
		{"without the scheme", "does not name", b.roots[:2], func(l *label.TrustList) { l.Schemes[0].Code = "QUAY" }},
		{"another log", "origin", b.roots[:2], func(l *label.TrustList) { l.Schemes[0].LogOrigin = "other.example/log" }},
		{"a label key gone", "is gone", b.roots[:2], func(l *label.TrustList) { l.Schemes[0].Keys = l.Schemes[0].Keys[1:] }},
	} {
		next, err := b.f.NextTrust(TrustChange{})
		if err != nil {
			t.Fatal(err)
		}
		c.change(&next)
		var signed []byte
		for _, r := range c.roots {
			if signed, err = label.AddSignature(t.Context(), next, signed, r); err != nil {
				t.Fatal(err)
			}
		}
		d := Decision{Kind: KindTrust, Scheme: "HARB", At: b.now, Trust: signed}
		s := b.again(t)
		if err := s.Apply(s.Size, b.entry(t, Entry{Decision: d}, b.own(t, "statement"))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func der(t testing.TB, k key.Signer) []byte {
	t.Helper()
	b, err := label.EncodeKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPolicy: approvers change by two of those in force; the new ones decide then.
func TestPolicy(t *testing.T) {
	b := newBench(t)
	next := b.f.State.Policy
	next.Approvers = []Person{{Name: "ada", Key: encoded(t, b.ada)}, {Name: "eve", Key: encoded(t, b.eve)}}
	if _, err := b.decide(t.Context(), Decision{Kind: KindPolicy, Policy: &next}, b.ada, b.eve); err == nil || !strings.Contains(err.Error(), "no approver") {
		t.Errorf("approved by one who is not in force: %v", err)
	}
	b.must(t, Decision{Kind: KindPolicy, Policy: &next})
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")}, b.ada, b.ben); err == nil || !strings.Contains(err.Error(), "no approver") {
		t.Errorf("by one who left: %v", err)
	}
	if _, err := b.decide(t.Context(), Decision{Kind: KindGrant, Grant: b.plug("1.0")}, b.ada, b.eve); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(p *Policy){
		"at least 2":    func(p *Policy) { p.Approvers = p.Approvers[:1] },
		"somebody else": func(p *Policy) { p.Approvers = []Person{p.Approvers[0], {Name: "x", Key: p.Approvers[0].Key}} },
		"of their own": func(p *Policy) {
			p.Approvers = []Person{p.Approvers[0], {Name: p.Approvers[0].Name, Key: p.Approvers[1].Key}}
		},
		"max_age_days": func(p *Policy) { p.MaxAgeDays = 0 },
		"levels":       func(p *Policy) { p.Levels = nil },
		"entries":      func(p *Policy) { p.Statement = "x" },
		"role":         func(p *Policy) { p.Bodies = []Body{{Name: "lab", Role: "friend", Key: p.Approvers[0].Key}} },
	} {
		p := b.f.State.Policy
		change(&p)
		if _, err := b.f.Propose(t.Context(), Decision{Kind: KindPolicy, Policy: &p}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
