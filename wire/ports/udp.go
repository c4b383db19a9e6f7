package ports

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// UDPOptions shape a UDP scan. The zero value asks every probe of Probes.
type UDPOptions struct {
	Ranges  []Range       // nil: the ports of all Probes; a port without a probe is sent an empty datagram
	Timeout time.Duration // for one question; 0: 1.2 s
	Tries   int           // how often a question is sent; 0: 2
	Workers int           // 0: 16
	Listen  wire.PacketListener
	Now     func() time.Time // nil: time.Now; for Took only
}

func (o UDPOptions) withDefaults() UDPOptions {
	if o.Ranges == nil {
		for _, p := range Probes() {
			o.Ranges = append(o.Ranges, Range{p.Port, p.Port})
		}
	}
	if o.Timeout <= 0 {
		o.Timeout = 1200 * time.Millisecond
	}
	if o.Tries <= 0 {
		o.Tries = 2
	}
	if o.Workers <= 0 {
		o.Workers = 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// UDP asks every port in its own protocol. An answer makes it open, an ICMP
// refusal closed; anything else is Silent, which is "open or filtered".
//
// Connected sockets of dial see refusals but only answers from the port asked.
// With opt.Listen, probes whose protocol answers from another port (TFTP, some
// SSDP stacks) are asked a second time over an unconnected socket.
func UDP(ctx context.Context, dial wire.Dialer, ip netip.Addr, opt UDPOptions) Result {
	opt = opt.withDefaults()
	start := opt.Now()
	res := newResult(ip, "udp")
	s := &udpScan{dial: dial, ip: ip, opt: opt}
	ports := each(opt.Ranges)
	states := make([]udpState, len(ports))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(opt.Workers, len(ports)) {
		wg.Go(func() {
			for i := range next {
				states[i] = s.port(ctx, ports[i])
			}
		})
	}
	for i := range ports {
		next <- i
	}
	close(next)
	wg.Wait()
	var done []uint16
	for i, p := range ports {
		if states[i].state != untried {
			done = append(done, p)
		}
		states[i].add(&res, p)
	}
	res.Scanned = scanned(done)
	res.Incomplete = len(done) < len(ports)
	res.Took = wire.Elapsed(opt.Now().Sub(start))
	return res
}

type udpState struct {
	state state
	svc   wire.Service
	err   error
}

func (u udpState) add(res *Result, p uint16) {
	switch u.state {
	case untried:
	case open:
		res.Open = append(res.Open, Port{p, u.svc})
	case closed:
		res.Closed++
	case filtered:
		res.Silent = append(res.Silent, p)
	case failed:
		res.Errors++
		if res.FirstError == "" {
			res.FirstError = u.err.Error()
		}
	}
}

type udpScan struct {
	dial wire.Dialer
	ip   netip.Addr
	opt  UDPOptions
}

// port asks all probes of a port until one is answered.
func (s *udpScan) port(ctx context.Context, port uint16) udpState {
	probes := slices.DeleteFunc(Probes(), func(p Probe) bool { return p.Port != port })
	if len(probes) == 0 {
		probes = []Probe{{Name: "unknown", Port: port}}
	}
	last := udpState{state: filtered}
	for _, p := range probes {
		if ctx.Err() != nil {
			return udpState{}
		}
		u := s.ask(ctx, p, s.connected)
		if u.state == filtered && p.Elsewhere && s.opt.Listen != nil {
			u = s.ask(ctx, p, s.unconnected)
		}
		if u.state == untried || u.state == open {
			return u
		}
		// A refusal by one probe and silence after another is a refusal: ICMP
		// is rate-limited, so silence says less.
		if u.state == closed || last.state == filtered {
			last = u
		}
	}
	return last
}

// ask sends one probe and waits for an answer.
func (s *udpScan) ask(ctx context.Context, p Probe, transport func(context.Context) (exchanger, error)) udpState {
	x, err := transport(ctx)
	if err != nil {
		return s.judge(ctx, p, nil, err)
	}
	defer x.Close()
	stop := context.AfterFunc(ctx, func() { _ = x.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var reply []byte
	for range s.opt.Tries {
		if ctx.Err() != nil {
			break
		}
		reply, err = s.once(x, p)
		if err == nil || !wire.TimedOut(err) {
			break
		}
	}
	return s.judge(ctx, p, reply, err)
}

func (s *udpScan) once(x exchanger, p Probe) ([]byte, error) {
	if err := x.SetDeadline(time.Now().Add(s.opt.Timeout)); err != nil {
		return nil, err
	}
	if err := x.send(netip.AddrPortFrom(s.ip, p.Port), p.Payload); err != nil {
		return nil, err
	}
	return x.receive(s.ip)
}

func (s *udpScan) judge(ctx context.Context, p Probe, reply []byte, err error) udpState {
	switch {
	case err == nil:
		svc := wire.Service{Network: "udp", Host: s.ip.String(), Port: p.Port, Name: "unknown", Banner: wire.Printable(reply, bannerCap)}
		if p.Match != nil {
			if product, ok := p.Match(reply); ok {
				svc.Name, svc.Product = p.Name, product
			}
		}
		return udpState{state: open, svc: svc}
	case wire.Refused(err):
		return udpState{state: closed}
	case ctx.Err() != nil:
		return udpState{}
	case wire.TimedOut(err), wire.Unreachable(err):
		return udpState{state: filtered}
	default:
		return udpState{state: failed, err: err}
	}
}

// An exchanger is a socket towards one address, connected or not.
type exchanger interface {
	send(to netip.AddrPort, b []byte) error
	receive(from netip.Addr) ([]byte, error)
	SetDeadline(time.Time) error
	Close() error
}

// datagramCap is how many bytes of an answer are read.
const datagramCap = 4096

type connectedSocket struct {
	dial func(to netip.AddrPort) (net.Conn, error)
	conn net.Conn
	at   time.Time
}

func (s *udpScan) connected(ctx context.Context) (exchanger, error) {
	return &connectedSocket{dial: func(to netip.AddrPort) (net.Conn, error) {
		return s.dial(ctx, "udp", to.String())
	}}, nil
}

func (c *connectedSocket) send(to netip.AddrPort, b []byte) error {
	if c.conn == nil {
		conn, err := c.dial(to)
		if err != nil {
			return err
		}
		c.conn = conn
	}
	if err := c.conn.SetDeadline(c.at); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

func (c *connectedSocket) receive(netip.Addr) ([]byte, error) {
	buf := make([]byte, datagramCap)
	n, err := c.conn.Read(buf)
	return buf[:n], err
}

func (c *connectedSocket) SetDeadline(t time.Time) error {
	c.at = t
	if c.conn == nil {
		return nil
	}
	return c.conn.SetDeadline(t)
}

func (c *connectedSocket) Close() error {
	if c.conn == nil {
		return nil
	}
	return c.conn.Close()
}

type unconnectedSocket struct{ net.PacketConn }

func (s *udpScan) unconnected(ctx context.Context) (exchanger, error) {
	network, local := "udp6", "[::]:0"
	if s.ip.Unmap().Is4() {
		network, local = "udp4", "0.0.0.0:0"
	}
	pc, err := s.opt.Listen(ctx, network, local)
	if err != nil {
		return nil, fmt.Errorf("opening a packet socket: %w", err)
	}
	return unconnectedSocket{pc}, nil
}

func (u unconnectedSocket) send(to netip.AddrPort, b []byte) error {
	_, err := u.WriteTo(b, net.UDPAddrFromAddrPort(to))
	return err
}

// strangers is how many datagrams from other addresses are passed over.
const strangers = 64

func (u unconnectedSocket) receive(from netip.Addr) ([]byte, error) {
	buf := make([]byte, datagramCap)
	for range strangers {
		n, addr, err := u.ReadFrom(buf)
		if err != nil {
			return nil, err
		}
		if ua, ok := addr.(*net.UDPAddr); ok && ua.AddrPort().Addr().Unmap() == from.Unmap() {
			return buf[:n], nil
		}
	}
	return nil, errors.New("only datagrams from other addresses arrived")
}
