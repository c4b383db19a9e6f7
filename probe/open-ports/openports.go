// Package openports finds the TCP and UDP ports on which a device answers.
//
// It serves the provisions about exposed interfaces (EN 303 645, 5.5 and 5.6), but
// gives no verdict of its own: what an open port means is for the probes that read
// its evidence. It must never connect to a port that the declaration leaves out.
package openports

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

// Probe is the probe open-ports.
var Probe = &probe.Probe{
	Name:    "open-ports",
	Version: 1,
	Doc: `which TCP and UDP ports of the device answer, and what speaks there
It opens a plain TCP connection to every declared port over IPv4 and IPv6, and asks
the common UDP services in their own protocol. It cannot tell a silent UDP port from
a closed one behind a filter, sees no port outside the declared range, and no radio.`,
	Needs:   probe.NeedsDevice,
	Makes:   []string{evidence.OpenPorts.Name},
	Facts:   []plimsoll.FactID{"functions.network_reachable", "input.network", "telnet.reachable", "debug.exists"},
	Collect: collect,
	Judge:   judge,
}

func collect(ctx context.Context, s *probe.Session) error {
	for _, d := range s.Devices() {
		res, err := scan(ctx, s, d)
		if err != nil {
			return err
		}
		m := probe.OfDevice(d)
		if ctx.Err() != nil {
			m.Note = "the scan was interrupted"
		}
		if err := probe.Keep(s, evidence.OpenPorts, m, res); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// scan looks at every address of a device over TCP and UDP.
func scan(ctx context.Context, s *probe.Session, d product.Device) ([]ports.Result, error) {
	tcp, udp := ranges(d.Ports), udpPorts(s.Product, d)
	out := []ports.Result{}
	for _, a := range []string{d.Address, d.Address6} {
		if a == "" {
			continue
		}
		ip, err := netip.ParseAddr(a)
		if err != nil {
			return nil, fmt.Errorf("reading the address %q of device %q: %w", a, d.Serial, err)
		}
		dial := counted(s, d, count(tcp))
		r := ports.TCP(ctx, dial, ip, ports.Options{Ranges: tcp})
		steady(&r)
		out = append(out, r)
		u := ports.UDP(ctx, s.Dialer(d), ip, ports.UDPOptions{Ranges: udp})
		steady(&u)
		out = append(out, u)
	}
	return out, nil
}

// headed are the answers that go on with headers: the date, a session. Where a
// redirect leads is kept.
var (
	headed   = []string{"HTTP/", "RTSP/", "SIP/"}
	location = regexp.MustCompile(`(?i)\\r\\nLocation: [^\\]*`)
)

// steady leaves out of a result what differs between two looks at one device.
func steady(r *ports.Result) {
	r.Took = 0
	for i := range r.Open {
		s := &r.Open[i].Service
		for _, h := range headed {
			if strings.HasPrefix(s.Banner, h) {
				first, _, _ := strings.Cut(s.Banner, `\r\n`)
				s.Banner = first + location.FindString(s.Banner)
			}
		}
	}
}

// fewPorts is how many UDP ports are asked one by one; of more, only those are
// asked whose protocol is known or that the declaration names, because a device
// may answer only once in a second that a UDP port is closed.
const fewPorts = 256

func udpPorts(p *product.Product, d product.Device) []ports.Range {
	in := ranges(d.UDPPorts)
	if len(d.UDPPorts) == 0 {
		in = ranges(d.Ports)
	}
	if count(in) <= fewPorts {
		return in
	}
	var want []ports.Range
	add := func(port int) {
		for _, r := range in {
			if port >= int(r.First) && port <= int(r.Last) {
				want = append(want, ports.Range{First: uint16(port), Last: uint16(port)})
			}
		}
	}
	for _, k := range ports.Probes() {
		add(int(k.Port))
	}
	for _, t := range []plimsoll.TableID{"Intf", "SoftServ", "ComMech", "ExtAPI"} {
		for _, r := range p.Rows(t) {
			if n, ok := r.Int("port"); ok && r.Text("transport") != "tcp" {
				add(n)
			}
		}
	}
	return ports.Merge(want)
}

// counted is the dialer of the device that shows how far the scan is.
func counted(s *probe.Session, d product.Device, total int) func(context.Context, string, string) (net.Conn, error) {
	dial := s.Dialer(d)
	var done atomic.Int64
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if n := done.Add(1); n%256 == 0 {
			s.Progress(int(min(n, int64(total))), total, "ports of "+d.Address)
		}
		return dial(ctx, network, address)
	}
}

func ranges(rs []product.PortRange) []ports.Range {
	out := []ports.Range{}
	for _, r := range rs {
		out = append(out, ports.Range{First: r.First, Last: r.Last})
	}
	return ports.Merge(out)
}

func count(rs []ports.Range) int {
	n := 0
	for _, r := range rs {
		n += int(r.Last) - int(r.First) + 1
	}
	return n
}

// signs are the facts that a service shows by being there.
var signs = map[string][]plimsoll.FactID{
	"telnet": {"telnet.reachable"}, "adb": {"debug.exists"}, "gdbserver": {"debug.exists"},
}

func judge(v *probe.View) probe.Result {
	var res probe.Result
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		answers := false
		for _, r := range it.Value {
			for _, p := range r.Open {
				answers = true
				for _, id := range signs[p.Service.Name] {
					res.Fact(id, probe.Seen(r.Network, p.Port, p.Service.Name), true, it.Digest)
				}
			}
		}
		if answers {
			res.Fact("functions.network_reachable", it.Target.Name, true, it.Digest)
			res.Fact("input.network", it.Target.Name, true, it.Digest)
		}
	}
	return res
}
