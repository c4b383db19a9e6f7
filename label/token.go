package label

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"time"

	"github.com/veraison/go-cose"

	"github.com/plimsoll-iot/plimsoll/key"
)

// MaxToken bounds the COSE part of a token in bytes: a QR code of version 9,
// level M, holds that with a host of 13 characters, and no more scans at 20 mm.
const MaxToken = 154

// tokenVersion stands before the COSE bytes. As the leading byte of the number
// that is printed it also keeps their leading zeros.
const tokenVersion = 1

// maxDigits is the length of the largest number of 1+MaxToken bytes that begins
// with tokenVersion.
const maxDigits = 372

// ErrTooLong says that the claims do not fit into MaxToken. The caller should
// shorten brand, model or version, or leave out the GTIN.
var ErrTooLong = errors.New("the label is too long to scan at 20 mm")

// wireClaims are the claims of RFC 8392 and, under one private key, ours.
type wireClaims struct {
	Issuer string    `cbor:"1,keyasint"`
	Until  uint64    `cbor:"4,keyasint"`
	From   uint64    `cbor:"5,keyasint,omitempty"`
	Label  wireLabel `cbor:"-65537,keyasint"`
}

// Key 6 is kept free for a digest of the full record.
type wireLabel struct {
	Number     uint32 `cbor:"0,keyasint"`
	Level      uint8  `cbor:"1,keyasint"`
	SupportEnd uint16 `cbor:"2,keyasint"`
	Brand      string `cbor:"3,keyasint"`
	Model      string `cbor:"4,keyasint"`
	GTIN       uint64 `cbor:"5,keyasint,omitempty"`
	Assurance  uint8  `cbor:"7,keyasint"`
	Version    string `cbor:"8,keyasint"`
}

func (c Claims) wire() wireClaims {
	w := wireClaims{Issuer: c.Issuer, Until: uint64(c.Until.Unix()), Label: wireLabel{
		Number: uint32(c.Number), Level: c.Level, SupportEnd: uint16(c.SupportEnd), Brand: c.Brand, Model: c.Model,
		GTIN: c.GTIN, Assurance: uint8(c.Assurance), Version: c.Version,
	}}
	if !c.From.IsZero() {
		w.From = uint64(c.From.Unix())
	}
	return w
}

func (w wireClaims) claims() Claims {
	c := Claims{
		Issuer: w.Issuer, Number: Number(w.Label.Number), Level: w.Label.Level, Assurance: Assurance(w.Label.Assurance),
		SupportEnd: Day(w.Label.SupportEnd), Brand: w.Label.Brand, Model: w.Label.Model, Version: w.Label.Version,
		GTIN: w.Label.GTIN, Until: moment(w.Until),
	}
	if w.From != 0 {
		c.From = moment(w.From)
	}
	return c
}

// moment is the time of a CWT date; one that no calendar of ours holds becomes a
// moment after latest, which Check refuses.
func moment(s uint64) time.Time {
	return time.Unix(int64(min(s, uint64(latest.Unix())+1)), 0).UTC()
}

// Token is a signed label in its one encoding. A zero Token is none.
type Token struct {
	raw    []byte // tokenVersion and an untagged COSE_Sign1
	claims Claims
	hint   KeyHint
	msg    cose.UntaggedSign1Message
}

// Issue signs a label. It refuses claims that Check refuses and, as ErrTooLong,
// those that do not fit. A FileKey gives the same token each time.
func Issue(ctx context.Context, c Claims, s key.Signer) (Token, error) {
	if err := c.Check(); err != nil {
		return Token{}, fmt.Errorf("issuing a label: %w", err)
	}
	payload, err := encoding.Marshal(c.wire())
	if err != nil {
		return Token{}, fmt.Errorf("issuing a label: %w", err)
	}
	if size := coseOverhead + len(payload); size > MaxToken {
		return Token{}, fmt.Errorf("issuing a label: %w: %d bytes, %d too many: shorten brand, model or version, or leave out the GTIN", ErrTooLong, size, size-MaxToken)
	}
	alg, hint, signer, err := signerOf(ctx, s)
	if err != nil {
		return Token{}, fmt.Errorf("issuing a label: %w", err)
	}
	t, err := parseToken(unsigned(alg, hint, payload))
	if err != nil {
		return Token{}, fmt.Errorf("issuing a label: reading it back: %w", err)
	}
	place := t.msg.Signature
	t.msg.Signature = nil
	if err := t.msg.Sign(nil, nil, signer); err != nil {
		return Token{}, fmt.Errorf("issuing a label: %w", err)
	}
	if len(t.msg.Signature) != len(place) {
		return Token{}, fmt.Errorf("issuing a label: the key gave a signature of %d bytes, want %d", len(t.msg.Signature), len(place))
	}
	copy(place, t.msg.Signature)
	return t, nil
}

