package label

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/plimsoll-iot/plimsoll/key"
)

// KeyHint is the kid of a COSE header: the first four bytes of the SHA-256 of the
// key's SubjectPublicKeyInfo. Two keys may share one; every one is tried.
type KeyHint [4]byte

// HintOf is the hint of a public key.
func HintOf(pub crypto.PublicKey) (KeyHint, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return KeyHint{}, fmt.Errorf("encoding the public key: %w", err)
	}
	sum := sha256.Sum256(der)
	return KeyHint(sum[:4]), nil
}

// encoding writes deterministic CBOR (RFC 8949, 4.2.1), the only form that is
// ever accepted.
var encoding = encodingMode()

// decoding reads CBOR without repeated keys, indefinite lengths, tags and unknown
// fields.
var decoding = decodingMode()

func encodingMode() cbor.EncMode {
	o := cbor.CoreDetEncOptions()
	o.TagsMd = cbor.TagsForbidden
	o.NilContainers = cbor.NilContainerAsEmpty
	m, err := o.EncMode()
	if err != nil {
		panic(err) // wrong options, found at start
	}
	return m
}

func decodingMode() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		MaxNestedLevels:   8,
		MaxArrayElements:  4096,
		MaxMapPairs:       64,
	}.DecMode()
	if err != nil {
		panic(err) // wrong options, found at start
	}
	return m
}

// unmarshal reads b into v, a pointer, and demands that v written again gives b:
// one value has one spelling.
func unmarshal(b []byte, v any) error {
	if err := decoding.Unmarshal(b, v); err != nil {
		return err
	}
	again, err := encoding.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return errors.New("not in deterministic encoding, or a field is missing")
	}
	return nil
}

// algorithms are those of COSE for the keys that can sign here.
var algorithms = map[key.Algorithm]cose.Algorithm{key.P256: cose.AlgorithmES256, key.Ed25519: cose.AlgorithmEdDSA}

func algorithmOf(pub crypto.PublicKey) (cose.Algorithm, error) {
	a, err := key.AlgorithmOf(pub)
	if err != nil {
		return 0, err
	}
	return algorithms[a], nil
}

// signature lets a key sign as COSE wants it.
type signature struct {
	alg  cose.Algorithm
	sign func(msg []byte) ([]byte, error)
}

func (s signature) Algorithm() cose.Algorithm { return s.alg }

func (s signature) Sign(_ io.Reader, msg []byte) ([]byte, error) { return s.sign(msg) }

// signerOf lets s sign for COSE.
func signerOf(ctx context.Context, s key.Signer) (cose.Algorithm, KeyHint, cose.Signer, error) {
	alg, err := algorithmOf(s.Public())
	if err != nil {
		return 0, KeyHint{}, nil, err
	}
	hint, err := HintOf(s.Public())
	if err != nil {
		return 0, KeyHint{}, nil, err
	}
	return alg, hint, signature{alg: alg, sign: func(msg []byte) ([]byte, error) {
		sig, err := s.Sign(ctx, msg)
		if err != nil {
			return nil, fmt.Errorf("signing with key %s: %w", s.KeyID(), err)
		}
		if alg == cose.AlgorithmES256 {
			return fixedWidth(sig)
		}
		return sig, nil
	}}, nil
}

// headers of a signature by s: the algorithm, the hint, and typ when it is not "".
func headers(ctx context.Context, s key.Signer, typ string) (cose.Headers, cose.Signer, error) {
	alg, hint, signer, err := signerOf(ctx, s)
	return cose.Headers{Protected: protected(alg, hint, typ), Unprotected: cose.UnprotectedHeader{}}, signer, err
}

func protected(alg cose.Algorithm, hint KeyHint, typ string) cose.ProtectedHeader {
	h := cose.ProtectedHeader{cose.HeaderLabelAlgorithm: alg, cose.HeaderLabelKeyID: hint[:]}
	if typ != "" {
		h[cose.HeaderLabelType] = typ
	}
	return h
}

// fixedWidth turns the ASN.1 form of an ECDSA signature into the 64 bytes of COSE
// (RFC 9053, 2.1).
func fixedWidth(der []byte) ([]byte, error) {
	r, s := new(big.Int), new(big.Int)
	in, inner := cryptobyte.String(der), cryptobyte.String(nil)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) || !inner.Empty() ||
		r.Sign() <= 0 || s.Sign() <= 0 || r.BitLen() > 256 || s.BitLen() > 256 {
		return nil, errors.New("the key gave no ECDSA signature in ASN.1")
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out, nil
}

// sign1 writes payload as COSE_Sign1 with tag 18.
func sign1(ctx context.Context, s key.Signer, typ string, payload []byte) ([]byte, error) {
	h, signer, err := headers(ctx, s, typ)
	if err != nil {
		return nil, err
	}
	m := cose.Sign1Message{Headers: h, Payload: payload}
	if err := m.Sign(nil, nil, signer); err != nil {
		return nil, err
	}
	return m.MarshalCBOR()
}

// parse1 reads what sign1 writes, tag 18 and all, and nothing else. The signature
// is not verified.
func parse1(b []byte, typ string) (*cose.Sign1Message, KeyHint, error) {
	var m cose.Sign1Message
	if err := m.UnmarshalCBOR(b); err != nil {
		return nil, KeyHint{}, fmt.Errorf("reading COSE: %w", err)
	}
	hint, err := hintIn(m.Headers.Protected)
	if err != nil {
		return nil, KeyHint{}, err
	}
	alg, err := m.Headers.Protected.Algorithm()
	if err != nil {
		return nil, KeyHint{}, fmt.Errorf("reading COSE: %w", err)
	}
	want := cose.Sign1Message{
		Headers: cose.Headers{Protected: protected(alg, hint, typ), Unprotected: cose.UnprotectedHeader{}},
		Payload: m.Payload, Signature: m.Signature,
	}
	again, err := want.MarshalCBOR()
	if err != nil || !bytes.Equal(again, b) {
		return nil, KeyHint{}, fmt.Errorf("reading COSE: not the deterministic form of type %q with an algorithm and a key hint", typ)
	}
	return &m, hint, nil
}

func hintIn(h cose.ProtectedHeader) (KeyHint, error) {
	kid, ok := h[cose.HeaderLabelKeyID].([]byte)
	if !ok || len(kid) != len(KeyHint{}) {
		return KeyHint{}, fmt.Errorf("reading COSE: want a key hint of %d bytes in the protected header", len(KeyHint{}))
	}
	return KeyHint(kid), nil
}
