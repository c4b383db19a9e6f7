package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Limits of everything that goes through a Session.
const (
	gentleRate   = 200             // new connections per second to a device that is not on loopback
	loopbackRate = 20_000          // what a connect scan of loopback reaches, for the estimate
	loginGap     = 3 * time.Second // between two logins to one service
	dialTimeout  = 3 * time.Second
	connLifetime = 2 * time.Minute
	connBytes    = 32 << 20  // read from one connection
	maxArtefact  = 512 << 20 // of one file of the product folder
)

// ErrOutOfScope says that a probe asked for an address that the declaration does
// not allow. It is a fault of the declaration or of the probe, never evidence.
var ErrOutOfScope = errors.New("out of scope")

// Session is a probe's only way to the world: it owns the scope, the pace, the
// limits and the store. It is made for one run and safe for concurrent use.
type Session struct {
	Product *product.Product
	Catalog *catalog.Catalog
	Safety  Safety
	Log     *slog.Logger

	allowPublic bool
	store       *evidence.Store
	run         string
	probe       *Probe
	now         func() time.Time
	progress    func(done, total int, what string)
	publicPair  func(string) bool
	connect     func(ctx context.Context, network, address string) (net.Conn, error)
	shared      *shared
}

// shared is what the sessions of all probes of one run have in common.
type shared struct {
	conns  *rate.Limiter
	logins sync.Map // service → *rate.Limiter
	opened atomic.Int64
	images imageCache

	mu   sync.Mutex
	live map[net.Conn]bool
	off  bool
}

// Config is what a run gives its sessions.
type Config struct {
	Product     *product.Product
	Catalog     *catalog.Catalog
	Store       *evidence.Store
	Run         string
	Safety      Safety
	AllowPublic bool // devices with public addresses, when their declaration names who authorised it
	Now         func() time.Time
	Log         *slog.Logger
	// PublicSecret reports whether a credential is on the shipped public list and
	// so no secret.
	PublicSecret func(string) bool
	// Dial opens connections once scope and pace allow them; nil means the network
	// of the machine. Tests reach their own network namespace through it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewSession begins the session of a run. For makes one for each probe of it.
func NewSession(c Config) *Session {
	s := &Session{
		Product: c.Product, Catalog: c.Catalog, Safety: c.Safety, Log: c.Log,
		allowPublic: c.AllowPublic, store: c.Store, run: c.Run, now: c.Now,
		publicPair: c.PublicSecret, connect: c.Dial,
		progress: func(int, int, string) {},
		shared:   &shared{conns: rate.NewLimiter(gentleRate, gentleRate)},
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.connect == nil {
		s.connect = new(net.Dialer).DialContext
	}
	if s.publicPair == nil {
		s.publicPair = func(string) bool { return false }
	}
	for _, d := range c.Product.Targets.Devices {
		for _, p := range d.Passwords {
			s.Secret("password", p.Reveal())
		}
	}
	return s
}

// For returns the session of one probe, whose progress goes to progress.
func (s *Session) For(p *Probe, progress func(done, total int, what string)) *Session {
	c := *s
	c.probe = p
	if progress != nil {
		c.progress = progress
	}
	return &c
}

// Now is the clock of the run.
func (s *Session) Now() time.Time { return s.now() }

// Progress says how far the probe is: done of total, in words such as "ports".
func (s *Session) Progress(done, total int, what string) { s.progress(done, total, what) }

// Opened is the number of connections opened in the run so far.
func (s *Session) Opened() int64 { return s.shared.opened.Load() }

// Devices are the devices that the declaration names, in order.
func (s *Session) Devices() []product.Device { return s.Product.Targets.Devices }

// Dialer returns the dial function for one device: to its own addresses and
// declared ports only, paced and bounded.
func (s *Session) Dialer(d product.Device) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, fmt.Errorf("dialing %q: %w: want an address and a port", address, ErrOutOfScope)
		}
		if err := s.inScope(d, network, ap); err != nil {
			return nil, err
		}
		return s.dial(ctx, network, address, ap.Addr())
	}
}

func (s *Session) inScope(d product.Device, network string, ap netip.AddrPort) error {
	known := false
	for _, a := range []string{d.Address, d.Address6, d.WAN} {
		if own, err := netip.ParseAddr(a); err == nil && own.Unmap() == ap.Addr().Unmap() {
			known = true
		}
	}
	if !known {
		return fmt.Errorf("dialing %s: %w: the address is none of device %q", ap, ErrOutOfScope, d.Serial)
	}
	if !local(ap.Addr()) && (!s.allowPublic || d.AuthorisedBy == "") {
		return fmt.Errorf("dialing %s: %w: a public address needs --allow public and authorised_by", ap, ErrOutOfScope)
	}
	ranges := d.Ports
	if network == "udp" && len(d.UDPPorts) > 0 {
		ranges = d.UDPPorts
	}
	for _, r := range ranges {
		if r.Contains(ap.Port()) {
			return nil
		}
	}
	return fmt.Errorf("dialing %s: %w: the port is not in the declared range", ap, ErrOutOfScope)
}

// local reports whether an address is loopback, link-local or private.
func local(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsPrivate()
}

