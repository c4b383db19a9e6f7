package label_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

func TestNamesRoundTrip(t *testing.T) {
	for _, o := range label.Outcomes() {
		var got label.Outcome
		if err := got.UnmarshalText([]byte(o.String())); err != nil || got != o || o.Sentence() == "" {
			t.Errorf("%s: %s, %v", o, got, err)
		}
	}
	for _, m := range []label.Mode{label.Offline, label.Private, label.Full} {
		var got label.Mode
		if err := got.UnmarshalText([]byte(m.String())); err != nil || got != m {
			t.Errorf("%s: %s, %v", m, got, err)
		}
	}
	for _, a := range []label.Assurance{label.SelfDeclared, label.LabTested, label.AuthorityChecked} {
		var got label.Assurance
		if err := got.UnmarshalText([]byte(a.String())); err != nil || got != a {
			t.Errorf("%s: %s, %v", a, got, err)
		}
	}
	var o label.Outcome
	var m label.Mode
	var a label.Assurance
	for _, s := range []string{"", "green", "LIVE"} {
		if o.UnmarshalText([]byte(s)) == nil || m.UnmarshalText([]byte(s)) == nil || a.UnmarshalText([]byte(s)) == nil {
			t.Errorf("%q was read", s)
		}
	}
	if label.Outcome(200).String() != "stale" || label.Outcome(200).Sentence() == "" || label.Mode(9).String() != "full" || label.Assurance(9).String() != "" {
		t.Error("out of range")
	}
}

// TestGenuine: which answers say that the scheme made the label.
func TestGenuine(t *testing.T) {
	want := map[label.Outcome]bool{
		label.Live: true, label.Signed: true, label.SupportOver: true, label.Expired: true, label.NotYetValid: true, label.OnHold: true, label.Withdrawn: true,
	}
	for _, o := range label.Outcomes() {
		if o.Genuine() != want[o] {
			t.Errorf("%s: %v", o, o.Genuine())
		}
	}
}

// TestResult: the assurance comes first, and a label that is not the scheme's says
// nothing about a product.
func TestResult(t *testing.T) {
	for _, v := range readVectors(t).Vectors {
		b, err := json.Marshal(v.Want)
		if err != nil {
			t.Fatal(err)
		}
		described := strings.Contains(string(b), `"brand"`)
		switch v.Want.Outcome {
		case label.Malformed, label.UnknownScheme, label.BadSignature:
			if described {
				t.Errorf("%s: describes a product: %s", v.ID, b)
			}
		case label.Stale:
		default:
			if !described || !strings.Contains(string(b), `"mark":`) {
				t.Errorf("%s: does not describe the product: %s", v.ID, b)
			}
		}
		if described && strings.Index(string(b), `"assurance"`) > strings.Index(string(b), `"brand"`) {
			t.Errorf("%s: the assurance is not first: %s", v.ID, b)
		}
	}
}

func TestVerifyWithoutInput(t *testing.T) {
	w := newWorld(t)
	if r := label.Verify(context.Background(), label.Input{}, w.trust, label.Status{}, nil, now, label.Offline); r.Outcome != label.Malformed {
		t.Errorf("nothing: %s", r.Outcome)
	}
	// A mode that does not exist asks for everything.
	in := label.Input{Token: issue(t, plug(), w.es)}
	if r := label.Verify(context.Background(), in, w.trust, label.Status{}, nil, now, label.Mode(7)); r.Outcome != label.Stale || r.Mode != label.Full {
		t.Errorf("mode 7: %s in mode %s", r.Outcome, r.Mode)
	}
}

func TestVerifyCancelledProof(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	proof := func(ctx context.Context, _ label.Token, s *label.Scheme) (label.Inclusion, error) {
		if s.Code != "HARB" {
			t.Errorf("asked for %s", s.Code)
		}
		cancel()
		return label.Inclusion{}, errors.New("cut off")
	}
	r := label.Verify(ctx, label.Input{Token: issue(t, plug(), w.es)}, w.trust, label.Status{}, proof, now, label.Full)
	if r.Outcome != label.Stale {
		t.Errorf("got %s: a log that was not asked has not said no", r.Outcome)
	}
}

// hintKey is an Ed25519 key; those of 50197 and 153858 have the hint 56e28212 both.
func hintKey(t *testing.T, n uint32) *key.FileKey {
	t.Helper()
	seed := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("hint"), n))
	return loadKey(t, ed25519.NewKeyFromSeed(seed[:]))
}

// TestSameHint: of two keys with one hint both are tried.
func TestSameHint(t *testing.T) {
	w := newWorld(t)
	a, b := hintKey(t, 50197), hintKey(t, 153858)
	if ha, hb := hint(t, a), hint(t, b); string(ha) != string(hb) {
		t.Fatalf("hints %x and %x", ha, hb)
	}
	for i, k := range []*key.FileKey{a, b} {
		w.list.Schemes[0].Keys[i].Public = public(t, k)
	}
	trust, err := label.OpenTrust(w.sign(t, w.list, w.root[0], w.root[1]), w.list.Roots, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*key.FileKey{a, b} {
		in := label.Input{Token: issue(t, plug(), k)}
		if r := label.Verify(context.Background(), in, trust, label.Status{}, nil, now, label.Offline); r.Outcome != label.Signed {
			t.Errorf("got %s: %s", r.Outcome, r.Why)
		}
	}
}

// TestEveryBit: no bit of a token can be changed unnoticed, and none of a range
// file or a status list that says revoked.
func TestEveryBit(t *testing.T) {
	w := newWorld(t)
	m := newMaker(t)
	for _, k := range []label.Token{issue(t, plug(), w.es), issue(t, plug(), w.ed)} {
		for i := range k.Bytes() {
			for bit := range 8 {
				b := k.Bytes()
				b[i] ^= 1 << bit
				tok, err := label.Parse(b)
				if err != nil {
					continue
				}
				r := label.Verify(context.Background(), label.Input{Token: tok}, w.trust, label.Status{}, nil, now, label.Offline)
				if r.Outcome != label.BadSignature && r.Outcome != label.UnknownScheme {
					t.Errorf("byte %d bit %d: %s", i, bit, r.Outcome)
				}
			}
		}
	}
	es := issue(t, plug(), w.es)
	m.rangeOf(t, "r", now, entry(es, label.Revoked, 1))
	m.listOf(t, "l", now, map[label.Number]label.Standing{1420: label.Revoked})
	for _, name := range []string{"r", "l"} {
		for i := range m.file.Files[name] {
			b := append([]byte(nil), m.file.Files[name]...)
			b[i] ^= 1
			if _, err := label.OpenRange(b, w.trust, time.Time{}); err == nil {
				t.Errorf("range: byte %d changed, opened", i)
			}
			if _, err := label.OpenStatusList(b, w.trust, time.Time{}); err == nil {
				t.Errorf("list: byte %d changed, opened", i)
			}
		}
	}
}
