package product

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"github.com/plimsoll-iot/plimsoll"
)

// Canonical returns the redacted declaration as canonical JSON: keys sorted, no
// secret, no file outside the product folder. Its SHA-256 is the product digest.
func (p *Product) Canonical() []byte { return bytes.Clone(p.canon) }

func (p *Product) digest() plimsoll.Digest {
	sum := sha256.Sum256(p.canon)
	return plimsoll.Digest("sha256:" + hex.EncodeToString(sum[:]))
}
