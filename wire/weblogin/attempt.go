package weblogin

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Outcome is how one attempt ended.
type Outcome string

const (
	Accepted Outcome = "accepted"
	Refused  Outcome = "refused"
	Locked   Outcome = "locked"  // 429, 423 or a page that says too many tries
	NoLogin  Outcome = "open"    // there is nothing to log in to
	Unknown  Outcome = "unknown" // no difference that tells
)

var (
	// ErrNoForm says that the page has no login form that works without scripts.
	ErrNoForm   = errors.New("the page has no login form")
	scriptMoves = []*regexp.Regexp{
		regexp.MustCompile(`(?i)(?:window|document|self|top|parent)\.location(?:\.href)?\s*=\s*["']([^"']{1,300})["']`),
		regexp.MustCompile(`(?i)location\.replace\(\s*["']([^"']{1,300})["']`),
		regexp.MustCompile(`(?i)http-equiv\s*=\s*["']?refresh["']?[^>]*url\s*=\s*([^"'>]{1,300})`),
	}
	tooMany = regexp.MustCompile(`(?i)too many|locked|try again (later|in)|temporarily (blocked|disabled)`)
)

// Try makes one attempt in the way that Look found and returns its Trace. For
// Basic and Digest Judge needs no comparison; for Form it does.
func (s *Site) Try(ctx context.Context, w Way, user, password string) (Trace, error) {
	v, cancel := s.visit(ctx)
	defer cancel()
	switch w {
	case Basic:
		req, err := http.NewRequestWithContext(v.ctx, http.MethodGet, s.url.String(), nil)
		if err != nil {
			return Trace{}, err
		}
		req.SetBasicAuth(user, password)
		return v.do(req)
	case Digest:
		return v.digest(user, password)
	case Form:
		return v.form(user, password)
	default:
		return v.get(s.url)
	}
}

// Judge says what a Trace means. without is the Trace of Look; wrong is the
// Trace of a certainly wrong attempt, needed for Form only.
func Judge(w Way, without, wrong, got Trace) Outcome {
	if got.Status == http.StatusTooManyRequests || got.Status == http.StatusLocked {
		return Locked
	}
	switch w {
	case Open:
		return NoLogin
	case Basic, Digest:
		switch {
		case got.Status == http.StatusUnauthorized || got.Status == http.StatusForbidden:
			return Refused
		case got.Status < 400 && got.Digest != without.Digest:
			return Accepted
		}
		return Unknown
	case Form:
		return judgeForm(wrong, got)
	}
	return Unknown
}

// judgeForm compares with the wrong attempt. A login is a page that has no
// password field any more and that the wrong attempt did not give, with another
// sign besides: another place, a new cookie, another status, or a body that is
// mostly different. A session that makes the form go away needs no comparison.
func judgeForm(wrong, got Trace) Outcome {
	same := got.Status == wrong.Status && got.Path == wrong.Path && got.Script == wrong.Script && slices.Equal(got.Cookies, wrong.Cookies)
	switch {
	case got.Entered:
		return Accepted
	case got.Status == http.StatusUnauthorized || got.Status == http.StatusForbidden:
		return Refused
	case tooMany.Match(got.body) && !tooMany.Match(wrong.body):
		return Locked
	case got.Digest == wrong.Digest && same:
		return Refused
	case got.Password:
		return Refused
	case got.Status >= 400:
		return Unknown
	case wrong.Status >= 400 && got.Status < 400:
		return Accepted
	case !same:
		return Accepted
	case Similarity(wrong.body, got.body) < 0.5:
		return Accepted
	case Similarity(wrong.body, got.body) > 0.9:
		return Refused // the same page with a clock or a token in it
	}
	return Unknown
}

// Similarity is the share of words that two bodies have in common, 0 to 1.
func Similarity(a, b []byte) float64 {
	count := func(body []byte) map[string]int {
		m := map[string]int{}
		for w := range strings.FieldsFuncSeq(string(body), func(r rune) bool { return strings.ContainsRune(" \t\r\n<>\"'=&;/", r) }) {
			m[w]++
		}
		return m
	}
	x, y := count(a), count(b)
	var both, all int
	for w, n := range x {
		both += min(n, y[w])
		all += max(n, y[w])
	}
	for w, n := range y {
		if _, seen := x[w]; !seen {
			all += n
		}
	}
	if all == 0 {
		return 1
	}
	return float64(both) / float64(all)
}

func (v *visit) form(user, password string) (Trace, error) {
	t, err := v.get(v.site.url)
	if err != nil {
		return t, err
	}
	f, ok := findForm(t.body, v.last)
	if !ok {
		return t, ErrNoForm
	}
	if f.action.Hostname() != v.site.url.Hostname() {
		return t, fmt.Errorf("%w: it sends to another host, %q", ErrNoForm, f.action.Hostname())
	}
	// A new session has cookies before the login; only later ones are a sign.
	before := v.cookies
	v.cookies = map[string]bool{}
	req, err := f.request(v.ctx, user, password)
	if err != nil {
		return t, err
	}
	req.Header.Set("Referer", v.last.String())
	t, err = v.do(req)
	if err != nil {
		return t, err
	}
	t.Cookies = slices.DeleteFunc(t.Cookies, func(n string) bool { return before[n] })
	if t, err = v.settle(t); err != nil {
		return t, err
	}
	t.Entered, err = v.entered()
	return t, err
}

