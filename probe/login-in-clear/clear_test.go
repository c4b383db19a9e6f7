package logininclear

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
	"github.com/plimsoll-iot/plimsoll/wire/weblogin"
)

// judged parses a small declaration and judges logins under it.
func judged(t *testing.T, ixit, note string, ls ...evidence.Login) probe.Result {
	t.Helper()
	p := probetest.Declare(t, "127.0.0.1", "1-65535", ixit)
	var values []probe.MemoryValue
	if ls != nil {
		values = append(values, probetest.Value(p, evidence.Logins, ls, note))
	}
	return Probe.Judge(probetest.View(t, p, values...))
}

func login(protocol string, port uint16, tls bool) evidence.Login {
	return evidence.Login{
		Protocol: protocol, Address: "127.0.0.1", Port: port, TLS: tls, Asks: true,
		Result: creds.Result{Verdict: creds.PairRefused, Candidates: []creds.Tried{}, Attempts: []creds.Attempt{}},
	}
}

func TestJudge(t *testing.T) {
	const rows = `AuthMech:
  - {id: AuthMech-1, factor: password, user: human, surface: {protocol: https, port: 80}, crypto: [TLS1.2]}
  - {id: AuthMech-2, factor: password, user: human, surface: {protocol: telnet, port: 23}, crypto: []}
  - {id: AuthMech-3, factor: key, user: human, surface: {protocol: telnet, port: 2323}}
ComMech:
  - {id: ComMech-1, transport: tcp, port: 80, security: tls}
  - {id: ComMech-2, transport: tcp, port: 23, security: none}
  - {id: ComMech-3, transport: tcp, port: 2323}
  - {id: ComMech-4, transport: udp, port: 21}`
	digest := login("http-digest", 80, false)
	none := login("telnet", 23, false)
	none.Asks = false
	tests := []struct {
		name, note string
		logins     []evidence.Login
		want       []string
	}{
		{"not collected", "", nil, []string{"5.1-3-2/a INCONCLUSIVE", "5.5-1-2/a INCONCLUSIVE"}},
		{"no login", "", []evidence.Login{}, []string{"5.1-3-2/a INCONCLUSIVE", "5.5-1-2/a INCONCLUSIVE"}},
		{"incomplete", "no answer", []evidence.Login{}, []string{"5.1-3-2/a INCONCLUSIVE", "5.5-1-2/a INCONCLUSIVE"}},
		{"TLS declared", "", []evidence.Login{login("http-form", 80, false)}, []string{"5.1-3-2/a AuthMech-1 FAIL", "5.5-1-2/a ComMech-1 FAIL"}},
		{"none declared", "", []evidence.Login{login("telnet", 23, false)}, []string{
			"5.1-3-1/a AuthMech-2 FAIL", "5.1-3-1/b AuthMech-2 FAIL", "5.1-3-1/c AuthMech-2 FAIL",
			"5.1-3-2/a AuthMech-2 PASS", "5.5-1-1/a ComMech-2 FAIL", "5.5-1-2/a ComMech-2 PASS",
		}},
		{"nothing said", "", []evidence.Login{login("telnet", 2323, false)}, []string{"5.1-3-2/a seen:tcp/2323/telnet FAIL", "5.5-1-2/a ComMech-3 FAIL"}},
		{"no row", "", []evidence.Login{login("ftp", 21, false)}, []string{"5.1-3-2/a seen:tcp/21/ftp FAIL", "5.5-1-2/a seen:tcp/21/ftp FAIL"}},
		{"basic", "", []evidence.Login{login("http-basic", 8080, false)}, []string{"5.1-3-2/a seen:tcp/8080/http-basic FAIL", "5.5-1-2/a seen:tcp/8080/http FAIL"}},
		{"inside TLS", "", []evidence.Login{login("http-form", 80, true)}, []string{"5.1-3-2/a AuthMech-1 PASS", "5.5-1-2/a ComMech-1 PASS"}},
		{"ssh, undeclared", "", []evidence.Login{login("ssh", 22, false)}, []string{"5.1-3-2/a INCONCLUSIVE", "5.5-1-2/a INCONCLUSIVE"}},
		{"digest", "", []evidence.Login{digest}, []string{"5.1-3-2/a AuthMech-1 INCONCLUSIVE", "5.5-1-2/a ComMech-1 INCONCLUSIVE"}},
		{"no password asked", "", []evidence.Login{none}, []string{"5.1-3-2/a AuthMech-2 INCONCLUSIVE", "5.5-1-2/a ComMech-2 INCONCLUSIVE"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := judged(t, rows, tt.note, tt.logins...)
			if tt.logins != nil && len(tt.logins) == 0 {
				r = judged(t, rows, tt.note, []evidence.Login{}...)
			}
			if got := probetest.Seen(r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			probetest.Complete(t, Probe, r)
			clear := len(probetest.Fails(r)) > 0
			if got := slices.ContainsFunc(r.Facts, func(f plimsoll.Fact) bool { return f.ID == "login.in_clear" }); got != clear {
				t.Errorf("fact login.in_clear: got %v, want %v", got, clear)
			}
		})
	}
}

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21200

// TestTwins looks at the login pages of the simulated devices on both web ports.
func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		for _, flaw := range []string{"", "login-in-clear"} {
			t.Run(kind+"/"+flaw, func(t *testing.T) {
				want := []string{}
				if flaw != "" {
					want = []string{"5.1-3-2/a seen", "5.5-1-1/a ComMech-4"}
				}
				r := Probe.Judge(look(t, sim.Config{Kind: kind, Base: testBase, Flaws: probetest.Flaws(flaw)}))
				got := []string{}
				for _, f := range r.Findings {
					if f.Verdict == plimsoll.Fail {
						subject, _, _ := strings.Cut(f.Subject, ":")
						got = append(got, string(f.Unit)+" "+subject)
					}
				}
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Errorf("FAILs: got %q, want %q", got, want)
				}
			})
		}
	}
}

// look runs a device and keeps the logins of its web ports, as default-passwords
// would.
func look(t *testing.T, cfg sim.Config) *probe.View {
	t.Helper()
	d, p := probetest.Start(t, cfg)
	defer d.Close()
	var ls []evidence.Login
	keep := func(s *probe.Session) error {
		for _, sv := range d.Services {
			if sv.Proto != "http" && sv.Proto != "https" || !slices.Contains(d.Ports, sv.Port) {
				continue
			}
			site, err := weblogin.New(s.Dialer(p.Targets.Devices[0]), sv.Proto+"://"+sv.Addr+"/", weblogin.Options{})
			if err != nil {
				return err
			}
			way, tr, err := site.Look(context.Background())
			if err != nil || tr.Status == 308 || sv.Proto == "http" && !slices.Contains(cfg.Flaws, "login-in-clear") {
				continue // it leads to the other port
			}
			l := login("http-"+string(way), uint16(sv.Port), sv.Proto == "https")
			l.Path = tr.Path
			ls = append(ls, l)
		}
		return probe.Keep(s, evidence.Logins, probe.OfDevice(p.Targets.Devices[0]), ls)
	}
	return probetest.Look(t, Probe, p, nil, keep)
}
