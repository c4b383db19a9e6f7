// Package fetch gets one public web page the way a stranger would: an anonymous
// GET over HTTPS or HTTP.
//
// Every redirect is recorded, and whether it leaves the registrable domain. A
// certificate that does not verify does not stop the fetch; it is recorded. The
// package must never send a cookie, a credential or a referrer, follow more
// than five redirects, read past its cap, or hide a failure behind a body.
package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/publicsuffix"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Options shape a fetch. The zero value works.
type Options struct {
	Limit   time.Duration // for the whole fetch; 0: 30 s
	BodyCap int64         // 0: 2 MiB
	Agent   string        // User-Agent; "": plimsoll
	// Roots are trusted; nil: those of the system.
	Roots *x509.CertPool
	// Extra are trusted besides, for example the root of a private CA.
	Extra []*x509.Certificate
	// Now is the time for which certificates are verified and that is recorded;
	// nil: time.Now.
	Now func() time.Time
}

// A Hop is one answer that sent us on.
type Hop struct {
	URL    string `json:"url"`
	Status int    `json:"status"`
	To     string `json:"to"`
	// OtherDomain: the target lies in another registrable domain.
	OtherDomain bool `json:"other_domain"`
	// Downgrade: from https to http.
	Downgrade bool `json:"downgrade"`
	TLS       *TLS `json:"tls,omitempty"`
}

// TLS is what was seen of one connection.
type TLS struct {
	Version  string   `json:"version"`
	Suite    string   `json:"suite"`
	Verified bool     `json:"verified"`
	Error    string   `json:"error,omitempty"` // why it did not verify
	Chain    [][]byte `json:"chain"`           // DER, leaf first
}

// A Page is what came back.
type Page struct {
	URL       string      `json:"url"`
	FinalURL  string      `json:"final_url"`
	Redirects []Hop       `json:"redirects"`
	At        time.Time   `json:"at"` // when the fetch began
	Status    int         `json:"status"`
	Header    http.Header `json:"header"`
	Body      []byte      `json:"body"`
	Truncated bool        `json:"truncated"` // the body was longer than the cap
	TLS       *TLS        `json:"tls,omitempty"`
	// LeftDomain: some redirect left the registrable domain of URL.
	LeftDomain bool `json:"left_domain"`
	// LoginWall says what hints at a login: "status 401", "password field", …
	LoginWall []string `json:"login_wall,omitempty"`
}

// maxRedirects is how many answers may send us on.
const maxRedirects = 5

// ErrRedirects says that there were more redirects than are followed; the Page
// holds those that were.
var ErrRedirects = errors.New("more than 5 redirects")

// Get fetches a page. With an error, the Page holds what was seen until then.
func Get(ctx context.Context, dial wire.Dialer, rawURL string, opt Options) (Page, error) {
	if opt.Limit <= 0 {
		opt.Limit = 30 * time.Second
	}
	if opt.BodyCap <= 0 {
		opt.BodyCap = 2 << 20
	}
	if opt.Agent == "" {
		opt.Agent = "plimsoll"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	p := Page{URL: rawURL, FinalURL: rawURL, At: opt.Now().UTC(), Redirects: []Hop{}}
	u, err := address(rawURL)
	if err != nil {
		return p, err
	}
	ctx, cancel := context.WithTimeout(ctx, opt.Limit)
	defer cancel()
	f := &fetcher{dial: dial, opt: opt}
	for {
		next, err := f.step(ctx, u, &p)
		if err != nil || next == nil {
			return p, err
		}
		if len(p.Redirects) >= maxRedirects {
			return p, ErrRedirects
		}
		p.follow(u, next)
		u = next
	}
}

func address(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading address %q: %w", raw, err)
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return nil, fmt.Errorf("reading address %q: want https or http with a host", raw)
	case u.User != nil:
		return nil, fmt.Errorf("reading address of %q: it holds credentials", u.Host)
	}
	return u, nil
}

// follow records the answer in p as a hop.
func (p *Page) follow(from, to *url.URL) {
	h := Hop{
		URL: from.String(), Status: p.Status, To: to.String(), TLS: p.TLS,
		OtherDomain: Registrable(from.Hostname()) != Registrable(to.Hostname()),
		Downgrade:   from.Scheme == "https" && to.Scheme == "http",
	}
	p.LeftDomain = p.LeftDomain || h.OtherDomain
	p.Redirects = append(p.Redirects, h)
	p.FinalURL, p.Status, p.Header, p.Body, p.TLS, p.LoginWall = to.String(), 0, nil, nil, nil, nil
}

