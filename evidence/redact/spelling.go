package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode/utf16"
)

// spelling is one form in which a secret travels.
type spelling struct {
	text   string
	token  string
	inside bool // the characters of a longer base64 text that hold nothing but the secret
}

// spellings are the forms of a secret: plain, in a URL, in JSON, in HTML, in
// hexadecimal, in base64 alone and in the middle of a longer base64 text.
func spellings(v string) []spelling {
	query := url.QueryEscape(v)
	texts := []string{
		v, query, url.PathEscape(v), lowerEscapes(query), lowerEscapes(url.PathEscape(v)),
		base64.StdEncoding.EncodeToString([]byte(v)), base64.RawStdEncoding.EncodeToString([]byte(v)),
		base64.URLEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v)),
		hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))),
		html.EscapeString(v),
	}
	texts = append(texts, jsonForms(v)...)
	seen := map[string]bool{}
	var out []spelling
	add := func(s string, inside bool) {
		if len(s) >= minSecret && !seen[s] {
			seen[s] = true
			out = append(out, spelling{text: s, inside: inside})
		}
	}
	for _, s := range texts {
		add(s, false)
	}
	for shift := range 3 {
		add(insideBase64(base64.RawStdEncoding, v, shift), true)
		add(insideBase64(base64.RawURLEncoding, v, shift), true)
	}
	return out
}

// insideBase64 is what every base64 text has in common that carries v after shift
// bytes (modulo 3) of something else.
func insideBase64(enc *base64.Encoding, v string, shift int) string {
	s := enc.EncodeToString([]byte("\x00\x00\x00"[:shift] + v))
	from := (shift*8 + 5) / 6
	to := (shift + len(v)) * 8 / 6
	return s[from:to]
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// jsonForms are the ways in which JSON writers put v between quotes: as it is, with
// < > & escaped, with / escaped, with everything beyond ASCII escaped.
func jsonForms(v string) []string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil // a string always encodes
	}
	plain := strings.TrimSuffix(b.String(), "\n")
	plain = plain[1 : len(plain)-1]
	safe := strings.NewReplacer("<", "\\u003c", ">", "\\u003e", "&", "\\u0026").Replace(plain)
	out := []string{plain, safe, strings.ReplaceAll(plain, "/", "\\/")}
	for _, format := range []string{"\\u%04x", "\\u%04X"} {
		var ascii strings.Builder
		for _, r := range plain {
			if r < 0x80 {
				ascii.WriteRune(r)
				continue
			}
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&ascii, format, u)
			}
		}
		out = append(out, ascii.String(), strings.ReplaceAll(ascii.String(), "/", "\\/"))
	}
	return out
}
