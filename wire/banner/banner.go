// Package banner collects what a service tells a stranger before any login and
// says what kind of thing each piece is.
//
// It reports; it must never say whether a disclosure is bad, send credentials,
// or read what a service only gives to those who subscribe or log in (MQTT
// topics, RTSP streams).
package banner

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/ftp"
	"github.com/plimsoll-iot/plimsoll/wire/ssh"
	"github.com/plimsoll-iot/plimsoll/wire/telnet"
)

// A Statement is a piece of text that a service gave, and where it stood.
type Statement struct {
	Where string `json:"where"` // "http Server", "ssh version", "tls subject", "snmp sysDescr" …
	Text  string `json:"text"`  // printable, at most 400 bytes
}

// A Report is what one service disclosed. Items are the pieces of the
// statements that mean something, in their order, each once.
type Report struct {
	Service    wire.Service `json:"service"`
	Statements []Statement  `json:"statements"`
	Items      []Item       `json:"items"`
	Errors     []string     `json:"errors,omitempty"` // what could not be asked
}

// Options shape a collection. The zero value works.
type Options struct {
	Limit  time.Duration // for one connection; 0: 8 s
	Models []string      // model designations of the device, to be recognised
}

const (
	textCap = 400
	bodyCap = 64 << 10
)

// collectors by the name that ports.Identify gives. UDP services and others
// speak through Service.Product and Service.Banner alone.
var collectors = map[string]func(*collector, context.Context){
	"http": (*collector).http, "https": (*collector).http,
	"ssh": (*collector).ssh, "ftp": (*collector).ftp, "telnet": (*collector).telnet,
}

// udpWhere names what the Product of a UDP service is.
var udpWhere = map[string]string{"snmp": "snmp sysDescr", "ssdp": "ssdp SERVER", "dns": "dns version.bind", "netbios": "netbios name"}

// Collect asks one service. A service that cannot be reached gives a Report
// with Errors.
func Collect(ctx context.Context, dial wire.Dialer, s wire.Service, opt Options) Report {
	if opt.Limit <= 0 {
		opt.Limit = 8 * time.Second
	}
	c := &collector{dial: dial, opt: opt, r: Report{Service: s, Statements: []Statement{}, Items: []Item{}}}
	if s.TLS || s.Name == "https" {
		c.tls(ctx)
	}
	if f, ok := collectors[s.Name]; ok && s.Network == "tcp" {
		f(c, ctx)
	} else {
		where := udpWhere[s.Name]
		if where == "" {
			where = s.Name + " product"
		}
		c.say(where, s.Product)
		if s.Product == "" && s.Network == "tcp" {
			c.say(s.Name+" banner", s.Banner)
		}
	}
	for _, st := range c.r.Statements {
		for _, it := range Classify(st.Text, opt.Models) {
			it.Where = st.Where
			if !slices.Contains(c.r.Items, it) {
				c.r.Items = append(c.r.Items, it)
			}
		}
	}
	return c.r
}

// collector is used by one goroutine.
type collector struct {
	dial wire.Dialer
	opt  Options
	r    Report
}

func (c *collector) say(where, text string) {
	text = strings.TrimSpace(wire.Printable([]byte(text), textCap))
	if st := (Statement{where, text}); text != "" && !slices.Contains(c.r.Statements, st) {
		c.r.Statements = append(c.r.Statements, st)
	}
}

func (c *collector) failed(what string, err error) {
	c.r.Errors = append(c.r.Errors, fmt.Sprintf("%s: %s", what, wire.Printable([]byte(err.Error()), 200)))
}

// open makes a connection for one protocol; the caller closes it.
func (c *collector) open(ctx context.Context, what string) (net.Conn, bool) {
	conn, err := c.dial(ctx, "tcp", c.r.Service.Address())
	if err != nil {
		c.failed(what, err)
		return nil, false
	}
	return conn, true
}

func (c *collector) ssh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Limit)
	defer cancel()
	conn, ok := c.open(ctx, "ssh")
	if !ok {
		return
	}
	defer conn.Close()
	o, err := ssh.Look(ctx, conn)
	c.say("ssh version", o.Server)
	if err != nil {
		c.failed("ssh", err)
	}
}

func (c *collector) ftp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Limit)
	defer cancel()
	conn, ok := c.open(ctx, "ftp")
	if !ok {
		return
	}
	defer conn.Close()
	text, err := ftp.Greet(ctx, conn)
	c.say("ftp greeting", text)
	if err != nil {
		c.failed("ftp", err)
	}
}