// entered looks at the login page again with and without the session. Without
// is asked only when the session makes the form go away: a page that shows it
// to nobody any more (locked, busy) is no sign of a login.
func (v *visit) entered() (bool, error) {
	within, err := v.get(v.site.url)
	if err != nil || within.Status >= 300 || within.Password {
		return false, err
	}
	fresh, cancel := v.site.visit(v.ctx)
	defer cancel()
	without, err := fresh.get(v.site.url)
	return err == nil && without.Password, err
}

// settle follows where a script sends the browser, once, so that the page after
// the login is compared and not the page that leads to it.
func (v *visit) settle(t Trace) (Trace, error) {
	if t.Script == "" || t.Status != http.StatusOK {
		return t, nil
	}
	next, err := v.last.Parse(t.Script)
	if err != nil || next.Hostname() != v.site.url.Hostname() || !strings.HasPrefix(next.Scheme, "http") {
		return t, nil
	}
	after, err := v.get(next)
	if err != nil {
		return t, err
	}
	after.Cookies = t.Cookies
	return after, nil
}

// digest answers a challenge (RFC 7616; RFC 2617 for servers without qop).
func (v *visit) digest(user, password string) (Trace, error) {
	t, err := v.get(v.site.url)
	if err != nil || t.Status != http.StatusUnauthorized {
		return t, err
	}
	r := v.site.opt.Rand
	if r == nil {
		r = rand.Reader
	}
	var raw [8]byte
	if _, err := io.ReadFull(r, raw[:]); err != nil {
		return t, fmt.Errorf("making a nonce: %w", err)
	}
	header, err := digestAnswer(t.Challenge, http.MethodGet, v.last.RequestURI(), user, password, hex.EncodeToString(raw[:]))
	if err != nil {
		return t, err
	}
	req, err := http.NewRequestWithContext(v.ctx, http.MethodGet, v.last.String(), nil)
	if err != nil {
		return t, err
	}
	req.Header.Set("Authorization", header)
	return v.do(req)
}

var parameter = regexp.MustCompile(`([a-zA-Z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))`)

func digestAnswer(challenge, method, uri, user, password, cnonce string) (string, error) {
	i := strings.Index(strings.ToLower(challenge), "digest ")
	if i < 0 {
		return "", fmt.Errorf("reading challenge %q: no Digest", challenge)
	}
	p := map[string]string{}
	for _, m := range parameter.FindAllStringSubmatch(challenge[i+7:], 20) {
		if k := strings.ToLower(m[1]); p[k] == "" {
			p[k] = m[2] + m[3]
		}
	}
	newHash, ok := map[string]func() hash.Hash{"": md5.New, "md5": md5.New, "sha-256": sha256.New}[strings.ToLower(p["algorithm"])]
	if !ok || p["nonce"] == "" {
		return "", fmt.Errorf("reading challenge %q: algorithm %q, nonce %q", challenge, p["algorithm"], p["nonce"])
	}
	sum := func(parts ...string) string {
		h := newHash()
		io.WriteString(h, strings.Join(parts, ":")) //nolint:errcheck // a hash never fails
		return hex.EncodeToString(h.Sum(nil))
	}
	a1, a2 := sum(user, p["realm"], password), sum(method, uri)
	h := fmt.Sprintf(`Digest username=%s, realm=%s, nonce=%s, uri=%s`, quote(user), quote(p["realm"]), quote(p["nonce"]), quote(uri))
	if slices.Contains(strings.FieldsFunc(p["qop"], func(r rune) bool { return r == ',' || r == ' ' }), "auth") {
		h += fmt.Sprintf(`, qop=auth, nc=00000001, cnonce=%s, response=%s`, quote(cnonce), quote(sum(a1, p["nonce"], "00000001", cnonce, "auth", a2)))
	} else {
		h += `, response=` + quote(sum(a1, p["nonce"], a2))
	}
	if p["opaque"] != "" {
		h += `, opaque=` + quote(p["opaque"])
	}
	if p["algorithm"] != "" {
		h += `, algorithm=` + p["algorithm"]
	}
	return h, nil
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// newTransport makes a transport for one attempt. It trusts every certificate:
// whether a certificate is good is another instrument's question.
func newTransport(dial wire.Dialer) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}, //nolint:gosec // see above
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
		TLSHandshakeTimeout:    10 * time.Second,
		Proxy:                  func(*http.Request) (*url.URL, error) { return nil, nil },
	}
}