// Registrable is the registrable domain of a host, by the public suffix list;
// for an address or a name without one it is the host itself.
func Registrable(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if net.ParseIP(host) != nil {
		return host
	}
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

type fetcher struct {
	dial wire.Dialer
	opt  Options
}

// step makes one request and returns where it sends us, nil for a page.
func (f *fetcher) step(ctx context.Context, u *url.URL, p *Page) (*url.URL, error) {
	var seen *TLS
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return f.dial(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{
			InsecureSkipVerify: true, //nolint:gosec // verified below, so that a failure is recorded
			MinVersion:         tls.VersionTLS10,
			VerifyConnection: func(cs tls.ConnectionState) error {
				seen = f.verify(cs, u.Hostname())
				return nil
			},
		},
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
		Proxy:                  func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("asking %q: %w", u.Redacted(), err)
	}
	req.Header.Set("User-Agent", f.opt.Agent)
	req.Header.Set("Accept", "*/*")
	resp, err := tr.RoundTrip(req)
	p.TLS = seen
	if err != nil {
		return nil, fmt.Errorf("asking %q: %w", u.Redacted(), err)
	}
	defer resp.Body.Close()
	p.Status, p.Header = resp.StatusCode, resp.Header
	if next, err := redirect(u, resp); next != nil || err != nil {
		return next, err
	}
	p.Body, p.Truncated, err = body(resp.Body, f.opt.BodyCap)
	p.LoginWall = loginWall(p.Status, p.Header, p.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %q: %w", u.Redacted(), err)
	}
	return nil, nil
}

// body reads up to limit bytes. What was read before an error is kept.
func body(r io.Reader, limit int64) (b []byte, truncated bool, err error) {
	b, err = io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return b[:limit], true, nil
	}
	return b, false, err
}

func redirect(from *url.URL, resp *http.Response) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	loc := resp.Header.Get("Location")
	if loc == "" {
		return nil, nil
	}
	to, err := from.Parse(loc)
	if err != nil {
		return nil, fmt.Errorf("reading the redirect of %q to %q: %w", from.Redacted(), loc, err)
	}
	to.Fragment = ""
	return address(to.String())
}

// verify checks the chain as a browser does and records why it fails.
func (f *fetcher) verify(cs tls.ConnectionState, host string) *TLS {
	t := &TLS{Version: tls.VersionName(cs.Version), Suite: tls.CipherSuiteName(cs.CipherSuite)}
	if len(cs.PeerCertificates) == 0 {
		t.Error = "the server showed no certificate"
		return t
	}
	opts := x509.VerifyOptions{DNSName: host, Intermediates: x509.NewCertPool(), CurrentTime: f.opt.Now()}
	for i, c := range cs.PeerCertificates {
		t.Chain = append(t.Chain, c.Raw)
		if i > 0 {
			opts.Intermediates.AddCert(c)
		}
	}
	var err error
	if opts.Roots, err = f.roots(); err == nil {
		_, err = cs.PeerCertificates[0].Verify(opts)
	}
	if err != nil {
		t.Error = wire.Printable([]byte(err.Error()), 300)
		return t
	}
	t.Verified = true
	return t
}

func (f *fetcher) roots() (*x509.CertPool, error) {
	pool := f.opt.Roots
	if pool == nil {
		var err error
		if pool, err = x509.SystemCertPool(); err != nil {
			if len(f.opt.Extra) == 0 {
				return nil, fmt.Errorf("reading the roots of the system: %w", err)
			}
			pool = x509.NewCertPool()
		}
	}
	pool = pool.Clone()
	for _, c := range f.opt.Extra {
		pool.AddCert(c)
	}
	return pool, nil
}

// loginWall looks for hints that a stranger does not get to see the page.
func loginWall(status int, h http.Header, body []byte) []string {
	var hints []string
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		hints = append(hints, fmt.Sprintf("status %d", status))
	}
	if c := h.Get("WWW-Authenticate"); c != "" {
		hints = append(hints, "challenge "+wire.Printable([]byte(c), 100))
	}
	if passwordField(body) {
		hints = append(hints, "password field")
	}
	return hints
}

// tokensCap bounds how much of a page is looked at for a password field.
const tokensCap = 50000

func passwordField(body []byte) bool {
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	for range tokensCap {
		switch z.Next() {
		case html.ErrorToken:
			return false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if string(name) != "input" {
				continue
			}
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				if string(k) == "type" && strings.EqualFold(string(v), "password") {
					return true
				}
			}
		}
	}
	return false
}
