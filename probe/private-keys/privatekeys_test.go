package privatekeys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/keys"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
	"github.com/plimsoll-iot/plimsoll/lab/imagebench"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

const rows = `SecParam:
  - {id: SecParam-1, type: critical, purpose: [updates], file: /etc/update.key}
  - {id: SecParam-2, type: critical, purpose: [authentication], file: /etc/ssl/device.key}`

var bench = imagebench.Bench{Probe: Probe, Rows: rows}

func TestDark(t *testing.T) { bench.Dark(t) }

func TestEncrypted(t *testing.T) { bench.Encrypted(t) }

// whole is an opened image named file, and found what stands in it.
func whole(file string, ks ...keys.Key) []probe.MemoryValue {
	image, digest := imagebench.Opened(file)
	v := found{Image: digest, Keys: []key{}}
	for _, k := range ks {
		v.Keys = append(v.Keys, key{Key: k})
	}
	return []probe.MemoryValue{
		image,
		{Kind: kind.ID(), Target: image.Target, Value: v},
	}
}

func TestJudge(t *testing.T) {
	k := keys.Key{File: "/etc/server.key", Offset: 7, Format: "pem/pkcs8", Algorithm: "rsa", Bits: 2048, SPKI: strings.Repeat("ab", 32)}
	with := func(f func(*keys.Key)) keys.Key {
		c := k
		f(&c)
		return c
	}
	embedded := with(func(k *keys.Key) { k.Embedded, k.File = true, "/lib/x.so" })
	test := embedded
	test.TestKey, test.Known = "mbed TLS", "a list"
	clear := []string{"5.4-3-2/a SecParam-1 PASS", "5.4-3-2/a SecParam-2 PASS", "5.4-4-1/b SecParam-1 PASS"}
	dark := []string{"5.4-3-2/a INCONCLUSIVE", "5.4-4-1/b INCONCLUSIVE"}
	bad := []string{"5.4-3-2/a seen:/etc/server.key FAIL", "5.4-4-1/b seen:/etc/server.key FAIL"}
	open := func(file string) []string {
		return []string{"5.4-3-2/a seen:" + file + " INCONCLUSIVE", "5.4-4-1/b INCONCLUSIVE"}
	}
	private, persistent := "secret.private_key_found", []string{"parameters.critical", "parameters.persistent", "secret.private_key_found"}
	tests := []struct {
		name   string
		values []probe.MemoryValue
		want   []string
		facts  []string
		says   string
	}{
		{"not collected", nil, dark, nil, "not opened"},
		{"not searched", whole("x.bin")[:1], dark, nil, "not searched"},
		{"no keys", whole("x.bin"), clear, nil, "no private key that parses"},
		{"key in /etc", whole("x.bin", k), bad, persistent, `"x.bin", squashfs at 0x40, "/etc/server.key" offset 7: a private rsa key of 2048 bits`},
		{"public half", whole("x.bin", k), bad, persistent, "SHA-256 of its public half " + k.SPKI},
		{"published key", whole("x.bin", with(func(k *keys.Key) { k.Known = "House of Keys" })), bad, append(slices.Clone(persistent), "secret.shared_key_found"), "anyone can download (House of Keys)"},
		{"declared for updates", whole("x.bin", with(func(k *keys.Key) { k.File = "/etc/update.key" })), []string{"5.4-3-2/a SecParam-1 FAIL", "5.4-4-1/b SecParam-1 FAIL"}, persistent, ""},
		{"declared for authentication", whole("x.bin", with(func(k *keys.Key) { k.File = "/etc/ssl/device.key" })), []string{"5.4-3-2/a SecParam-2 FAIL", "5.4-4-1/b INCONCLUSIVE"}, persistent, ""},
		{"test key of a library", whole("x.bin", test), clear, nil, "1 test keys of libraries aside"},
		{"encrypted within a program", whole("x.bin", with(func(k *keys.Key) { k.Embedded, k.Encrypted = true, true })), clear, nil, ""},
		{"within a program", whole("x.bin", embedded), open("/lib/x.so"), []string{private}, "built into a program"},
		{"among examples", whole("x.bin", with(func(k *keys.Key) { k.File = "/usr/share/examples/a.pem" })), open("/usr/share/examples/a.pem"), []string{private}, "among examples"},
		{"under a passphrase", whole("x.bin", with(func(k *keys.Key) { k.Encrypted, k.SPKI = true, "" })), open("/etc/server.key"), nil, "under a passphrase"},
		{"two images", slices.Concat(whole("x.bin", k), whole("older.bin", k)), bad, persistent, `the same key stands in "older.bin" (version "1")`},
		{"older image alone is bad", slices.Concat(whole("x.bin"), whole("older.bin", k)), clear, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := bench.Judge(t, imagebench.Declare(t, `{file: x.bin, version: "2"}, {file: older.bin, version: "1"}`, rows), tt.values...)
			if got := probetest.Facts(r); !slices.Equal(got, tt.facts) && len(got)+len(tt.facts) > 0 {
				t.Errorf("facts: got %q, want %q", got, tt.facts)
			}
			imagebench.Expect(t, r, tt.want, tt.says)
		})
	}
}

