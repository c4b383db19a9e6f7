package ports

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// IdentifyOptions bound the identification of services. The zero value works.
type IdentifyOptions struct {
	// Quiet is how long a service is given to speak first; 0: 700 ms.
	Quiet time.Duration
	// Step is how long one question may take; 0: 1.5 s.
	Step time.Duration
	// Limit is for the whole of one port; 0: 8 s.
	Limit time.Duration
	// Workers is how many ports are asked at once; 0: 16.
	Workers int
}

func (o IdentifyOptions) withDefaults() IdentifyOptions {
	for _, d := range []struct {
		v *time.Duration
		d time.Duration
	}{{&o.Quiet, 700 * time.Millisecond}, {&o.Step, 1500 * time.Millisecond}, {&o.Limit, 8 * time.Second}} {
		if *d.v <= 0 {
			*d.v = d.d
		}
	}
	if o.Workers <= 0 {
		o.Workers = 16
	}
	return o
}

// replyCap is how many bytes of an answer are looked at.
const replyCap = 4096

// bannerCap is how many bytes of an answer are kept in Service.Banner.
const bannerCap = 256

// A question is what is said to a service that does not speak first.
type question struct {
	name string
	// usual ports are asked this question first.
	usual []uint16
	say   []byte
}

// questions in the order in which a port without a usual one is asked.
var questions = []question{
	{"http", []uint16{80, 8080, 8081, 8000, 8008, 8200, 5000, 49152}, []byte("GET / HTTP/1.0\r\nUser-Agent: plimsoll\r\nAccept: */*\r\n\r\n")},
	{"rtsp", []uint16{554, 8554, 10554}, []byte("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: plimsoll\r\n\r\n")},
	{"mqtt", []uint16{1883}, mqttConnect},
	{"adb", []uint16{5555}, adbConnect},
	{"dns", []uint16{53}, append([]byte{0, byte(len(dnsQuestion))}, dnsQuestion...)},
	{"coap", []uint16{5683}, []byte{0x00, 0xe1}}, // RFC 8323: an empty CSM message
	{"smb", []uint16{445, 139}, smbNegotiate},
	{"sip", []uint16{5060}, sipOptions},
}

// usualTLS are the ports where TLS is tried before the service may speak.
var usualTLS = []uint16{443, 8443, 8883, 4433, 853, 993, 995, 465, 5061}

// Identify says what speaks at an open TCP port. It opens one connection per
// question and always returns within opt.Limit. The name is "unknown" when
// nothing answered in a way that it knows.
func Identify(ctx context.Context, dial wire.Dialer, host string, port uint16, opt IdentifyOptions) wire.Service {
	opt = opt.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, opt.Limit)
	defer cancel()
	id := &identifier{dial: dial, opt: opt, svc: wire.Service{Network: "tcp", Host: host, Port: port, Name: "unknown"}}
	order := slices.Clone(questions)
	slices.SortStableFunc(order, func(a, b question) int {
		return rank(a, port) - rank(b, port)
	})
	if rank(order[0], port) == 0 && id.ask(ctx, order[0]) {
		return id.svc
	}
	speaks := []func(context.Context) bool{id.listen, id.tls}
	if slices.Contains(usualTLS, port) {
		slices.Reverse(speaks)
	}
	for _, f := range speaks {
		if f(ctx) {
			return id.svc
		}
	}
	for i, q := range order {
		if i == 0 && rank(q, port) == 0 {
			continue // asked already
		}
		if ctx.Err() != nil || id.ask(ctx, q) {
			break
		}
	}
	return id.svc
}

func rank(q question, port uint16) int {
	if slices.Contains(q.usual, port) {
		return 0
	}
	return 1
}

type identifier struct {
	dial wire.Dialer
	opt  IdentifyOptions
	svc  wire.Service
}

// listen lets the service speak first.
func (id *identifier) listen(ctx context.Context) bool {
	return id.talk(ctx, id.opt.Quiet, nil)
}

func (id *identifier) ask(ctx context.Context, q question) bool {
	return id.talk(ctx, id.opt.Step, q.say)
}

// talk says something on a new connection and judges the answer.
func (id *identifier) talk(ctx context.Context, limit time.Duration, say []byte) bool {
	conn, release, err := id.open(ctx, limit)
	if err != nil {
		return false
	}
	defer conn.Close()
	defer release()
	reply := exchange(conn, say)
	if len(reply) == 0 {
		return false
	}
	if id.svc.Banner == "" {
		id.svc.Banner = wire.Printable(reply, bannerCap)
	}
	name, product := classify(reply)
	if name == greeting220 {
		name = "ftp"
		if r := exchange(conn, []byte("EHLO plimsoll.invalid\r\n")); bytes.HasPrefix(r, []byte("250")) {
			name = "smtp"
		}
	}
	if name == "" {
		return false
	}
	id.svc.Name, id.svc.Product = name, product
	id.svc.Banner = wire.Printable(reply, bannerCap)
	return true
}

func (id *identifier) open(ctx context.Context, limit time.Duration) (net.Conn, func(), error) {
	dctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := id.dial(dctx, "tcp", id.svc.Address())
	if err != nil {
		return nil, nil, err
	}
	release, err := wire.Guard(ctx, conn, limit)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, release, nil
}

// exchange returns the first bytes that come back: one read, and what follows
// it within the deadline until a line end, since some services write their
// greeting byte by byte.
func exchange(conn net.Conn, say []byte) []byte {
	if len(say) > 0 {
		if _, err := conn.Write(say); err != nil {
			return nil
		}
	}
	buf := make([]byte, replyCap)
	n := 0
	for n < len(buf) {
		m, err := conn.Read(buf[n:])
		n += m
		if err != nil || n >= 3 && complete(buf[:n]) {
			break
		}
	}
	return buf[:n]
}

