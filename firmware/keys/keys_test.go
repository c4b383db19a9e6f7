package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func spkiOf(t testing.TB, pub any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	s := sha256.Sum256(der)
	return hex.EncodeToString(s[:])
}

func armour(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

type sample struct {
	name, format, algorithm string
	data                    []byte
	spki                    string
}

// samples makes one key of each kind that Go can write.
func samples(t testing.TB) []sample {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pub, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pk8 := func(k any) []byte {
		b, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	sec1, err := x509.MarshalECPrivateKey(e)
	if err != nil {
		t.Fatal(err)
	}
	pk1 := x509.MarshalPKCS1PrivateKey(r)
	rs, es, ds := spkiOf(t, &r.PublicKey), spkiOf(t, &e.PublicKey), spkiOf(t, pub)
	return []sample{
		{"pkcs1", "pem/pkcs1", "rsa", armour("RSA PRIVATE KEY", pk1), rs},
		{"pkcs8_rsa", "pem/pkcs8", "rsa", armour("PRIVATE KEY", pk8(r)), rs},
		{"pkcs8_ec", "pem/pkcs8", "ecdsa", armour("PRIVATE KEY", pk8(e)), es},
		{"pkcs8_ed", "pem/pkcs8", "ed25519", armour("PRIVATE KEY", pk8(ed)), ds},
		{"sec1", "pem/sec1", "ecdsa", armour("EC PRIVATE KEY", sec1), es},
		{"der_pkcs1", "der/pkcs1", "rsa", pk1, rs},
		{"der_pkcs8", "der/pkcs8", "rsa", pk8(r), rs},
		{"der_pkcs8_ed", "der/pkcs8", "ed25519", pk8(ed), ds},
		{"der_sec1", "der/sec1", "ecdsa", sec1, es},
	}
}

func TestFind(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			junk := bytes.Repeat([]byte("\x00filling 0\x82\x01\x02\x01\x00 "), 50)
			data := append(append(append([]byte(nil), junk...), s.data...), junk...)
			got := Find("/x", data)
			if len(got) != 1 || got[0].SPKI != s.spki || got[0].Format != s.format || got[0].Algorithm != s.algorithm || got[0].Offset != int64(len(junk)) || got[0].Embedded {
				t.Errorf("got %+v, want %s %s %s at %d", got, s.format, s.algorithm, s.spki, len(junk))
			}
			elf := append([]byte("\x7fELF"), data...)
			if got := Find("/lib/x.so", elf); len(got) != 1 || !got[0].Embedded {
				t.Errorf("in a program: got %+v", got)
			}
			for cut := 1; cut < len(s.data); cut += 37 {
				if got := Find("/x", s.data[:len(s.data)-cut]); len(got) != 0 && cut > 40 {
					t.Errorf("cut by %d: got %+v", cut, got)
				}
			}
		})
	}
}

