// Package tlsserver finds which TLS versions and cipher suites a server accepts
// and which certificates it shows.
//
// It writes its own ClientHello and reads the server's first flight without any
// cryptography, so that it sees what no library speaks any more: SSL 3.0, NULL,
// anonymous, EXPORT, DES and RC4 suites. It must never finish a handshake in
// which it offered those, send application data, or grade what it saw.
package tlsserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Version is a protocol version as it stands on the wire.
type Version uint16

const (
	SSL30 Version = 0x0300
	TLS10 Version = 0x0301
	TLS11 Version = 0x0302
	TLS12 Version = 0x0303
	TLS13 Version = 0x0304
)

// Versions are all that are looked for, oldest first.
var versionNames = []struct {
	v    Version
	name string
}{{SSL30, "SSLv3"}, {TLS10, "TLSv1.0"}, {TLS11, "TLSv1.1"}, {TLS12, "TLSv1.2"}, {TLS13, "TLSv1.3"}}

// Versions returns all that are looked for, oldest first.
func Versions() []Version {
	var vs []Version
	for _, n := range versionNames {
		vs = append(vs, n.v)
	}
	return vs
}

func (v Version) String() string {
	for _, n := range versionNames {
		if n.v == v {
			return n.name
		}
	}
	return fmt.Sprintf("0x%04x", uint16(v))
}

// MarshalText gives String.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (v *Version) UnmarshalText(b []byte) error {
	for _, n := range versionNames {
		if n.name == string(b) {
			*v = n.v
			return nil
		}
	}
	return fmt.Errorf("reading TLS version %q", b)
}

// Options shape a look. The zero value works.
type Options struct {
	ServerName string        // sent as server name; "": the host of the address unless it is an IP address
	Limit      time.Duration // for one handshake; 0: 5 s
	Versions   []Version     // nil: all
	Rand       io.Reader     // nil: crypto/rand
	Now        func() time.Time
}

// A Suite is a cipher suite that the server chose.
type Suite struct {
	ID   SuiteID `json:"id"`
	Name string  `json:"name"`
	// Group is the key exchange group or the size of the finite field that the
	// server chose, "" when the suite has none or it was not seen.
	Group string `json:"group,omitempty"`
	// Traits are what the name says of the suite: null, anon, export, des,
	// 3des, rc4, rc2, md5, cbc, no-forward-secrecy, psk.
	Traits []string `json:"traits,omitempty"`
}

// An Offer is what the server accepts in one version.
type Offer struct {
	Version  Version `json:"version"`
	Accepted bool    `json:"accepted"`
	Suites   []Suite `json:"suites"` // ascending by number
	// ServerOrder: the server insists on its own order of suites. Unknown, and
	// false, with fewer than two suites.
	ServerOrder         bool   `json:"server_order"`
	Compression         bool   `json:"compression"`          // it chose DEFLATE when offered
	SecureRenegotiation bool   `json:"secure_renegotiation"` // RFC 5746; always true in TLS 1.3
	Incomplete          bool   `json:"incomplete"`           // it fell silent: there may be more
	Error               string `json:"error,omitempty"`      // why
}

// A Result is what was seen of one server.
type Result struct {
	Address      string        `json:"address"`
	ServerName   string        `json:"server_name,omitempty"`
	Offers       []Offer       `json:"offers"` // one per version asked, oldest first
	Certificates []Certificate `json:"certificates"`
	Incomplete   bool          `json:"incomplete"`
	// NotTLS: the server answered with something else.
	NotTLS     bool         `json:"not_tls"`
	Handshakes int          `json:"handshakes"` // connections made
	Took       wire.Elapsed `json:"took_ms"`
}

// MarshalJSON writes no certificates as [].
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	if r.Certificates == nil {
		r.Certificates = []Certificate{}
	}
	return json.Marshal(plain(r))
}

// UnmarshalJSON reads what MarshalJSON wrote, and passes over fields that it does not
// know.
func (r *Result) UnmarshalJSON(b []byte) error {
	type plain Result
	return json.Unmarshal(b, (*plain)(r))
}

