package policy_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/lab/trust"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// TestOpen: what a checkpoint must be before it counts.
func TestOpen(t *testing.T) {
	l, l2, w, stranger := newPeer(t, origin, false), newPeer(t, "other.example/log", false), newPeer(t, "w.example", true), newPeer(t, "x.example", true)
	newer := newPeer(t, origin, false)
	p := trust.Policy(t, "log "+l.vkey, "log "+newer.vkey, "log "+l2.vkey, "witness w "+w.vkey, "quorum w")
	sign := func(text string, by ...peer) string {
		var s []note.Signer
		for _, x := range by {
			s = append(s, x.signer)
		}
		b, err := note.Sign(&note.Note{Text: text}, s...)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	good := sign(someText, l, stranger, w)
	broken := func(i int) string { // of signature line i
		lines := strings.SplitAfter(good, "\n")
		n := 4 + i
		lines[n] = strings.TrimSuffix(lines[n], "\n")
		lines[n] = lines[n][:len(lines[n])-8] + "AAAA" + lines[n][len(lines[n])-4:] + "\n"
		return strings.Join(lines, "")
	}
	for _, c := range []struct {
		name, signed string
		want         error
	}{
		{"good", good, nil},
		{"another key of the log", sign(someText, newer, w), nil},
		{"both keys", sign(someText, newer, l, w), nil},
		{"an extension line", sign(someText+"more\n", l, w), nil},
		{"the empty tree", sign(origin+"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", l, w), nil},
		{"no witness", sign(someText, l), policy.ErrUnwitnessed},
		{"a strange witness", sign(someText, l, stranger), policy.ErrUnwitnessed},
		{"no log", sign(someText, w), policy.ErrUnsigned},
		{"another log", sign(someText, l2, w), policy.ErrUnsigned},
		{"of another log", sign(strings.Replace(someText, origin, "other.example/log", 1), l, w), policy.ErrUnsigned},
		{"of another log, by it", sign(strings.Replace(someText, origin, "other.example/log", 1), l2, w), policy.ErrUnsigned},
		{"the log's signature broken", broken(0), policy.ErrUnsigned},
		{"a stranger's signature broken", broken(1), nil},
		{"the witness's signature broken", broken(2), policy.ErrUnwitnessed},
		{"empty", "", policy.ErrUnsigned},
		{"text alone", someText, policy.ErrUnsigned},
		{"long", good + strings.Repeat("— x AAAAAAAA\n", 1<<14), policy.ErrUnsigned},
		{"size with zero", sign(strings.Replace(someText, "\n7\n", "\n07\n", 1), l, w), policy.ErrUnsigned},
		{"size with sign", sign(strings.Replace(someText, "\n7\n", "\n+7\n", 1), l, w), policy.ErrUnsigned},
		{"size too large", sign(strings.Replace(someText, "\n7\n", "\n1152921504606846977\n", 1), l, w), policy.ErrUnsigned},
		{"short root", sign(origin+"\n7\nCsUY\n", l, w), policy.ErrUnsigned},
		{"root not canonical", sign(strings.Replace(someText, "q2I=", "q2J=", 1), l, w), policy.ErrUnsigned},
		{"empty tree with a root", sign(strings.Replace(someText, "\n7\n", "\n0\n", 1), l, w), policy.ErrUnsigned},
		{"empty extension line", sign(someText+"\nx\n", l, w), policy.ErrUnsigned},
	} {
		got, err := p.Open([]byte(c.signed), origin)
		if !errors.Is(err, c.want) || (err == nil) != (got != nil) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if err == nil && (got.Origin != origin || len(got.Cosignatures) != 1 || got.Cosignatures[0].Witness != "w" || !got.Time.Equal(got.Cosignatures[0].Time)) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if _, err := p.Open([]byte(good), "nobody.example"); !errors.Is(err, policy.ErrUnsigned) {
		t.Errorf("a log that the policy does not know: %v", err)
	}
	// No byte of a good checkpoint can change without the head or its signers changing.
	for i := range good {
		bad := []byte(good)
		bad[i] ^= 1
		if c, err := p.Open(bad, origin); err == nil && (c.Size != 7 || string(bad[:len(someText)]) != someText) {
			t.Errorf("byte %d changed: %+v", i, c.Head)
		}
	}
}

// TestCosignatureTime: the time is when the quorum was reached, so that no single
// witness can move it.
func TestCosignatureTime(t *testing.T) {
	log := newPeer(t, origin, false)
	var lines []string
	signed := sign1(t, log, someText)
	for i, at := range []int64{5000, 1000, 9000} {
		k := trust.Key(t)
		v, err := policy.WitnessKey(fmt.Sprintf("w%d.example", i), k.Public())
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("witness w%d %s", i, v))
		signed += cosign(t, k, v, at, someText)
	}
	for k, want := range map[string]int64{"1": 1000, "2": 5000, "3": 9000} {
		p := trust.Policy(t, "log "+log.vkey, strings.Join(lines, "\n"), "group g "+k+" w0 w1 w2", "quorum g")
		c, err := p.Open([]byte(signed), origin)
		if err != nil || c.Time.Unix() != want || len(c.Cosignatures) != 3 || c.Cosignatures[0].Witness != "w1" {
			t.Errorf("quorum of %s: %+v, %v; want the time %d", k, c, err, want)
		}
	}
	p := trust.Policy(t, "log "+log.vkey, strings.Join(lines, "\n"), "quorum none")
	if c, err := p.Open([]byte(signed), origin); err != nil || !c.Time.IsZero() || len(c.Cosignatures) != 3 {
		t.Errorf("no quorum: %+v, %v", c, err)
	}
	for _, at := range []int64{0, -1} {
		k := trust.Key(t)
		v, err := policy.WitnessKey("w.example", k.Public())
		if err != nil {
			t.Fatal(err)
		}
		p := trust.Policy(t, "log "+log.vkey, "witness w "+v, "quorum w")
		if _, err := p.Open([]byte(sign1(t, log, someText)+cosign(t, k, v, at, someText)), origin); !errors.Is(err, policy.ErrUnwitnessed) {
			t.Errorf("a cosignature at %d: %v", at, err)
		}
	}
}

func sign1(tb testing.TB, by peer, text string) string {
	tb.Helper()
	b, err := note.Sign(&note.Note{Text: text}, by.signer)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// cosign writes a cosignature line with a time of choice, after tlog-cosignature,
// "Ed25519 signed message".
func cosign(tb testing.TB, k *key.FileKey, vkey string, at int64, text string) string {
	tb.Helper()
	sig, err := k.Sign(tb.Context(), fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", uint64(at), text))
	if err != nil {
		tb.Fatal(err)
	}
	f := strings.SplitN(vkey, "+", 3)
	hash, err := strconv.ParseUint(f[1], 16, 32)
	if err != nil {
		tb.Fatal(err)
	}
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, uint32(hash)), uint64(at))
	return "— " + f[0] + " " + base64.StdEncoding.EncodeToString(append(b, sig...)) + "\n"
}

// FuzzHead: a head has one spelling, and its text is what tlog-checkpoint says.
func FuzzHead(f *testing.F) {
	f.Add(someText)
	f.Add(someText + "extension\n")
	f.Add(origin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := policy.ParseHead(text)
		if err != nil {
			return
		}
		want := fmt.Sprintf("%s\n%d\n%s\n", h.Origin, h.Size, base64.StdEncoding.EncodeToString(h.Root[:]))
		if !strings.HasPrefix(text, want) || h.Origin == "" {
			t.Errorf("%q is read as %q", text, want)
		}
	})
}
