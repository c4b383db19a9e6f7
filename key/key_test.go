package key

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func mustGenerate(t *testing.T, alg Algorithm) *FileKey {
	t.Helper()
	k, err := Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignVerify(t *testing.T) {
	for _, alg := range []Algorithm{Ed25519, P256} {
		t.Run(string(alg), func(t *testing.T) { checkSigner(t, mustGenerate(t, alg), true) })
	}
}

// checkSigner is what every Signer must do.
func checkSigner(t *testing.T, s Signer, repeats bool) {
	t.Helper()
	ctx, msg := context.Background(), []byte("the text that is signed")
	sig, err := s.Sign(ctx, msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(s.Public(), msg, sig); err != nil {
		t.Errorf("own signature: %v", err)
	}
	if err := Verify(s.Public(), msg[1:], sig); !errors.Is(err, ErrSignature) {
		t.Errorf("other text: got %v, want ErrSignature", err)
	}
	for i := range sig {
		bad := bytes.Clone(sig)
		bad[i] ^= 1
		if Verify(s.Public(), msg, bad) == nil {
			t.Errorf("signature with byte %d changed is accepted", i)
		}
	}
	again, err := s.Sign(ctx, msg)
	if err != nil {
		t.Fatal(err)
	}
	if repeats && !bytes.Equal(sig, again) {
		t.Error("two signatures of one text differ")
	}
	if id, err := ID(s.Public()); err != nil || id != s.KeyID() || !ValidID(id) {
		t.Errorf("key id: got %q, want %q (%v)", s.KeyID(), id, err)
	}
	env, err := Seal(ctx, s, "application/x-test", msg)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ParseEnvelope(env, "application/x-test")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Verify(ctx, s.Public()); err != nil || !bytes.Equal(e.Body, msg) {
		t.Errorf("envelope: %v, body %q", err, e.Body)
	}
	cancelled, stop := context.WithCancel(ctx)
	stop()
	if _, err := s.Sign(cancelled, msg); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v, want context.Canceled", err)
	}
}

func TestIDIsSHA256OfSPKI(t *testing.T) {
	k := mustGenerate(t, Ed25519)
	dir := t.TempDir()
	if err := k.Save(dir, "a", nil); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `openssl pkey -in a.pem -pubout -outform DER | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '='`)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("install openssl: apt-get install openssl: %v", err)
	}
	if got, want := k.KeyID(), "SHA256:"+strings.TrimSpace(string(out)); got != want {
		t.Errorf("got %q, want %q as openssl computes it", got, want)
	}
}

func TestPublicForms(t *testing.T) {
	k := mustGenerate(t, P256)
	line, err := EncodePublic(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(k.Public())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaDER, _ := x509.MarshalPKIXPublicKey(rsaKey.Public())
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p384DER, _ := x509.MarshalPKIXPublicKey(p384.Public())
	block := func(typ string, b []byte) string { return string(pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: b})) }
	for name, c := range map[string]struct {
		in string
		ok bool
	}{
		"line":     {line, true},
		"pem":      {block("PUBLIC KEY", der), true},
		"private":  {block("PRIVATE KEY", der), false},
		"rsa":      {block("PUBLIC KEY", rsaDER), false},
		"p384":     {block("PUBLIC KEY", p384DER), false},
		"trailing": {block("PUBLIC KEY", append(bytes.Clone(der), 0)), false},
		"empty":    {"", false},
		"garbage":  {"?!", false},
		"long":     {strings.Repeat("A", maxPublic+4), false},
	} {
		pub, err := ParsePublic(c.in)
		if (err == nil) != c.ok {
			t.Errorf("%s: got error %v, want ok %v", name, err, c.ok)
		}
		if c.ok && !pub.(*ecdsa.PublicKey).Equal(k.Public()) {
			t.Errorf("%s: another key came back", name)
		}
	}
}

