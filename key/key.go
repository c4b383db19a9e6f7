// Package key holds the keys that sign bundles and attestations: Ed25519 and
// ECDSA P-256, kept in a file of the user or behind an ssh-agent.
//
// It signs what it is given and knows no meaning of it. It must never write a
// private key that others can read, never send one anywhere, and never print one.
package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// Algorithm names a signature algorithm.
type Algorithm string

// The algorithms. An Ed25519 signature is the 64 bytes of RFC 8032 over the
// message; a P-256 one is the ASN.1 form of ECDSA over the SHA-256 of the message.
const (
	Ed25519 Algorithm = "ed25519"
	P256    Algorithm = "ecdsa-p256"
)

// Signer signs with one key. FileKey and AgentKey are its implementations.
type Signer interface {
	KeyID() string
	Public() crypto.PublicKey
	Sign(ctx context.Context, msg []byte) ([]byte, error)
}

// ErrSignature says that a signature does not fit. The caller should treat what
// was signed as not authentic.
var ErrSignature = errors.New("the signature does not fit the key and the text")

// AlgorithmOf says which algorithm a public key is for.
func AlgorithmOf(pub crypto.PublicKey) (Algorithm, error) {
	switch p := pub.(type) {
	case ed25519.PublicKey:
		if len(p) == ed25519.PublicKeySize {
			return Ed25519, nil
		}
	case *ecdsa.PublicKey:
		if p != nil && p.Curve == elliptic.P256() {
			return P256, nil
		}
	}
	return "", fmt.Errorf("key of type %T: want Ed25519 or ECDSA P-256", pub)
}

// ID names a public key: "SHA256:" and the base64url form, without padding, of
// the SHA-256 of its SubjectPublicKeyInfo in DER. It is not the fingerprint that
// ssh-keygen prints, which hashes another encoding of the key.
func ID(pub crypto.PublicKey) (string, error) {
	der, err := marshal(pub)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return "SHA256:" + base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// ValidID reports whether id has the form of a key id.
func ValidID(id string) bool {
	const prefix = "SHA256:"
	if len(id) < len(prefix) || id[:len(prefix)] != prefix {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(id[len(prefix):])
	return err == nil && len(b) == sha256.Size
}

func marshal(pub crypto.PublicKey) ([]byte, error) {
	if _, err := AlgorithmOf(pub); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("encoding the public key: %w", err)
	}
	return der, nil
}

// EncodePublic is the public key as one line: base64 of its SubjectPublicKeyInfo.
func EncodePublic(pub crypto.PublicKey) (string, error) {
	der, err := marshal(pub)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// maxPublic bounds an encoded public key in bytes; a P-256 one has about 200.
const maxPublic = 4 << 10

// ParsePublic reads what EncodePublic writes, or the PEM form. It accepts exactly
// one spelling of a key in each form.
func ParsePublic(s string) (crypto.PublicKey, error) {
	if len(s) > maxPublic {
		return nil, fmt.Errorf("public key: longer than %d bytes", maxPublic)
	}
	der, err := publicDER(s)
	if err != nil {
		return nil, err
	}
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("parsing the public key: %w", err)
	}
	again, err := marshal(pub)
	if err != nil {
		return nil, err
	}
	if string(again) != string(der) {
		return nil, errors.New("parsing the public key: not in canonical form")
	}
	return pub, nil
}

func publicDER(s string) ([]byte, error) {
	if block, _ := pem.Decode([]byte(s)); block != nil {
		if block.Type != "PUBLIC KEY" {
			return nil, fmt.Errorf("public key: PEM type %q, want PUBLIC KEY", block.Type)
		}
		return block.Bytes, nil
	}
	der, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("public key: neither PEM nor base64: %w", err)
	}
	return der, nil
}

// Verify checks a signature over msg and returns ErrSignature when it does not fit.
func Verify(pub crypto.PublicKey, msg, sig []byte) error {
	alg, err := AlgorithmOf(pub)
	if err != nil {
		return err
	}
	ok := false
	switch alg {
	case Ed25519:
		ok = ed25519.Verify(pub.(ed25519.PublicKey), msg, sig)
	case P256:
		sum := sha256.Sum256(msg)
		ok = ecdsa.VerifyASN1(pub.(*ecdsa.PublicKey), sum[:], sig)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}
