package openports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21600

// open lists the open ports by their offset.
func open(v *probe.View) []uint16 {
	var out []uint16
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		for _, r := range it.Value {
			for _, p := range r.Open {
				out = append(out, p.Port-testBase)
			}
		}
	}
	return out
}

// TestTwins: each open port of the device is seen, the web site behind its range is
// not, and two looks at one device are one piece of evidence.
func TestTwins(t *testing.T) {
	for _, tt := range []struct {
		flaws []string
		ports []uint16
		facts []string
	}{
		{nil, []uint16{43, 80, 83}, []string{"functions.network_reachable", "input.network"}},
		{[]string{"telnet-open", "undeclared-port", "mqtt-anonymous"}, []uint16{18, 23, 37, 43, 80, 83}, []string{"functions.network_reachable", "input.network", "telnet.reachable"}},
		{[]string{"declared-port-off"}, []uint16{43, 80}, []string{"functions.network_reachable", "input.network"}},
	} {
		t.Run(strings.Join(tt.flaws, "+"), func(t *testing.T) {
			look := func() *probe.View {
				return probetest.Twin(t, Probe, sim.Config{Kind: "camera", Flaws: tt.flaws, Base: testBase})
			}
			v := look()
			if got := open(v); !slices.Equal(got, tt.ports) {
				t.Errorf("got %v, want %v", got, tt.ports)
			}
			if got := probetest.Facts(Probe.Judge(v)); !slices.Equal(got, tt.facts) {
				t.Errorf("facts: got %v, want %v", got, tt.facts)
			}
			a, b := probe.Items(v, evidence.OpenPorts), probe.Items(look(), evidence.OpenPorts)
			if len(a) != 1 || len(b) != 1 || a[0].Digest != b[0].Digest || a[0].State != plimsoll.StateInitialized || a[0].Sample == "" {
				t.Errorf("two looks at one device: %+v, %+v", a, b)
			}
		})
	}
}

// TestSteady: what differs between two looks is left out, what tells is kept.
func TestSteady(t *testing.T) {
	r := ports.Result{Took: wire.Elapsed(time.Second), Open: []ports.Port{
		{Port: 80, Service: wire.Service{Banner: `HTTP/1.0 200 OK\r\nDate: Sun, 22 Nov 2026 13:00:00 GMT\r\nSet-Cookie: id=1`}},
		{Port: 81, Service: wire.Service{Banner: `HTTP/1.0 301 Moved\r\nDate: Sun\r\nLocation: https://192.0.2.1/\r\nServer: x`}},
		{Port: 22, Service: wire.Service{Banner: `SSH-2.0-dropbear\r\n`}},
	}}
	steady(&r)
	if r.Took != 0 || r.Open[0].Service.Banner != "HTTP/1.0 200 OK" || r.Open[1].Service.Banner != `HTTP/1.0 301 Moved\r\nLocation: https://192.0.2.1/` || r.Open[2].Service.Banner != `SSH-2.0-dropbear\r\n` {
		t.Errorf("got %+v", r)
	}
}

// TestUDPPorts: of a wide range only ports are asked whose protocol is known or
// that the declaration names.
func TestUDPPorts(t *testing.T) {
	p := probetest.Declare(t, "127.0.0.1", "1-65535",
		"Intf: [{id: Intf-1, type: logical, transport: udp, port: 40000}, {id: Intf-2, type: logical, transport: tcp, port: 40001}]")
	all := product.Device{Ports: []product.PortRange{{First: 1, Last: 65535}}}
	has := func(rs []ports.Range, port uint16) bool {
		return slices.ContainsFunc(rs, func(r ports.Range) bool { return r.First <= port && port <= r.Last })
	}
	got := udpPorts(p, all)
	if n := count(got); n >= fewPorts || !has(got, 161) || !has(got, 40000) || has(got, 40001) {
		t.Errorf("%d ports: %v", n, got)
	}
	few := product.Device{Ports: []product.PortRange{{First: 1, Last: 65535}}, UDPPorts: []product.PortRange{{First: 5000, Last: 5009}}}
	if got := udpPorts(p, few); count(got) != 10 {
		t.Errorf("got %v", got)
	}
}