func (c *collector) telnet(ctx context.Context) {
	conn, ok := c.open(ctx, "telnet")
	if !ok {
		return
	}
	defer conn.Close()
	_, tr := telnet.Knock(ctx, conn, telnet.Options{Limit: c.opt.Limit})
	c.say("telnet greeting", strings.NewReplacer(`\r`, "", `\n`, " ").Replace(tr.Received))
}

func (c *collector) tls(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Limit)
	defer cancel()
	conn, ok := c.open(ctx, "tls")
	if !ok {
		return
	}
	defer conn.Close()
	release, err := wire.Guard(ctx, conn, c.opt.Limit)
	if err != nil {
		c.failed("tls", err)
		return
	}
	defer release()
	seen := false
	cfg := insecure()
	cfg.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
		seen = true
		c.certificate(raw)
		return nil
	}
	if err := tls.Client(conn, cfg).HandshakeContext(ctx); err != nil && !seen {
		c.failed("tls", err)
	}
}

func (c *collector) certificate(raw [][]byte) {
	if len(raw) == 0 {
		return
	}
	leaf, err := x509.ParseCertificate(raw[0])
	if err != nil {
		c.failed("certificate", err)
		return
	}
	c.say("tls subject", leaf.Subject.String())
	c.say("tls issuer", leaf.Issuer.String())
	for _, n := range leaf.DNSNames[:min(len(leaf.DNSNames), 20)] {
		c.say("tls name", n)
	}
}

func insecure() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10} //nolint:gosec // nothing secret is sent
}

// headers are the HTTP headers that name software or device.
var headers = []string{"Server", "X-Powered-By", "X-AspNet-Version", "X-Generator", "Via", "X-Runtime", "X-Firmware-Version", "X-Model", "X-Device-Id"}

// pages are the front page and one that does not exist, whose error page often
// names the software.
var pages = []string{"/", "/plimsoll-no-such-page"}

func (c *collector) http(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.opt.Limit)
	defer cancel()
	scheme := "http"
	if c.r.Service.Name == "https" || c.r.Service.TLS {
		scheme = "https"
	}
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, network, address)
		},
		TLSClientConfig:        insecure(),
		DisableKeepAlives:      true,
		ResponseHeaderTimeout:  c.opt.Limit,
		MaxResponseHeaderBytes: 64 << 10,
		Proxy:                  func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	defer tr.CloseIdleConnections()
	for i, path := range pages {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+c.r.Service.Address()+path, nil)
		if err != nil {
			c.failed("http", err)
			return
		}
		req.Header.Set("User-Agent", "plimsoll")
		resp, err := tr.RoundTrip(req)
		if err != nil {
			c.failed("http", err)
			return
		}
		b, _, err := wire.ReadAtMost(resp.Body, bodyCap)
		resp.Body.Close()
		if err != nil {
			c.failed("http body", err)
		}
		c.answer(resp, b, i > 0)
	}
}

func (c *collector) answer(resp *http.Response, body []byte, errorPage bool) {
	for _, h := range headers {
		for _, v := range resp.Header.Values(h) {
			c.say("http "+h, v)
		}
	}
	for _, v := range resp.Header.Values("WWW-Authenticate") {
		c.say("http realm", v)
	}
	title, generator, text := read(body)
	if errorPage {
		// Its title is the error; its text may name the software.
		c.say("http error page", text)
		return
	}
	c.say("http title", title)
	c.say("http generator", generator)
}

// tokensCap bounds how much of a page is read.
const tokensCap = 5000

// read returns the title, the generator and the first words of a page.
func read(body []byte) (title, generator, text string) {
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 18)
	where := ""
	var words strings.Builder
	for range tokensCap {
		switch z.Next() {
		case html.ErrorToken:
			return title, generator, words.String()
		case html.TextToken:
			s := strings.TrimSpace(string(z.Text()))
			switch {
			case where == "title" && title == "":
				title = s
			case where != "script" && where != "style" && s != "" && words.Len() < textCap:
				io.WriteString(&words, s+" ") //nolint:errcheck // a Builder never fails
			}
		case html.EndTagToken:
			where = ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			where = string(name)
			if where == "meta" {
				generator = meta(z, more, generator)
			}
		}
	}
	return title, generator, words.String()
}

func meta(z *html.Tokenizer, more bool, generator string) string {
	var name, content string
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "name":
			name = strings.ToLower(string(v))
		case "content":
			content = string(v)
		}
	}
	if name == "generator" {
		return content
	}
	return generator
}
