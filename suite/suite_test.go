package suite

import (
	"regexp"
	"testing"
)

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	day := regexp.MustCompile(`^\d{4}-\d{2}(-\d{2})?$`)
	for _, r := range Rules() {
		if r.ID == "" || seen[r.ID] || r.What == "" || r.Why == "" || r.Source == "" || !day.MatchString(r.Date) || r.Date > Date {
			t.Errorf("incomplete or double: %+v", r)
		}
		seen[r.ID] = true
	}
	if want := len(versions) + len(traits) + 7; len(seen) != want {
		t.Errorf("got %d rules, want %d", len(seen), want)
	}
}

func TestLookup(t *testing.T) {
	id := func(r Rule, ok bool) string {
		if ok != (r.ID != "") {
			t.Errorf("%v for %+v", ok, r)
		}
		return r.ID
	}
	for _, tt := range []struct{ got, want string }{
		{id(Version("SSLv3")), "version-ssl3"},
		{id(Version("TLS1.0")), "version-tls1.0"},
		{id(Version("TLS1.1")), "version-tls1.1"},
		{id(Version("TLS1.2")), ""},
		{id(Version("TLS1.3")), ""},
		{id(Trait("anon")), "suite-anon"},
		{id(Trait("3des")), "suite-3des"},
		{id(Trait("cbc")), ""},
		{id(Trait("psk")), ""},
		{id(Trait("no-forward-secrecy")), ""},
		{id(Key("RSA", 1024)), "key-rsa-2048"},
		{id(Key("RSA", 2048)), ""},
		{id(Key("ECDSA", 192)), "key-ec-224"},
		{id(Key("ECDSA", 224)), ""},
		{id(Key("DSA", 1024)), "key-dsa-2048"},
		{id(Key("Ed25519", 256)), ""},
		{id(Signature("SHA1-RSA")), "signature-sha1"},
		{id(Signature("ECDSA-SHA1")), "signature-sha1"},
		{id(Signature("MD5-RSA")), "signature-md5"},
		{id(Signature("SHA256-RSA")), ""},
		{id(Signature("ECDSA-SHA384")), ""},
		{Expired().ID, "validity-expired"},
		{Early().ID, "validity-early"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