// Offer returns what was seen of a version.
func (r Result) Offer(v Version) (Offer, bool) {
	for _, o := range r.Offers {
		if o.Version == v {
			return o, true
		}
	}
	return Offer{}, false
}

// Look asks for every version and suite, one connection at a time. An error
// means that the server could not be reached at all.
func Look(ctx context.Context, dial wire.Dialer, address string, opt Options) (Result, error) {
	if opt.Limit <= 0 {
		opt.Limit = 5 * time.Second
	}
	if opt.Versions == nil {
		opt.Versions = Versions()
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if host, _, err := net.SplitHostPort(address); err == nil && opt.ServerName == "" && net.ParseIP(host) == nil {
		opt.ServerName = host
	}
	start := opt.Now()
	p := &prober{dial: dial, address: address, opt: opt}
	res := Result{Address: address, ServerName: opt.ServerName}
	for _, v := range opt.Versions {
		o, err := p.version(ctx, v)
		if err != nil {
			return res, err
		}
		res.Offers = append(res.Offers, o)
		res.Incomplete = res.Incomplete || o.Incomplete
		if p.notTLS > 0 && p.spoke == 0 {
			res.NotTLS = true
			break
		}
	}
	p.certificate13(ctx, res)
	res.Certificates = p.certs
	res.Handshakes = p.handshakes
	res.Took = wire.Elapsed(opt.Now().Sub(start))
	return res, nil
}

type prober struct {
	dial       wire.Dialer
	address    string
	opt        Options
	handshakes int
	reached    bool // one connection was made
	spoke      int  // answers that were TLS
	notTLS     int  // answers that were not
	certs      []Certificate
}

// chunk is how many suites are offered at once: some old servers drop a longer
// ClientHello.
const chunk = 64

// version enumerates the suites of one version: what the server chooses is
// taken out of the offer until it chooses nothing.
func (p *prober) version(ctx context.Context, v Version) (Offer, error) {
	o := Offer{Version: v, Suites: []Suite{}}
	for ids := range slices.Chunk(suitesFor(v), chunk) {
		for len(ids) > 0 && o.Error == "" {
			f, err := p.ask(ctx, hello{version: v, suites: ids})
			if !p.reached && err != nil {
				return o, err
			}
			if !o.take(f, err, v, &ids) {
				break
			}
			p.keep(f.chain)
		}
		if o.Error != "" || p.notTLS > 0 && p.spoke == 0 {
			break
		}
	}
	slices.SortFunc(o.Suites, func(a, b Suite) int { return int(a.ID) - int(b.ID) })
	o.Accepted = len(o.Suites) > 0
	if o.Accepted && !o.Incomplete {
		p.habits(ctx, &o)
	}
	return o, nil
}

// take judges one answer and says whether to go on with what is left in ids.
func (o *Offer) take(f flight, err error, v Version, ids *[]SuiteID) bool {
	switch {
	case err != nil:
		// Silence and a connection that cannot be made say nothing; one that is
		// closed after our words, or an answer that is not TLS, is a no.
		if wire.TimedOut(err) || errors.Is(err, context.Canceled) || errors.Is(err, errConnect) {
			o.Incomplete, o.Error = true, wire.Printable([]byte(err.Error()), 200)
		}
		return false
	case !f.hello || f.version != v:
		return false
	case !slices.Contains(*ids, f.suite):
		o.Incomplete, o.Error = true, fmt.Sprintf("the server chose suite %s, which was not offered", f.suite)
		return false
	}
	o.Suites = append(o.Suites, Suite{ID: f.suite, Name: f.suite.Name(), Group: f.group, Traits: f.suite.Traits()})
	o.SecureRenegotiation = f.renegotiation || v == TLS13
	*ids = slices.DeleteFunc(slices.Clone(*ids), func(id SuiteID) bool { return id == f.suite })
	return true
}

// habits asks for the order of suites and for compression.
func (p *prober) habits(ctx context.Context, o *Offer) {
	var ids []SuiteID
	for _, s := range o.Suites {
		ids = append(ids, s.ID)
	}
	if len(ids) > 1 {
		first, err1 := p.ask(ctx, hello{version: o.Version, suites: ids})
		slices.Reverse(ids)
		second, err2 := p.ask(ctx, hello{version: o.Version, suites: ids})
		o.ServerOrder = err1 == nil && err2 == nil && first.hello && second.hello && first.suite == second.suite
	}
	if o.Version != TLS13 {
		f, err := p.ask(ctx, hello{version: o.Version, suites: ids, compress: true})
		o.Compression = err == nil && f.hello && f.compression != 0
	}
}

// ask makes one connection and reads the server's first flight. A connection
// that cannot be made is tried once more.
func (p *prober) ask(ctx context.Context, h hello) (flight, error) {
	f, err := p.once(ctx, h)
	if err != nil && ctx.Err() == nil && (errors.Is(err, errConnect) || wire.TimedOut(err)) {
		f, err = p.once(ctx, h)
	}
	switch {
	case err == nil:
		p.spoke++
	case errors.Is(err, errNotTLS):
		p.notTLS++
	}
	return f, err
}

func (p *prober) once(ctx context.Context, h hello) (flight, error) {
	conn, err := p.connect(ctx)
	if err != nil {
		return flight{}, err
	}
	defer conn.Close()
	release, err := wire.Guard(ctx, conn, p.opt.Limit)
	if err != nil {
		return flight{}, err
	}
	defer release()
	h.name = p.opt.ServerName
	b, err := h.marshal(p.opt.Rand)
	if err != nil {
		return flight{}, err
	}
	if _, err := conn.Write(b); err != nil {
		return flight{}, fmt.Errorf("sending a ClientHello: %w", err)
	}
	return readFlight(conn)
}

var errConnect = errors.New("connecting to")

func (p *prober) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opt.Limit)
	defer cancel()
	p.handshakes++
	conn, err := p.dial(ctx, "tcp", p.address)
	if err != nil {
		return nil, fmt.Errorf("%w %q: %w", errConnect, p.address, err)
	}
	p.reached = true
	return conn, nil
}

