package label_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
)

func TestIssueParse(t *testing.T) {
	w := newWorld(t)
	gtin := plug()
	gtin.GTIN, gtin.Model = 4006381333931, "Plug"
	open := plug()
	open.From = time.Time{}
	for _, c := range []struct {
		name   string
		claims label.Claims
		signer key.Signer
	}{{"es256", plug(), w.es}, {"eddsa", plug(), w.ed}, {"gtin", gtin, w.es}, {"no from", open, w.es}} {
		t.Run(c.name, func(t *testing.T) {
			tok := issue(t, c.claims, c.signer)
			if tok.Claims() != c.claims {
				t.Errorf("claims\n got %+v\nwant %+v", tok.Claims(), c.claims)
			}
			if n := len(tok.Bytes()) - 1; n > label.MaxToken {
				t.Errorf("%d bytes, want at most %d", n, label.MaxToken)
			}
			again := issue(t, c.claims, c.signer)
			if !bytes.Equal(again.Bytes(), tok.Bytes()) {
				t.Error("signed twice, got other bytes")
			}
			read, err := label.ParseDigits(tok.Digits())
			if err != nil || read.Digest() != tok.Digest() || read.Claims() != c.claims {
				t.Errorf("read back: %v, %v", read.Claims(), err)
			}
			if u := tok.URL("label.example"); u != "https://label.example/#"+tok.Digits() {
				t.Errorf("URL %q", u)
			}
		})
	}
}

// TestIndependentEncoding: the same token by hand, without the COSE library.
func TestIndependentEncoding(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		alg    int
		signer key.Signer
	}{"es256": {-7, w.es}, "eddsa": {-8, w.ed}} {
		got := issue(t, plug(), c.signer).Bytes()
		want := rawCose{protected: header(t, c.alg, c.signer), payload: en(t, claimsMap()), signer: c.signer}.token(t)
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %x\nwant %x", name, got, want)
		}
	}
}

func TestTooLong(t *testing.T) {
	w := newWorld(t)
	c := plug()
	room, err := c.Room()
	if err != nil || room < 1 || room > 20 {
		t.Fatalf("room %d, %v", room, err)
	}
	c.Brand += strings.Repeat("x", room)
	most := issue(t, c, w.es)
	if len(most.Bytes()) != 1+label.MaxToken || len(most.Digits()) != 372 {
		t.Errorf("%d bytes and %d digits, want the most there may be", len(most.Bytes()), len(most.Digits()))
	}
	if _, err := label.ParseDigits(most.Digits()); err != nil {
		t.Error(err)
	}
	c.Brand += "x"
	if _, err := label.Issue(context.Background(), c, w.es); !errors.Is(err, label.ErrTooLong) || !strings.Contains(err.Error(), "1 too many") {
		t.Errorf("got %v", err)
	}
}

