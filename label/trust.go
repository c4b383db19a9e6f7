package label

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label/code"
	"github.com/plimsoll-iot/plimsoll/label/es256"
)

// TrustType is the type in the header of a trust list.
const TrustType = "application/plimsoll-trust+cbor"

// Bounds of a trust list.
const (
	maxTrust      = 1 << 20 // bytes
	maxTrustDays  = 90      // from issue to expiry
	maxSignatures = 16
)

// ErrRolledBack says that a trust list or a status is older than one that was seen
// before. The caller should say that somebody serves an old one.
var ErrRolledBack = errors.New("older than one seen before")

// Roots are the offline keys of which Threshold must sign a trust list.
type Roots struct {
	Threshold uint8    `json:"threshold"`
	Keys      [][]byte `json:"keys"` // SubjectPublicKeyInfo in DER
}

// TrustList says which schemes exist and which keys speak for them. Treat one that
// was opened as constant.
type TrustList struct {
	Version uint64   `json:"version"` // rises by each issue
	Issued  Day      `json:"issued"`
	Expires Day      `json:"expires"` // last day of use, at most 90 days after Issued
	Roots   Roots    `json:"roots"`   // who signs the next list
	Schemes []Scheme `json:"schemes"` // sorted by code

	keys map[keySlot][]liveKey
	code map[string]*Scheme
}

// Scheme issues labels.
type Scheme struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Hosts     []string `json:"hosts"`              // the first is printed; no other may stand in a QR code
	LogOrigin string   `json:"log_origin"`         // of its transparency log
	LogPolicy string   `json:"log_policy"`         // which witnesses must have cosigned, in the form of C2SP tlog-policy
	Official  string   `json:"official,omitempty"` // the law or decision that makes it a government's; empty: it is none
	Levels    []Level  `json:"levels"`             // level n stands at n-1
	Keys      []Key    `json:"keys"`
}

// Level is a level of a scheme in words.
type Level struct {
	Names map[string]string `json:"names"` // by language; "en" must be there
}

// Use says what a key may sign. One key has one use, so that a document of one
// kind is never taken for another.
type Use string

// The uses of a key.
const (
	UseLabel  Use = "label"
	UseStatus Use = "status" // status lists and range files
)

// Key is a key of a scheme with its times.
type Key struct {
	Use         Use    `json:"use"`
	Public      []byte `json:"public"` // SubjectPublicKeyInfo in DER
	SignFrom    Day    `json:"sign_from"`
	SignUntil   Day    `json:"sign_until"`
	VerifyUntil Day    `json:"verify_until"`
	// DistrustFrom is set after a compromise: only labels that stand in the log
	// before this size stay good.
	DistrustFrom *uint64 `json:"distrust_from_log_size,omitempty"`
}

type keySlot struct {
	scheme string
	use    Use
	hint   KeyHint
}

type liveKey struct {
	Key
	alg      cose.Algorithm
	verifier cose.Verifier
}

// Scheme finds a scheme by its code.
func (l *TrustList) Scheme(code string) (*Scheme, bool) {
	s, ok := l.code[code]
	return s, ok
}

// Resolve finds a scheme by a code that a person typed.
func (l *TrustList) Resolve(typed string) (*Scheme, bool) {
	for i := range l.Schemes {
		if code.Fold(l.Schemes[i].Code) == code.Fold(typed) {
			return &l.Schemes[i], true
		}
	}
	return nil, false
}

// Expired reports whether the list is past its last day.
func (l *TrustList) Expired(d Day) bool { return d > l.Expires }

