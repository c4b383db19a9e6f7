// Package es256 verifies many ES256 signatures (RFC 9053, 2.1) of few keys: an issuer
// signs labels by the million with one. A key that is used again and again gets a table
// of its multiples, which halves the time of a signature; until then, and for all that
// signs, crypto/ecdsa does the work.
//
// What it calls good is what crypto/ecdsa calls good. It works on public values alone,
// in time that depends on them. It must never touch a private key.
package es256

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"

	"filippo.io/nistec"
	"github.com/veraison/go-cose"
)

const size = 32 // bytes of a scalar and of a coordinate of P-256

// often is after how many signatures a table is worth its making, which takes as long
// as some 50 signatures, and its 850 kB.
const often = 200

// order is that of the base point (FIPS 186-5, SP 800-186, 3.2.1.3).
var order = elliptic.P256().Params().N

// Verifier verifies signatures of one key, for many goroutines at once. It is a
// cose.Verifier.
type Verifier struct {
	pub   *ecdsa.PublicKey
	used  atomic.Int64
	once  sync.Once
	table atomic.Pointer[table]
}

// New is a verifier for a key, which must be a point of P-256.
func New(pub *ecdsa.PublicKey) (*Verifier, error) {
	if pub == nil || pub.Curve != elliptic.P256() {
		return nil, errors.New("es256: want a key of P-256")
	}
	if _, err := point(pub); err != nil {
		return nil, err
	}
	return &Verifier{pub: pub}, nil
}

// Algorithm is that of COSE.
func (v *Verifier) Algorithm() cose.Algorithm { return cose.AlgorithmES256 }

// Verify returns nil when signature, 64 bytes r and s, is one of the key over content,
// and cose.ErrVerification when not.
func (v *Verifier) Verify(content, signature []byte) error {
	if len(signature) != 2*size {
		return cose.ErrVerification
	}
	digest := sha256.Sum256(content)
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	good := false
	if t := v.ready(); t != nil {
		good = t.verify(digest[:], r, s)
	} else {
		good = ecdsa.Verify(v.pub, digest[:], r, s)
	}
	if !good {
		return cose.ErrVerification
	}
	return nil
}

// ready is the table, once the key has been used often.
func (v *Verifier) ready() *table {
	if t := v.table.Load(); t != nil || v.used.Add(1) <= often {
		return t
	}
	v.once.Do(func() {
		if q, err := point(v.pub); err == nil {
			v.table.Store(newTable(q))
		}
	})
	return v.table.Load()
}

func point(pub *ecdsa.PublicKey) (*nistec.P256Point, error) {
	b, err := pub.Bytes()
	if err != nil {
		return nil, fmt.Errorf("es256: %w", err)
	}
	return nistec.NewP256Point().SetBytes(b)
}

// table holds, for byte i of a scalar, the points 256^i * (1 ... 255) * Q: a multiple
// of Q is the sum of one point per byte.
type table [size][255]nistec.P256Point

func newTable(q *nistec.P256Point) *table {
	t := new(table)
	base := nistec.NewP256Point().Set(q)
	for i := range t {
		t[i][0].Set(base)
		for j := 1; j < len(t[i]); j++ {
			t[i][j].Add(&t[i][j-1], base)
		}
		base.Add(&t[i][len(t[i])-1], base)
	}
	return t
}

// multiply is k * Q, k big-endian.
func (t *table) multiply(k []byte) *nistec.P256Point {
	sum := nistec.NewP256Point()
	for i, b := range k {
		if b != 0 {
			sum.Add(sum, &t[size-1-i][b-1])
		}
	}
	return sum
}

// verify is FIPS 186-5, 6.4.2, for a digest as long as the order.
func (t *table) verify(digest []byte, r, s *big.Int) bool {
	if !inField(r) || !inField(s) {
		return false
	}
	w := new(big.Int).ModInverse(s, order)
	u1, u2 := times(new(big.Int).SetBytes(digest), w), times(r, w)
	sum, err := nistec.NewP256Point().ScalarBaseMult(u1)
	if err != nil {
		return false
	}
	x, err := sum.Add(sum, t.multiply(u2)).BytesX() // an error is the point at infinity
	if err != nil {
		return false
	}
	v := new(big.Int).SetBytes(x)
	return v.Mod(v, order).Cmp(r) == 0
}

// inField reports whether 0 < k < order.
func inField(k *big.Int) bool { return k.Sign() > 0 && k.Cmp(order) < 0 }

// times is a * b modulo the order, in 32 bytes.
func times(a, b *big.Int) []byte {
	p := new(big.Int).Mul(a, b)
	return p.Mod(p, order).FillBytes(make([]byte, size))
}