// unsigned is a token with zeros in place of its signature.
func unsigned(alg cose.Algorithm, hint KeyHint, payload []byte) []byte {
	head := protectedES256
	if alg == cose.AlgorithmEdDSA {
		head = protectedEdDSA
	}
	b := make([]byte, 0, 1+MaxToken)
	b = append(b, tokenVersion, 0x84)
	b = append(b, head...)
	b = append(b, hint[:]...)
	b = append(b, 0xa0, 0x58, byte(len(payload)))
	b = append(b, payload...)
	b = append(b, 0x58, 0x40)
	return append(b, make([]byte, 64)...)
}

// coseOverhead is what a token has beside its payload; all of it is of fixed
// length for payloads of minPayload to 255 bytes. No claims fit into less.
const (
	coseOverhead = 80
	minPayload   = 24
)

// Room is how many bytes of brand, model and version are still free; negative
// when there are too many.
func (c Claims) Room() (int, error) {
	payload, err := encoding.Marshal(c.wire())
	if err != nil {
		return 0, fmt.Errorf("encoding the claims: %w", err)
	}
	return MaxToken - coseOverhead - len(payload), nil
}

// Parse reads the bytes of a token. It accepts only bytes that Issue could have
// written; the signature is for TrustList.Signer to check.
func Parse(raw []byte) (Token, error) {
	t, err := parseToken(raw)
	if err != nil {
		return Token{}, fmt.Errorf("parsing a label: %w", err)
	}
	return t, nil
}

func parseToken(raw []byte) (Token, error) {
	switch {
	case len(raw) > 1+MaxToken:
		return Token{}, fmt.Errorf("%d bytes, want at most %d", len(raw), 1+MaxToken)
	case len(raw) < 1+coseOverhead+minPayload:
		return Token{}, fmt.Errorf("%d bytes, want at least %d", len(raw), 1+coseOverhead+minPayload)
	case raw[0] != tokenVersion:
		return Token{}, fmt.Errorf("version %d, want %d", raw[0], tokenVersion)
	}
	t := Token{raw: bytes.Clone(raw)}
	alg, hint, payload, sig, err := frame(t.raw[1:])
	if err != nil {
		return Token{}, err
	}
	t.hint = hint
	t.msg = cose.UntaggedSign1Message{
		Headers: cose.Headers{
			RawProtected: t.raw[2 : 2+len(protectedES256)+len(hint)],
			Protected:    cose.ProtectedHeader{cose.HeaderLabelAlgorithm: alg},
		},
		Payload: payload, Signature: sig,
	}
	var w wireClaims
	if err := unmarshal(payload, &w); err != nil {
		return Token{}, fmt.Errorf("reading the claims: %w", err)
	}
	t.claims = w.claims()
	return t, t.claims.Check()
}

// The two protected headers that a token may have, up to the key hint: a byte
// string of nine bytes that holds {1: alg, 4: hint}.
const (
	protectedES256 = "\x49\xa2\x01\x26\x04\x44"
	protectedEdDSA = "\x49\xa2\x01\x27\x04\x44"
)