func TestClaimsCheck(t *testing.T) {
	if err := plug().Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*label.Claims)
		want   string
	}{
		"issuer small":      {func(c *label.Claims) { c.Issuer = "harb" }, "issuer"},
		"issuer long":       {func(c *label.Claims) { c.Issuer = "HARBOURED" }, "issuer"},
		"issuer one":        {func(c *label.Claims) { c.Issuer = "H" }, "issuer"},
		"level 0":           {func(c *label.Claims) { c.Level = 0 }, "level 0"},
		"level 10":          {func(c *label.Claims) { c.Level = 10 }, "level 10"},
		"no assurance":      {func(c *label.Claims) { c.Assurance = 0 }, "assurance"},
		"other assurance":   {func(c *label.Claims) { c.Assurance = 4 }, "assurance"},
		"no support end":    {func(c *label.Claims) { c.SupportEnd = 0 }, "support end"},
		"no brand":          {func(c *label.Claims) { c.Brand = "" }, "brand: missing"},
		"no version":        {func(c *label.Claims) { c.Version = "" }, "version: missing"},
		"long version":      {func(c *label.Claims) { c.Version = strings.Repeat("1", 17) }, "version: 17 bytes"},
		"right to left":     {func(c *label.Claims) { c.Model = "abc\u202ecba" }, "cannot be seen"},
		"zero width":        {func(c *label.Claims) { c.Model = "Plug\u200b2" }, "cannot be seen"},
		"hangul filler":     {func(c *label.Claims) { c.Model = "Plug\u3164x" }, "cannot be seen"},
		"no-break space":    {func(c *label.Claims) { c.Model = "Plug\u00a02" }, "cannot be seen"},
		"variation":         {func(c *label.Claims) { c.Model = "Plug\ufe0f2" }, "cannot be seen"},
		"control":           {func(c *label.Claims) { c.Model = "Plug\x07" }, "cannot be seen"},
		"private use":       {func(c *label.Claims) { c.Model = "Plug\ue000" }, "cannot be seen"},
		"tower":             {func(c *label.Claims) { c.Model = "a\u0332\u0332\u0332" }, "accent"},
		"lone accent":       {func(c *label.Claims) { c.Model = "\u0332a" }, "accent"},
		"form D":            {func(c *label.Claims) { c.Model = "Cafe\u0301" }, "form C"},
		"not UTF-8":         {func(c *label.Claims) { c.Model = "\xff\xfe" }, "UTF-8"},
		"space behind":      {func(c *label.Claims) { c.Model = "Plug " }, "spaces"},
		"two spaces":        {func(c *label.Claims) { c.Model = "Plug  2" }, "spaces"},
		"GTIN":              {func(c *label.Claims) { c.GTIN = 4006381333932 }, "check digit"},
		"GTIN long":         {func(c *label.Claims) { c.GTIN = 1e14 + 9 }, "check digit"},
		"no until":          {func(c *label.Claims) { c.Until = time.Time{} }, "until"},
		"far until":         {func(c *label.Claims) { c.Until = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }, "until"},
		"until in 1960":     {func(c *label.Claims) { c.From, c.Until = time.Time{}, time.Unix(-1, 0) }, "until: want"},
		"until in 1970":     {func(c *label.Claims) { c.From, c.Until = time.Time{}, time.Unix(0, 0) }, "until: want"},
		"parts of a second": {func(c *label.Claims) { c.Until = c.Until.Add(1) }, "whole seconds"},
		"from after until":  {func(c *label.Claims) { c.From = c.Until }, "before until"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := plug()
			c.change(&cl)
			err := cl.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if _, err := label.Issue(context.Background(), cl, newWorld(t).es); err == nil {
				t.Error("it was issued")
			}
		})
	}
	edge := plug()
	edge.Level, edge.Brand, edge.Version, edge.GTIN, edge.Until = label.MaxLevel, strings.Repeat("x", 40), strings.Repeat("1", 16), 99999999999997, time.Date(2149, 6, 6, 0, 0, 0, 0, time.UTC)
	if err := edge.Check(); err != nil {
		t.Errorf("at the bounds: %v", err)
	}
	for _, ok := range []string{"Ünïted", "x\u0332\u0332", "カメラ", "กล้อง", "हिन्दी", "Ống kính", "A&B <1>"} {
		c := plug()
		c.Brand, c.Model = "B", ok
		if err := c.Check(); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
}

// badSigner gives what no key gives.
type badSigner struct {
	key.Signer
	sig []byte
}

func (b badSigner) Sign(context.Context, []byte) ([]byte, error) {
	if b.sig == nil {
		return nil, errors.New("the agent has gone")
	}
	return b.sig, nil
}

