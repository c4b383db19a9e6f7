// Package weblogin tries one name and password on a web interface: HTTP Basic,
// HTTP Digest, or the login form of a page.
//
// A 200 is no proof of a login. What an attempt gave is kept as a Trace, and a
// form's candidate is judged only by how its Trace differs from that of a
// certainly wrong password. The package must never submit a form that has no
// password field, follow a link off the host, run scripts, or reuse a
// connection, cookie or token between two attempts.
package weblogin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Way is how a page wants to be logged in to.
type Way string

const (
	Basic  Way = "basic"
	Digest Way = "digest"
	Form   Way = "form"
	Open   Way = "open"  // the page shows without a login, and has no login form
	Other  Way = "other" // another scheme, or a login that only a script performs
)

// Options shape the requests. The zero value works.
type Options struct {
	Limit   time.Duration // for one attempt; 0: 15 s
	BodyCap int64         // bytes of one body; 0: 512 KiB
	Rand    io.Reader     // for the nonce of Digest; nil: crypto/rand
	Agent   string        // User-Agent; "": plimsoll
}

// A Trace is what one attempt gave: the last answer after redirects.
type Trace struct {
	Status    int      `json:"status"`
	Path      string   `json:"path"`              // of the last answer
	Cookies   []string `json:"cookies,omitempty"` // names set during the attempt, not values
	Password  bool     `json:"password_field"`    // the body has a password field
	Title     string   `json:"title,omitempty"`
	Length    int      `json:"length"`
	Digest    string   `json:"digest"`              // SHA-256 of the body
	Challenge string   `json:"challenge,omitempty"` // WWW-Authenticate
	Script    string   `json:"script_location,omitempty"`
	// Entered: asked again in the same session, the login page no longer asks
	// for a password, while it still does without the session.
	Entered bool `json:"entered,omitempty"`

	body []byte
}

// A Site is a login page on one service. It is safe for one goroutine.
type Site struct {
	dial wire.Dialer
	url  *url.URL
	opt  Options
}

// New makes a Site of the page at rawURL, http or https. The dialer decides
// where its host lives.
func New(dial wire.Dialer, rawURL string, opt Options) (*Site, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("reading address %q: want http or https with a host", rawURL)
	}
	if opt.Limit <= 0 {
		opt.Limit = 15 * time.Second
	}
	if opt.BodyCap <= 0 {
		opt.BodyCap = 512 << 10
	}
	if opt.Agent == "" {
		opt.Agent = "plimsoll"
	}
	return &Site{dial, u, opt}, nil
}

// Look fetches the page without credentials and says how it wants to be logged
// in to.
func (s *Site) Look(ctx context.Context) (Way, Trace, error) {
	v, cancel := s.visit(ctx)
	defer cancel()
	t, err := v.get(s.url)
	if err != nil {
		return Other, t, err
	}
	return way(t, v.last), t, nil
}

func way(t Trace, at *url.URL) Way {
	switch {
	case t.Status == http.StatusUnauthorized && hasScheme(t.Challenge, "digest"):
		return Digest
	case t.Status == http.StatusUnauthorized && hasScheme(t.Challenge, "basic"):
		return Basic
	case t.Status == http.StatusUnauthorized || t.Status == http.StatusForbidden:
		return Other
	}
	if _, ok := findForm(t.body, at); ok {
		return Form
	}
	if t.Password || t.Status >= 300 {
		return Other
	}
	return Open
}

// hasScheme looks for an authentication scheme at the start of a challenge or
// after a comma (RFC 9110, 11.6.1).
func hasScheme(challenge, scheme string) bool {
	for part := range strings.SplitSeq(challenge, ",") {
		word, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		if strings.EqualFold(word, scheme) {
			return true
		}
	}
	return false
}

// visit is one attempt: its own transport, connections, and cookies.
type visit struct {
	site    *Site
	ctx     context.Context
	client  *http.Client
	cookies map[string]bool
	last    *url.URL
}

func (s *Site) visit(parent context.Context) (*visit, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(parent, s.opt.Limit)
	v := &visit{site: s, ctx: ctx, cookies: map[string]bool{}, last: s.url}
	tr := newTransport(s.dial)
	jar, _ := cookiejar.New(nil) // without options it cannot fail
	v.client = &http.Client{Transport: tr, Jar: jar, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if req.URL.Hostname() != s.url.Hostname() {
			return http.ErrUseLastResponse // the redirect itself is the answer
		}
		v.note(req.Response)
		if len(via) >= 5 {
			return errors.New("more than 5 redirects")
		}
		return nil
	}}
	return v, func() {
		tr.CloseIdleConnections()
		cancel()
	}
}

func (v *visit) get(u *url.URL) (Trace, error) {
	req, err := http.NewRequestWithContext(v.ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Trace{}, err
	}
	return v.do(req)
}

func (v *visit) do(req *http.Request) (Trace, error) {
	req.Header.Set("User-Agent", v.site.opt.Agent)
	req.Header.Set("Accept", "text/html,*/*")
	resp, err := v.client.Do(req)
	if err != nil {
		return Trace{}, fmt.Errorf("asking %q: %w", req.URL.Redacted(), err)
	}
	defer resp.Body.Close()
	body, _, err := wire.ReadAtMost(resp.Body, v.site.opt.BodyCap)
	if err != nil && len(body) == 0 {
		return Trace{}, fmt.Errorf("reading the answer of %q: %w", req.URL.Redacted(), err)
	}
	v.note(resp)
	v.last = resp.Request.URL
	return v.trace(resp, body), nil
}

func (v *visit) note(resp *http.Response) {
	if resp == nil {
		return
	}
	for _, c := range resp.Cookies() {
		if c.MaxAge >= 0 && c.Value != "" {
			v.cookies[c.Name] = true
		}
	}
}

func (v *visit) trace(resp *http.Response, body []byte) Trace {
	sum := sha256.Sum256(body)
	page := readPage(body)
	t := Trace{
		Status: resp.StatusCode, Path: wire.Printable([]byte(v.last.Path), 200), Password: page.password,
		Title: wire.Printable([]byte(page.title), 120), Length: len(body), Digest: hex.EncodeToString(sum[:]),
		Challenge: wire.Printable([]byte(strings.Join(resp.Header.Values("WWW-Authenticate"), ", ")), 400),
		Script:    wire.Printable([]byte(scriptLocation(body)), 200),
		body:      body,
	}
	if loc := resp.Header.Get("Location"); loc != "" && t.Status >= 300 && t.Status < 400 {
		t.Path = wire.Printable([]byte(loc), 200)
	}
	for name := range v.cookies {
		t.Cookies = append(t.Cookies, wire.Printable([]byte(name), 80))
	}
	slices.Sort(t.Cookies)
	return t
}

// scriptLocation finds where a page sends the browser by script or by a meta
// refresh, which many small web interfaces use in place of a redirect.
func scriptLocation(body []byte) string {
	for _, re := range scriptMoves {
		if m := re.FindSubmatch(body[:min(len(body), 8192)]); m != nil {
			return string(bytes.TrimSpace(m[1]))
		}
	}
	return ""
}
