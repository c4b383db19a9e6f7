package ports_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

// TestCamera scans all ports of a device made of real daemons, IPv4 and IPv6.
func TestCamera(t *testing.T) {
	l := lab.New(t)
	l.Address(t, "10.77.0.10/24")
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"})
	l.Telnetd(t, "10.77.0.10:23", "")
	l.HTTPD(t, "10.77.0.10:80", "IP Camera", "admin", "admin")
	l.Dropbear(t, "10.77.0.10:2222")
	l.VSFTPD(t, "10.77.0.10:21", "")
	key, cert := l.SelfSigned(t, "rsa:2048", "sha256", 30, "/CN=cam")
	l.Stunnel(t, "10.77.0.10:443", "10.77.0.10:80", key, cert, "")
	l.Stunnel(t, "10.77.0.10:9443", "10.77.0.10:2222", key, cert, "")
	mq := l.Write(t, "mosquitto.conf", "listener 1883 10.77.0.10\nallow_anonymous true\n", 0o644)
	l.Start(t, "tcp/1883", lab.Tool(t, "mosquitto", "mosquitto"), "-c", mq)
	l.Start(t, "tcp/5683", lab.Tool(t, "coap-server-notls", "libcoap3-bin"), "-A", "10.77.0.10", "-p", "5683")
	l.Start(t, "tcp/53", lab.Tool(t, "dnsmasq", "dnsmasq-base"), "-k", "-C", l.Write(t, "dnsmasq.conf", "", 0o644), "--no-resolv", "--listen-address=10.77.0.10", "--bind-interfaces", "--user=root", "--pid-file=")
	mute, err := l.Listen(t.Context(), "tcp", "10.77.0.10:7777")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()

	start := time.Now()
	got := ports.TCP(t.Context(), l.Dial, netip.MustParseAddr("10.77.0.10"), ports.Options{})
	want := map[uint16]string{
		21: "ftp vsFTPd 3.0.3", 23: "telnet", 53: "dns", 80: "http", 443: "https", 1883: "mqtt",
		2222: "ssh dropbear_2022.83", 5683: "coap", 7777: "unknown", 9443: "tls",
	}
	names := map[uint16]string{}
	for _, p := range got.Open {
		s := strings.TrimSpace(p.Service.Name + " " + p.Service.Product)
		names[p.Port] = strings.NewReplacer("(", "", ")", "").Replace(s)
	}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("got  %v\nwant %v", names, want)
	}
	if got.Incomplete || !reflect.DeepEqual(got.Scanned, []ports.Range{ports.All}) {
		t.Errorf("scanned %v, incomplete %v", got.Scanned, got.Incomplete)
	}
	t.Logf("65535 ports and %d services in %v (scan and identification: %v)", len(names), time.Since(start), got.Took)
}

func TestIPv6(t *testing.T) {
	l := lab.New(t)
	l.Telnetd(t, "[::1]:2323", "")
	got := ports.TCP(t.Context(), l.Dial, netip.IPv6Loopback(), ports.Options{Ranges: []ports.Range{{First: 2000, Last: 3000}}})
	if got.Family != "ipv6" || len(got.Open) != 1 || got.Open[0].Port != 2323 || got.Open[0].Service.Name != "telnet" {
		t.Fatalf("got %+v", got)
	}
}

