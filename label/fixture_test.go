package label_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

// now is the moment at which the tests read labels.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func day(s string) label.Day {
	var d label.Day
	if err := d.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return d
}

// fixedKey is a key that is the same in every run, so that the vectors are.
func fixedKey(t testing.TB, alg key.Algorithm, name string) *key.FileKey {
	t.Helper()
	seed := sha256.Sum256([]byte("plimsoll test vectors, not a secret: " + name))
	var priv crypto.Signer = ed25519.NewKeyFromSeed(seed[:])
	if alg == key.P256 {
		p, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
		if err != nil {
			t.Fatal(err)
		}
		priv = p
	}
	return loadKey(t, priv)
}

func loadKey(t testing.TB, priv crypto.Signer) *key.FileKey {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "k.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := key.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func public(t testing.TB, s key.Signer) []byte {
	t.Helper()
	b, err := label.EncodeKey(s.Public())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// world is two schemes, their keys and their roots.
type world struct {
	root, newRoot  [3]*key.FileKey
	es, ed, status *key.FileKey // of HARB
	old, stolen    *key.FileKey // label keys of HARB: out of time, distrusted
	other, otherSt *key.FileKey // of QUAY
	thief          *key.FileKey // of nobody
	list           label.TrustList
	trust          *label.TrustList
	signedTrust    []byte
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		es: fixedKey(t, key.P256, "es"), ed: fixedKey(t, key.Ed25519, "ed"), status: fixedKey(t, key.P256, "status"),
		old: fixedKey(t, key.P256, "old"), stolen: fixedKey(t, key.P256, "stolen"),
		other: fixedKey(t, key.P256, "other"), otherSt: fixedKey(t, key.Ed25519, "other status"), thief: fixedKey(t, key.P256, "thief"),
	}
	for i := range w.root {
		w.root[i] = fixedKey(t, key.P256, "root"+string(rune('1'+i)))
		w.newRoot[i] = fixedKey(t, key.Ed25519, "new root"+string(rune('1'+i)))
	}
	from, until, verify := day("2026-01-01"), day("2026-12-31"), day("2029-12-31")
	entry := func(use label.Use, k key.Signer) label.Key {
		return label.Key{Use: use, Public: public(t, k), SignFrom: from, SignUntil: until, VerifyUntil: verify}
	}
	hundred := uint64(100)
	stolen := entry(label.UseLabel, w.stolen)
	stolen.DistrustFrom = &hundred
	old := entry(label.UseLabel, w.old)
	old.SignFrom, old.SignUntil, old.VerifyUntil = day("2022-01-01"), day("2022-12-31"), day("2026-11-21")
	w.list = label.TrustList{
		Version: 7, Issued: day("2026-11-01"), Expires: day("2027-01-30"),
		Roots: label.Roots{Threshold: 2, Keys: [][]byte{public(t, w.root[0]), public(t, w.root[1]), public(t, w.root[2])}},
		Schemes: []label.Scheme{
			{
				Code: "HARB", Name: "Harbour Mark", Hosts: []string{"label.example", "harbour.example"}, LogOrigin: "label.example/log",
				LogPolicy: "witness w1 w1.example+abcd+key\nquorum w1\n",
				Levels:    []label.Level{{Names: map[string]string{"en": "Basics", "de": "Grundschutz"}}, {Names: map[string]string{"en": "Extended"}}, {Names: map[string]string{"en": "Full"}}},
				Keys:      []label.Key{entry(label.UseLabel, w.es), entry(label.UseLabel, w.ed), old, stolen, entry(label.UseStatus, w.status)},
			},
			{
				Code: "QUAY", Name: "Quay Authority", Hosts: []string{"quay.example"}, LogOrigin: "quay.example/log", Official: "Quayside Products Act 2025, section 3",
				Levels: []label.Level{{Names: map[string]string{"en": "Checked"}}},
				Keys:   []label.Key{entry(label.UseLabel, w.other), entry(label.UseStatus, w.otherSt)},
			},
		},
	}
	w.signedTrust = w.sign(t, w.list, w.root[0], w.root[2])
	var err error
	if w.trust, err = label.OpenTrust(w.signedTrust, w.list.Roots, 7); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) scheme(t testing.TB, code string) *label.Scheme {
	t.Helper()
	s, ok := w.trust.Scheme(code)
	if !ok {
		t.Fatalf("no scheme %q", code)
	}
	return s
}

