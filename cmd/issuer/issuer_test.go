package issuer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/scheme"
)

func TestParseAccept(t *testing.T) {
	for _, c := range []struct {
		in, bad string
		want    scheme.Accepted
	}{
		{"waiver 5.6-2-2/a Intf-2: mended in 1.8: see ticket", "", scheme.Accepted{What: "waiver", Unit: "5.6-2-2/a", Subject: "Intf-2", Reason: "mended in 1.8: see ticket"}},
		{"overrule 5.1-1-2/c: the login is a honeypot", "", scheme.Accepted{What: "overrule", Unit: "5.1-1-2/c", Reason: "the login is a honeypot"}},
		{"waiver 5.6-2-2/a", "want 'waiver", scheme.Accepted{}},
		{"waiver: x", "want 'waiver", scheme.Accepted{}},
		{"pardon 5.6-2-2/a: x", "want 'waiver", scheme.Accepted{}},
		{"waiver 5.6-2-2/a Intf-2 Intf-3: x", "want 'waiver", scheme.Accepted{}},
	} {
		got, err := parseAccept(c.in)
		if c.bad == "" && (err != nil || got != c.want) || c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)) {
			t.Errorf("%q: got %+v, %v", c.in, got, err)
		}
	}
}

// TestPublicKey reads what `plimsoll key show` prints, whole or its last line, and
// nothing that only looks like it.
func TestPublicKey(t *testing.T) {
	k, err := key.Generate(key.P256)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := key.EncodePublic(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{pub: true, k.KeyID() + "\n" + pub + "\n": true, k.KeyID(): false, "": false, strings.Repeat("A", 1<<20): false} {
		file := filepath.Join(t.TempDir(), "k.pub")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := publicKey(file)
		if good && (err != nil || got != pub) || !good && err == nil {
			t.Errorf("%.20q: got %q, %v", text, got, err)
		}
		persons, err := parsePersons([]string{"ada=" + file})
		if good && (err != nil || persons[0] != scheme.Person{Name: "ada", Key: pub}) {
			t.Errorf("%.20q: got %+v, %v", text, persons, err)
		}
	}
	if _, err := publicKey("/dev/zero"); err == nil { // without an end
		t.Error("read a key from /dev/zero")
	}
	for _, s := range []string{"laboratory", "laboratory:Quay", "ada"} {
		if _, err := parseBodies([]string{s}); err == nil {
			t.Errorf("--body %q was taken", s)
		}
	}
	if _, err := parsePersons([]string{"ada"}); err == nil {
		t.Error("--approver without a file was taken")
	}
}
