package keys

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/ssh"
)

// Sizes beyond these are no keys of this world and would cost time to check.
const (
	maxRSABits = 16384
	maxDSABits = 4096
	minBits    = 256
)

type pemParser struct {
	format    string
	algorithm string // when the type tells
	parse     func([]byte) (public, error)
}

var pemTypes = map[string]pemParser{
	"RSA PRIVATE KEY":       {"pem/pkcs1", "rsa", parsePKCS1},
	"DSA PRIVATE KEY":       {"pem/dsa", "dsa", parseDSA},
	"EC PRIVATE KEY":        {"pem/sec1", "ecdsa", parseSEC1},
	"PRIVATE KEY":           {"pem/pkcs8", "", parsePKCS8},
	"ENCRYPTED PRIVATE KEY": {"pem/pkcs8", "", nil},
	"OPENSSH PRIVATE KEY":   {"openssh", "", nil},
}

type pkcs8 struct {
	Version int
	Algo    pkix.AlgorithmIdentifier
	Key     []byte
}

var (
	oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidDSA = asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}
)

func parsePKCS1(der []byte) (public, error) {
	var k struct {
		Version       int
		N, E, D, P, Q *big.Int
		Dp, Dq, Qinv  *big.Int `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &k); err != nil {
		return public{}, fmt.Errorf("reading RSA key: %w", err)
	}
	return rsaPublic(k.N, k.E, k.D, k.P, k.Q)
}

// rsaPublic checks that the private half fits: n = p·q, and e·d = 1 modulo p-1 and q-1.
func rsaPublic(n, e, d, p, q *big.Int) (public, error) {
	if n.BitLen() < minBits || n.BitLen() > maxRSABits || p.BitLen() > n.BitLen() || q.BitLen() > n.BitLen() ||
		d.BitLen() > 2*n.BitLen() || p.Cmp(big.NewInt(2)) < 0 || q.Cmp(big.NewInt(2)) < 0 || d.Sign() <= 0 {
		return public{}, errors.New("reading RSA key: sizes are not possible")
	}
	if e.Sign() <= 0 || e.BitLen() > 31 || new(big.Int).Mul(p, q).Cmp(n) != 0 {
		return public{}, errors.New("reading RSA key: halves do not fit")
	}
	ed := new(big.Int).Mul(e, d)
	one := big.NewInt(1)
	for _, f := range []*big.Int{p, q} {
		if new(big.Int).Mod(ed, new(big.Int).Sub(f, one)).Cmp(one) != 0 {
			return public{}, errors.New("reading RSA key: halves do not fit")
		}
	}
	spki, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: int(e.Int64())})
	return public{"rsa", n.BitLen(), spki}, err
}

func parseDSA(der []byte) (public, error) {
	var k struct {
		Version       int
		P, Q, G, Y, X *big.Int
	}
	if _, err := asn1.Unmarshal(der, &k); err != nil {
		return public{}, fmt.Errorf("reading DSA key: %w", err)
	}
	return dsaPublic(k.P, k.Q, k.G, k.Y, k.X)
}

func dsaPublic(p, q, g, y, x *big.Int) (public, error) {
	if p.BitLen() < minBits || p.BitLen() > maxDSABits || p.Bit(0) == 0 || q.BitLen() > 512 || x.Sign() <= 0 || x.Cmp(q) >= 0 ||
		g.Sign() <= 0 || g.Cmp(p) >= 0 {
		return public{}, errors.New("reading DSA key: sizes are not possible")
	}
	if new(big.Int).Exp(g, x, p).Cmp(y) != 0 {
		return public{}, errors.New("reading DSA key: halves do not fit")
	}
	params, err := asn1.Marshal(struct{ P, Q, G *big.Int }{p, q, g})
	if err != nil {
		return public{}, err
	}
	point, err := asn1.Marshal(y)
	if err != nil {
		return public{}, err
	}
	spki, err := asn1.Marshal(struct {
		Algo pkix.AlgorithmIdentifier
		Key  asn1.BitString
	}{
		pkix.AlgorithmIdentifier{Algorithm: oidDSA, Parameters: asn1.RawValue{FullBytes: params}},
		asn1.BitString{Bytes: point, BitLength: len(point) * 8},
	})
	return public{"dsa", p.BitLen(), spki}, err
}

// parseSEC1 reads keys on the curves that crypto/x509 knows; keys on other curves do not count.
func parseSEC1(der []byte) (public, error) {
	k, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return public{}, fmt.Errorf("reading EC key: %w", err)
	}
	return anyPublic(k)
}

func parsePKCS8(der []byte) (public, error) {
	var k pkcs8
	if _, err := asn1.Unmarshal(der, &k); err != nil {
		return public{}, fmt.Errorf("reading PKCS #8 key: %w", err)
	}
	if k.Algo.Algorithm.Equal(oidRSA) {
		return parsePKCS1(k.Key)
	}
	if k.Algo.Algorithm.Equal(oidDSA) {
		return parsePKCS8DSA(k)
	}
	v, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return public{}, fmt.Errorf("reading PKCS #8 key: %w", err)
	}
	return anyPublic(v)
}

// parsePKCS8DSA reads the form in which the numbers stand with the algorithm and only the secret is the key.
func parsePKCS8DSA(k pkcs8) (public, error) {
	var n struct{ P, Q, G *big.Int }
	if _, err := asn1.Unmarshal(k.Algo.Parameters.FullBytes, &n); err != nil {
		return public{}, fmt.Errorf("reading DSA key: %w", err)
	}
	x := new(big.Int)
	if _, err := asn1.Unmarshal(k.Key, &x); err != nil {
		return public{}, fmt.Errorf("reading DSA key: %w", err)
	}
	if n.P.BitLen() > maxDSABits || n.P.Bit(0) == 0 || x.BitLen() > 512 || n.G.Sign() <= 0 || n.G.Cmp(n.P) >= 0 {
		return public{}, errors.New("reading DSA key: sizes are not possible")
	}
	return dsaPublic(n.P, n.Q, n.G, new(big.Int).Exp(n.G, x, n.P), x)
}

// anyPublic returns the public half of a parsed key.
func anyPublic(v any) (public, error) {
	var p public
	var pub any
	switch k := v.(type) {
	case *ecdsa.PrivateKey:
		p.algorithm, p.bits, pub = "ecdsa", k.Params().BitSize, &k.PublicKey
	case ed25519.PrivateKey:
		p.algorithm, p.bits, pub = "ed25519", 256, ed25519.NewKeyFromSeed(k.Seed()).Public()
	case *ed25519.PrivateKey:
		return anyPublic(*k)
	case *ecdh.PrivateKey:
		p.algorithm, p.bits, pub = "x25519", 256, k.PublicKey()
	case *rsa.PrivateKey:
		if len(k.Primes) != 2 {
			return public{}, errors.New("reading RSA key: more than two primes")
		}
		return rsaPublic(k.N, big.NewInt(int64(k.E)), k.D, k.Primes[0], k.Primes[1])
	default:
		return public{}, fmt.Errorf("reading key: type %T", v)
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	p.spki = spki
	return p, err
}

// plausibleEncrypted tells whether a block that claims a passphrase has the shape of one.
func plausibleEncrypted(b *pem.Block) bool {
	if b.Headers["DEK-Info"] != "" {
		return len(b.Bytes) >= 32 && len(b.Bytes)%8 == 0
	}
	var k struct {
		Algo pkix.AlgorithmIdentifier
		Data []byte
	}
	_, err := asn1.Unmarshal(b.Bytes, &k)
	return err == nil && len(k.Data) >= 32
}

func (f *finder) openssh(at int, text []byte) {
	v, err := ssh.ParseRawPrivateKey(text)
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		f.addEncrypted(at, "openssh", "")
		return
	}
	if err != nil {
		return
	}
	if p, err := anyPublic(v); err == nil {
		f.add(at, "openssh", p)
	}
}

// derMarks are bytes that stand at the start of the body of a DER private key, behind the outer sequence header.
var derMarks = []struct {
	mark   []byte
	format string
	parse  func([]byte) (public, error)
}{
	{[]byte("\x02\x01\x00\x30"), "der/pkcs8", parsePKCS8},
	{[]byte("\x02\x01\x00\x02"), "der/pkcs1", parsePKCS1},
	{[]byte("\x02\x01\x00\x02"), "der/dsa", parseDSA},
	{[]byte("\x02\x01\x01\x04"), "der/sec1", parseSEC1},
}

// der finds bare DER keys anywhere in the data.
func (f *finder) der() {
	type span struct{ from, to int }
	var taken []span
	for _, m := range derMarks {
		for from := 0; ; {
			i := bytes.Index(f.data[from:], m.mark)
			if i < 0 {
				break
			}
			at := from + i
			from = at + 1
			start, size, ok := sequenceBefore(f.data, at)
			if !ok {
				continue
			}
			inside := false
			for _, s := range taken {
				inside = inside || (start >= s.from && start < s.to)
			}
			if inside {
				continue
			}
			if p, err := m.parse(f.data[start : start+size]); err == nil {
				f.add(start, m.format, p)
				taken = append(taken, span{start, start + size})
			}
		}
	}
}

// sequenceBefore finds the header of a sequence whose body starts at at.
func sequenceBefore(data []byte, at int) (start, size int, ok bool) {
	for _, n := range []int{4, 3, 2} {
		s := at - n
		if s < 0 || data[s] != 0x30 {
			continue
		}
		body := 0
		switch {
		case n == 4 && data[s+1] == 0x82:
			body = int(data[s+2])<<8 | int(data[s+3])
		case n == 3 && data[s+1] == 0x81:
			body = int(data[s+2])
		case n == 2 && data[s+1] < 0x80:
			body = int(data[s+1])
		}
		if body >= 32 && at+body <= len(data) {
			return s, n + body, true
		}
	}
	return 0, 0, false
}
