package declared

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

var device = evidence.Target{Kind: evidence.TargetDevice, Name: "192.168.1.10"}

// whole is a complete scan of an address over TCP, UDP and IPv6 with open TCP
// ports, given as port and service.
func whole(open ...any) []ports.Result {
	all := []ports.Range{ports.All}
	tcp := ports.Result{Address: "192.168.1.10", Family: "ipv4", Network: "tcp", Scanned: all}
	for i := 0; i < len(open); i += 2 {
		port := uint16(open[i].(int))
		tcp.Open = append(tcp.Open, ports.Port{Port: port, Service: wire.Service{Network: "tcp", Port: port, Name: open[i+1].(string)}})
	}
	tcp6 := tcp
	tcp6.Family, tcp6.Address = "ipv6", "fd00::10"
	return []ports.Result{tcp, {Address: "192.168.1.10", Family: "ipv4", Network: "udp", Scanned: all}, tcp6}
}

func scanned(rs []ports.Result) probe.MemoryValue {
	return probe.MemoryValue{Kind: evidence.OpenPorts.ID(), Value: rs, Target: device, State: plimsoll.StateInitialized, Sample: "A1"}
}

func login(protocol string, port uint16, asks bool) probe.MemoryValue {
	return probe.MemoryValue{Kind: evidence.Logins.ID(), Target: device, State: plimsoll.StateInitialized, Sample: "A1", Value: []evidence.Login{{
		Protocol: protocol, Address: "192.168.1.10", Port: port, Asks: asks,
		Result: creds.Result{Candidates: []creds.Tried{}, Attempts: []creds.Attempt{}},
	}}}
}

func judged(t *testing.T, ports, ixit string, values ...probe.MemoryValue) probe.Result {
	t.Helper()
	return Probe.Judge(probetest.View(t, probetest.Declare(t, "192.168.1.10", ports, ixit), values...))
}

// of lists the findings of a unit as "subject VERDICT".
func of(r probe.Result, u plimsoll.UnitID) []string {
	out := []string{}
	for _, f := range r.Findings {
		if f.Unit == u {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s", f.Subject, f.Verdict)))
		}
	}
	slices.Sort(out)
	return out
}

const rows = `Intf:
  - {id: Intf-1, type: logical, status: on, transport: tcp, port: 443}
  - {id: Intf-2, type: logical, status: off, transport: tcp, port: 23}
  - {id: Intf-3, type: logical, status: on, transport: tcp, port: 8883}
  - {id: Intf-4, type: logical, status: on, transport: tcp, ports: 5000-5009}
  - {id: Intf-5, type: logical, status: on, transport: tcp, port: 5555, debug: no}
  - {id: Intf-6, type: logical, status: on, transport: tcp, port: 6000, observed: scan}
  - {id: Intf-7, type: network, status: on, medium: wifi}
ComMech:
  - {id: ComMech-1, transport: tcp, port: 443}
AuthMech:
  - {id: AuthMech-1, factor: password, surface: {protocol: https, port: 443}}
  - {id: AuthMech-2, factor: key, surface: {protocol: ssh, port: 22}}
UpdMech: []
UserIntf:
  - {id: UserIntf-1, kind: web, port: 443}
ExtAPI: []
SoftServ:
  - {id: SoftServ-1, status: on, port: 443}
  - {id: SoftServ-2, status: off, port: 23}`

