// Package bannerdisclosure reports what a device tells a stranger before login.
//
// EN 303 645, 5.6-2, in our words: without login the device tells as little that
// helps an attacker as it can. TS 103 701: 5.6-2-2/a asks whether it tells more than
// is declared; 5.6-2-1/a whether what is declared as harmless is so.
//
// The package must never log in, and never count what a standard protocol shows by
// design, such as a hardware address on the local network.
package bannerdisclosure

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/banner"
)

// Banners is made by this probe: what each service of a device told.
var Banners = evidence.Kind[[]banner.Report]{Name: "banners", Version: 1}

// Probe is the probe banner-disclosure.
var Probe = &probe.Probe{
	Name:    "banner-disclosure",
	Version: 1,
	Doc: `what the services of the device tell before any login
It reads greetings, headers, titles, error pages and certificates and looks for
versions, kernels, serial numbers and addresses. It cannot see what a page tells
deeper inside, what radios announce, or how useful a word is to an attacker.`,
	Needs:   probe.NeedsDevice,
	Reads:   []string{evidence.OpenPorts.Name},
	Makes:   []string{Banners.Name},
	Decides: []plimsoll.UnitID{unitSeen},
	Facts:   []plimsoll.FactID{"telnet.reachable"},
	Collect: collect,
	Judge:   judge,
}

// The unit that it decides, and that of the declared design that it contradicts.
const (
	unitSeen   plimsoll.UnitID = "5.6-2-2/a"
	unitDesign plimsoll.UnitID = "5.6-2-1/a"
)

func collect(ctx context.Context, s *probe.Session) error {
	for _, d := range s.Devices() {
		m := probe.OfDevice(d)
		out, notes := []banner.Report{}, []string{}
		all := services(s.View(), d)
		models := append([]string{s.Product.Info.Model}, s.Product.Info.TradeNames...)
		for i, svc := range all {
			s.Progress(i, len(all), "services of "+d.Address)
			if ctx.Err() != nil {
				notes = append(notes, "the run was interrupted")
				break
			}
			r := banner.Collect(ctx, wire.Dialer(s.Dialer(d)), svc, banner.Options{Models: models})
			if len(r.Errors) > 0 {
				notes = append(notes, fmt.Sprintf("%s port %d could not be asked for everything", svc.Network, svc.Port))
				r.Errors = []string{fmt.Sprintf("%d questions without an answer", len(r.Errors))} // the texts hold what differs each time
			}
			r.Service.Banner = "" // what it told stands in the statements; this may hold the time of day
			out = append(out, r)
		}
		m.Note = strings.Join(notes, "; ")
		if err := probe.Keep(s, Banners, m, out); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// services lists the open ports of a device, each once.
func services(v *probe.View, d product.Device) []wire.Service {
	var out []wire.Service
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		if it.Target != probe.DeviceTarget(d) || it.State != d.State || it.Sample != d.Serial {
			continue
		}
		for _, r := range it.Value {
			for _, p := range r.Open {
				svc := p.Service
				svc.Network, svc.Host, svc.Port = r.Network, r.Address, p.Port
				if !slices.ContainsFunc(out, func(o wire.Service) bool { return o.Network == svc.Network && o.Port == svc.Port }) {
					out = append(out, svc)
				}
			}
		}
	}
	return out
}
