package declared

import (
	"context"
	"fmt"
	"net/url"
	"regexp"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/ports"
)

func nothing(context.Context, *probe.Session) error { return nil }

// thing is something that was seen on the network.
type thing struct {
	network string // tcp or udp
	address string
	port    uint16
	service string // protocol, "unknown" when nobody could tell
	moved   bool   // a web service that only leads to another one
}

// subject is how a thing is called that no row explains.
func (t thing) subject() string { return probe.Seen(t.network, t.port, t.service) }

func (t thing) where() string { return fmt.Sprintf("%s port %d of %s", t.network, t.port, t.address) }

func (t thing) name() string {
	if t.service == "unknown" {
		return "of unknown protocol"
	}
	return t.service
}

// scan is what one device showed in one state.
type scan struct {
	device   product.Device
	state    plimsoll.State
	sample   string
	target   evidence.Target
	results  []ports.Result
	things   []thing
	coverage plimsoll.Coverage
	digests  []plimsoll.Digest
}

func scansOf(v *probe.View) []scan {
	var out []scan
	for _, it := range probe.Items(v, evidence.OpenPorts) {
		s := scan{state: it.State, sample: it.Sample, target: it.Target, results: it.Value, digests: []plimsoll.Digest{it.Digest}}
		for _, d := range v.Product.Targets.Devices {
			if probe.DeviceTarget(d) == it.Target {
				s.device = d
			}
		}
		seen := map[thing]bool{}
		for _, r := range it.Value {
			for _, p := range r.Open {
				th := thing{network: r.Network, address: r.Address, port: p.Port, service: p.Service.Name, moved: leadsAway(p)}
				if th.service == "" {
					th.service = "unknown"
				}
				key := th
				key.address = ""
				if !seen[key] {
					seen[key] = true
					s.things = append(s.things, th)
				}
			}
		}
		s.coverage = coverage(s, it.Note)
		out = append(out, s)
	}
	return out
}

var redirect = regexp.MustCompile(`^HTTP/\d\.\d 30[12378]\b.*?\\r\\nLocation: (https?://[^\\ ]+)`)

