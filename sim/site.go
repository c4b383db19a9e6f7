package sim

import (
	"crypto/tls"
	"html/template"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Paths of the maker's web site, as the declaration names them.
const (
	pathPolicy   = "security/"
	pathSecurity = ".well-known/security.txt"
	pathSupport  = "support/"
	pathPrivacy  = "privacy/"
	pathGuide    = "guide/"
)

// Sentences of the disclosure policy; the declaration quotes them word for word.
const (
	sentenceAck     = "We acknowledge every report within 3 working days."
	sentenceUpdates = "We send you a status update at least every 14 days until the matter is resolved."
	sentenceFix     = "We aim to publish a fix for a serious vulnerability within 30 days and for any other within 90 days."
)

// shorterUntil is the end date that the flaw support-differs shows.
const (
	shorterUntil     = "2027-06-30"
	shorterUntilText = "30 June 2027"
)

// supportSentence is the sentence of the support page that names the period.
func (m model) supportSentence(until, iso string) string {
	return "The " + m.Name + " (model " + m.Model + ") receives security updates until " + until + " (" + iso + ")."
}

func (m model) contact() string { return "security@" + m.Domain }

type site struct {
	unit  *unit
	pages *template.Template
}

func serveSite(u *unit, ln net.Listener) (func(), error) {
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &site{unit: u, pages: pages}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.show("index.html"))
	mux.HandleFunc("GET /"+pathGuide+"{$}", s.show("guide.html"))
	mux.HandleFunc("GET /"+pathPrivacy+"{$}", s.show("privacy.html"))
	mux.HandleFunc("GET /"+pathSupport+"{$}", s.show("support.html"))
	switch {
	case u.has("policy-missing"):
	case u.has("policy-behind-login"):
		mux.Handle("GET /"+pathPolicy+"{$}", http.RedirectHandler("/account/login", http.StatusFound))
		mux.HandleFunc("GET /account/login", s.show("account.html"))
	default:
		mux.HandleFunc("GET /"+pathPolicy+"{$}", s.show("policy.html"))
	}
	if !u.has("no-security-txt") {
		mux.HandleFunc("GET /"+pathSecurity, s.securityTxt)
	}
	return serveHTTP(u, tls.NewListener(ln, u.siteTLS()), mux), nil
}

func (s *site) show(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		render(s.unit, s.pages, w, http.StatusOK, name, s.page())
	}
}

func (s *site) page() page {
	u := s.unit
	p := page{
		model: u.model, Show: true, Site: u.siteURL(), Contact: u.model.contact(),
		Until: u.model.UntilText, UntilISO: u.model.Until,
		Times: !u.has("policy-without-timelines"), Ack: sentenceAck, Updates: sentenceUpdates, Fix: sentenceFix,
	}
	if u.has("support-differs") {
		p.Until, p.UntilISO = shorterUntilText, shorterUntil
	}
	if u.has("no-support-period") {
		p.Until, p.UntilISO = "", ""
	}
	return p
}

// SupportSentence is what the support page says; empty when it names no period.
func (p page) SupportSentence() string {
	if p.UntilISO == "" {
		return ""
	}
	return p.supportSentence(p.Until, p.UntilISO)
}

// securityTxt is RFC 9116: one Expires, less than a year ahead.
func (s *site) securityTxt(w http.ResponseWriter, _ *http.Request) {
	u := s.unit
	expires := u.Now().Add(180 * day)
	if u.has("security-txt-expired") {
		expires = u.Now().Add(-40 * day)
	}
	lines := []string{
		"Contact: mailto:" + u.model.contact(),
		"Expires: " + expires.UTC().Format(time.RFC3339),
		"Policy: " + u.siteURL() + pathPolicy,
		"Canonical: " + u.siteURL() + pathSecurity,
		"Preferred-Languages: en",
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(w, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		u.Log.Debug("writing security.txt", "error", err)
	}
}