// frame takes an untagged COSE_Sign1 apart. There is one encoding of its frame for
// each algorithm and payload length, so bytes are compared instead of parsed: no
// second spelling of a header can pass.
func frame(b []byte) (alg cose.Algorithm, hint KeyHint, payload, sig []byte, err error) {
	const at = 1 + len(protectedES256) + len(hint) // of the unprotected header
	switch head := string(b[1 : at-len(hint)]); {
	case b[0] != 0x84:
		return 0, hint, nil, nil, errors.New("not a COSE_Sign1 without a tag")
	case head == protectedES256:
		alg = cose.AlgorithmES256
	case head == protectedEdDSA:
		alg = cose.AlgorithmEdDSA
	default:
		return 0, hint, nil, nil, errors.New("protected header: want ES256 or EdDSA and a key hint of four bytes, in deterministic encoding")
	}
	hint = KeyHint(b[at-len(hint) : at])
	n := len(b) - coseOverhead
	if b[at] != 0xa0 || b[at+1] != 0x58 || int(b[at+2]) != n {
		return 0, hint, nil, nil, errors.New("want an empty unprotected header and a payload of the length that is there")
	}
	payload, rest := b[at+3:at+3+n], b[at+3+n:]
	if rest[0] != 0x58 || rest[1] != 0x40 {
		return 0, hint, nil, nil, errors.New("want a signature of 64 bytes")
	}
	return alg, hint, payload, rest[2:], nil
}

// ParseDigits reads the digits that stand after the # of the URL.
func ParseDigits(s string) (Token, error) {
	if len(s) == 0 || len(s) > maxDigits || s[0] < '1' || s[0] > '9' { // no sign, no second spelling
		return Token{}, fmt.Errorf("parsing a label: %d characters, want 1 to %d digits without a leading zero", len(s), maxDigits)
	}
	b, ok := fromDecimal(s)
	if !ok {
		return Token{}, errors.New("parsing a label: other characters among the digits")
	}
	return Parse(b)
}

// fromDecimal writes a decimal number of at most maxDigits digits, the first of them
// no zero, in bytes, the highest first. It takes 19 digits at a time, as many as fit
// 64 bits, and so a fifth of the time of math/big, which takes one.
func fromDecimal(s string) ([]byte, bool) {
	const step = 19
	var words [20]uint64 // the lowest first; 10^maxDigits is below 2^1280
	n := 0
	for len(s) > 0 {
		cut := (len(s)-1)%step + 1 // the first piece is the short one
		carry, scale := uint64(0), uint64(1)
		for _, c := range []byte(s[:cut]) {
			if c < '0' || c > '9' {
				return nil, false
			}
			carry, scale = carry*10+uint64(c-'0'), scale*10
		}
		for i := range n {
			high, low := bits.Mul64(words[i], scale)
			sum, over := bits.Add64(low, carry, 0)
			words[i], carry = sum, high+over
		}
		if carry != 0 {
			words[n] = carry
			n++
		}
		s = s[cut:]
	}
	out := make([]byte, 0, 8*len(words))
	for _, w := range slices.Backward(words[:n]) {
		out = binary.BigEndian.AppendUint64(out, w)
	}
	return bytes.TrimLeft(out, "\x00"), true
}

// Zero reports whether there is no token.
func (t Token) Zero() bool { return len(t.raw) == 0 }

// Claims are what the token says, signed or not.
func (t Token) Claims() Claims { return t.claims }

// KeyHint is the hint to the key that is said to have signed.
func (t Token) KeyHint() KeyHint { return t.hint }

// Bytes are the version byte and the untagged COSE_Sign1.
func (t Token) Bytes() []byte { return bytes.Clone(t.raw) }

// Digits is the token as a decimal number.
func (t Token) Digits() string { return new(big.Int).SetBytes(t.raw).String() }

// Digest names the token in range files and in the log: the SHA-256 of Bytes.
func (t Token) Digest() [sha256.Size]byte { return sha256.Sum256(t.raw) }

// URL is what the QR code holds: the page of host with the digits as fragment,
// which a browser never sends.
func (t Token) URL(host string) string { return "https://" + host + "/#" + t.Digits() }

// NumberText is the number of the label for people.
func (t Token) NumberText() string { return NumberText(t.claims.Issuer, t.claims.Number) }