func TestCompleteness(t *testing.T) {
	tests := []struct {
		name   string
		unit   plimsoll.UnitID
		values []probe.MemoryValue
		want   []string
	}{
		{"not scanned", unitInterfaces, nil, []string{"INCONCLUSIVE"}},
		{"all declared", unitInterfaces, []probe.MemoryValue{scanned(whole(443, "https", 5003, "unknown"))}, []string{"PASS"}},
		{"undeclared port", unitInterfaces, []probe.MemoryValue{scanned(whole(443, "https", 2323, "telnet"))}, []string{"seen:tcp/2323/telnet FAIL"}},
		{"only proposed", unitInterfaces, []probe.MemoryValue{scanned(whole(6000, "unknown"))}, []string{"seen:tcp/6000/unknown FAIL"}},
		{"just outside a range", unitInterfaces, []probe.MemoryValue{scanned(whole(5010, "unknown"))}, []string{"seen:tcp/5010/unknown FAIL"}},
		{"undeclared communication", unitCommunication, []probe.MemoryValue{scanned(whole(5003, "mqtt"))}, []string{"seen:tcp/5003/mqtt FAIL"}},
		{"undeclared login", unitLogins, []probe.MemoryValue{scanned(whole()), login("telnet", 23, true)}, []string{"seen:tcp/23/telnet FAIL"}},
		{"declared login", unitLogins, []probe.MemoryValue{scanned(whole()), login("http-form", 443, true)}, []string{"PASS"}},
		{"password where a key is declared", unitLogins, []probe.MemoryValue{scanned(whole()), login("ssh", 22, true)}, []string{"seen:tcp/22/ssh FAIL"}},
		{"no password asked", unitLogins, []probe.MemoryValue{scanned(whole()), login("telnet", 23, false)}, []string{"PASS"}},
		{"undeclared login, guessing", unitGuessing, []probe.MemoryValue{scanned(whole()), login("ftp", 21, true)}, []string{"seen:tcp/21/ftp FAIL"}},
		{"update service", unitUpdates, []probe.MemoryValue{scanned(whole(69, "tftp"))}, []string{"seen:tcp/69/tftp FAIL"}},
		{"debug service under an ordinary row", unitDebug, []probe.MemoryValue{scanned(whole(5555, "adb"))}, []string{"seen:tcp/5555/adb FAIL"}},
		{"page", unitPages, []probe.MemoryValue{scanned(whole(443, "https", 8080, "http"))}, []string{"seen:tcp/8080/http FAIL"}},
		{"API", unitAPIs, []probe.MemoryValue{scanned(whole(1883, "mqtt"))}, []string{"seen:tcp/1883/mqtt FAIL"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := judged(t, "1-65535", rows, tt.values...)
			if got := of(r, tt.unit); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			probetest.Complete(t, Probe, r)
		})
	}
}

// TestCoverage: nothing found is no PASS where not everything was looked at.
func TestCoverage(t *testing.T) {
	change := func(f func([]ports.Result)) []ports.Result {
		rs := whole(443, "https")
		f(rs)
		return rs
	}
	tests := []struct {
		name, ports string
		rs          []ports.Result
		looked      string
		verdict     string
	}{
		{"everything", "1-65535", whole(443, "https"), "tcp udp ipv6", "PASS"},
		{"part of the ports", "1-1024", whole(443, "https"), "", "INCONCLUSIVE"},
		{"no IPv6", "1-65535", whole(443, "https")[:2], "tcp udp", "INCONCLUSIVE"},
		{"silent UDP", "1-65535", change(func(rs []ports.Result) { rs[1].Silent = []uint16{161} }), "tcp ipv6", "INCONCLUSIVE"},
		{"filtered TCP", "1-65535", change(func(rs []ports.Result) { rs[0].Filtered = 3 }), "udp ipv6", "INCONCLUSIVE"},
		{"broken off", "1-65535", change(func(rs []ports.Result) { rs[0].Incomplete = true }), "udp ipv6", "INCONCLUSIVE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := judged(t, tt.ports, rows, scanned(tt.rs))
			if got := of(r, unitInterfaces); !slices.Equal(got, []string{tt.verdict}) {
				t.Errorf("got %q, want %s", got, tt.verdict)
			}
			for _, f := range r.Findings {
				if f.Unit == unitInterfaces && strings.Join(f.Coverage.Looked, " ") != tt.looked {
					t.Errorf("looked at %v, want %s", f.Coverage.Looked, tt.looked)
				}
			}
		})
	}
}

