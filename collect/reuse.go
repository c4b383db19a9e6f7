package collect

import (
	"fmt"
	"slices"
	"time"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// canReuse reports whether the store already holds what the probe would see: for
// files, evidence by the same probe version on the same bytes; for the live device
// and for web pages never, unless the user allows observations of some age. What
// rests on something that this run has looked at anew is looked at anew as well.
func (r *run) canReuse(p *probe.Probe) bool {
	if slices.ContainsFunc(p.Reads, func(kind string) bool { return r.fresh[kind] }) {
		return false
	}
	var have []evidence.Record
	for _, rec := range r.session.View().Records() {
		if rec.Probe == p.ID() && rec.Note == "" {
			have = append(have, rec)
		}
	}
	young := func(rec evidence.Record) bool { return r.Now().Sub(rec.Time) <= r.Reuse }
	switch {
	case p.Needs == probe.NeedsFirmware:
		return r.sameFiles(have)
	case r.Reuse <= 0 || len(have) == 0:
		return false
	case p.Needs == probe.NeedsDevice:
		return r.sameDevices(have, young)
	case p.Needs == probe.NeedsWeb: // of the declared pages each probe reads its own
		return !slices.ContainsFunc(have, func(rec evidence.Record) bool { return !young(rec) })
	}
	return false
}

// sameFiles reports whether every declared image was looked at as it is now.
func (r *run) sameFiles(have []evidence.Record) bool {
	for _, f := range r.p.Targets.Firmware {
		b, err := r.session.ReadFile(f.File)
		if err != nil {
			return false
		}
		target, d := evidence.Target{Kind: evidence.TargetFirmware, Name: f.File}, evidence.DigestOf(b)
		if !slices.ContainsFunc(have, func(rec evidence.Record) bool { return rec.Target == target && rec.Input == d }) {
			return false
		}
	}
	return true
}

// sameDevices reports whether every declared sample was looked at, in the state in
// which it is declared now, and not too long ago.
func (r *run) sameDevices(have []evidence.Record, young func(evidence.Record) bool) bool {
	for _, d := range r.p.Targets.Devices {
		m := probe.OfDevice(d)
		if !slices.ContainsFunc(have, func(rec evidence.Record) bool {
			return rec.Target == m.Target && rec.State == m.State && rec.Sample == m.Sample && young(rec)
		}) {
			return false
		}
	}
	return true
}

// estimate says beforehand what a run will send to the devices.
func estimate(p *product.Product, ps []*probe.Probe, offline bool) string {
	ports := 0
	for _, pr := range ps {
		if pr.Needs != probe.NeedsDevice || offline {
			continue
		}
		for _, d := range p.Targets.Devices {
			n := 0
			for _, r := range d.Ports {
				n += int(r.Last) - int(r.First) + 1
			}
			if d.Address6 != "" {
				n *= 2
			}
			ports = max(ports, n)
		}
	}
	if ports == 0 {
		return fmt.Sprintf("%d probes, no traffic to a device", len(ps))
	}
	at := probe.PaceEstimate(p.Targets.Devices, ports)
	return fmt.Sprintf("%d probes, about %d connections to the device, about %s", len(ps), ports, at.Round(time.Second))
}