func (w *world) sign(t testing.TB, l label.TrustList, by ...key.Signer) []byte {
	t.Helper()
	var b []byte
	for _, k := range by {
		var err error
		if b, err = label.AddSignature(context.Background(), l, b, k); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// plug is a label as it should be.
func plug() label.Claims {
	return label.Claims{
		Issuer: "HARB", Number: 1420, Level: 1, Assurance: label.SelfDeclared, SupportEnd: day("2031-01-15"),
		Brand: "Harbour", Model: "Plug 2", Version: "2.4.1",
		From: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC),
	}
}

func issue(t testing.TB, c label.Claims, s key.Signer) label.Token {
	t.Helper()
	tok, err := label.Issue(context.Background(), c, s)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// The helpers below write COSE without the library that the product uses, and let
// a test write what the product refuses to.

// en writes CBOR as it is told.
func en(t testing.TB, v any) []byte {
	t.Helper()
	m, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type rawCose struct {
	tag        int // 0: none
	protected  []byte
	unprotect  any
	payload    []byte
	signature  []byte // nil: made by signer
	signer     key.Signer
	otherFirst byte // replaces the version byte of a token
}

func header(t testing.TB, alg int, signer key.Signer) []byte {
	return en(t, map[int]any{1: alg, 4: hint(t, signer)})
}

func hint(t testing.TB, s key.Signer) []byte {
	sum := sha256.Sum256(public(t, s))
	return sum[:4]
}

func (r rawCose) bytes(t testing.TB) []byte {
	t.Helper()
	if r.signature == nil {
		r.signature = rawSign(t, r.signer, en(t, []any{"Signature1", r.protected, []byte{}, r.payload}))
	}
	if r.unprotect == nil {
		r.unprotect = map[int]int{}
	}
	var v any = []any{r.protected, r.unprotect, r.payload, r.signature}
	if r.tag != 0 {
		v = cbor.Tag{Number: uint64(r.tag), Content: v}
	}
	return en(t, v)
}

// token is the bytes of a label token.
func (r rawCose) token(t testing.TB) []byte {
	t.Helper()
	first := byte(1)
	if r.otherFirst != 0 {
		first = r.otherFirst
	}
	return append([]byte{first}, r.bytes(t)...)
}

func rawSign(t testing.TB, s key.Signer, msg []byte) []byte {
	t.Helper()
	sig, err := s.Sign(context.Background(), msg)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Public().(ed25519.PublicKey); ok {
		return sig
	}
	in, inner, r, v := cryptobyte.String(sig), cryptobyte.String(nil), new(big.Int), new(big.Int)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(v) {
		t.Fatal("no ECDSA signature")
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	v.FillBytes(out[32:])
	return out
}

func digitsOf(b []byte) string { return new(big.Int).SetBytes(b).String() }

// claimsMap is what plug says, to be changed.
func claimsMap() map[any]any {
	return map[any]any{1: "HARB", 4: uint64(1843430400), 5: uint64(1780272000), -65537: map[any]any{
		0: 1420, 1: 1, 2: 22294, 3: "Harbour", 4: "Plug 2", 7: 1, 8: "2.4.1",
	}}
}

// inner takes the packed bits out of a status list token.
func inner(t testing.TB, b []byte) []byte {
	t.Helper()
	var msg cbor.Tag
	if err := cbor.Unmarshal(b, &msg); err != nil {
		t.Fatal(err)
	}
	var body struct {
		List struct {
			Lst []byte `cbor:"lst"`
		} `cbor:"65533,keyasint"`
	}
	if err := cbor.Unmarshal(msg.Content.([]any)[2].([]byte), &body); err != nil {
		t.Fatal(err)
	}
	return body.List.Lst
}

// deflate packs n bytes.
func deflate(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