// leadsAway reports whether a web service answers with the address of another
// service, and so is no page itself.
func leadsAway(p ports.Port) bool {
	m := redirect.FindStringSubmatch(p.Service.Banner)
	if m == nil {
		return false
	}
	u, err := url.Parse(m[1])
	if err != nil {
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return port != fmt.Sprint(p.Port)
}

// coverage says what of the network was looked at. A transport counts as looked at
// only when the whole declared device was: all ports, none of them silent.
func coverage(s scan, note string) plimsoll.Coverage {
	var c plimsoll.Coverage
	miss := func(format string, a ...any) { c.Missing = append(c.Missing, fmt.Sprintf(format, a...)) }
	if note != "" {
		miss("%s", note)
	}
	full := probe.FullRange(s.device)
	if !full {
		miss("ports outside the declared range (targets.device.ports is not 1-65535)")
	}
	tcp, udp, six := full, full, false
	for _, r := range s.results {
		six = six || r.Family == "ipv6"
		switch {
		case r.Incomplete:
			miss("the %s scan of %s is not complete", r.Network, r.Address)
		case r.Network == "tcp" && r.Filtered+r.Errors > 0:
			miss("%d TCP ports of %s that answered nothing or with an error", r.Filtered+r.Errors, r.Address)
		case r.Network == "udp" && len(r.Silent)+r.Errors > 0:
			miss("%d UDP ports of %s that stayed silent", len(r.Silent)+r.Errors, r.Address)
		default:
			continue
		}
		tcp = tcp && r.Network != "tcp"
		udp = udp && r.Network != "udp"
	}
	if !six {
		miss("IPv6 (targets.device.address6 is not declared)")
	}
	for _, l := range []struct {
		ok   bool
		name string
	}{{tcp, "tcp"}, {udp, "udp"}, {six && full, "ipv6"}} {
		if l.ok {
			c.Looked = append(c.Looked, l.name)
		}
	}
	return c
}

// logins lists the places that asked for a password.
func logins(v *probe.View, s scan) []thing {
	var out []thing
	for _, it := range probe.Items(v, evidence.Logins) {
		if it.Target != s.target || it.State != s.state {
			continue
		}
		for _, l := range it.Value {
			if !l.Asks {
				continue // it lets everybody in: no password login
			}
			out = append(out, thing{network: "tcp", address: l.Address, port: l.Port, service: l.Protocol})
		}
	}
	return out
}

// states compares each declared interface with what answered: on or off.
func states(v *probe.View, s scan, res *probe.Result) {
	u, ok := v.Catalog.Unit(unitState)
	if !ok {
		return
	}
	for _, r := range v.Product.Select(u.Where).Matches {
		f := plimsoll.Finding{Unit: unitState, Subject: r.ID, State: s.state, Sample: s.sample, Evidence: s.digests, Coverage: s.coverage}
		port, hasPort := r.Int("port")
		if !hasPort {
			medium(r, s, &f)
			res.Add(f)
			continue
		}
		status := r.Text("status")
		open, looked := s.answers(r.Text("transport"), uint16(port))
		switch {
		case status == "":
			f.Verdict, f.Reason, f.Remedy = plimsoll.Inconclusive, "whether it is on or off is not declared", "declare "+r.ID+".status: on or off"
		case open && status == "off":
			f.Verdict = plimsoll.Fail
			f.Reason = fmt.Sprintf("declared off, but port %d answers", port)
			f.Remedy = "switch the service off in the shipped configuration, or declare it on and justify it"
			f.Mismatch = true
		case open, looked && status == "off":
			f.Verdict, f.Reason = plimsoll.Pass, fmt.Sprintf("declared %s and found so", status)
		case looked:
			f.Verdict, f.Mismatch = plimsoll.Inconclusive, true
			f.Reason = fmt.Sprintf("declared on, but port %d does not answer", port)
			f.Remedy = "correct the row, or switch the service on and run `plimsoll assess` again"
		default:
			f.Verdict = plimsoll.Inconclusive
			f.Reason = fmt.Sprintf("port %d was not looked at", port)
			f.Remedy = "widen targets.device.ports so that it holds the port"
		}
		res.Add(f)
	}
}

// medium judges a declared interface without a port: the scan itself shows that an
// IP network interface is on, when only one is declared; a radio it cannot see.
func medium(r product.Row, s scan, f *plimsoll.Finding) {
	f.Verdict = plimsoll.Inconclusive
	m := r.Text("medium")
	switch {
	case r.Text("status") == "on" && (m == "ethernet" || m == "wifi") && len(s.things) > 0:
		f.Verdict, f.Reason = plimsoll.Pass, "declared on, and the device answers over IP"
	case m == "ethernet" || m == "wifi":
		f.Reason = "the scan over IP cannot tell whether this interface is " + r.Text("status")
		f.Remedy = "look at the interface and answer with `plimsoll ask`"
	default:
		f.Reason = "no probe can see this interface"
		f.Remedy = "look at it with a receiver, add the record with `plimsoll evidence add` and answer with `plimsoll ask`"
	}
}

// answers reports whether a port is open, and whether it was looked at.
func (s scan) answers(network string, port uint16) (open, looked bool) {
	for _, r := range s.results {
		if network != "" && r.Network != network {
			continue
		}
		for _, rg := range r.Scanned {
			looked = looked || rg.First <= port && port <= rg.Last
		}
		for _, p := range r.Open {
			open = open || p.Port == port
		}
		for _, p := range r.Silent {
			if p == port {
				looked = false
			}
		}
	}
	return open, looked
}

// services puts beside the declared services what runs although it is declared off
// or not declared at all. The group of 5.6-5 looks at the declaration only, so this
// is evidence against it.
func services(v *probe.View, s scan, res *probe.Result) {
	const unit plimsoll.UnitID = "5.6-5-1/a"
	for _, th := range s.things {
		status, id := "", th.subject()
		if r, ok := probe.RowAt(v.Product, "SoftServ", th.network, th.port); ok {
			status, id = r.Text("status"), r.ID
		}
		if status != "off" && (status != "" || !v.Product.Declared("SoftServ")) {
			continue
		}
		why := "is declared off"
		if status == "" {
			why = "is not declared as a software service"
		}
		res.Add(plimsoll.Finding{
			Unit: unit, Subject: id, Verdict: plimsoll.Fail, State: s.state, Sample: s.sample, Evidence: s.digests,
			Reason: fmt.Sprintf("a %s service runs at %s and %s", th.service, th.where(), why),
			Remedy: "remove the service from the product, or declare it on with its justification in ixit.SoftServ",
		})
	}
}
