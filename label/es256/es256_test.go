package es256

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"slices"
	"sync"
	"testing"

	"filippo.io/nistec"
	"github.com/veraison/go-cose"
)

// both is a verifier that has its table, and one that has not.
func both(t testing.TB, pub *ecdsa.PublicKey) (quick, slow *Verifier) {
	t.Helper()
	quick, slow = verifier(t, pub), verifier(t, pub)
	quick.used.Store(often)
	slow.used.Store(math.MinInt32)
	if quick.ready() == nil {
		t.Fatal("there is no table")
	}
	return quick, slow
}

func verifier(t testing.TB, pub *ecdsa.PublicKey) *Verifier {
	t.Helper()
	v, err := New(pub)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign gives r and s of 32 bytes each.
func sign(t testing.TB, k *ecdsa.PrivateKey, msg []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(msg)
	r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// TestWycheproof: the cases that other implementations got wrong, with a table and
// without one.
func TestWycheproof(t *testing.T) {
	raw, err := os.ReadFile("testdata/wycheproof.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Groups []struct {
			Key struct {
				Uncompressed string `json:"uncompressed"`
			} `json:"publicKey"`
			Tests []struct {
				ID      int      `json:"tcId"`
				Comment string   `json:"comment"`
				Flags   []string `json:"flags"`
				Msg     string   `json:"msg"`
				Sig     string   `json:"sig"`
				Result  string   `json:"result"`
			} `json:"tests"`
		} `json:"testGroups"`
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	valid, invalid := 0, 0
	for _, g := range f.Groups {
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), bytesOf(t, g.Key.Uncompressed))
		if err != nil {
			t.Fatal(err)
		}
		quick, slow := both(t, pub)
		for _, c := range g.Tests {
			want := c.Result == "valid"
			if want {
				valid++
			} else {
				invalid++
			}
			for name, v := range map[string]*Verifier{"table": quick, "no table": slow} {
				if got := v.Verify(bytesOf(t, c.Msg), bytesOf(t, c.Sig)) == nil; got != want {
					t.Errorf("%d %s %v, %s: %v, want %v", c.ID, c.Comment, c.Flags, name, got, want)
				}
			}
		}
	}
	if valid < 100 || invalid < 50 {
		t.Errorf("%d valid and %d invalid cases: the file is not what it was", valid, invalid)
	}
}

func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSame: of a good signature every bit turned over is judged as crypto/ecdsa does.
func TestSame(t *testing.T) {
	k := newKey(t)
	quick, slow := both(t, &k.PublicKey)
	msg := []byte("a label")
	sig := sign(t, k, msg)
	if quick.Verify(msg, sig) != nil || slow.Verify(msg, sig) != nil {
		t.Fatal("a good signature is refused")
	}
	for i := range len(sig) * 8 {
		sig[i/8] ^= 1 << (i % 8)
		if q, s := quick.Verify(msg, sig), slow.Verify(msg, sig); !errors.Is(q, cose.ErrVerification) || !errors.Is(s, cose.ErrVerification) {
			t.Errorf("bit %d: with a table %v, without %v", i, q, s)
		}
		sig[i/8] ^= 1 << (i % 8)
	}
	for _, odd := range [][]byte{nil, sig[:63], append(sig[:64:64], 0), slices.Insert(slices.Clone(sig), size, 0), make([]byte, 64)} {
		if quick.Verify(msg, odd) == nil {
			t.Errorf("%x is called good", odd)
		}
	}
	if quick.Verify([]byte("another"), sig) == nil {
		t.Error("a signature of something else is called good")
	}
}

