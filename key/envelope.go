package key

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// Message is the pre-authentication encoding of DSSE: what is signed when a body
// of the named type is signed. The type keeps a signature under one kind of
// document from being shown under another.
func Message(bodyType string, body []byte) []byte { return dsse.PAE(bodyType, body) }

// Seal signs body and returns a DSSE envelope as JSON on one line. An Ed25519 or
// file key gives the same bytes each time.
func Seal(ctx context.Context, s Signer, bodyType string, body []byte) ([]byte, error) {
	es, err := dsse.NewEnvelopeSigner(dsseSigner{s})
	if err != nil {
		return nil, fmt.Errorf("signing with key %s: %w", s.KeyID(), err)
	}
	e, err := es.SignPayload(ctx, bodyType, body)
	if err != nil {
		return nil, fmt.Errorf("signing with key %s: %w", s.KeyID(), err)
	}
	return encode(e)
}

func encode(e *dsse.Envelope) ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encoding the envelope: %w", err)
	}
	return append(b, '\n'), nil
}

// Envelope is a signed body whose signature is yet to be verified.
type Envelope struct {
	Body  []byte
	KeyID string // as the envelope says, not verified
	raw   *dsse.Envelope
}

// ParseEnvelope reads an envelope with exactly one signature. It accepts only the
// bytes that Seal would write.
func ParseEnvelope(b []byte, bodyType string) (*Envelope, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var e dsse.Envelope
	if err := d.Decode(&e); err != nil {
		return nil, fmt.Errorf("parsing the envelope: %w", err)
	}
	again, err := encode(&e)
	if err != nil {
		return nil, err
	}
	switch {
	case !bytes.Equal(again, b):
		return nil, errors.New("parsing the envelope: not in canonical form")
	case e.PayloadType != bodyType:
		return nil, fmt.Errorf("parsing the envelope: type %q, want %q", e.PayloadType, bodyType)
	case len(e.Signatures) != 1:
		return nil, fmt.Errorf("parsing the envelope: %d signatures, want 1", len(e.Signatures))
	}
	body, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil {
		return nil, fmt.Errorf("parsing the envelope: body: %w", err)
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(e.Signatures[0].Sig); err != nil {
		return nil, fmt.Errorf("parsing the envelope: signature: %w", err)
	}
	return &Envelope{Body: body, KeyID: e.Signatures[0].KeyID, raw: &e}, nil
}

// Verify checks the signature under pub, and that the envelope names that key.
func (e *Envelope) Verify(ctx context.Context, pub crypto.PublicKey) error {
	id, err := ID(pub)
	if err != nil {
		return err
	}
	if e.KeyID != id {
		return fmt.Errorf("%w: signed as %q, verified under %q", ErrSignature, e.KeyID, id)
	}
	v, err := dsse.NewEnvelopeVerifier(dsseVerifier{pub: pub, id: id})
	if err != nil {
		return fmt.Errorf("verifying the envelope: %w", err)
	}
	if _, err := v.Verify(ctx, e.raw); err != nil {
		return ErrSignature
	}
	return nil
}

// dsseSigner shows a Signer to the DSSE library.
type dsseSigner struct{ s Signer }

func (d dsseSigner) KeyID() (string, error) { return d.s.KeyID(), nil }

func (d dsseSigner) Sign(ctx context.Context, msg []byte) ([]byte, error) { return d.s.Sign(ctx, msg) }

type dsseVerifier struct {
	pub crypto.PublicKey
	id  string
}

func (d dsseVerifier) KeyID() (string, error) { return d.id, nil }

func (d dsseVerifier) Public() crypto.PublicKey { return d.pub }

func (d dsseVerifier) Verify(_ context.Context, msg, sig []byte) error {
	return Verify(d.pub, msg, sig)
}
