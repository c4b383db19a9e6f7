package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

const secret = "S3cret&<\"é/\\+"

func newRedactor(values ...string) *Redactor {
	r := New([]byte("0123456789abcdef0123456789abcdef"))
	for _, v := range values {
		r.Add("password", v)
	}
	return r
}

func TestBytes(t *testing.T) {
	r := newRedactor(secret)
	tok := r.Token("password", secret)
	b64 := base64.StdEncoding.EncodeToString
	for name, c := range map[string]struct{ in, want string }{
		"nothing":    {"nothing here", "nothing here"},
		"empty":      {"", ""},
		"plain":      {"a " + secret + " b", "a " + tok + " b"},
		"twice":      {secret + secret, tok + tok},
		"binary":     {"\x00\xff" + secret + "\xfe", "\x00\xff" + tok + "\xfe"},
		"url":        {"p=S3cret%26%3C%22%C3%A9%2F%5C%2B&x", "p=" + tok + "&x"},
		"url lower":  {"p=S3cret%26%3c%22%c3%a9%2f%5c%2b&x", "p=" + tok + "&x"},
		"path":       {"/S3cret&%3C%22%C3%A9%2F%5C+/", "/" + tok + "/"},
		"base64":     {"<" + b64([]byte(secret)) + ">", "<" + tok + ">"},
		"no padding": {"<" + base64.RawURLEncoding.EncodeToString([]byte(secret)) + ">", "<" + tok + ">"},
		"hex":        {"53336372657426" + "3c22c3a92f5c2b", tok},
		"hex upper":  {"53336372657426" + "3C22C3A92F5C2B", tok},
		"html":       {"<b>S3cret&amp;&lt;&#34;é/\\+</b>", "<b>" + tok + "</b>"},
		"json":       {`"S3cret&<\"é/\\+"`, `"` + tok + `"`},
		"json html":  {`"S3cret\u0026\u003c\"é/\\+"`, `"` + tok + `"`},
		"json ascii": {`"S3cret&<\"\u00e9/\\+"`, `"` + tok + `"`},
		"json upper": {`"S3cret&<\"\u00E9\/\\+"`, `"` + tok + `"`},
		"json slash": {`"S3cret&<\"é\/\\+"`, `"` + tok + `"`},
		"basic":      {"Basic " + b64([]byte("me:"+secret)) + "\r\n", "Basic " + tok + "\r\n"},
		"basic low":  {"basic " + b64([]byte("admin:"+secret)), "basic " + tok},
		"basic none": {"Basic " + b64([]byte("me:other")), "Basic " + b64([]byte("me:other"))},
		"basic word": {"Basic rules of Basic", "Basic rules of Basic"},
		"own token":  {tok, tok},
	} {
		if got := string(r.Bytes([]byte(c.in))); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestInsideBase64 hides a secret at every place of a longer base64 text.
func TestInsideBase64(t *testing.T) {
	for _, v := range []string{"1234", "abcde", "abcdef", secret} {
		r := newRedactor(v)
		for before := range 7 {
			for after := range 7 {
				text := strings.Repeat("x", before) + v + strings.Repeat("y", after)
				for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
					got := string(r.Bytes([]byte("k=" + enc.EncodeToString([]byte(text)))))
					if !strings.Contains(got, r.Token("password", v)) {
						t.Errorf("%q after %d, before %d bytes: got %q", v, before, after, got)
					}
				}
			}
		}
	}
}

func TestAdd(t *testing.T) {
	r := newRedactor()
	if got := r.Add("password", ""); got != "" {
		t.Errorf("the empty value: %q", got)
	}
	if got := r.Add("password", "abc"); !strings.HasPrefix(got, "secret:password:") || string(r.Bytes([]byte("xabcx"))) != "xabcx" {
		t.Errorf("a short value: token %q", got)
	}
	if a, b := r.Add("password", "same1"), r.Add("password", "same1"); a != b {
		t.Error("equal secrets, different tokens")
	}
	other := New([]byte("another key"))
	if r.Token("p", "v") == other.Token("p", "v") {
		t.Error("the token does not depend on the key")
	}
}

// TestSecretsInsideTokens: a secret that looks like a part of a token tears none.
func TestSecretsInsideTokens(t *testing.T) {
	r := newRedactor("correct horse")
	tok := r.Token("password", "correct horse")
	r.Add("password", tok[20:24])
	r.Add("password", "secret")
	r.Add("password", "password")
	once := r.Bytes([]byte("x correct horse y"))
	if want := "x " + tok + " y"; string(once) != want {
		t.Errorf("got %q, want %q", once, want)
	}
	if again := r.Bytes(once); !bytes.Equal(again, once) {
		t.Errorf("redacted again: %q", again)
	}
}

func TestLongestFirst(t *testing.T) {
	r := newRedactor("pass", "password1", "word1")
	if got, want := string(r.Bytes([]byte("password1"))), r.Token("password", "password1"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestValueKeepsItsShape(t *testing.T) {
	type inner struct {
		Port int `json:"port"`
	}
	type value struct {
		Port   string         `json:"port"`
		Inner  []*inner       `json:"inner"`
		Map    map[string]any `json:"map"`
		Body   []byte         `json:"body"`
		Digest string         `json:"digest"`
		When   string         `json:"when"`
		Number json.Number    `json:"number"`
	}
	in := value{
		Port: "the port", Inner: []*inner{{1}}, Map: map[string]any{"port": 1, "a port": "port"},
		Body: []byte("\x00 port \xff"), Digest: "sha256:" + strings.Repeat("2026", 16), When: "2026-01-01T00:00:00Z", Number: "2026",
	}
	r := newRedactor("port", "2026")
	b, err := r.Value(in)
	if err != nil {
		t.Fatal(err)
	}
	tok := r.Token("password", "port")
	var got value
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	if got.Port != "the "+tok || string(got.Body) != "\x00 "+tok+" \xff" || got.Digest != in.Digest || got.When != in.When || got.Number != "2026" {
		t.Errorf("got %+v", got)
	}
	if got.Inner[0].Port != 1 || got.Map["a "+tok] != tok {
		t.Errorf("got %s", b)
	}
	if b, err := r.Value(nil); err != nil || string(b) != "null" {
		t.Errorf("nil: %s %v", b, err)
	}
}

func TestJSONRefuses(t *testing.T) {
	r := newRedactor(secret)
	for _, bad := range []string{"", "{", `{"a":1} {"b":2}`, strings.Repeat("[", 20000)} {
		if _, err := r.JSON([]byte(bad)); err == nil {
			t.Errorf("%.20q is accepted", bad)
		} else if strings.Contains(err.Error(), secret) {
			t.Error("the secret is in the error")
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":"hunter22","hunter22":["x",1,null]}`), "hunter22")
	f.Add([]byte(`"aHVudGVyMjI="`), "hunter22")
	f.Add([]byte(`"a\u003cb\u003cc"`), "a<b<")
	f.Fuzz(func(t *testing.T, doc []byte, v string) {
		r := newRedactor(v)
		out, err := r.JSON(doc)
		if err != nil {
			return
		}
		if json.Valid(doc) && !json.Valid(out) {
			t.Errorf("%q became %q", doc, out)
		}
		again, err := r.JSON(out)
		if err != nil || len(v) >= minSecret && !sameJSON(again, out) {
			t.Errorf("redacted again %q became %q: %v", out, again, err)
		}
	})
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return true // beyond what a float64 holds
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}

func FuzzBytes(f *testing.F) {
	f.Add([]byte("Authorization: Basic YWRtaW46aHVudGVyMjI=\r\n"), "hunter22")
	f.Add([]byte("\x00hunter22hunter2"), "hunter22")
	f.Fuzz(func(t *testing.T, b []byte, v string) {
		r := newRedactor(v)
		out := r.Bytes(b)
		if len(v) >= minSecret && !strings.Contains(r.Token("password", v), v) && bytes.Contains(bytes.ReplaceAll(out, []byte(r.Token("password", v)), []byte("\n")), []byte(v)) && !strings.Contains(v, "\n") {
			t.Errorf("%q is still in %q", v, out)
		}
	})
}
