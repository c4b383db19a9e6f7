package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/binary"
	"errors"
	"math/big"
)

// Dropbear keeps a host key as SSH strings: the name of the algorithm, then its numbers, private ones last.
var dropbearKinds = []struct {
	name  string
	parse func(*wire) (public, error)
}{
	{"ssh-rsa", dropbearRSA},
	{"ssh-dss", dropbearDSS},
	{"ecdsa-sha2-nistp256", dropbearEC(elliptic.P256())},
	{"ecdsa-sha2-nistp384", dropbearEC(elliptic.P384())},
	{"ecdsa-sha2-nistp521", dropbearEC(elliptic.P521())},
	{"ssh-ed25519", dropbearEd25519},
}

func (f *finder) dropbear() {
	for _, k := range dropbearKinds {
		mark := binary.BigEndian.AppendUint32(nil, uint32(len(k.name)))
		mark = append(mark, k.name...)
		for from := 0; ; {
			i := bytes.Index(f.data[from:], mark)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(mark)
			w := &wire{b: f.data[from:min(len(f.data), from+16<<10)]}
			if p, err := k.parse(w); err == nil && !w.bad {
				f.add(at, "dropbear", p)
			}
		}
	}
}

// wire reads SSH strings (RFC 4251, 5).
type wire struct {
	b   []byte
	bad bool
}

func (w *wire) str() []byte {
	if len(w.b) < 4 {
		w.bad = true
		return nil
	}
	n := binary.BigEndian.Uint32(w.b)
	if n > uint32(len(w.b)-4) {
		w.bad = true
		return nil
	}
	s := w.b[4 : 4+n]
	w.b = w.b[4+n:]
	return s
}

func (w *wire) num() *big.Int { return new(big.Int).SetBytes(w.str()) }

var errCut = errors.New("reading dropbear key: cut")

func dropbearRSA(w *wire) (public, error) {
	e, n, d, p, q := w.num(), w.num(), w.num(), w.num(), w.num()
	if w.bad {
		return public{}, errCut
	}
	return rsaPublic(n, e, d, p, q)
}

func dropbearDSS(w *wire) (public, error) {
	p, q, g, y, x := w.num(), w.num(), w.num(), w.num(), w.num()
	if w.bad {
		return public{}, errCut
	}
	return dsaPublic(p, q, g, y, x)
}

func dropbearEC(c elliptic.Curve) func(*wire) (public, error) {
	return func(w *wire) (public, error) {
		_, point, d := w.str(), w.str(), w.num()
		size := (c.Params().BitSize + 7) / 8
		if w.bad || d.BitLen() > size*8 {
			return public{}, errCut
		}
		k, err := ecdsa.ParseRawPrivateKey(c, d.FillBytes(make([]byte, size)))
		if err != nil {
			return public{}, err
		}
		got, err := k.PublicKey.Bytes()
		if err != nil {
			return public{}, err
		}
		if !bytes.Equal(got, point) {
			return public{}, errors.New("reading dropbear key: halves do not fit")
		}
		return anyPublic(k)
	}
}

func dropbearEd25519(w *wire) (public, error) {
	s := w.str()
	if w.bad || len(s) != ed25519.PrivateKeySize {
		return public{}, errCut
	}
	k := ed25519.NewKeyFromSeed(s[:ed25519.SeedSize])
	if !bytes.Equal(k[ed25519.SeedSize:], s[ed25519.SeedSize:]) {
		return public{}, errors.New("reading dropbear key: halves do not fit")
	}
	return anyPublic(k)
}
