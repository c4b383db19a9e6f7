package bannerdisclosure

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/banner"
)

// told is a service that told the given texts.
func told(name string, port uint16, texts ...string) banner.Report {
	r := banner.Report{Service: wire.Service{Network: "tcp", Host: "127.0.0.1", Port: port, Name: name}, Statements: []banner.Statement{}, Items: []banner.Item{}}
	for _, text := range texts {
		r.Statements = append(r.Statements, banner.Statement{Where: name, Text: text})
		r.Items = append(r.Items, banner.Classify(text, []string{"HC-2"})...)
	}
	return r
}

func TestJudge(t *testing.T) {
	const rows = `Intf:
  - {id: Intf-1, type: logical, transport: tcp, port: 80, discloses: [model], discloses_security_relevant: no}
  - {id: Intf-2, type: logical, transport: tcp, port: 22, discloses: [software-version], discloses_security_relevant: no}
  - {id: Intf-3, type: logical, transport: tcp, port: 21, discloses: [software version], discloses_security_relevant: yes}
  - {id: Intf-4, type: logical, transport: tcp, port: 23}
  - {id: Intf-5, type: logical, transport: udp, port: 8080}`
	silent := told("http", 80)
	silent.Errors = []string{"1 questions without an answer"}
	tests := []struct {
		name, note string
		r          []banner.Report
		want       []string
	}{
		{"not collected", "", nil, []string{"5.6-2-2/a INCONCLUSIVE"}},
		{"no service", "", []banner.Report{}, []string{"5.6-2-2/a INCONCLUSIVE"}},
		{"not all asked", "tcp port 80", []banner.Report{silent}, []string{"5.6-2-2/a INCONCLUSIVE", "5.6-2-2/a Intf-1 INCONCLUSIVE"}},
		{"declared model", "", []banner.Report{told("http", 80, "Harbour Cam · HC-2")}, []string{"5.6-2-2/a Intf-1 PASS"}},
		{"nothing", "", []banner.Report{told("http", 80)}, []string{"5.6-2-2/a Intf-1 PASS"}},
		{"version", "", []banner.Report{told("http", 80, "BusyBox httpd 1.19.2")}, []string{"5.6-2-1/a Intf-1 FAIL", "5.6-2-2/a Intf-1 FAIL"}},
		{"declared as harmless", "", []banner.Report{told("ssh", 22, "SSH-2.0-dropbear_2012.55")}, []string{"5.6-2-1/a Intf-2 FAIL", "5.6-2-2/a Intf-2 PASS"}},
		{"declared as relevant", "", []banner.Report{told("ftp", 21, "220 (vsFTPd 3.0.3)")}, []string{"5.6-2-2/a Intf-3 PASS"}},
		{"kernel", "", []banner.Report{told("telnet", 23, "Linux cam 3.0.8 armv5tejl")}, []string{"5.6-2-2/a Intf-4 FAIL"}},
		{"says not what it tells", "", []banner.Report{told("telnet", 23, "login:")}, []string{"5.6-2-2/a Intf-4 INCONCLUSIVE"}},
		{"serial of an undeclared service", "", []banner.Report{told("telnet", 2323, "S/N: HL20260001 ready")}, []string{"5.6-2-2/a seen:tcp/2323/telnet FAIL"}},
		{"another transport", "", []banner.Report{told("http", 8080, "hello")}, []string{"5.6-2-2/a seen:tcp/8080/http INCONCLUSIVE"}},
	}
	p := probetest.Declare(t, "127.0.0.1", "1-65535", rows)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var values []probe.MemoryValue
			if tt.r != nil {
				values = append(values, probetest.Value(p, Banners, tt.r, tt.note))
			}
			r := Probe.Judge(probetest.View(t, p, values...))
			if got := probetest.Seen(r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			probetest.Complete(t, Probe, r)
		})
	}
}

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21400

func rehearse(t *testing.T, kind string, flaws ...string) (probe.Result, plimsoll.Digest) {
	t.Helper()
	v := probetest.Twin(t, Probe, sim.Config{Kind: kind, Flaws: flaws, Base: testBase})
	items := probe.Items(v, Banners)
	if len(items) != 1 || items[0].Note != "" {
		t.Fatalf("got %+v", items)
	}
	return Probe.Judge(v), items[0].Digest
}

func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		for _, tt := range []struct{ flaws, want []string }{
			{nil, []string{}},
			{[]string{"banner-leak"}, []string{"5.6-2-1/a Intf-2", "5.6-2-1/a Intf-3", "5.6-2-2/a Intf-2", "5.6-2-2/a Intf-3"}},
			{
				[]string{"banner-leak", "telnet-open", "ssh-default-password"},
				[]string{
					"5.6-2-1/a Intf-2", "5.6-2-1/a Intf-3", "5.6-2-1/a Intf-5", "5.6-2-1/a Intf-6",
					"5.6-2-2/a Intf-2", "5.6-2-2/a Intf-3", "5.6-2-2/a Intf-5", "5.6-2-2/a Intf-6",
				},
			},
		} {
			t.Run(kind+"/"+strings.Join(tt.flaws, "+"), func(t *testing.T) {
				r, first := rehearse(t, kind, tt.flaws...)
				if got := slices.Compact(probetest.Fails(r)); !slices.Equal(got, tt.want) {
					t.Errorf("FAILs: got %q, want %q", got, tt.want)
				}
				if tt.flaws == nil {
					if _, second := rehearse(t, kind); first != second {
						t.Error("two looks at one device differ")
					}
				}
			})
		}
	}
}
