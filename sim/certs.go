package sim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

const day = 24 * time.Hour

// certs are made anew at each start: no private key is shipped or kept.
type certs struct {
	root   []byte // PEM, what a client must trust to read the web site
	site   tls.Certificate
	device tls.Certificate // self-signed, as on a device that is paired by its fingerprint
}

func makeCerts(u *unit) (certs, error) {
	now := u.Now()
	caKey, err := newP256(u.Rand)
	if err != nil {
		return certs{}, err
	}
	ca, err := certTemplate(u.Rand, u.model.Maker+" web root", now, now.Add(30*day))
	if err != nil {
		return certs{}, err
	}
	ca.IsCA, ca.BasicConstraintsValid, ca.MaxPathLenZero = true, true, true
	ca.KeyUsage, ca.ExtKeyUsage = x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	ca.IPAddresses, ca.DNSNames = nil, nil
	rootDER, err := x509.CreateCertificate(u.Rand, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return certs{}, fmt.Errorf("signing the root: %w", err)
	}
	siteKey, err := newP256(u.Rand)
	if err != nil {
		return certs{}, err
	}
	leaf, err := certTemplate(u.Rand, u.model.Domain, now, now.Add(20*day))
	if err != nil {
		return certs{}, err
	}
	leaf.DNSNames = []string{u.model.Domain}
	siteDER, err := x509.CreateCertificate(u.Rand, leaf, ca, siteKey.Public(), caKey)
	if err != nil {
		return certs{}, fmt.Errorf("signing the certificate of the web site: %w", err)
	}
	device, err := deviceCert(u, now)
	if err != nil {
		return certs{}, err
	}
	return certs{
		root:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}),
		site:   tls.Certificate{Certificate: [][]byte{siteDER}, PrivateKey: siteKey},
		device: device,
	}, nil
}

// deviceCert is the certificate of the admin page and of MQTT, with the flaws that were asked for.
func deviceCert(u *unit, now time.Time) (tls.Certificate, error) {
	from, to := now.Add(-30*day), now.Add(365*day)
	if u.has("expired-cert") {
		from, to = now.Add(-400*day), now.Add(-35*day)
	}
	// The name says nothing about the model: it can be read before login, and model-hidden must hide the model.
	t, err := certTemplate(u.Rand, "device.local", from, to)
	if err != nil {
		return tls.Certificate{}, err
	}
	t.DNSNames = []string{"device.local"}
	var key crypto.Signer
	switch {
	case u.has("weak-key"):
		key, err = newRSA(u.Rand, 1024)
		t.SignatureAlgorithm = x509.SHA256WithRSA
	case u.has("sha1-cert"):
		// ECDSA keeps the key as declared, so the signature is the only flaw.
		key, err = newP256(u.Rand)
		t.SignatureAlgorithm = x509.ECDSAWithSHA1
	default:
		key, err = newP256(u.Rand)
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(u.Rand, t, t, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("signing the certificate of the device: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func newP256(random io.Reader) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("generating a P-256 key: %w", err)
	}
	return key, nil
}

func newRSA(random io.Reader, bits int) (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(random, bits)
	if err != nil {
		return nil, fmt.Errorf("generating an RSA key of %d bits: %w", bits, err)
	}
	return key, nil
}

func certTemplate(random io.Reader, name string, from, to time.Time) (*x509.Certificate, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("reading random bytes for a serial number: %w", err)
	}
	b[0] = b[0]&0x7f | 0x40 // positive, and always 16 bytes long
	return &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(b),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             from.Add(-time.Hour),
		NotAfter:              to,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}, nil
}

// deviceTLS is the server configuration of the device: TLS 1.2 with AEAD suites and TLS 1.3.
func (u *unit) deviceTLS() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{u.certs.device},
		MinVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		},
	}
}

// adminTLS is deviceTLS for the admin page, with the flaw that was asked for.
func (u *unit) adminTLS() *tls.Config {
	cfg := u.deviceTLS()
	cfg.NextProtos = []string{"http/1.1"}
	if u.has("tls10") {
		cfg.MinVersion = tls.VersionTLS10
		cfg.CipherSuites = append(cfg.CipherSuites,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
			tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA)
	}
	return cfg
}

// siteTLS is the server configuration of the maker's web site.
func (u *unit) siteTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{u.certs.site}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}