// TestMeeting: where both halves of the sum are the same point, or cancel out, the
// formula for adding two points alone would fail.
func TestMeeting(t *testing.T) {
	k := newKey(t)
	q, err := point(&k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	d, tab := new(big.Int).SetBytes(raw(t, k)), newTable(q)
	mod := func(x *big.Int) *big.Int { return x.Mod(x, order) }
	for i := int64(1); i < 20; i++ {
		a := mod(new(big.Int).Mul(big.NewInt(i), new(big.Int).SetBytes(raw(t, newKey(t)))))
		double := mod(new(big.Int).Lsh(a, 1))
		sum, err := nistec.NewP256Point().ScalarBaseMult(double.FillBytes(make([]byte, size)))
		if err != nil {
			t.Fatal(err)
		}
		x, err := sum.BytesX()
		if err != nil {
			t.Fatal(err)
		}
		r := mod(new(big.Int).SetBytes(x))
		u2 := mod(new(big.Int).Mul(a, new(big.Int).ModInverse(d, order))) // u2 * Q = a * G
		s := mod(new(big.Int).Mul(r, new(big.Int).ModInverse(u2, order)))
		e := mod(new(big.Int).Mul(a, s))
		same := e.FillBytes(make([]byte, size))
		if !tab.verify(same, r, s) || !ecdsa.Verify(&k.PublicKey, same, r, s) {
			t.Errorf("%d: twice the same point is refused", i)
		}
		against := mod(new(big.Int).Neg(e)).FillBytes(make([]byte, size))
		if tab.verify(against, r, s) || ecdsa.Verify(&k.PublicKey, against, r, s) {
			t.Errorf("%d: the point at infinity is called good", i)
		}
	}
}

func raw(t testing.TB, k *ecdsa.PrivateKey) []byte {
	t.Helper()
	b, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTable: its multiples are those of the library.
func TestTable(t *testing.T) {
	q, err := point(&newKey(t).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	tab := newTable(q)
	scalars := [][]byte{make([]byte, size), new(big.Int).Sub(order, big.NewInt(1)).FillBytes(make([]byte, size))}
	for range 200 {
		scalars = append(scalars, raw(t, newKey(t)))
	}
	for i := range size {
		for _, b := range []byte{1, 2, 127, 128, 255} {
			k := make([]byte, size)
			k[i] = b
			scalars = append(scalars, k)
		}
	}
	for _, k := range scalars {
		want, err := nistec.NewP256Point().ScalarMult(q, k)
		if err != nil {
			t.Fatal(err)
		}
		if got := tab.multiply(k); string(got.Bytes()) != string(want.Bytes()) {
			t.Errorf("%x * Q is %x, want %x", k, got.Bytes(), want.Bytes())
		}
	}
}

// TestReady: a key gets its table when it has been used often, once for all
// goroutines, and every answer before, meanwhile and after is right.
func TestReady(t *testing.T) {
	k := newKey(t)
	v, msg := verifier(t, &k.PublicKey), []byte("a label")
	sig := sign(t, k, msg)
	for range often {
		if err := v.Verify(msg, sig); err != nil {
			t.Error(err)
		}
	}
	if v.table.Load() != nil {
		t.Error("there is a table before it is worth its making")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range often {
				if err := v.Verify(msg, sig); err != nil {
					t.Error(err)
				}
				if v.Verify(sig, sig) == nil {
					t.Error("a forgery is called good")
				}
			}
		})
	}
	wg.Wait()
	if v.table.Load() == nil {
		t.Error("there is no table for a key that is used often")
	}
}

func TestNew(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, pub := range map[string]*ecdsa.PublicKey{"none": nil, "P-384": &p384.PublicKey, "off the curve": {Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}} {
		if _, err := New(pub); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if a := verifier(t, &newKey(t).PublicKey).Algorithm(); a != cose.AlgorithmES256 {
		t.Errorf("algorithm %v", a)
	}
}

// FuzzVerify: whatever comes, crypto/ecdsa says the same.
func FuzzVerify(f *testing.F) {
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), bytesOf(f, "042927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e"))
	if err != nil {
		f.Fatal(err)
	}
	quick, _ := both(f, pub)
	tab := quick.ready()
	f.Add(make([]byte, size), order.Bytes(), []byte{1})
	f.Add(order.Bytes(), []byte{1}, []byte{1})
	f.Fuzz(func(t *testing.T, digest, r, s []byte) {
		if len(digest) != size || len(r) > size || len(s) > size {
			return
		}
		x, y := new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)
		if got, want := tab.verify(digest, x, y), ecdsa.Verify(pub, digest, x, y); got != want {
			t.Errorf("%v, crypto/ecdsa says %v", got, want)
		}
	})
}

// BenchmarkVerify compares a key with a table with crypto/ecdsa, in one run.
func BenchmarkVerify(b *testing.B) {
	k := newKey(b)
	quick, slow := both(b, &k.PublicKey)
	msg := make([]byte, 140)
	sig := sign(b, k, msg)
	var took [2]float64
	for i, v := range []*Verifier{quick, slow} {
		b.Run([]string{"table", "crypto_ecdsa"}[i], func(b *testing.B) {
			for b.Loop() {
				if err := v.Verify(msg, sig); err != nil {
					b.Fatal(err)
				}
			}
			took[i] = b.Elapsed().Seconds() / float64(b.N)
			if i == 1 && took[0] > 0 {
				b.ReportMetric(took[0]/took[1], "table-of-this")
			}
		})
	}
}

// BenchmarkTable is the making of a table.
func BenchmarkTable(b *testing.B) {
	q, err := point(&newKey(b).PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		newTable(q)
	}
}
