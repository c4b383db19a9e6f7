package evidence

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// minSecret is the shortest value that is searched for in free text: replacing
// shorter ones would tear words apart.
const minSecret = 4

// Redactor replaces declared and found secrets by tokens of the form
// "secret:<kind>:<HMAC>". The key is random for each evidence folder, so equal
// secrets have equal tokens in one bundle and nothing can be looked up elsewhere.
type Redactor struct {
	key []byte
	mu  sync.Mutex
	sec map[string]string // every spelling of a secret → token
	ord []string          // spellings, longest first
}

// NewRedactor makes a redactor with the given key.
func NewRedactor(key []byte) *Redactor { return &Redactor{key: key, sec: map[string]string{}} }

func openRedactor(private string) (*Redactor, error) {
	path := filepath.Join(private, "token.key")
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("making the key for secret tokens: %w", err)
		}
		if err := WriteFile(path, key, 0o600); err != nil {
			return nil, fmt.Errorf("writing the key for secret tokens: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("reading the key for secret tokens: %w", err)
	}
	return NewRedactor(key), nil
}

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
	if len(value) < minSecret {
		return tok
	}
	for _, s := range spellings(value) {
		if _, ok := r.sec[s]; !ok {
			r.sec[s] = tok
			r.ord = append(r.ord, s)
		}
	}
	sort.SliceStable(r.ord, func(i, j int) bool { return len(r.ord[i]) > len(r.ord[j]) })
	return tok
}

// spellings are the forms in which a secret travels: plain, in a URL, base64.
func spellings(v string) []string {
	out := []string{v}
	for _, s := range []string{
		url.QueryEscape(v), url.PathEscape(v),
		base64.StdEncoding.EncodeToString([]byte(v)),
		base64.RawURLEncoding.EncodeToString([]byte(v)),
		hex.EncodeToString([]byte(v)),
	} {
		if s != v && len(s) >= minSecret {
			out = append(out, s)
		}
	}
	return out
}

// Bytes returns b with every known secret replaced. A pair of HTTP Basic
// credentials is found by decoding what follows the word Basic.
func (r *Redactor) Bytes(b []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.ord {
		if bytes.Contains(b, []byte(s)) {
			b = bytes.ReplaceAll(b, []byte(s), []byte(r.sec[s]))
		}
	}
	return r.basic(b)
}

func (r *Redactor) basic(b []byte) []byte {
	const mark = "Basic "
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(mark))
		if i < 0 {
			return b
		}
		start := at + i + len(mark)
		end := start
		for end < len(b) && strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", b[end]) >= 0 {
			end++
		}
		at = end
		plain, err := base64.StdEncoding.DecodeString(string(b[start:end]))
		if err != nil {
			continue
		}
		for _, s := range r.ord {
			if bytes.Contains(plain, []byte(s)) {
				b = append(append(append([]byte(nil), b[:start]...), r.sec[s]...), b[end:]...)
				at = start + len(r.sec[s])
				break
			}
		}
	}
}

// JSON replaces secrets inside the strings of a JSON document.
func (r *Redactor) JSON(doc []byte) ([]byte, error) {
	r.mu.Lock()
	n := len(r.ord)
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
	changed := false
	v = r.walk(v, &changed)
	if !changed {
		return doc, nil
	}
	return json.Marshal(v)
}

func (r *Redactor) walk(v any, changed *bool) any {
	switch x := v.(type) {
	case string:
		out := string(r.Bytes([]byte(x)))
		*changed = *changed || out != x
		return out
	case []any:
		for i := range x {
			x[i] = r.walk(x[i], changed)
		}
	case map[string]any:
		for k := range x {
			x[k] = r.walk(x[k], changed)
		}
	}
	return v
}
