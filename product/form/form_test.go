package form

import (
	"strings"
	"testing"
	"time"
)

func TestNearest(t *testing.T) {
	names := []string{"firmware_version", "name", "passwords", "5.6-3", "tls"}
	cases := []struct{ word, want string }{
		{"frimware_version", "firmware_version"},
		{"Firmware-Version", "firmware_version"},
		{"nmae", "name"},
		{"passwrods", "passwords"},
		{"5.6-33", "5.6-3"},
		{"colour", ""},
		{"xyz", ""},
		{"", ""},
		{strings.Repeat("firmware_version", 9), ""},
	}
	for _, c := range cases {
		if got := Nearest(c.word, names); got != c.want {
			t.Errorf("%q: got %q, want %q", c.word, got, c.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	cases := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"5m", 5 * time.Minute, true},
		{"30d", 720 * time.Hour, true},
		{"1h30m", 90 * time.Minute, true},
		{"0", 0, true},
		{"-5m", 0, false},
		{"-1d", 0, false},
		{"99999d", 0, false},
		{"7 days", 0, false},
		{"", 0, false},
		{"d", 0, false},
	}
	for _, c := range cases {
		got, ok := ParseDuration(c.text)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%q: got %s %v", c.text, got, ok)
		}
	}
}

// form for the tests: a text, a secret, a list, and a mapping with a bare form.
func sample() *Spec {
	secret := &Spec{Scalar: &Scalar{Want: "a secret", Hide: true, Check: func(string) *Issue { return &Issue{Message: "plain", Remedy: "hide it", Warning: true} }}}
	return &Spec{Keys: []Key{
		{Name: "name", Required: true, Spec: &Spec{Scalar: Text(), Doc: "its name"}},
		{Name: "n", Spec: &Spec{Scalar: Int(1, 9)}},
		{Name: "on", Spec: &Spec{Scalar: Bool()}},
		{Name: "secrets", Spec: &Spec{Dict: secret}},
		{Name: "list", Spec: &Spec{Item: &Spec{Scalar: Text()}, Bare: true}},
		{Name: "file", Spec: &Spec{Short: "path", Keys: []Key{{Name: "path", Required: true, Spec: &Spec{Scalar: Text()}}}}},
	}}
}

func TestCanonical(t *testing.T) {
	d := Read("f", []byte("on: yes\nname: 1.10\nn: 07\nlist: x\nfile: a.bin\nsecrets: {b: s3cret, a: }\nother: 1\n"))
	d.Check(sample())
	const want = `{"file":{"path":"a.bin"},"list":["x"],"n":7,"name":"1.10","on":true,"secrets":{"b":"[secret]"}}`
	if got := string(d.Canonical(sample())); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestExcerpts(t *testing.T) {
	cases := []struct{ name, src, want string }{
		{"plain", "nam: x\n", "nam: …\n^"},
		{"caret after a secret", "{name: x, secrets: {a: s3cret}, bad: 1}\n", "{name: x, secrets: {a: …}, bad: …}\n                           ^"},
		{"escapes", "{name: x, secrets: {a: \"s3\\u0063ret\"}, bad: 1}\n", "{name: x, secrets: {a: …\n                       ^"}, // where it ends is not sure
		{"wide characters", "{name: é, bad: 1}\n", "{name: é, bad: …}\n          ^"},
		{"second line of a secret", "name: x\nsecrets:\n  a: s3cret\n    s3cret\n  ? x\n  : s3cret\n", ""},
		{"terminal codes", "{name: \"\u202e\", bad: 1}\n", "{name: \" \", bad: …}\n            ^"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := Read("f", []byte(c.src))
			d.Check(sample())
			errs := d.Problems().Errors()
			if len(errs) == 0 {
				t.Fatal("no errors")
			}
			all := d.Problems().String()
			if strings.Contains(all, "s3cret") || strings.Contains(all, "0063") {
				t.Errorf("a secret is shown:\n%s", all)
			}
			if c.want != "" && errs[len(errs)-1].Excerpt != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", errs[len(errs)-1].Excerpt, c.want)
			}
		})
	}
}

// FuzzExcerpts: whatever stands around it, a declared secret is never shown.
func FuzzExcerpts(f *testing.F) {
	f.Add("name: x\nsecrets:\n  a: ", "\n", false)
	f.Add("{name: x, secrets: {a: ", "}, z: [}\n", true)
	f.Add("secrets: [{b: ", "}]\n", true)
	f.Add("passwords: {admin:\n ", " # : : x\n", false)
	f.Fuzz(func(t *testing.T, head, tail string, quoted bool) {
		if len(head)+len(tail) > 4096 || strings.Contains(head+tail, "qZ7vk") {
			return
		}
		value := "qZ7vk9"
		if quoted {
			value = `"` + value + `"`
		}
		d := Read("f", []byte(head+value+tail))
		d.Check(sample())
		reached := false
		if list := d.Root.Get("secrets"); list != nil {
			for _, e := range list.Map() {
				reached = reached || strings.Contains(e.Value.Text, "qZ7vk9")
			}
		}
		if reached && strings.Contains(d.Problems().String(), "qZ7vk9") {
			t.Errorf("shown:\n%s", d.Problems())
		}
	})
}
