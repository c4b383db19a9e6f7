// Package tlsserver compares the TLS that a device offers with what is declared,
// and with the dated catalogue of good practice.
//
// EN 303 645, 5.5-1 and 5.1-3, in our words: communication and logins are protected
// by cryptography that is good practice today. TS 103 701: 5.5-1-2/a and 5.1-3-2/a
// ask whether the device does what is declared; whether what is declared is good
// enough is the question of 5.5-1-1/c and 5.1-3-1/c, where what was seen is evidence.
//
// The package must never call a private authority, a self-signed or long-lived
// certificate, or a suite for small devices a weakness.
package tlsserver

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire"
	"github.com/plimsoll-iot/plimsoll/wire/tlsserver"
)

// Servers is made by this probe: what each TLS port of a device accepts and shows.
var Servers = evidence.Kind[[]tlsserver.Result]{Name: "tls-servers", Version: 1}

// Probe is the probe tls-server.
var Probe = &probe.Probe{
	Name:    "tls-server",
	Version: 1,
	Doc: `which TLS versions, suites and certificates the device offers
It offers every version and suite to each TLS port and reads the certificate, then
compares with the declaration. It cannot see DTLS, TLS that begins inside another
protocol, or what the device accepts when it is itself the client.`,
	Needs:   probe.NeedsDevice,
	Reads:   []string{evidence.OpenPorts.Name},
	Makes:   []string{Servers.Name},
	Decides: decides,
	Facts:   []plimsoll.FactID{"tls.min_version_seen"},
	Collect: collect,
	Judge:   judge,
}

// The units that it decides, and those of the declared design that it contradicts.
const (
	unitLink    plimsoll.UnitID = "5.5-1-2/a"
	unitLogin   plimsoll.UnitID = "5.1-3-2/a"
	designLink  plimsoll.UnitID = "5.5-1-1/c"
	designLogin plimsoll.UnitID = "5.1-3-1/c"
)

var decides = []plimsoll.UnitID{unitLink, unitLogin}

func collect(ctx context.Context, s *probe.Session) error {
	for _, d := range s.Devices() {
		m := probe.OfDevice(d)
		out, raws, notes := []tlsserver.Result{}, []evidence.Raw{}, []string{}
		addresses := targets(s.View(), d)
		dial := s.Dialer(d)
		for i, address := range addresses {
			s.Progress(i, len(addresses), "TLS services of "+d.Address)
			res, err := tlsserver.Look(ctx, wire.Dialer(dial), address, tlsserver.Options{})
			if err != nil {
				notes = append(notes, address+" did not answer")
				continue
			}
			res.Took = 0 // the same device gives the same evidence
			sort.Slice(res.Certificates, func(a, b int) bool { return res.Certificates[a].Fingerprint < res.Certificates[b].Fingerprint })
			out = append(out, res)
			for _, c := range res.Certificates {
				for n, der := range c.Chain {
					raws = append(raws, evidence.Raw{Name: fmt.Sprintf("%s-%s-%d.der", strings.NewReplacer(":", "-", "[", "", "]", "").Replace(address), c.Fingerprint[:16], n), Media: "application/pkix-cert", Data: der})
				}
			}
		}
		if ctx.Err() != nil {
			notes = append(notes, "the run was interrupted")
		}
		m.Note = strings.Join(notes, "; ")
		if err := probe.Keep(s, Servers, m, out, raws...); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// targets lists the open TCP ports that speak TLS or that a row says to.
func targets(v *probe.View, d product.Device) []string {
	var out []string
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		if it.Target != probe.DeviceTarget(d) || it.State != d.State || it.Sample != d.Serial {
			continue
		}
		for _, r := range it.Value {
			for _, p := range r.Open {
				row, ok := probe.RowAt(v.Product, "ComMech", "tcp", p.Port)
				if a := p.Service.Address(); r.Network == "tcp" && (p.Service.TLS || ok && row.Text("security") == "tls") && !slices.Contains(out, a) {
					out = append(out, a)
				}
			}
		}
	}
	return out
}
