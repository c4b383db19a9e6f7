package defaultpasswords

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

// behave opens a listener whose connections f serves, and returns its port.
func behave(t *testing.T, f func(net.Conn)) uint16 {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return netip.MustParseAddrPort(ln.Addr().String()).Port()
}

// TestHostile: services that die in the middle, say nothing, say too much, or
// redirect for ever end in INCONCLUSIVE within bounded time.
func TestHostile(t *testing.T) {
	tests := []struct {
		name, service string
		serve         func(net.Conn)
		verdict       creds.Verdict // "" : no login is listed, a note is
	}{
		{"dies after the name", "telnet", func(c net.Conn) {
			_, _ = io.WriteString(c, "login: ")
			_, _ = c.Read(make([]byte, 100))
		}, creds.Unreachable},
		{"closes at once", "telnet", func(net.Conn) {}, ""},
		{"floods", "telnet", func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, strings.Repeat("x", 64<<10)); err != nil {
					return
				}
			}
		}, ""},
		{"is no SSH", "ssh", func(c net.Conn) { _, _ = io.WriteString(c, "hello\r\n") }, ""},
		{"is no FTP", "ftp", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.0 400\r\n") }, ""},
		{"cuts its page", "http", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1000))
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
		}, ""},
		{"redirects for ever", "http", func(c net.Conn) {
			_, _ = c.Read(make([]byte, 1000))
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			port := behave(t, tt.serve)
			p := declare(t, "AuthMech: []")
			p.Targets.Devices[0].Ports[0].First, p.Targets.Devices[0].Ports[0].Last = 1, 65535
			maker := &probe.Probe{Name: "fake", Makes: []string{evidence.OpenPorts.Name}}
			collectAt := &probe.Probe{Name: Probe.Name, Makes: Probe.Makes, Collect: func(ctx context.Context, s *probe.Session) error {
				res := []ports.Result{{Address: "127.0.0.1", Network: "tcp", Open: []ports.Port{{Port: port, Service: wire.Service{Network: "tcp", Host: "127.0.0.1", Port: port, Name: tt.service}}}}}
				return errors.Join(probe.Keep(s.For(maker, nil), evidence.OpenPorts, probe.OfDevice(p.Targets.Devices[0]), res), Probe.Collect(ctx, s))
			}}
			start := time.Now()
			v := probetest.Look(t, collectAt, p, nil)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			items := probe.Items(v, evidence.Logins)
			if len(items) != 1 {
				t.Fatalf("got %d pieces of evidence, want one", len(items))
			}
			if it := items[0]; tt.verdict == "" && (len(it.Value) != 0 || it.Note == "") || tt.verdict != "" && (len(it.Value) != 1 || it.Value[0].Result.Verdict != tt.verdict) {
				t.Errorf("got %+v, note %q", it.Value, it.Note)
			}
			for _, f := range Probe.Judge(v).Findings {
				if f.Verdict != plimsoll.Inconclusive || f.Remedy == "" {
					t.Errorf("%s %s: %s: %s", f.Unit, f.Subject, f.Verdict, f.Reason)
				}
			}
		})
	}
}
