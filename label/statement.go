package label

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/veraison/go-cose"

	"github.com/plimsoll-iot/plimsoll/key"
)

// maxStatement bounds a signed statement: an entry of the log holds 64 KiB.
const maxStatement = 64 << 10

// Claims of a CWT in a protected header (RFC 9597).
const (
	cwtIssuer  = int64(1)
	cwtSubject = int64(2)
)

// Statement is a Signed Statement of SCITT (RFC 9943): what an issuer says of a
// subject, as an entry of a transparency log holds it.
type Statement struct {
	Issuer  string // address of the scheme
	Subject string // what it is about: a label's number, "policy", "trust"
	Type    string // media type of the payload
	Payload []byte
}

func (s Statement) headers(alg cose.Algorithm, hint KeyHint) cose.Headers {
	h := protected(alg, hint, "")
	h[cose.HeaderLabelContentType] = s.Type
	h[cose.HeaderLabelCWTClaims] = map[any]any{cwtIssuer: s.Issuer, cwtSubject: s.Subject}
	return cose.Headers{Protected: h, Unprotected: cose.UnprotectedHeader{}}
}

// Sign writes the statement as COSE_Sign1 with tag 18.
func (s Statement) Sign(ctx context.Context, by key.Signer) ([]byte, error) {
	alg, hint, signer, err := signerOf(ctx, by)
	if err != nil {
		return nil, fmt.Errorf("signing a statement: %w", err)
	}
	m := cose.Sign1Message{Headers: s.headers(alg, hint), Payload: s.Payload}
	if err := m.Sign(nil, nil, signer); err != nil {
		return nil, fmt.Errorf("signing a statement: %w", err)
	}
	b, err := m.MarshalCBOR()
	if err == nil && len(b) > maxStatement {
		err = fmt.Errorf("signing a statement: %d bytes, at most %d fit into the log", len(b), maxStatement)
	}
	return b, err
}

// OpenStatement reads a statement and verifies that pub signed it. It accepts only
// the bytes that Sign would write. With a nil pub the signature is not verified:
// for a first entry, whose payload names the key that must have signed it.
func OpenStatement(b []byte, pub crypto.PublicKey) (Statement, error) {
	if len(b) > maxStatement {
		return Statement{}, fmt.Errorf("opening a statement: longer than %d bytes", maxStatement)
	}
	var m cose.Sign1Message
	if err := m.UnmarshalCBOR(b); err != nil {
		return Statement{}, fmt.Errorf("opening a statement: %w", err)
	}
	s, err := statementOf(&m, b)
	if err != nil {
		return Statement{}, fmt.Errorf("opening a statement: %w", err)
	}
	if pub == nil {
		return s, nil
	}
	alg, err := algorithmOf(pub)
	if err != nil {
		return Statement{}, fmt.Errorf("opening a statement: %w", err)
	}
	v, err := cose.NewVerifier(alg, pub)
	if err != nil {
		return Statement{}, fmt.Errorf("opening a statement: %w", err)
	}
	if err := m.Verify(nil, v); err != nil {
		return Statement{}, fmt.Errorf("opening a statement: %w", key.ErrSignature)
	}
	return s, nil
}

// statementOf takes a message apart and demands the one form that Sign writes.
func statementOf(m *cose.Sign1Message, b []byte) (Statement, error) {
	hint, err := hintIn(m.Headers.Protected)
	if err != nil {
		return Statement{}, err
	}
	alg, err := m.Headers.Protected.Algorithm()
	if err != nil {
		return Statement{}, err
	}
	claims, _ := m.Headers.Protected[cose.HeaderLabelCWTClaims].(map[any]any)
	s := Statement{Payload: m.Payload}
	s.Issuer, _ = claims[cwtIssuer].(string)
	s.Subject, _ = claims[cwtSubject].(string)
	s.Type, _ = m.Headers.Protected[cose.HeaderLabelContentType].(string)
	want := cose.Sign1Message{Headers: s.headers(alg, hint), Payload: m.Payload, Signature: m.Signature}
	again, err := want.MarshalCBOR()
	if err != nil || !bytes.Equal(again, b) {
		return Statement{}, errors.New("not the deterministic form with algorithm, key hint, type, issuer and subject")
	}
	return s, nil
}
