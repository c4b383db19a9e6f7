// Package redact replaces secrets by tokens in whatever form they travel: plain, in a
// URL, in JSON, in HTML, in hexadecimal, in base64. What cannot be found so: a value
// of fewer than four bytes, a spelling that is broken across lines, compressed bytes.
//
// It writes nothing and must never put a secret in an error.
package redact

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"sort"
	"strings"
	"sync"
	"time"
)

// minSecret is the shortest value that is searched for in free text: replacing
// shorter ones would tear words apart.
const minSecret = 4

// Redactor replaces declared and found secrets by tokens of the form
// "secret:<kind>:<HMAC>". The key is random for each evidence folder, so equal
// secrets have equal tokens in one bundle and nothing can be looked up elsewhere.
type Redactor struct {
	key   []byte
	mu    sync.Mutex
	known map[string]bool
	first [256][]spelling // by their first byte, longest first
}

// New makes a redactor with the given key.
func New(key []byte) *Redactor { return &Redactor{key: key, known: map[string]bool{}} }

// Token is the token of a secret.
func (r *Redactor) Token(kind, value string) string {
	m := hmac.New(sha256.New, r.key)
	m.Write([]byte(value))
	return "secret:" + kind + ":" + hex.EncodeToString(m.Sum(nil)[:16])
}

// Add makes value a secret from now on and returns its token. The empty value is
// no secret.
func (r *Redactor) Add(kind, value string) string {
	if value == "" {
		return ""
	}
	tok := r.Token(kind, value)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(value) < minSecret || r.known[value] {
		return tok
	}
	r.known[value] = true
	// The token stands for itself, so that a secret that looks like a part of it
	// does not tear it.
	for _, s := range append(spellings(value), spelling{text: tok}) {
		s.token = tok
		at := &r.first[s.text[0]]
		*at = append(*at, s)
		sort.SliceStable(*at, func(i, j int) bool { return len((*at)[i].text) > len((*at)[j].text) })
	}
	return tok
}

// Bytes returns b with every known secret replaced. A pair of HTTP Basic
// credentials is found by decoding what follows the word Basic.
func (r *Redactor) Bytes(b []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) == 0 {
		return b
	}
	return r.replace(r.basic(b))
}

// replace goes over b once: what it puts in is not searched again.
func (r *Redactor) replace(b []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(b); {
		s := r.match(b[i:])
		if s == nil {
			i++
			continue
		}
		start, end := i, i+len(s.text)
		if s.inside && start > done && base64Byte(b[start-1]) {
			start--
		}
		if s.inside && end < len(b) && base64Byte(b[end]) {
			end++
		}
		out = append(append(out, b[done:start]...), s.token...)
		done, i = end, end
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}

// match is the longest spelling with which b begins.
func (r *Redactor) match(b []byte) *spelling {
	at := r.first[b[0]]
	for i := range at {
		if len(b) >= len(at[i].text) && string(b[:len(at[i].text)]) == at[i].text {
			return &at[i]
		}
	}
	return nil
}

func base64Byte(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}

func (r *Redactor) basic(b []byte) []byte {
	const word = "basic"
	var out []byte
	done := 0
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], ' ')
		if i < 0 {
			break
		}
		space := at + i
		at = space + 1
		if space < len(word) || !strings.EqualFold(string(b[space-len(word):space]), word) {
			continue
		}
		end := at
		for end < len(b) && base64Byte(b[end]) {
			end++
		}
		plain, err := base64.RawStdEncoding.DecodeString(string(b[at:end]))
		if err != nil {
			continue
		}
		for j := range plain {
			if s := r.match(plain[j:]); s != nil {
				for end < len(b) && b[end] == '=' {
					end++
				}
				out = append(append(out, b[done:at]...), s.token...)
				done, at = end, end
				break
			}
		}
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}

// JSON replaces secrets in the strings and the keys of a JSON document.
func (r *Redactor) JSON(doc []byte) ([]byte, error) { return r.document(doc, nil) }

// Value is the JSON form of v with the secrets replaced. The names of its fields
// stay as they are: a password "port" must not rename a field.
func (r *Redactor) Value(v any) ([]byte, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	if v != nil {
		fieldNames(reflect.TypeOf(v), names, map[reflect.Type]bool{})
	}
	return r.document(doc, names)
}

// fieldNames collects the JSON names of the struct fields that t can reach.
func fieldNames(t reflect.Type, names map[string]bool, seen map[reflect.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		fieldNames(t.Elem(), names, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			names[name] = true
			fieldNames(f.Type, names, seen)
		}
	}
}

func (r *Redactor) document(doc []byte, names map[string]bool) ([]byte, error) {
	r.mu.Lock()
	n := len(r.known)
	r.mu.Unlock()
	if n == 0 {
		return doc, nil
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	changed := false
	v = r.walk(v, names, &changed)
	if !changed {
		return doc, nil
	}
	return json.Marshal(v)
}

func (r *Redactor) walk(v any, names map[string]bool, changed *bool) any {
	switch x := v.(type) {
	case string:
		out := r.text(x)
		*changed = *changed || out != x
		return out
	case []any:
		for i := range x {
			x[i] = r.walk(x[i], names, changed)
		}
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, val := range x {
			as := k
			if !names[k] {
				as = r.text(k)
				*changed = *changed || as != k
			}
			out[as] = r.walk(val, names, changed)
		}
		return out
	}
	return v
}

// text redacts one string of a JSON document. Digests and times are no free text.
// What is base64 as a whole, as encoding/json writes bytes, stays so.
func (r *Redactor) text(s string) string {
	if isDigest(s) {
		return s
	}
	if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return s
	}
	if plain, err := base64.StdEncoding.DecodeString(s); err == nil && len(s) >= 8 {
		if out := r.Bytes(plain); !bytes.Equal(out, plain) {
			return base64.StdEncoding.EncodeToString(out)
		}
	}
	return string(r.Bytes([]byte(s)))
}

func isDigest(s string) bool {
	h, ok := strings.CutPrefix(s, "sha256:")
	b, err := hex.DecodeString(h)
	return ok && err == nil && len(b) == sha256.Size
}
