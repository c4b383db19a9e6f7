package label_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

func TestVerifyWithoutInput(t *testing.T) {
	w := newWorld(t)
	if r := verify.Label(context.Background(), verify.Input{}, w.trust, verify.Status{}, nil, now, verify.Offline); r.Outcome != verify.Malformed {
		t.Errorf("nothing: %s", r.Outcome)
	}
	// A mode that does not exist asks for everything.
	in := verify.Input{Token: issue(t, plug(), w.es)}
	if r := verify.Label(context.Background(), in, w.trust, verify.Status{}, nil, now, verify.Mode(7)); r.Outcome != verify.Stale || r.Mode != verify.Full {
		t.Errorf("mode 7: %s in mode %s", r.Outcome, r.Mode)
	}
}

func TestVerifyCancelledProof(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	proof := func(ctx context.Context, _ label.Token, s *label.Scheme) (verify.Inclusion, error) {
		if s.Code != "HARB" {
			t.Errorf("asked for %s", s.Code)
		}
		cancel()
		return verify.Inclusion{}, errors.New("cut off")
	}
	r := verify.Label(ctx, verify.Input{Token: issue(t, plug(), w.es)}, w.trust, verify.Status{}, proof, now, verify.Full)
	if r.Outcome != verify.Stale {
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
		in := verify.Input{Token: issue(t, plug(), k)}
		if r := verify.Label(context.Background(), in, trust, verify.Status{}, nil, now, verify.Offline); r.Outcome != verify.Signed {
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
				r := verify.Label(context.Background(), verify.Input{Token: tok}, w.trust, verify.Status{}, nil, now, verify.Offline)
				if r.Outcome != verify.BadSignature && r.Outcome != verify.UnknownScheme {
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
