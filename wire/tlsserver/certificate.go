package tlsserver

import (
	"bytes"
	"context"
	"crypto/dsa" //lint:ignore SA1019 old devices still have such keys; they are described, not used
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// A Certificate is a chain that the server showed and the facts of its leaf.
type Certificate struct {
	Chain       [][]byte  `json:"chain"`       // DER, leaf first
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the leaf, hexadecimal
	PublicKey   string    `json:"public_key"`  // SHA-256 of its SubjectPublicKeyInfo
	KeyType     string    `json:"key_type"`    // RSA, ECDSA, Ed25519, DSA, unknown
	Bits        int       `json:"bits"`        // of the modulus or the field
	Curve       string    `json:"curve,omitempty"`
	Signature   string    `json:"signature"` // algorithm, as in SHA256-RSA
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Serial      string    `json:"serial"` // hexadecimal
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Names       []string  `json:"names"` // subject alternative names
	SelfSigned  bool      `json:"self_signed"`
	CA          bool      `json:"ca"`
	Error       string    `json:"error,omitempty"` // why facts are missing
}

// Describe reads the facts of a chain. A leaf that does not parse gives a
// Certificate with Error and the DER.
func Describe(chain [][]byte) Certificate {
	c := Certificate{Chain: chain, KeyType: "unknown", Names: []string{}}
	if len(chain) == 0 {
		c.Error = "an empty chain"
		return c
	}
	sum := sha256.Sum256(chain[0])
	c.Fingerprint = hex.EncodeToString(sum[:])
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		c.Error = wire.Printable([]byte(err.Error()), 200)
		return c
	}
	key := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	c.PublicKey = hex.EncodeToString(key[:])
	c.Signature = leaf.SignatureAlgorithm.String()
	c.Subject, c.Issuer = clean(leaf.Subject.String()), clean(leaf.Issuer.String())
	c.Serial = leaf.SerialNumber.Text(16)
	c.NotBefore, c.NotAfter = leaf.NotBefore.UTC(), leaf.NotAfter.UTC()
	for _, n := range leaf.DNSNames {
		c.Names = append(c.Names, clean(n))
	}
	for _, ip := range leaf.IPAddresses {
		c.Names = append(c.Names, ip.String())
	}
	c.CA = leaf.IsCA
	c.SelfSigned = selfSigned(leaf)
	c.key(leaf)
	return c
}

func clean(s string) string { return wire.Printable([]byte(s), 500) }

func (c *Certificate) key(leaf *x509.Certificate) {
	switch k := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		c.KeyType, c.Bits = "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		c.KeyType, c.Bits, c.Curve = "ECDSA", k.Curve.Params().BitSize, k.Curve.Params().Name
	case ed25519.PublicKey:
		c.KeyType, c.Bits = "Ed25519", 256
	case *dsa.PublicKey:
		c.KeyType, c.Bits = "DSA", k.P.BitLen()
	}
}

// selfSigned checks the certificate against its own key. Algorithms that the
// library refuses to check (MD5, SHA-1) count when issuer and subject are equal.
func selfSigned(leaf *x509.Certificate) bool {
	if !bytes.Equal(leaf.RawIssuer, leaf.RawSubject) {
		return false
	}
	err := leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature)
	var insecure x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &insecure) || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}

// keep adds a chain unless its leaf is known.
func (p *prober) keep(chain [][]byte) {
	if len(chain) == 0 {
		return
	}
	known := slices.ContainsFunc(p.certs, func(c Certificate) bool { return bytes.Equal(c.Chain[0], chain[0]) })
	if !known && len(p.certs) < chainCap {
		p.certs = append(p.certs, Describe(chain))
	}
}

// certificate13 gets the chain of TLS 1.3, which is encrypted, with an ordinary
// handshake that checks nothing.
func (p *prober) certificate13(ctx context.Context, res Result) {
	if o, ok := res.Offer(TLS13); !ok || !o.Accepted {
		return
	}
	conn, err := p.connect(ctx)
	if err != nil {
		return
	}
	defer conn.Close()
	release, err := wire.Guard(ctx, conn, p.opt.Limit)
	if err != nil {
		return
	}
	defer release()
	tc := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // the certificate is described, not trusted
		MinVersion:         tls.VersionTLS13,
		ServerName:         p.opt.ServerName,
		// Facts are wanted even when the proof of the key fails afterwards.
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			p.keep(raw)
			return nil
		},
	})
	_ = tc.HandshakeContext(ctx) // what it showed was kept above
}