func (s *Session) dial(ctx context.Context, network, address string, a netip.Addr) (net.Conn, error) {
	if !a.Unmap().IsLoopback() {
		if err := s.shared.conns.Wait(ctx); err != nil {
			return nil, err
		}
	}
	s.shared.opened.Add(1)
	dctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := s.connect(dctx, network, address)
	if err != nil {
		return nil, err
	}
	if network == "tcp" {
		if err := c.SetDeadline(time.Now().Add(connLifetime)); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	b := &bounded{Conn: c, left: connBytes, shared: s.shared}
	if !s.shared.track(b) {
		return nil, errors.Join(context.Canceled, c.Close())
	}
	return b, nil
}

// track remembers an open connection, so that Interrupt can close it.
func (s *shared) track(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		s.live = map[net.Conn]bool{}
	}
	if !s.off {
		s.live[c] = true
	}
	return !s.off
}

// Interrupt closes every open connection and opens no more: whoever waits for the
// device returns at once.
func (s *Session) Interrupt() {
	s.shared.mu.Lock()
	s.shared.off = true
	open := make([]net.Conn, 0, len(s.shared.live))
	for c := range s.shared.live {
		open = append(open, c)
	}
	s.shared.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// bounded is a connection from which only so many bytes can be read.
type bounded struct {
	net.Conn
	left   int64
	shared *shared
}

// Close closes the connection and forgets it.
func (b *bounded) Close() error {
	b.shared.mu.Lock()
	delete(b.shared.live, net.Conn(b))
	b.shared.mu.Unlock()
	return b.Conn.Close()
}

// Read reads until the cap is reached, then reports the end of the stream.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.Conn.Read(p)
	b.left -= int64(n)
	return n, err
}

// CloseWrite closes the writing side where the connection has one.
func (b *bounded) CloseWrite() error {
	if c, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// WebDialer returns the dial function for fetching one declared page: any public
// host on the ports of the web or of the page, so that redirects can be followed,
// but no way from a public page into a private network.
func (s *Session) WebDialer(page string) (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	u, err := url.Parse(page)
	if err != nil {
		return nil, fmt.Errorf("reading URL %q: %w", page, err)
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("dialing %q: %w", address, err)
		}
		if port != "443" && port != "80" && port != u.Port() {
			return nil, fmt.Errorf("dialing %s: %w: a redirect to another port than the web's", address, ErrOutOfScope)
		}
		addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return nil, err
		}
		for _, a := range addrs {
			if local(a) && host != u.Hostname() {
				return nil, fmt.Errorf("dialing %s: %w: a redirect into a private network", address, ErrOutOfScope)
			}
		}
		var last error
		for _, a := range addrs {
			c, err := s.dial(ctx, network, net.JoinHostPort(a.Unmap().String(), port), a)
			if err == nil {
				return c, nil
			}
			last = err
		}
		return nil, last
	}, nil
}

// PaceLogin waits until the next login to a service is due: one per three seconds,
// except on loopback.
func (s *Session) PaceLogin(ctx context.Context, address string) error {
	if ap, err := netip.ParseAddrPort(address); err == nil && ap.Addr().Unmap().IsLoopback() {
		return ctx.Err()
	}
	l, _ := s.shared.logins.LoadOrStore(address, rate.NewLimiter(rate.Every(loginGap), 1))
	return l.(*rate.Limiter).Wait(ctx)
}

// Secret makes value a secret of the bundle and returns the token that stands for
// it. A credential on the shipped public list is returned as it is.
func (s *Session) Secret(kind, value string) string {
	if value == "" || s.publicPair(value) {
		return value
	}
	return s.store.Redactor().Add(kind, value)
}

// View is what is known so far, for probes that read kinds while they collect.
func (s *Session) View() *View {
	return NewView(s.Product, s.Catalog, s.now(), s.store.Records(), s.store.Runs(), s.store.Blob)
}

// Meta says what a piece of evidence is about.
type Meta struct {
	Target evidence.Target
	State  plimsoll.State
	Sample string
	Input  plimsoll.Digest // of the file that was looked at
	Note   string          // why the observation is incomplete
}

// OfDevice is the Meta of an observation of a device.
func OfDevice(d product.Device) Meta {
	return Meta{Target: DeviceTarget(d), State: d.State, Sample: d.Serial}
}

// Keep stores a value and the raw bytes behind it. A probe keeps one value per
// kind, target, state and sample in a run, also when it found nothing, so that an
// older observation does not stand in for the new one.
func Keep[T any](s *Session, k evidence.Kind[T], m Meta, v T, raws ...evidence.Raw) error {
	made := s.probe == nil
	if s.probe != nil {
		for _, name := range s.probe.Makes {
			made = made || name == k.Name
		}
	}
	if !made {
		return fmt.Errorf("keeping evidence: probe %q does not declare that it makes kind %q", s.probe.Name, k.Name)
	}
	by := "plimsoll"
	if s.probe != nil {
		by = s.probe.ID()
	}
	_, err := s.store.Put(evidence.Record{
		Kind: k.ID(), Run: s.run, Probe: by, Target: m.Target, State: m.State, Sample: m.Sample,
		Time: s.now().UTC(), Input: m.Input, Note: m.Note,
	}, v, raws...)
	return err
}