// TestNeverHangs identifies services that accept and then say nothing, drip, or
// say too much.
func TestNeverHangs(t *testing.T) {
	l := lab.New(t)
	behave := map[string]func(net.Conn){
		"silent": func(net.Conn) { select {} },
		"drip": func(c net.Conn) {
			for {
				if _, err := c.Write([]byte("a")); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		},
		"flood": func(c net.Conn) {
			for {
				if _, err := c.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
		"reset": func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() },
	}
	for name, f := range behave {
		t.Run(name, func(t *testing.T) {
			ln, err := l.Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				for {
					c, err := ln.Accept()
					if err != nil {
						return
					}
					go f(c)
				}
			}()
			start := time.Now()
			opt := ports.IdentifyOptions{Quiet: 100 * time.Millisecond, Step: 200 * time.Millisecond, Limit: 2 * time.Second}
			svc := ports.Identify(t.Context(), l.Dial, "127.0.0.1", netip.MustParseAddrPort(ln.Addr().String()).Port(), opt)
			if svc.Name != "unknown" || time.Since(start) > 3*time.Second {
				t.Errorf("got %q after %v", svc.Name, time.Since(start))
			}
		})
	}
}

func TestUDP(t *testing.T) {
	l := lab.New(t)
	l.Address(t, "10.77.0.10/24")
	snmp := l.Write(t, "snmpd.conf", "agentaddress udp:10.77.0.10:161\nrocommunity public\nsysDescr Harbour Cam\n", 0o600)
	l.Start(t, "udp/161", lab.Tool(t, "snmpd", "snmpd"), "-f", "-Lo", "-C", "-c", snmp)
	l.Start(t, "udp/123", lab.Tool(t, "chronyd", "chrony"), "-d", "-x", "-u", "root", "-f", l.Write(t, "chrony.conf",
		"local stratum 8\nallow all\ncmdport 0\npidfile "+l.Dir()+"/chronyd.pid\n", 0o644))
	l.Start(t, "udp/53", lab.Tool(t, "dnsmasq", "dnsmasq-base"), "-k", "-C", l.Write(t, "dnsmasq.conf", "", 0o644), "--no-resolv", "--listen-address=10.77.0.10", "--bind-interfaces", "--user=root", "--pid-file=")
	tftp := lab.Tool(t, "in.tftpd", "tftpd-hpa")
	l.Start(t, "udp/69", tftp, "-L", "-s", "-u", "nobody", "-a", "10.77.0.10:69", l.Dir())
	mute, err := l.ListenPacket(t.Context(), "udp4", "10.77.0.10:1900")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	key, cert := l.SelfSigned(t, "ec", "sha256", 30, "/CN=plug")
	l.Start(t, "udp/5684", lab.Tool(t, "coap-server-gnutls", "libcoap3-bin"), "-A", "10.77.0.10", "-p", "5683", "-c", cert, "-j", key, "-n")

	got := ports.UDP(t.Context(), l.Dial, netip.MustParseAddr("10.77.0.10"), ports.UDPOptions{Listen: l.ListenPacket})
	names := map[uint16]string{}
	for _, p := range got.Open {
		names[p.Port] = p.Service.Name
	}
	want := map[uint16]string{53: "dns", 69: "tftp", 123: "ntp", 161: "snmp", 5683: "coap", 5684: "coaps"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("open: got %v, want %v", names, want)
	}
	if !reflect.DeepEqual(got.Silent, []uint16{1900}) {
		t.Errorf("silent: got %v, want [1900]", got.Silent)
	}
	if got.Incomplete || got.Errors != 0 || got.Closed != 8 {
		t.Errorf("got %+v", got)
	}
	for _, p := range got.Open {
		if p.Port == 161 && p.Service.Product != "Harbour Cam" {
			t.Errorf("sysDescr: got %q", p.Service.Product)
		}
	}
	if p := got.Open[0]; p.Service.Product != "dnsmasq-2.90" {
		t.Errorf("version.bind: got %q", p.Service.Product)
	}
	t.Logf("took %v", got.Took)
}

func TestUDPFamilies(t *testing.T) {
	l := lab.New(t)
	conf := l.Write(t, "avahi.conf", "[server]\nuse-ipv4=yes\nenable-dbus=no\nallow-interfaces=lo\n[publish]\npublish-workstation=yes\npublish-addresses=yes\n", 0o644)
	l.Tmpfs(t, "/run")
	l.Start(t, "udp/5353", lab.Tool(t, "avahi-daemon", "avahi-daemon"), "-f", conf, "--no-drop-root", "--no-chroot", "--no-rlimits")
	time.Sleep(1500 * time.Millisecond) // avahi probes its names before it answers
	got := ports.UDP(t.Context(), l.Dial, netip.MustParseAddr("127.0.0.1"), ports.UDPOptions{Ranges: []ports.Range{{First: 5353, Last: 5353}}, Listen: l.ListenPacket})
	if len(got.Open) != 1 || got.Open[0].Service.Name != "mdns" {
		t.Errorf("got %+v", got)
	}
}

// innerBench is set for the copy of the test binary that runs inside the lab,
// where the ordinary dialer reaches the lab's loopback.
const innerBench = "PLIMSOLL_SCAN_BENCH"

// BenchmarkScanLoopback scans all ports of a loopback with 13 open ones, and
// with nmap in the same run when it is there; x-nmap is the ratio of times.
func BenchmarkScanLoopback(b *testing.B) {
	if os.Getenv(innerBench) == "" {
		l := lab.New(b)
		for i := range 13 {
			ln, err := l.Listen(b.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", 21+i*4001))
			if err != nil {
				b.Fatal(err)
			}
			defer ln.Close()
		}
		out, err := l.Run(b.Context(), "/usr/bin/env", innerBench+"=1", os.Args[0], "-test.run=^$", "-test.bench=ScanLoopback$", fmt.Sprintf("-test.benchtime=%dx", max(b.N, 5)))
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		b.Logf("%s", out)
		return
	}
	var d net.Dialer
	ours, theirs := time.Duration(1<<62), time.Duration(1<<62)
	nmap, err := exec.LookPath("nmap")
	for b.Loop() {
		start := time.Now()
		r := ports.TCP(context.Background(), d.DialContext, netip.MustParseAddr("127.0.0.1"), ports.Options{NoIdentify: true})
		ours = min(ours, time.Since(start))
		if len(r.Open) != 13 || r.Incomplete || r.Closed != 65535-13 {
			b.Fatalf("found %d open, closed %d, filtered %d, errors %d %s", len(r.Open), r.Closed, r.Filtered, r.Errors, r.FirstError)
		}
		if err == nil {
			start = time.Now()
			if out, err := exec.Command(nmap, "-n", "-Pn", "-sT", "-p-", "127.0.0.1").CombinedOutput(); err != nil {
				b.Fatalf("nmap: %v: %s", err, out)
			}
			theirs = min(theirs, time.Since(start))
		}
	}
	b.ReportMetric(ours.Seconds(), "s-best")
	if err == nil {
		b.ReportMetric(theirs.Seconds(), "s-nmap-best")
		b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-nmap")
	}
}

var _ wire.Dialer = (*lab.Lab)(nil).Dial