// complete says that a greeting has its first line, or is not a text.
func complete(b []byte) bool {
	if bytes.IndexByte(b, '\n') >= 0 || prompt.Match(b) {
		return true
	}
	for _, c := range b {
		if c < 0x09 || c > 0x7e {
			return true
		}
	}
	return false
}

// tls tries a handshake and, when that works, asks for HTTP inside. A server
// that speaks a version or suite that crypto/tls does not know answers with a
// TLS alert or message all the same.
func (id *identifier) tls(ctx context.Context) bool {
	conn, release, err := id.open(ctx, id.opt.Step)
	if err != nil {
		return false
	}
	defer conn.Close()
	defer release()
	raw := &firstByte{Conn: conn}
	tc := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: allSuites()}) //nolint:gosec // identification only
	if err := tc.HandshakeContext(ctx); err != nil {
		if spokeTLS(raw, err) {
			id.svc.Name, id.svc.TLS, id.svc.Banner = "tls", true, ""
			return true
		}
		return false
	}
	id.svc.Name, id.svc.TLS, id.svc.Banner = "tls", true, ""
	reply := exchange(tc, questions[0].say)
	name, product := classify(reply)
	if known, ok := insideTLS[name]; ok {
		id.svc.Name, id.svc.Product, id.svc.Banner = known, product, wire.Printable(reply, bannerCap)
	}
	return true
}

var insideTLS = map[string]string{"http": "https", "rtsp": "rtsps", "ftp": "ftps", "smtp": "smtps", "imap": "imaps", "pop3": "pop3s"}

func allSuites() []uint16 {
	var ids []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		ids = append(ids, s.ID)
	}
	return ids
}

// firstByte remembers the first three bytes that the far end sent: the type
// and version of a TLS record.
type firstByte struct {
	net.Conn
	mu   sync.Mutex
	head []byte
}

func (f *firstByte) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	if need := 3 - len(f.head); need > 0 {
		f.head = append(f.head, p[:min(n, need)]...)
	}
	return n, err
}

func spokeTLS(f *firstByte, err error) bool {
	var notTLS tls.RecordHeaderError
	if errors.As(err, &notTLS) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.head) == 3 && (f.head[0] == 0x15 || f.head[0] == 0x16) && f.head[1] == 3 && f.head[2] <= 4
}

// greeting220 stands for a greeting that FTP and SMTP share.
const greeting220 = "220"

// A sign is how the first bytes of an answer give a protocol away.
type sign struct {
	name    string
	re      *regexp.Regexp
	product int // submatch that names the product; 0: none
}

var prompt = regexp.MustCompile(`(?i)(login|username|user name|password|account)[: ]*\s*$`)

// signs in the order in which they are tried.
var signs = []sign{
	{"ssh", regexp.MustCompile(`^SSH-\d\.\d+-([^\r\n]*)`), 1},
	{"rtsp", regexp.MustCompile(`^RTSP/\d`), 0},
	{"http", regexp.MustCompile(`(?is)^HTTP/\d\.\d \d{3}.*?\r?\nServer:[ \t]*([^\r\n]*)`), 1},
	{"http", regexp.MustCompile(`^HTTP/\d\.\d \d{3}`), 0},
	{"sip", regexp.MustCompile(`^SIP/2\.0 \d{3}`), 0},
	{"smtp", regexp.MustCompile(`(?i)^220[ -][^\r\n]*\be?smtp\b`), 0},
	{"ftp", regexp.MustCompile(`(?i)^220[ -]([^\r\n]*ftp[^\r\n]*)`), 1},
	{greeting220, regexp.MustCompile(`^220[ -]`), 0},
	{"ftp", regexp.MustCompile(`(?i)^(421|530)[ -][^\r\n]*(ftp|user)`), 0},
	{"mqtt", regexp.MustCompile(`^\x20\x02[\x00\x01][\x00-\x05]`), 0},
	{"adb", regexp.MustCompile(`^(?:CNXN|AUTH|STLS)[\x00-\x{10FFFF}]`), 0},
	{"telnet", regexp.MustCompile(`(?s)^\s*\xff[\xf0-\xfe]`), 0},
	{"vnc", regexp.MustCompile(`^RFB \d{3}\.\d{3}`), 0},
	{"imap", regexp.MustCompile(`^\* OK`), 0},
	{"pop3", regexp.MustCompile(`^\+OK`), 0},
	{"smb", regexp.MustCompile(`(?s)^\x00\x00..[\xfe\xff]SMB`), 0},
	{"telnet", prompt, 0},
}

// classify names the protocol of an answer; name is "" when no sign fits.
func classify(reply []byte) (name, product string) {
	// Regular expressions read UTF-8; Latin-1 keeps every byte a character.
	text := latin1(reply)
	for _, s := range signs {
		m := s.re.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if s.product > 0 {
			product = wire.Printable([]byte(m[s.product]), bannerCap)
		}
		return s.name, product
	}
	for _, b := range binarySigns {
		if b.fits(reply) {
			return b.name, ""
		}
	}
	return "", ""
}

func latin1(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

// identifyAll names the open ports of a scan, some at a time.
func identifyAll(ctx context.Context, dial wire.Dialer, res *Result, opt IdentifyOptions) {
	opt = opt.withDefaults()
	var wg sync.WaitGroup
	next := make(chan *Port)
	for range min(opt.Workers, len(res.Open)) {
		wg.Go(func() {
			for p := range next {
				p.Service = Identify(ctx, dial, res.Address, p.Port, opt)
			}
		})
	}
	for i := range res.Open {
		next <- &res.Open[i]
	}
	close(next)
	wg.Wait()
}