func TestNoKeys(t *testing.T) {
	broken := samples(t)[0].data
	broken = bytes.Replace(broken, []byte("MII"), []byte("MIJ"), 1)
	for name, data := range map[string]string{
		"empty": "", "header_constant": "\x00-----BEGIN RSA PRIVATE KEY-----\x00-----END RSA PRIVATE KEY-----\x00-----BEGIN PRIVATE KEY-----",
		"headers_with_lines": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "public": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"ssh_public": "\x00\x00\x00\x07ssh-rsa\x00\x00\x00\x03\x01\x00\x01\x00\x00\x00\x04abcd", "broken": string(broken),
		"small_numbers": "0\x82\x00\x40\x02\x01\x00\x02\x01\x0f\x02\x01\x03\x02\x01\x03\x02\x01\x05\x02\x01\x03" + strings.Repeat("\x00", 80),
	} {
		if got := Find(name, []byte(data)); len(got) != 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestTools reads keys that OpenSSL, OpenSSH and dropbear made and compares the public half with theirs.
func TestTools(t *testing.T) {
	dir := t.TempDir()
	run := func(pkg, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s\ninstall %s: apt-get install %s", name, args, err, out, pkg, pkg)
		}
	}
	run("openssl", "openssl", "genrsa", "-out", "rsa512.pem", "-traditional", "512")
	run("openssl", "openssl", "rsa", "-in", "rsa512.pem", "-pubout", "-out", "rsa512.pub")
	run("openssl", "openssl", "dsaparam", "-genkey", "-out", "dsa.pem", "1024")
	run("openssl", "openssl", "dsa", "-in", "dsa.pem", "-pubout", "-out", "dsa.pub")
	run("openssl", "openssl", "rsa", "-in", "rsa512.pem", "-aes128", "-passout", "pass:abcdef", "-traditional", "-out", "enc1.pem")
	run("openssl", "openssl", "pkcs8", "-topk8", "-in", "rsa512.pem", "-passout", "pass:abcdef", "-out", "enc8.pem")
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		run("openssh-client", "ssh-keygen", "-q", "-t", kind, "-N", "", "-f", "ssh_"+kind)
		run("openssh-client", "ssh-keygen", "-q", "-t", kind, "-N", "abcdef", "-f", "enc_"+kind)
		run("dropbear-bin", "dropbearkey", "-t", kind, "-f", "db_"+kind)
	}
	tests := []struct {
		file, format, algorithm string
		encrypted               bool
	}{
		{"rsa512.pem", "pem/pkcs1", "rsa", false},
		{"dsa.pem", "", "dsa", false},
		{"enc1.pem", "pem/pkcs1", "rsa", true},
		{"enc8.pem", "pem/pkcs8", "", true},
		{"ssh_rsa", "openssh", "rsa", false},
		{"ssh_ecdsa", "openssh", "ecdsa", false},
		{"ssh_ed25519", "openssh", "ed25519", false},
		{"enc_rsa", "openssh", "", true},
		{"enc_ed25519", "openssh", "", true},
		{"db_rsa", "dropbear", "rsa", false},
		{"db_ecdsa", "dropbear", "ecdsa", false},
		{"db_ed25519", "dropbear", "ed25519", false},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			got := Find(tt.file, b)
			if len(got) != 1 || got[0].Algorithm != tt.algorithm || got[0].Encrypted != tt.encrypted || (tt.format != "" && got[0].Format != tt.format) {
				t.Fatalf("got %+v, want %+v", got, tt)
			}
			if (got[0].SPKI == "") != tt.encrypted {
				t.Errorf("digest %q", got[0].SPKI)
			}
			pub, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(tt.file, ".pem")+".pub"))
			if err != nil || !bytes.HasPrefix(pub, []byte("-----BEGIN")) {
				return
			}
			block, _ := pem.Decode(pub)
			s := sha256.Sum256(block.Bytes)
			if got[0].SPKI != hex.EncodeToString(s[:]) {
				t.Errorf("digest %s, want %x", got[0].SPKI, s)
			}
		})
	}
}

func TestKnown(t *testing.T) {
	if n := KnownCount(); n < 500 {
		t.Errorf("%d known keys, want over 500", n)
	}
	all := rows(knownList)
	for i, r := range all {
		if len(r) != 64 || i > 0 && all[i-1] >= r {
			t.Fatalf("row %d %q is not sorted or no digest", i, r)
		}
	}
	for _, r := range []string{all[0], all[len(all)/2], all[len(all)-1]} {
		if _, ok := Known(r); !ok {
			t.Errorf("%s is not found", r)
		}
	}
	for _, s := range []string{"", strings.Repeat("0", 64), strings.Repeat("f", 64), all[0][:63]} {
		if _, ok := Known(s); ok {
			t.Errorf("%q is found", s)
		}
	}
	if lib, ok := TestKey("370346c0864770dac7a90774f75ac6de537f5f5b2c4b1bb1d12bf3c5f4f484ae"); !ok || lib != "mbed TLS" {
		t.Errorf("got %q %v", lib, ok)
	}
}

func FuzzKeys(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.data)
	}
	f.Add([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x40" + strings.Repeat("a", 64)))
	f.Add([]byte("\x00\x00\x00\x07ssh-dss\x00\x00\x00\x01\x07\x00\x00\x00\x01\x03\x00\x00\x00\x01\x02\x00\x00\x00\x01\x02\x00\x00\x00\x01\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, k := range Find("x", data) {
			if k.Offset < 0 || k.Offset > int64(len(data)) || (k.SPKI == "") != k.Encrypted {
				t.Errorf("%+v", k)
			}
		}
	})
}

// TestHalves changes one number of a good key at a time: the halves fit no more, and it is no key.
func TestHalves(t *testing.T) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	two := big.NewInt(2)
	for name, change := range map[string]func(n, e, d, p *big.Int){
		"nothing": func(_, _, _, _ *big.Int) {},
		"n":       func(n, _, _, _ *big.Int) { n.Add(n, two) },
		"e":       func(_, e, _, _ *big.Int) { e.Add(e, two) },
		"d":       func(_, _, d, _ *big.Int) { d.Add(d, two) },
		"p":       func(_, _, _, p *big.Int) { p.Add(p, two) },
	} {
		n, e, d, p := new(big.Int).Set(k.N), big.NewInt(int64(k.E)), new(big.Int).Set(k.D), new(big.Int).Set(k.Primes[0])
		change(n, e, d, p)
		if _, err := rsaPublic(n, e, d, p, k.Primes[1]); (err == nil) != (name == "nothing") {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}
