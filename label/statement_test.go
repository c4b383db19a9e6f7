package label_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

func TestStatement(t *testing.T) {
	for _, alg := range []key.Algorithm{key.P256, key.Ed25519} {
		k, other := fixedKey(t, alg, "statement"), fixedKey(t, alg, "other statement")
		want := label.Statement{Issuer: "https://label.example", Subject: "HARB-0000-1CC4", Type: "application/json", Payload: []byte(`{"kind":"grant"}`)}
		b, err := want.Sign(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		got, err := label.OpenStatement(b, k.Public())
		if err != nil || got.Issuer != want.Issuer || got.Subject != want.Subject || got.Type != want.Type || !bytes.Equal(got.Payload, want.Payload) {
			t.Fatalf("%s: got %+v, %v", alg, got, err)
		}
		if _, err := label.OpenStatement(b, other.Public()); !errors.Is(err, key.ErrSignature) {
			t.Errorf("%s: another key: %v", alg, err)
		}
		for i := range b {
			bad := bytes.Clone(b)
			bad[i] ^= 1
			if s, err := label.OpenStatement(bad, k.Public()); err == nil {
				t.Errorf("%s: byte %d flipped gives %+v", alg, i, s)
			}
		}
		if _, err := label.OpenStatement(append(bytes.Clone(b), 0), nil); err == nil {
			t.Errorf("%s: a byte behind it was accepted", alg)
		}
	}
	long := label.Statement{Type: "text/plain", Issuer: "https://label.example", Payload: bytes.Repeat([]byte("x"), 65<<10)}
	if _, err := long.Sign(t.Context(), fixedKey(t, key.P256, "statement")); err == nil || !strings.Contains(err.Error(), "65536") {
		t.Errorf("a long one: %v", err)
	}
}

func FuzzStatement(f *testing.F) {
	k := fixedKey(f, key.P256, "statement")
	b, err := label.Statement{Issuer: "https://label.example", Subject: "policy", Type: "application/json", Payload: []byte("{}")}.Sign(f.Context(), k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := label.OpenStatement(b, nil); err == nil && len(s.Payload) > len(b) {
			t.Errorf("%d bytes from %d", len(s.Payload), len(b))
		}
	})
}