// AddSignature signs a list, or adds a signature to one that others have signed
// already: signed is what AddSignature gave them, nil for the first. What is
// signed must be l in every byte.
func AddSignature(ctx context.Context, l TrustList, signed []byte, s key.Signer) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("signing the trust list: %w", err)
	}
	body, err := encoding.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("signing the trust list: %w", err)
	}
	m := &cose.SignMessage{Headers: trustHeaders(), Payload: body}
	if signed != nil {
		if m, err = parseTrust(signed); err != nil {
			return nil, fmt.Errorf("signing the trust list: %w", err)
		}
		if !bytes.Equal(m.Payload, body) {
			return nil, errors.New("signing the trust list: others have signed another list")
		}
	}
	h, signer, err := headers(ctx, s, "")
	if err != nil {
		return nil, fmt.Errorf("signing the trust list: %w", err)
	}
	prot, err := m.Headers.MarshalProtected()
	if err != nil {
		return nil, fmt.Errorf("signing the trust list: %w", err)
	}
	sig := &cose.Signature{Headers: h}
	if err := sig.Sign(nil, signer, prot, body, nil); err != nil {
		return nil, fmt.Errorf("signing the trust list: %w", err)
	}
	m.Signatures = append(m.Signatures, sig)
	return m.MarshalCBOR()
}

func trustHeaders() cose.Headers {
	return cose.Headers{Protected: cose.ProtectedHeader{cose.HeaderLabelType: TrustType}, Unprotected: cose.UnprotectedHeader{}}
}

// parseTrust reads a COSE_Sign in the one form that AddSignature writes.
func parseTrust(b []byte) (*cose.SignMessage, error) {
	if len(b) > maxTrust {
		return nil, fmt.Errorf("longer than %d bytes", maxTrust)
	}
	var m cose.SignMessage
	if err := m.UnmarshalCBOR(b); err != nil {
		return nil, err
	}
	if n := len(m.Signatures); n > maxSignatures {
		return nil, fmt.Errorf("%d signatures, want at most %d", n, maxSignatures)
	}
	want := cose.SignMessage{Headers: trustHeaders(), Payload: m.Payload}
	for _, s := range m.Signatures {
		hint, err := hintIn(s.Headers.Protected)
		if err != nil {
			return nil, err
		}
		alg, err := s.Headers.Protected.Algorithm()
		if err != nil {
			return nil, err
		}
		h := cose.Headers{Protected: protected(alg, hint, ""), Unprotected: cose.UnprotectedHeader{}}
		want.Signatures = append(want.Signatures, &cose.Signature{Headers: h, Signature: s.Signature})
	}
	again, err := want.MarshalCBOR()
	if err != nil || !bytes.Equal(again, b) {
		return nil, errors.New("not in deterministic encoding, or another type")
	}
	return &want, nil
}

// OpenTrust reads a trust list and verifies it: Threshold of the pinned roots have
// signed it and, when it names other roots, Threshold of these too. A version
// below atLeast, the highest one seen, is ErrRolledBack. To go on to a list of
// later roots, pin the Roots of the list before.
//
// Its dates are not looked at here: package verify answers Stale for a list out of
// date.
func OpenTrust(b []byte, pinned Roots, atLeast uint64) (*TrustList, error) {
	l, err := openTrust(b, pinned)
	if err != nil {
		return nil, fmt.Errorf("opening the trust list: %w", err)
	}
	if l.Version < atLeast {
		return nil, fmt.Errorf("opening the trust list: %w: version %d, seen %d", ErrRolledBack, l.Version, atLeast)
	}
	return l, nil
}