// SuiteID is the number of a cipher suite. Its text is "0xc02f".
type SuiteID uint16

func (id SuiteID) String() string { return fmt.Sprintf("0x%04x", uint16(id)) }

// MarshalText gives String.
func (id SuiteID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *SuiteID) UnmarshalText(b []byte) error {
	var n uint16
	if _, err := fmt.Sscanf(string(b), "0x%04x", &n); err != nil {
		return fmt.Errorf("reading cipher suite %q: %w", b, err)
	}
	*id = SuiteID(n)
	return nil
}

// traits are the parts of a suite's name that mean something.
var traits = []struct {
	word string
	has  func(name string) bool
}{
	{"null", part("WITH_NULL", "KEA_WITH_NULL")},
	{"anon", part("_anon_")},
	{"export", part("_EXPORT")},
	{"des", part("_DES_", "_DES40_", "_DES192_")},
	{"3des", part("_3DES_")},
	{"rc4", part("_RC4_")},
	{"rc2", part("_RC2_")},
	{"md5", func(n string) bool { return strings.HasSuffix(n, "_MD5") }},
	{"cbc", part("_CBC_")},
	{"psk", part("_PSK_")},
	{"no-forward-secrecy", func(n string) bool {
		return strings.Contains(n, "_WITH_") && !part("_DHE_", "_ECDHE_", "_anon_", "_ECCPWD_", "_SRP_", "_PSK_DHE_")(n)
	}},
}

func part(words ...string) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
}

// Traits are what the name says of the suite, in a fixed order.
func (id SuiteID) Traits() []string {
	var out []string
	for _, t := range traits {
		if t.has(id.Name()) {
			out = append(out, t.word)
		}
	}
	return out
}