func TestSaveLoad(t *testing.T) {
	for _, alg := range []Algorithm{Ed25519, P256} {
		for _, pass := range map[Algorithm][]string{Ed25519: {"", "a horse, a battery"}, P256: {""}}[alg] {
			dir := filepath.Join(t.TempDir(), "deep", "keys")
			k := mustGenerate(t, alg)
			if err := k.Save(dir, "mine", []byte(pass)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "mine.pem")
			st, err := os.Stat(path)
			if err != nil || st.Mode().Perm() != 0o600 {
				t.Fatalf("mode %v, want 0600 (%v)", st.Mode().Perm(), err)
			}
			got, err := Load(path, func() ([]byte, error) { return []byte(pass), nil })
			if err != nil || got.KeyID() != k.KeyID() {
				t.Fatalf("load: %v", err)
			}
			b, _ := os.ReadFile(path)
			if protected := strings.Contains(string(b), protectedType); protected != (pass != "") {
				t.Errorf("protected %v with passphrase %q", protected, pass)
			}
			half, _ := os.ReadFile(filepath.Join(dir, "mine.pub"))
			if pub, err := ParsePublic(string(half)); err != nil || !samePublic(pub, k.Public()) {
				t.Errorf("public half: %v", err)
			}
			if err := mustGenerate(t, alg).Save(dir, "mine", nil); !errors.Is(err, fs.ErrExist) {
				t.Errorf("saving over a key: got %v, want fs.ErrExist", err)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		}
	}
}

func samePublic(a, b crypto.PublicKey) bool {
	x, err1 := ID(a)
	y, err2 := ID(b)
	return err1 == nil && err2 == nil && x == y
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	if err := mustGenerate(t, Ed25519).Save(dir, "k", []byte("right")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("terminal went away")
	for name, c := range map[string]struct {
		ask  Passphrase
		want error
	}{
		"nobody": {nil, ErrPassphrase},
		"wrong":  {func() ([]byte, error) { return []byte("wrong"), nil }, ErrPassphrase},
		"fails":  {func() ([]byte, error) { return nil, broken }, broken},
	} {
		if _, err := Load(filepath.Join(dir, "k.pem"), c.ask); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaDER, _ := x509.MarshalPKCS8PrivateKey(rsaKey)
	good := mustGenerate(t, Ed25519)
	goodDER, _ := x509.MarshalPKCS8PrivateKey(good.private)
	block := func(typ string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: b}) }
	for name, c := range map[string]struct {
		body []byte
		mode fs.FileMode
		want string
	}{
		"group":   {block(plainType, goodDER), 0o640, "chmod 600"},
		"world":   {block(plainType, goodDER), 0o604, "chmod 600"},
		"rsa":     {block(plainType, rsaDER), 0o600, "want Ed25519"},
		"garbage": {[]byte("not a key"), 0o600, "no PEM block"},
		"empty":   {nil, 0o600, "no PEM block"},
		"type":    {block("EC PRIVATE KEY", goodDER), 0o600, "PEM type"},
		"der":     {block(plainType, goodDER[:20]), 0o600, "not a PKCS#8"},
		"box":     {block(protectedType, []byte(`{"kdf":{"name":"scrypt","params":{"N":1073741824,"r":8,"p":1}}}`)), 0o600, "passphrase"},
		"long":    {bytes.Repeat([]byte("x"), maxKeyFile+1), 0o600, "longer"},
	} {
		path := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(path, c.body, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, func() ([]byte, error) { return nil, nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := Load(dir, nil); err == nil {
		t.Error("a folder is loaded as a key")
	}
}

func TestEnsureMakesOneKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	ids := make([]string, 8)
	made := make([]bool, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			k, m, err := Ensure(dir, "default", nil)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i], made[i] = k.KeyID(), m
		})
	}
	wg.Wait()
	n := 0
	for i := range ids {
		if ids[i] != ids[0] {
			t.Errorf("two keys: %s and %s", ids[0], ids[i])
		}
		if made[i] {
			n++
		}
	}
	if n != 1 {
		t.Errorf("made %d times, want once", n)
	}
	for _, name := range []string{"", "../x", "A", "a/b", ".hidden"} {
		if _, _, err := Ensure(dir, name, nil); err == nil {
			t.Errorf("name %q is accepted", name)
		}
	}
}

func TestDir(t *testing.T) {
	env := func(v string) func(string) string {
		return func(k string) string {
			if k != "PLIMSOLL_KEYS" {
				t.Errorf("asked for %q", k)
			}
			return v
		}
	}
	if d, err := Dir("/a", env("/b")); err != nil || d != "/a" {
		t.Errorf("argument: got %q, %v", d, err)
	}
	if d, err := Dir("", env("/b")); err != nil || d != "/b" {
		t.Errorf("environment: got %q, %v", d, err)
	}
	t.Setenv("XDG_CONFIG_HOME", "/conf")
	if d, err := Dir("", env("")); err != nil || d != filepath.FromSlash("/conf/plimsoll/keys") {
		t.Errorf("default: got %q, %v", d, err)
	}
}

func TestEnvelopeRefuses(t *testing.T) {
	ctx, k, other := context.Background(), mustGenerate(t, Ed25519), mustGenerate(t, Ed25519)
	const typ = "application/x-test"
	b, err := Seal(ctx, k, typ, []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := ParseEnvelope(b, typ)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Verify(ctx, other.Public()); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: got %v", err)
	}
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 1
		if e, err := ParseEnvelope(bad, typ); err == nil && e.Verify(ctx, k.Public()) == nil {
			t.Errorf("byte %d (%q) changed and accepted", i, b[i])
		}
	}
	for name, bad := range map[string][]byte{
		"type":     bytes.Replace(b, []byte("x-test"), []byte("x-tost"), 1),
		"spaces":   append([]byte(" "), b...),
		"trailing": append(bytes.Clone(b), '\n'),
		"none":     []byte(`{"payloadType":"application/x-test","payload":"","signatures":[]}` + "\n"),
		"null":     []byte("null\n"),
	} {
		if _, err := ParseEnvelope(bad, typ); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseEnvelope(f *testing.F) {
	k, err := Generate(Ed25519)
	if err != nil {
		f.Fatal(err)
	}
	b, err := Seal(context.Background(), k, "t", []byte("body"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("{}"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		if e, err := ParseEnvelope(b, "t"); err == nil {
			_ = e.Verify(context.Background(), k.Public())
		}
	})
}

func FuzzParsePublic(f *testing.F) {
	k, err := Generate(P256)
	if err != nil {
		f.Fatal(err)
	}
	s, err := EncodePublic(k.Public())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s)
	f.Add("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
	f.Fuzz(func(t *testing.T, s string) {
		if pub, err := ParsePublic(s); err == nil {
			if _, err := ID(pub); err != nil {
				t.Errorf("accepted a key without an id: %v", err)
			}
		}
	})
}
