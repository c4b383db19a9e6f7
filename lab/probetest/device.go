package probetest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/sim"
)

// Declare parses a small declaration of one initialized device, A1, with the given
// address, ports and IXIT tables.
func Declare(t testing.TB, address, ports, ixit string) *product.Product {
	t.Helper()
	return Parse(t, `schema: plimsoll.product/1
product: {name: Cam, model: HC-2, manufacturer: {name: Example}, firmware_version: "1", category: ip-camera}
standard: en303645-2.1.1
targets: {device: {serial: A1, address: `+address+`, ports: "`+ports+`", state: initialized}}
ixit:
  `+strings.ReplaceAll(ixit, "\n", "\n  ")+"\n")
}

// Value is a value as a probe keeps it of the first declared device.
func Value[T any](p *product.Product, k evidence.Kind[T], v T, note string) probe.MemoryValue {
	m := probe.OfDevice(p.Targets.Devices[0])
	return probe.MemoryValue{Kind: k.ID(), Value: v, Target: m.Target, State: m.State, Sample: m.Sample, Note: note}
}

// Look runs Collect of a probe on what is declared, after before, and returns what
// there is to judge. Dial opens the connections; nil means the machine's network.
func Look(t testing.TB, pr *probe.Probe, p *product.Product, dial func(context.Context, string, string) (net.Conn, error), before ...func(*probe.Session) error) *probe.View {
	t.Helper()
	v, err := probe.Rehearse(t.Context(), probe.Config{Product: p, Catalog: Catalog(t), Now: time.Now, Dial: dial}, t.TempDir(), pr, before...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Start starts a simulated device, which the caller closes, and reads its declaration
// from its folder. The folder is a new one unless cfg names it.
func Start(t testing.TB, cfg sim.Config) (*sim.Device, *product.Product) {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	decl, err := sim.Declaration(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, product.FileName), decl, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := sim.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, problems, err := product.Load(cfg.Dir, Catalog(t), product.Options{})
	if bad := problems.Errors(); err != nil || len(bad) > 0 {
		d.Close()
		t.Fatal(err, bad)
	}
	return d, p
}

// Twin lets a probe look at a simulated device.
func Twin(t testing.TB, pr *probe.Probe, cfg sim.Config) *probe.View {
	t.Helper()
	d, p := Start(t, cfg)
	defer d.Close()
	return Look(t, pr, p, nil)
}

// Flaws is a list of the one flaw, or of none when it is "".
func Flaws(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// Fails lists the FAILs as "unit subject", sorted.
func Fails(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Findings {
		if f.Verdict == plimsoll.Fail {
			out = append(out, string(f.Unit)+" "+f.Subject)
		}
	}
	slices.Sort(out)
	return out
}
