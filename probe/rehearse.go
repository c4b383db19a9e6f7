package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

// Rehearse runs Collect of one probe in a new evidence folder and returns the view
// to judge: for tests of Collect on a device, like MemoryView for tests of Judge.
// Open ports are scanned for a probe that reads them; before runs first, with the
// session of the run, to keep what else the probe reads.
func Rehearse(ctx context.Context, c Config, dir string, p *Probe, before ...func(*Session) error) (*View, error) {
	store, err := evidence.OpenStore(dir)
	if err != nil {
		return nil, err
	}
	c.Store, c.Run = store, "rehearsal"
	run := plimsoll.Run{ID: c.Run, Start: c.Now(), End: c.Now(), Complete: true, Firmware: c.Product.Info.FirmwareVersion}
	if err := store.PutRun(run); err != nil {
		return nil, err
	}
	s := NewSession(c)
	if slices.Contains(p.Reads, evidence.OpenPorts.Name) {
		before = append([]func(*Session) error{func(s *Session) error { return rehearsePorts(ctx, s) }}, before...)
	}
	for _, f := range before {
		if err := f(s); err != nil {
			return nil, err
		}
	}
	if err := p.Collect(ctx, s.For(p, nil)); err != nil {
		return nil, fmt.Errorf("collecting with probe %q: %w", p.Name, err)
	}
	return s.View(), nil
}

func rehearsePorts(ctx context.Context, s *Session) error {
	for _, d := range s.Devices() {
		ip, err := netip.ParseAddr(d.Address)
		if err != nil {
			return fmt.Errorf("reading the address of the device: %w", err)
		}
		var rs []ports.Range
		for _, r := range d.Ports {
			rs = append(rs, ports.Range{First: r.First, Last: r.Last})
		}
		res := ports.TCP(ctx, s.Dialer(d), ip, ports.Options{Ranges: ports.Merge(rs)})
		res.Took = 0
		if err := Keep(s, evidence.OpenPorts, OfDevice(d), []ports.Result{res}); err != nil {
			return err
		}
	}
	return nil
}
