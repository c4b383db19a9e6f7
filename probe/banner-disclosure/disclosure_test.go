package bannerdisclosure

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/sim"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/banner"
)

// declare parses a small declaration with the given IXIT tables and ports.
func declare(t *testing.T, ports, ixit string) (*product.Product, *catalog.Catalog) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	src := `schema: plimsoll.product/1
product: {name: Cam, model: HC-2, manufacturer: {name: Example}, firmware_version: "1", category: ip-camera}
standard: en303645-2.1.1
targets: {device: {serial: A1, address: 127.0.0.1, ports: "` + ports + `", state: initialized}}
ixit:
  ` + strings.ReplaceAll(ixit, "\n", "\n  ") + "\n"
	p, problems := product.Parse(product.FileName, []byte(src), cat, product.Options{})
	if bad := problems.Blocking(); len(bad) > 0 {
		t.Fatal(bad)
	}
	return p, cat
}

// told is a service that told the given texts.
func told(name string, port uint16, texts ...string) banner.Report {
	r := banner.Report{Service: wire.Service{Network: "tcp", Host: "127.0.0.1", Port: port, Name: name}, Statements: []banner.Statement{}, Items: []banner.Item{}}
	for _, text := range texts {
		r.Statements = append(r.Statements, banner.Statement{Where: name, Text: text})
		r.Items = append(r.Items, banner.Classify(text, []string{"HC-2"})...)
	}
	return r
}

func seen(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", f.Unit, f.Subject, f.Verdict)), " "))
	}
	slices.Sort(out)
	return out
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
	p, cat := declare(t, "1-65535", rows)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var values []probe.MemoryValue
			if tt.r != nil {
				values = append(values, probe.MemoryValue{
					Kind: Banners.ID(), Value: tt.r, State: plimsoll.StateInitialized, Sample: "A1", Note: tt.note,
					Target: evidence.Target{Kind: evidence.TargetDevice, Name: "127.0.0.1"},
				})
			}
			v, err := probe.MemoryView(p, cat, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), values...)
			if err != nil {
				t.Fatal(err)
			}
			r := Probe.Judge(v)
			if got := seen(r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			for _, f := range r.Findings {
				if f.Reason == "" || f.Verdict != plimsoll.Pass && f.Remedy == "" || f.Verdict == plimsoll.Fail && len(f.Evidence) == 0 {
					t.Errorf("incomplete: %+v", f)
				}
			}
		})
	}
}

// testBase is the first of the hundred ports that this package's devices use.
const testBase = 21400

func rehearse(t *testing.T, kind string, flaws ...string) (probe.Result, plimsoll.Digest) {
	t.Helper()
	cfg := sim.Config{Kind: kind, Flaws: flaws, Dir: t.TempDir(), Base: testBase}
	d, err := sim.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	decl, err := sim.Declaration(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, product.FileName), decl, 0o600); err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, problems, err := product.Load(cfg.Dir, cat, product.Options{})
	if err != nil || len(problems.Errors()) > 0 {
		t.Fatal(err, problems)
	}
	v, err := probe.Rehearse(t.Context(), probe.Config{Product: p, Catalog: cat, Now: time.Now}, filepath.Join(cfg.Dir, "evidence"), Probe)
	if err != nil {
		t.Fatal(err)
	}
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
				got := []string{}
				for _, f := range r.Findings {
					if f.Verdict == plimsoll.Fail {
						got = append(got, string(f.Unit)+" "+f.Subject)
					}
				}
				slices.Sort(got)
				if got = slices.Compact(got); !slices.Equal(got, tt.want) {
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