// TestGaps: what could not be read leaves the units open.
func TestGaps(t *testing.T) {
	for _, change := range []func(*found, *probe.MemoryValue){
		func(f *found, _ *probe.MemoryValue) { f.Unread = []string{"/etc/x", "/etc/y", "/etc/z", "/etc/w"} },
		func(f *found, _ *probe.MemoryValue) { f.Left = 1 },
		func(_ *found, m *probe.MemoryValue) { m.Note = "the run was interrupted" },
	} {
		vals := whole("x.bin")
		f := vals[1].Value.(found)
		change(&f, &vals[1])
		vals[1].Value = f
		if r := bench.Judge(t, imagebench.Declare(t, "x.bin", rows), vals...); len(imagebench.Only(r, plimsoll.Pass)) > 0 || len(imagebench.Only(r, plimsoll.Inconclusive)) != 2 {
			t.Errorf("got %q", imagebench.Seen(r))
		}
	}
}

func TestNoImage(t *testing.T) {
	r := bench.Judge(t, imagebench.Declare(t, "", rows))
	if got := imagebench.Seen(r); !slices.Equal(got, []string{"5.4-3-2/a INCONCLUSIVE", "5.4-4-1/b INCONCLUSIVE"}) {
		t.Errorf("got %q", got)
	}
}

// TestUnread: a file whose bytes cannot be had is named.
func TestUnread(t *testing.T) {
	tr := tree.New("test", 10)
	f := &tree.File{Path: "/etc/server.key", Mode: 0o600, Size: 9, Load: func() ([]byte, error) { return nil, errors.New("damaged") }}
	if err := tr.Add(f); err != nil {
		t.Fatal(err)
	}
	var v found
	v.look(t.Context(), &firmware.Image{Trees: []firmware.TreeRef{{Tree: tr.Seal()}}})
	if !slices.Equal(v.Unread, []string{"/etc/server.key"}) || len(v.Keys) != 0 {
		t.Errorf("got %+v", v)
	}
}

func TestTwins(t *testing.T) {
	for _, k := range sim.Kinds() {
		_, good := bench.Simulated(t, k, "shadow-default", "telnetd-at-boot")
		bench.Complete(t, good)
		if len(imagebench.Only(good, plimsoll.Fail))+len(probetest.Facts(good)) > 0 || len(imagebench.Only(good, plimsoll.Pass)) == 0 {
			t.Errorf("good %s: got %q, %q", k, imagebench.Seen(good), probetest.Facts(good))
		}
		_, bad := bench.Simulated(t, k, "hardcoded-key")
		bench.Complete(t, bad)
		const at = "seen:/etc/ssl/private/server.key FAIL"
		if got := imagebench.Only(bad, plimsoll.Fail); !slices.Equal(got, []string{"5.4-3-2/a " + at, "5.4-4-1/b " + at}) {
			t.Errorf("bad %s: got %q", k, got)
		}
		if !strings.Contains(imagebench.Reasons(bad, plimsoll.Fail), "rsa key of 2048 bits") {
			t.Errorf("got %q", imagebench.Reasons(bad, plimsoll.Fail))
		}
	}
}

// TestNothingPrivate: no byte of a key is kept, in whatever spelling.
func TestNothingPrivate(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	img := imagebench.Newc(map[string]string{
		"etc/a.key": string(text), "etc/b.der": string(der),
		"etc/dropbear/dropbear_rsa_host_key": "", "etc/c.key": "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n",
	})
	p := imagebench.Declare(t, "a.cpio", rows)
	_, r := bench.Rehearse(t, p, map[string][]byte{"a.cpio": img})
	if got := imagebench.Only(r, plimsoll.Fail); !slices.Equal(got, []string{
		"5.4-3-2/a seen:/etc/a.key FAIL", "5.4-3-2/a seen:/etc/b.der FAIL", "5.4-4-1/b seen:/etc/a.key FAIL", "5.4-4-1/b seen:/etc/b.der FAIL",
	}) {
		t.Errorf("got %q", got)
	}
	secret, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = filepath.WalkDir(filepath.Join(p.Dir, "evidence"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		b, err := os.ReadFile(path)
		for _, s := range [][]byte{secret, []byte(base64.StdEncoding.EncodeToString(der)[40:100]), []byte("BEGIN")} {
			if bytes.Contains(b, s) {
				t.Errorf("%s holds private bytes", path)
			}
		}
		return err
	})
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
}

// TestCorpus: empty key files, false headers and test keys of libraries are nothing.
func TestCorpus(t *testing.T) {
	for _, image := range []string{
		"router/lede-17.01.4-wr841v11-factory.bin", "camera/wyze-v2-rootfs.sqfs", "camera/escam-g02-rootfs.sqfs", "camera/spycam-rootfs.sqfs", "router/tplink-wr841n-v14-eu.bin",
	} {
		t.Run(image, func(t *testing.T) {
			_, r := bench.Real(t, image)
			bench.Complete(t, r)
			if got := imagebench.Seen(r); !slices.Equal(got, []string{"5.4-3-2/a PASS", "5.4-4-1/b PASS"}) || len(probetest.Facts(r)) > 0 {
				t.Errorf("got %q: %s", got, imagebench.Reasons(r, plimsoll.Fail, plimsoll.Inconclusive))
			}
		})
	}
}
