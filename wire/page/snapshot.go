package page

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/fetch"
)

// A Redirect is one answer that sent us on.
type Redirect struct {
	URL    string `json:"url"`
	Status int    `json:"status"`
	To     string `json:"to"`
}

// A Snapshot is what a stranger got to see at an address. The same answer gives the
// same snapshot: it holds no time, cookie or port of ours.
type Snapshot struct {
	URL         string     `json:"url"`
	FinalURL    string     `json:"final_url"`
	Redirects   []Redirect `json:"redirects"`
	LeftDomain  bool       `json:"left_domain"` // a redirect left the registrable domain of URL
	Status      int        `json:"status"`
	ContentType string     `json:"content_type,omitempty"`
	TLSError    string     `json:"tls_error,omitempty"` // why a certificate on the way did not verify
	Error       string     `json:"error,omitempty"`     // why there was no whole answer
	Body        string     `json:"body_digest"`         // sha256:… of the bytes
	Page        Page       `json:"page"`
	Unreadable  string     `json:"unreadable,omitempty"` // why the bytes were not read as a page
}

// Options shape a Take. The zero value works.
type Options struct {
	Roots []*x509.Certificate // trusted besides those of the system
	Limit time.Duration       // for the whole fetch; 0: 30 s
	Now   func() time.Time    // for certificates; nil: time.Now
}

// Take fetches an address and reads what came back. A page that cannot be had is a
// snapshot too. The bytes are those that Body names.
func Take(ctx context.Context, dial wire.Dialer, address string, o Options) (Snapshot, []byte) {
	p, err := fetch.Get(ctx, dial, address, fetch.Options{Extra: o.Roots, Limit: o.Limit, Now: o.Now, BodyCap: bodyCap})
	s := Snapshot{
		URL: p.URL, FinalURL: p.FinalURL, LeftDomain: p.LeftDomain, Status: p.Status,
		ContentType: clip(p.Header.Get("Content-Type"), 200), Redirects: []Redirect{},
	}
	for _, h := range p.Redirects {
		s.Redirects = append(s.Redirects, Redirect{URL: h.URL, Status: h.Status, To: h.To})
		s.verified(h.TLS)
	}
	s.verified(p.TLS)
	if err != nil {
		s.Error = explain(err)
	}
	sum := sha256.Sum256(p.Body)
	s.Body = "sha256:" + hex.EncodeToString(sum[:])
	if len(p.Body) > 0 {
		if s.Page, err = Read(p.Body, s.ContentType); err != nil {
			s.Unreadable = clip(err.Error(), 300)
		}
		s.Page.Cut = s.Page.Cut || p.Truncated
	}
	return s, p.Body
}

// clock is the moment of the verification in an error of crypto/x509.
var clock = regexp.MustCompile(`: current time \S+ is (before|after) `)

func (s *Snapshot) verified(t *fetch.TLS) {
	if t != nil && !t.Verified && s.TLSError == "" {
		s.TLSError = clock.ReplaceAllString(t.Error, ": the present day is $1 ")
	}
}

// ports are the addresses in an error of package net, one of which is ours; asking is
// what the caller knows anyway.
var (
	ports  = regexp.MustCompile(`\S+:\d+->\S+:\d+: `)
	asking = regexp.MustCompile(`^(asking|reading the answer of) "[^"]*": `)
)

// explain says why a fetch did not end well, in words that do not change from one
// try to the next.
func explain(err error) string {
	var dns *net.DNSError
	switch {
	case errors.Is(err, fetch.ErrRedirects):
		return "more than 5 redirects"
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %q was not found", dns.Name)
	case wire.TimedOut(err):
		return "the server did not answer in time"
	case wire.Unreachable(err):
		return "the server is not reachable"
	case wire.Refused(err):
		return "the server refused or reset the connection"
	}
	return clip(ports.ReplaceAllString(asking.ReplaceAllString(err.Error(), ""), ""), 300)
}

// Certificates reads trust anchors of PEM form.
func Certificates(b []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading certificate %d: %w", len(out)+1, err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate of PEM form in it")
	}
	return out, nil
}

// Reach says how far a stranger came.
type Reach string

// The ends of a fetch.
const (
	Shown     Reach = "shown"     // a page with text
	Walled    Reach = "walled"    // whoever has no account is kept out
	Missing   Reach = "missing"   // the server says that there is no such page
	Elsewhere Reach = "elsewhere" // a redirect led to another registrable domain
	Unread    Reach = "unread"    // there is something, but no text that is read here
	Unreached Reach = "unreached" // no answer that says anything about the page
)

// fewBytes of text are less than any page of information has.
const fewBytes = 40

// Reach says how far the fetch came and what was seen. speaks says whether the page
// has what the caller looks for: a password field beside it is no wall.
func (s Snapshot) Reach(speaks bool) (Reach, string) {
	switch {
	case s.LeftDomain:
		return Elsewhere, fmt.Sprintf("%s leads to %s, in another domain", s.URL, s.FinalURL)
	case s.TLSError != "":
		return Unreached, fmt.Sprintf("the certificate of %s does not verify: %s", s.URL, s.TLSError)
	case s.Status == 401, s.Status == 403:
		return Walled, fmt.Sprintf("%s answers with status %d", s.where(), s.Status)
	case s.Status == 404, s.Status == 410:
		return Missing, fmt.Sprintf("%s answers with status %d", s.where(), s.Status)
	case s.Error != "":
		return Unreached, fmt.Sprintf("%s: %s", s.where(), s.Error)
	case s.Status != 200:
		return Unreached, fmt.Sprintf("%s answers with status %d", s.where(), s.Status)
	case s.Page.Password && (!speaks || s.sentToLogin()):
		return Walled, fmt.Sprintf("%s asks for a password", s.where())
	case !speaks && s.sentToLogin():
		return Walled, s.where() + " is a page to sign in"
	case s.Unreadable != "":
		return Unread, fmt.Sprintf("%s: %s", s.where(), s.Unreadable)
	case len(s.Page.Text) < fewBytes && !speaks:
		return Unread, s.where() + " shows no text without scripts"
	}
	return Shown, s.where() + " was fetched without any login"
}

func (s Snapshot) where() string {
	if len(s.Redirects) == 0 {
		return s.URL
	}
	return fmt.Sprintf("%s (redirected to %s)", s.URL, s.FinalURL)
}

// signIn finds an address at which one signs in.
var signIn = regexp.MustCompile(`(?i)(^|[/._-])(log-?in|sign-?in|signin|anmelden|anmeldung|connexion|auth|oauth2?|sso|register|account)([/._-]|$)`)

func (s Snapshot) sentToLogin() bool {
	u, err := url.Parse(s.FinalURL)
	return err == nil && len(s.Redirects) > 0 && (signIn.MatchString(u.Path) || signIn.MatchString(u.Hostname()))
}

// SameAddress says that two addresses name the same document: they differ in the
// fragment, in what is implied, or in nothing.
func SameAddress(a, b string) bool {
	x, y := canonical(a), canonical(b)
	return x != "" && x == y
}

func canonical(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return strings.ToLower(u.Scheme) + "://" + net.JoinHostPort(host, port) + path + "?" + u.RawQuery
}