// TestStates: declared on or off, found on or off, or not looked at.
func TestStates(t *testing.T) {
	want := []string{
		"Intf-1 PASS", "Intf-2 FAIL", "Intf-3 INCONCLUSIVE", "Intf-4 INCONCLUSIVE", "Intf-5 INCONCLUSIVE", "Intf-7 PASS",
	}
	r := judged(t, "1-65535", rows, scanned(whole(443, "https", 23, "telnet")))
	if got := of(r, unitState); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := of(r, "5.6-5-1/a"); !slices.Equal(got, []string{"SoftServ-2 FAIL"}) {
		t.Errorf("services: got %q", got)
	}
	quiet := judged(t, "1-65535", rows, scanned(whole(443, "https")))
	if got := of(quiet, unitState); !slices.Contains(got, "Intf-2 PASS") {
		t.Errorf("got %q, want Intf-2 found off", got)
	}
	blind := whole()
	blind[0].Scanned, blind[2].Scanned = nil, nil
	if got := of(judged(t, "1-65535", rows, scanned(blind)), unitState); slices.Contains(got, "Intf-2 PASS") {
		t.Errorf("a port that was not looked at: got %q", got)
	}
}

// TestRedirect: a service that leads to another is no page; one that leads to its
// own login is.
func TestRedirect(t *testing.T) {
	for banner, want := range map[string]bool{
		`HTTP/1.0 308 Permanent Redirect\r\nLocation: https://192.168.1.10/`:    true,
		`HTTP/1.1 301 Moved Permanently\r\nLocation: http://192.168.1.10:8080/`: false,
		`HTTP/1.1 302 Found\r\nLocation: /login`:                                false,
		`HTTP/1.1 200 OK\r\nLocation: https://192.168.1.10/`:                    false,
		`HTTP/1.1 301 Moved Permanently`:                                        false,
	} {
		if got := leadsAway(ports.Port{Port: 8080, Service: wire.Service{Name: "http", Banner: banner}}); got != want {
			t.Errorf("%s: got %v, want %v", banner, got, want)
		}
	}
}

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21700

func TestTwins(t *testing.T) {
	flawed := map[string][]string{
		"":                  {},
		"no-password":       {"5.6-1-2/a Intf-5", "5.6-5-1/a SoftServ-4", "5.5-5-2/b seen:tcp/21723/telnet"},
		"telnet-open":       {"5.6-1-2/a Intf-5", "5.6-5-1/a SoftServ-4", "5.5-5-2/b seen:tcp/21723/telnet"},
		"mqtt-anonymous":    {"5.6-1-2/b seen:tcp/21718/mqtt", "5.5-5-2/b seen:tcp/21718/mqtt", "5.6-5-1/a seen:tcp/21718/mqtt", "5.13-1-2/c seen:tcp/21718/mqtt"},
		"undeclared-port":   {"5.6-1-2/b seen:tcp/21737/unknown", "5.5-5-2/b seen:tcp/21737/unknown", "5.6-5-1/a seen:tcp/21737/unknown"},
		"declared-port-off": {},
	}
	for _, f := range sim.Flaws() {
		if _, ok := flawed[f.Name]; f.Probe == Probe.Name && !ok {
			t.Errorf("flaw %q has no test", f.Name)
		}
	}
	for _, kind := range sim.Kinds() {
		for flaw, want := range flawed {
			t.Run(kind+"/"+flaw, func(t *testing.T) {
				r := Probe.Judge(probetest.Twin(t, Probe, sim.Config{Kind: kind, Flaws: probetest.Flaws(flaw), Base: testBase}))
				want := slices.Sorted(slices.Values(want))
				if got := probetest.Fails(r); !slices.Equal(got, want) {
					t.Errorf("FAILs: got %q, want %q", got, want)
				}
				// One declared on and found off is for the declaration to mend.
				off := slices.ContainsFunc(r.Findings, func(f plimsoll.Finding) bool { return f.Unit == unitState && f.Subject == "Intf-4" && f.Mismatch })
				if off != (flaw == "declared-port-off") {
					t.Errorf("the declared port is off: %v", off)
				}
			})
		}
	}
}