func openTrust(b []byte, pinned Roots) (*TrustList, error) {
	m, err := parseTrust(b)
	if err != nil {
		return nil, err
	}
	if err := pinned.signed(m); err != nil {
		return nil, fmt.Errorf("the roots that are pinned here: %w", err)
	}
	var l TrustList
	if err := unmarshal(m.Payload, &l); err != nil {
		return nil, err
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	if err := l.Roots.signed(m); err != nil {
		return nil, fmt.Errorf("the roots that the list names: %w", err)
	}
	return &l, l.index()
}

// FirstRoots are the roots that a trust list names, when enough of them have signed
// it. Anybody can make such a list: a caller who has no roots yet must show a person
// whose keys these are, and pin them only on that person's word.
func FirstRoots(b []byte) (Roots, error) {
	m, l, err := peek(b)
	if err == nil {
		err = l.Roots.signed(m)
	}
	if err != nil {
		return Roots{}, fmt.Errorf("reading the roots of the trust list: %w", err)
	}
	return l.Roots, nil
}

// PeekTrust reads a trust list and verifies nothing: for those who are to sign it
// next, and for a scheme that reads its own.
func PeekTrust(b []byte) (TrustList, error) {
	_, l, err := peek(b)
	if err != nil {
		return TrustList{}, fmt.Errorf("reading the trust list: %w", err)
	}
	return l, nil
}

func peek(b []byte) (*cose.SignMessage, TrustList, error) {
	m, err := parseTrust(b)
	if err != nil {
		return nil, TrustList{}, err
	}
	var l TrustList
	err = unmarshal(m.Payload, &l)
	return m, l, err
}

// signed counts which of the roots have signed.
func (r Roots) signed(m *cose.SignMessage) error {
	if err := r.check(); err != nil {
		return err
	}
	prot, err := m.Headers.MarshalProtected()
	if err != nil {
		return err
	}
	n := 0
	for _, der := range r.Keys {
		pub, v, err := verifierOf(der)
		if err != nil {
			return err
		}
		hint, err := HintOf(pub)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(m.Signatures, func(s *cose.Signature) bool {
			h, err := hintIn(s.Headers.Protected)
			return err == nil && h == hint && s.Verify(v, cbor.RawMessage(prot), m.Payload, nil) == nil
		}) {
			n++
		}
	}
	if n < int(r.Threshold) {
		return fmt.Errorf("%w: %d of the %d that must sign have signed", key.ErrSignature, n, r.Threshold)
	}
	return nil
}

// PublicKey reads a key as it stands in a trust list.
func PublicKey(der []byte) (crypto.PublicKey, error) {
	return key.ParsePublic(base64.StdEncoding.EncodeToString(der))
}

// EncodeKey writes a public key as a trust list wants it: SubjectPublicKeyInfo.
func EncodeKey(pub crypto.PublicKey) ([]byte, error) {
	s, err := key.EncodePublic(pub)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(s)
}

// verifierOf reads a key of a trust list, which may be asked for many signatures.
func verifierOf(der []byte) (crypto.PublicKey, cose.Verifier, error) {
	pub, err := PublicKey(der)
	if err != nil {
		return nil, nil, err
	}
	alg, err := algorithmOf(pub)
	if err != nil {
		return nil, nil, err
	}
	if p, ok := pub.(*ecdsa.PublicKey); ok {
		v, err := es256.New(p)
		return pub, v, err
	}
	v, err := cose.NewVerifier(alg, pub)
	return pub, v, err
}

// index makes the tables for looking up.
func (l *TrustList) index() error {
	l.keys, l.code = map[keySlot][]liveKey{}, map[string]*Scheme{}
	for i := range l.Schemes {
		s := &l.Schemes[i]
		l.code[s.Code] = s
		for _, k := range s.Keys {
			pub, v, err := verifierOf(k.Public)
			if err != nil {
				return err
			}
			hint, err := HintOf(pub)
			if err != nil {
				return err
			}
			slot := keySlot{scheme: s.Code, use: k.Use, hint: hint}
			l.keys[slot] = append(l.keys[slot], liveKey{Key: k, alg: v.Algorithm(), verifier: v})
		}
	}
	return nil
}

// Signer finds the label key of the token's scheme that has signed it. Its dates are
// not looked at here.
func (l *TrustList) Signer(t Token) (*Key, error) {
	return l.signer(t.claims.Issuer, UseLabel, t.hint, func(v cose.Verifier) error { return t.msg.Verify(nil, v) })
}

// signer finds the key of a scheme under which check finds the signature good.
func (l *TrustList) signer(scheme string, use Use, hint KeyHint, check func(cose.Verifier) error) (*Key, error) {
	all := l.keys[keySlot{scheme: scheme, use: use, hint: hint}]
	if len(all) == 0 {
		return nil, fmt.Errorf("no key of %s for a %s has the hint %x", scheme, use, hint)
	}
	for i := range all {
		if check(all[i].verifier) == nil {
			return &all[i].Key, nil
		}
	}
	return nil, key.ErrSignature
}