func TestIssueBadSigner(t *testing.T) {
	w := newWorld(t)
	for name, s := range map[string]key.Signer{
		"none": badSigner{w.es, nil}, "no ASN.1": badSigner{w.es, []byte("x")}, "zero": badSigner{w.es, []byte{0x30, 6, 2, 1, 0, 2, 1, 0}},
		"trailing": badSigner{w.es, []byte{0x30, 6, 2, 1, 1, 2, 1, 1, 0}}, "short": badSigner{w.ed, []byte("short")},
	} {
		if _, err := label.Issue(context.Background(), plug(), s); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := label.Issue(ctx, plug(), w.es); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// strange is a key of a kind that cannot sign labels.
type strange struct{ key.Signer }

func (strange) Public() crypto.PublicKey { return &rsa.PublicKey{} }

func TestIssueStrangeKey(t *testing.T) {
	w := newWorld(t)
	if _, err := label.Issue(context.Background(), plug(), strange{w.es}); err == nil || !strings.Contains(err.Error(), "want Ed25519 or ECDSA P-256") {
		t.Errorf("got %v", err)
	}
	if _, err := label.AddSignature(context.Background(), w.list, nil, strange{w.es}); err == nil {
		t.Error("signed a trust list")
	}
}

// TestParseBounds: tokens of every length from nothing on end in an error or a token.
func TestParseBounds(t *testing.T) {
	w := newWorld(t)
	long := rawCose{protected: header(t, -7, w.es), payload: en(t, longClaims()), signer: w.es}.token(t)
	if len(long) <= 1+label.MaxToken {
		t.Fatalf("%d bytes are not too long", len(long))
	}
	if _, err := label.Parse(long); err == nil || !strings.Contains(err.Error(), "at most 155") {
		t.Errorf("long: %v", err)
	}
	d := issue(t, plug(), w.es).Digits()
	for _, s := range []string{"", "-" + d, "+" + d, "0" + d, d + "x", d[:9] + "_" + d[9:], " " + d, strings.Repeat("1", 373)} {
		if _, err := label.ParseDigits(s); err == nil {
			t.Errorf("%.20q… was a token", s)
		}
	}
	good := issue(t, plug(), w.es).Bytes()
	for i := range good {
		if _, err := label.Parse(good[:i]); err == nil {
			t.Errorf("%d of %d bytes were a token", i, len(good))
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		issuer string
		n      label.Number
	}{{"HARB", 0}, {"HARB", 1420}, {"HARB", 1<<32 - 1}, {"SG-CLS", 77}, {"QUAY", 131072}, {"OIL-U", 5}} {
		s := label.NumberText(c.issuer, c.n)
		for _, typed := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, "-", ""), strings.ReplaceAll(s, "-", " "), " " + s + " "} {
			issuer, n, err := label.ParseNumber(typed)
			if strings.ContainsAny(c.issuer, "-") && !strings.Contains(typed, "-") {
				continue // the trust list knows the dashes of a code
			}
			if err != nil || n != c.n || issuer != c.issuer {
				t.Errorf("%q: got %q %d, %v", typed, issuer, n, err)
			}
		}
	}
	for _, bad := range []string{"", "-", "HARB", "H-0000-01CF", "HARB-0000-01C", "HARB-UUUU-UUUU", "HARB-ZZZZ-ZZZZ", strings.Repeat("A", 65), "HARB-0000-01C\xff", "€-0000-0000"} {
		if _, n, err := label.ParseNumber(bad); err == nil {
			t.Errorf("%q: read as %d", bad, n)
		}
	}
}

// TestNumberOdd: characters outside the alphabet, and numbers of more than 32 bits,
// are refused under every check character.
func TestNumberOdd(t *testing.T) {
	for n := range label.Number(300) {
		s := label.NumberText("HARB", n*977)
		for i := len("HARB-"); i < len(s); i++ {
			if s[i] == '-' {
				continue
			}
			for _, c := range "*!$_" {
				if _, _, err := label.ParseNumber(s[:i] + string(c) + s[i+1:]); err == nil {
					t.Errorf("%s with %c at %d was read", s, c, i)
				}
			}
		}
	}
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if _, n, err := label.ParseNumber("HARB-4000-000" + string(c)); err == nil {
			t.Errorf("2 to the 32 was read as %d", n)
		}
	}
	a, b := label.NumberText("SG-CLS", 77), label.NumberText("SGCLS", 77)
	if a[len(a)-1] != b[len(b)-1] {
		t.Errorf("the dash of a code counts: %s and %s", a, b)
	}
}

// TestNumberMistakes: any one wrong character and any two swapped ones are noticed.
func TestNumberMistakes(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	tried := 0
	for _, n := range []label.Number{0, 1420, 987654321} {
		s := strings.ReplaceAll(label.NumberText("HARB", n), "-", "")
		for i := range s {
			for _, c := range alphabet {
				if byte(c) == s[i] {
					continue
				}
				tried++
				if _, _, err := label.ParseNumber(s[:i] + string(c) + s[i+1:]); err == nil {
					t.Errorf("%s: %c for %c at %d was not noticed", s, c, s[i], i)
				}
			}
			for j := i + 1; j < len(s); j++ {
				if s[i] == s[j] {
					continue
				}
				tried++
				b := []byte(s)
				b[i], b[j] = b[j], b[i]
				if _, _, err := label.ParseNumber(string(b)); err == nil {
					t.Errorf("%s: %d and %d swapped was not noticed", s, i, j)
				}
			}
		}
	}
	if tried < 1000 {
		t.Fatalf("tried %d mistakes only", tried)
	}
}

func TestDay(t *testing.T) {
	for in, ok := range map[string]bool{"2026-11-22": true, "1970-01-01": true, "2149-06-06": true, "2149-06-07": false, "1969-12-31": false, "22.11.2026": false, "2026-02-30": false} {
		var d label.Day
		err := d.UnmarshalText([]byte(in))
		if (err == nil) != ok || ok && d.String() != in {
			t.Errorf("%q: %s, %v", in, d, err)
		}
	}
}
