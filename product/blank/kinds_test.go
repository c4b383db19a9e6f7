package blank

import (
	"slices"
	"testing"

	"github.com/plimsoll-iot/plimsoll/product/form"
)

func TestParsePorts(t *testing.T) {
	cases := []struct {
		text string
		want []Range
	}{
		{"443", []Range{{443, 443}}},
		{"1-65535", []Range{{1, 65535}}},
		{"80, 443,20000-20099", []Range{{80, 80}, {443, 443}, {20000, 20099}}},
		{"0", nil},
		{"65536", nil},
		{"9-8", nil},
		{"-1", nil},
		{"80,", nil},
		{"http", nil},
		{"", nil},
	}
	for _, c := range cases {
		got, ok := ParsePorts(c.text)
		if ok != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v %v, want %v", c.text, got, ok, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	k := &Kinds{}
	good, warns, bad := 0, 1, 2
	cases := []struct {
		kind *form.Scalar
		text string
		want int
	}{
		{k.url(), "https://example.com/a", good},
		{k.url(), "http://example.com/a", warns},
		{k.url(), "example.com", bad},
		{k.url(), "https://", bad},
		{k.url(), "file:///etc/passwd", bad},
		{k.url(), "https://a:b@example.com", bad},
		{k.mac(), "02:00:5e:10:00:01", good},
		{k.mac(), "02:00", bad},
		{k.address("x", 4), "192.0.2.1", good},
		{k.address("x", 4), "::ffff:192.0.2.1", bad},
		{k.address("x", 6), "2001:db8::1", good},
		{k.address("x", 6), "192.0.2.1", bad},
		{k.address("x", 0), "router.lan", bad},
		{k.file(), "a/b.bin", good},
		{k.file(), "a/../b.bin", good},
		{k.file(), "../b.bin", bad},
		{k.file(), "a/../../b", bad},
		{k.file(), "/b", bad},
		{k.file(), `a\b`, bad},
		{k.file(), "C:b", bad},
		{k.file(), "", bad},
		{k.file(), "./", bad},
		{k.secret(), "${env:A_1}", good},
		{k.secret(), "@secrets/a", good},
		{k.secret(), "", good},
		{k.secret(), "plain", warns},
		{k.secret(), "${env:}", bad},
		{k.secret(), "${ENV:A}", bad},
		{k.secret(), "@../a", bad},
	}
	for _, c := range cases {
		got, issue := good, c.kind.Check(c.text)
		if issue != nil {
			got = bad
			if issue.Warning {
				got = warns
			}
		}
		if got != c.want {
			t.Errorf("%s: %q: got %d, want %d", c.kind.Want, c.text, got, c.want)
		}
		if issue != nil && issue.Remedy == "" {
			t.Errorf("%s: %q: no remedy", c.kind.Want, c.text)
		}
	}
}
