package collect

import (
	"fmt"
	"time"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// canReuse reports whether the store already holds what the probe would see: for
// files, evidence by the same probe version on the same bytes; for the live device
// and for web pages never, unless the user allows observations of some age.
func (r *run) canReuse(p *probe.Probe) bool {
	have := map[evidence.Target]evidence.Record{}
	for _, rec := range r.session.View().Records() {
		if rec.Probe == p.ID() && rec.Note == "" {
			have[rec.Target] = rec
		}
	}
	switch {
	case p.Needs == probe.NeedsFirmware:
		for _, f := range r.p.Targets.Firmware {
			rec, ok := have[evidence.Target{Kind: evidence.TargetFirmware, Name: f.File}]
			b, err := r.session.ReadFile(f.File)
			if !ok || err != nil || rec.Input != evidence.DigestOf(b) {
				return false
			}
		}
		return true
	case p.Needs.Network() && r.Reuse > 0:
		for _, t := range targetsOf(r.p, p.Needs) {
			rec, ok := have[t]
			if !ok || r.Now().Sub(rec.Time) > r.Reuse {
				return false
			}
		}
		return true
	}
	return false
}

func targetsOf(p *product.Product, n probe.Need) []evidence.Target {
	var out []evidence.Target
	if n == probe.NeedsDevice {
		for _, d := range p.Targets.Devices {
			out = append(out, probe.DeviceTarget(d))
		}
		return out
	}
	w := p.Targets.Web
	for _, u := range []string{w.DisclosurePolicy, w.SecurityTxt, w.Support, w.Privacy} {
		if u != "" {
			out = append(out, evidence.Target{Kind: evidence.TargetWeb, Name: u})
		}
	}
	return out
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
