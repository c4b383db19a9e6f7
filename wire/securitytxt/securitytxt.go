// Package securitytxt reads a security.txt file (RFC 9116) strictly and says
// all that is wrong with it.
//
// It is pure: it must never fetch anything, follow a link of the file, read a
// clock, or call a signature good; whether an OpenPGP signature verifies is
// another question than whether its frame is right.
package securitytxt

import (
	"bytes"
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Severity of a problem: an Error breaks a MUST or the grammar of RFC 9116, a
// Warning a SHOULD or a recommendation.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// A Problem is one thing that is wrong. Line counts from 1; 0 is the file as a
// whole.
type Problem struct {
	Line     int      `json:"line"`
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable, for example "expires-past"
	Text     string   `json:"text"`
	Clause   string   `json:"clause"` // of RFC 9116
}

func (p Problem) String() string {
	return fmt.Sprintf("line %d: %s: %s (RFC 9116, %s)", p.Line, p.Severity, p.Text, p.Clause)
}

// A Field is a line with a name and a value, in the order of the file.
type Field struct {
	Name  string `json:"name"` // as written
	Value string `json:"value"`
	Line  int    `json:"line"`
}

// A File is what a body holds.
type File struct {
	Fields   []Field   `json:"fields"`
	Signed   bool      `json:"signed"` // in an OpenPGP cleartext frame; not verified
	Problems []Problem `json:"problems"`
}

// Get returns the values of a field, whose name has no case.
func (f File) Get(name string) []string {
	var out []string
	for _, x := range f.Fields {
		if strings.EqualFold(x.Name, name) {
			out = append(out, x.Value)
		}
	}
	return out
}

// Valid says that no problem is an Error.
func (f File) Valid() bool {
	return !slices.ContainsFunc(f.Problems, func(p Problem) bool { return p.Severity == Error })
}

// Expires is the value of the Expires field, if there is exactly one that reads.
func (f File) Expires() (time.Time, bool) {
	v := f.Get("Expires")
	if len(v) != 1 {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, v[0])
	return t, err == nil
}

// Origin is how the file was fetched. What is empty is not checked.
type Origin struct {
	URL         string // that was asked for
	FinalURL    string // after redirects
	ContentType string
	Status      int
	At          time.Time // the time for which the file is judged
}

const (
	sizeCap = 32 << 10 // RFC 9116, 5.3 warns of long files
	lineCap = 1000     // lines that are read
)

// Check reads a body and judges it together with its origin. Problems are in
// the order of their lines.
func Check(body []byte, o Origin) File {
	c := &checker{at: o.At}
	c.origin(o)
	c.body(body)
	c.required()
	c.canonical(o)
	slices.SortStableFunc(c.file.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return c.file
}

type checker struct {
	file File
	at   time.Time
	html bool
}

func (c *checker) problem(line int, s Severity, code, clause, format string, args ...any) {
	c.file.Problems = append(c.file.Problems, Problem{line, s, code, fmt.Sprintf(format, args...), clause})
}

// show makes a value of the file fit for a message.
func show(s string) string { return wire.Printable([]byte(s), 120) }

func (c *checker) origin(o Origin) {
	if o.Status != 0 && o.Status != 200 {
		c.problem(0, Error, "status", "3", "the server answered with status %d", o.Status)
	}
	for _, raw := range []string{o.URL, o.FinalURL} {
		if raw == "" {
			continue
		}
		u, err := url.Parse(raw)
		switch {
		case err != nil || u.Scheme != "https":
			c.problem(0, Error, "not-https", "3", "fetched from %q, not over https", show(raw))
		case u.Path == "/security.txt":
			c.problem(0, Warning, "legacy-path", "3", "fetched from the top-level path; /.well-known/security.txt is the place")
		case u.Path != "/.well-known/security.txt":
			c.problem(0, Error, "path", "3", "fetched from path %q, want /.well-known/security.txt", show(u.Path))
		}
		if o.URL == o.FinalURL {
			break
		}
	}
	if o.ContentType == "" {
		return
	}
	kind, params, err := mime.ParseMediaType(o.ContentType)
	charset := strings.ToLower(params["charset"])
	switch {
	case err != nil || kind != "text/plain":
		c.problem(0, Error, "content-type", "3", "the content type is %q, want text/plain; charset=utf-8", show(o.ContentType))
	case charset == "":
		c.problem(0, Warning, "charset-missing", "3", "the content type does not name the charset utf-8")
	case charset != "utf-8":
		c.problem(0, Error, "charset", "3", "the charset is %q, want utf-8", show(charset))
	}
}

func (c *checker) body(b []byte) {
	if len(b) > sizeCap {
		c.problem(0, Error, "too-long", "5.3", "the file has %d bytes; %d are read", len(b), sizeCap)
		b = b[:bytes.LastIndexByte(b[:sizeCap], '\n')+1]
	}
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		c.problem(1, Error, "bom", "2.2", "the file starts with a byte order mark")
		b = b[3:]
	}
	if start := strings.ToLower(string(bytes.TrimSpace(b[:min(len(b), 256)]))); strings.HasPrefix(start, "<!doctype") || strings.HasPrefix(start, "<html") || strings.HasPrefix(start, "<head") {
		c.problem(1, Error, "html", "2.2", "the file is a web page")
		c.html = true
		return
	}
	if !utf8.Valid(b) {
		c.problem(0, Error, "utf-8", "2.2", "the file is not UTF-8")
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		c.problem(bytes.Count(b, []byte("\n"))+1, Error, "no-line-end", "2.2", "the last line has no line end")
	}
	c.lines(strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"))
}

// lines reads the lines, inside an OpenPGP frame if there is one.
func (c *checker) lines(lines []string) {
	if len(lines) > lineCap {
		c.problem(lineCap+1, Error, "too-many-lines", "5.3", "the file has %d lines; %d are read", len(lines), lineCap)
		lines = lines[:lineCap]
	}
	frame := newFrame(c)
	for i, raw := range lines {
		n := i + 1
		line := strings.TrimSuffix(raw, "\r")
		if strings.ContainsRune(line, '\r') {
			c.problem(n, Error, "line-end", "2.2", "a carriage return stands inside the line")
		}
		line = strings.TrimRight(line, " \t")
		if content, ok := frame.content(line, n); ok {
			c.line(content, n)
		}
	}
	frame.end(len(lines))
}

func (c *checker) line(line string, n int) {
	if line == "" || line[0] == '#' {
		return
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok || !fieldName(name) {
		c.problem(n, Error, "syntax", "4", "%q is neither a field nor a comment", show(line))
		return
	}
	if value != "" && value[0] != ' ' {
		c.problem(n, Error, "space", "4", "a space must follow the colon of %s", show(name))
	}
	f := Field{Name: name, Value: strings.TrimLeft(value, " \t"), Line: n}
	c.file.Fields = append(c.file.Fields, f)
	if f.Value == "" {
		c.problem(n, Error, "empty", "4", "%s has no value", show(name))
		return
	}
	if rule, ok := rules()[strings.ToLower(name)]; ok {
		rule.value(c, f)
	}
}

// fieldName follows RFC 5322, 3.6.8, as RFC 9116 does.
func fieldName(s string) bool {
	if s == "" {
		return false
	}
	for _, r := range s {
		if r < 33 || r > 126 {
			return false
		}
	}
	return true
}
