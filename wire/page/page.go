// Package page reads a public web page as a person would: the visible text, the
// sentences, and the dates and times that they name, in English, German and French.
//
// It reads words and knows no meaning: whether a sentence is a promise is for others
// to say. It must never run a script, follow a link, guess between two readings of a
// date, or show text that the page hides.
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// Bounds of a page. What is beyond them is not read, and Cut says so.
const (
	bodyCap = 2 << 20
	textCap = 256 << 10
	linkCap = 500
)

// A Page is what a document shows.
type Page struct {
	Title string `json:"title"`
	Lang  string `json:"lang,omitempty"` // as the document says
	// Text is the visible text: one line for each block, spaces collapsed.
	Text   string `json:"text"`
	Digest string `json:"text_digest"` // sha256:… of Text
	// Contacts are the mail addresses and telephone numbers behind visible links.
	Contacts []string `json:"contacts,omitempty"`
	Password bool     `json:"password"` // a field that is not hidden asks for a password
	Cut      bool     `json:"cut"`      // there was more than is read
}

// ErrFormat says that a document is of a format which is not read here, or is no
// well-formed text. A person can still read it.
var ErrFormat = errors.New("the document cannot be read as a page")

// Read reads a document. contentType is the header that came with it.
func Read(body []byte, contentType string) (Page, error) {
	var p Page
	if len(body) > bodyCap {
		body, p.Cut = body[:bodyCap], true
	}
	kind, err := media(body, contentType)
	if err != nil {
		return p, err
	}
	src, err := decode(body, contentType)
	if err != nil {
		return p, err
	}
	var t text
	if kind == plain {
		t.lines(string(src))
	} else {
		doc, err := html.Parse(bytes.NewReader(src))
		if err != nil {
			return p, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		w := walker{page: &p, text: &t}
		w.node(doc)
	}
	p.Text = t.String()
	p.Cut = p.Cut || t.full
	sum := sha256.Sum256([]byte(p.Text))
	p.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return p, nil
}

type format int

const (
	markup format = iota
	plain
)

var formats = map[string]format{
	"text/html": markup, "application/xhtml+xml": markup,
	"text/plain": plain, "text/markdown": plain,
}

// media says what a body is. A server that says nothing leaves it to the body.
func media(body []byte, contentType string) (format, error) {
	name := strings.TrimSpace(contentType)
	if name != "" {
		kind, _, err := mime.ParseMediaType(contentType)
		if err != nil && kind == "" {
			return 0, fmt.Errorf("%w: content type %q", ErrFormat, clip(contentType, 100))
		}
		f, ok := formats[kind]
		if !ok {
			return 0, fmt.Errorf("%w: content type %q", ErrFormat, clip(kind, 100))
		}
		return f, nil
	}
	start := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 512)]))
	if bytes.HasPrefix(start, []byte("<")) {
		return markup, nil
	}
	return plain, nil
}

// decode turns a body into UTF-8, by the header, the document, or what it looks like.
func decode(body []byte, contentType string) ([]byte, error) {
	enc, name, _ := charset.DetermineEncoding(body, contentType)
	if name == "utf-8" {
		return bytes.TrimPrefix(bytes.ToValidUTF8(body, []byte("\uFFFD")), []byte("\xef\xbb\xbf")), nil
	}
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return nil, fmt.Errorf("%w: charset %s: %w", ErrFormat, name, err)
	}
	return bytes.TrimPrefix(out, []byte("\xef\xbb\xbf")), nil
}

// clip shortens what comes from outside, between characters.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}
