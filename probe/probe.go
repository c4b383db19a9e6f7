// Package probe says what a probe is: a value that collects evidence through a
// Session and judges it from a View. The probes stand in folders of their own
// below this one and never import each other.
//
// A Session is the only way to the device: scope, pace and limits live there. A
// View is all that judging may read. This package must never decide a verdict.
package probe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
)

// Need is what a probe must have to collect.
type Need string

// The needs. A probe whose need is missing is skipped with a hint.
const (
	NeedsNothing  Need = ""         // the declaration is enough
	NeedsDevice   Need = "device"   // targets.devices
	NeedsFirmware Need = "firmware" // targets.firmware
	NeedsWeb      Need = "web"      // targets.web
)

// Hint says what to write into product.yaml to satisfy the need.
func (n Need) Hint() string {
	return map[Need]string{
		NeedsDevice:   "name the device under targets.device in product.yaml: {address: 192.0.2.10, ports: 1-65535, state: initialized}",
		NeedsFirmware: "name the image under targets.firmware in product.yaml: [{file: firmware/NAME.bin, version: …}]",
		NeedsWeb:      "name the public pages under targets.web in product.yaml: {disclosure_policy: https://…, security_txt: https://…, support: https://…}",
	}[n]
}

// Network reports whether satisfying the need sends traffic.
func (n Need) Network() bool { return n == NeedsDevice || n == NeedsWeb }

// Safety is how much a probe may disturb the device.
type Safety int

// The levels of safety, each including the one before.
const (
	Gentle     Safety = iota // safe for the only sample on the bench
	Thorough                 // more load, nothing that changes the device
	Disruptive               // lock-outs, malformed input, outages
)

// Probe is a check as a value. A rule is a probe without Collect.
type Probe struct {
	Name    string // what it observes, with dashes: open-ports
	Version int    // raised when Judge could answer differently
	Doc     string // first line ≤ 70 characters; then how it looks and what it cannot see
	Needs   Need
	Safety  Safety
	Reads   []string // kinds it reads, by name
	Makes   []string // kinds it makes, by name
	Decides []plimsoll.UnitID
	Facts   []plimsoll.FactID // facts that its Judge may emit
	// Collect observes and keeps; nil for a rule.
	Collect func(context.Context, *Session) error
	// Judge is pure: it reads only the View and gives at least one finding for
	// each unit in Decides.
	Judge func(*View) Result
}

// ID is the name and version as evidence and findings carry it.
func (p *Probe) ID() string { return fmt.Sprintf("%s@%d", p.Name, p.Version) }

// Title is the first line of Doc.
func (p *Probe) Title() string {
	t, _, _ := strings.Cut(p.Doc, "\n")
	return t
}

// Result is what judging a view gives.
type Result struct {
	Findings []plimsoll.Finding
	Facts    []plimsoll.Fact
}

// Add appends a finding.
func (r *Result) Add(f plimsoll.Finding) { r.Findings = append(r.Findings, f) }

// Open adds a finding, INCONCLUSIVE, on each of the units.
func (r *Result) Open(units []plimsoll.UnitID, f plimsoll.Finding) {
	f.Verdict = plimsoll.Inconclusive
	for _, u := range units {
		f.Unit = u
		r.Add(f)
	}
}

// Rest adds a finding on each of the units that has none yet.
func (r *Result) Rest(units []plimsoll.UnitID, f plimsoll.Finding) {
	for _, u := range units {
		if !slices.ContainsFunc(r.Findings, func(g plimsoll.Finding) bool { return g.Unit == u }) {
			f.Unit = u
			r.Add(f)
		}
	}
}

// Fact appends an observed fact.
func (r *Result) Fact(id plimsoll.FactID, subject string, value any, ev ...plimsoll.Digest) {
	r.Facts = append(r.Facts, plimsoll.Fact{
		ID: id, Subject: subject, Value: value, Source: plimsoll.SourceObserved, Evidence: ev,
	})
}

// Order sorts probes so that each kind is made before it is read. Two makers of
// one kind, a kind that nobody makes, or a circle is an error.
func Order(ps []*Probe) ([]*Probe, error) {
	maker := map[string]*Probe{}
	for _, p := range ps {
		for _, k := range p.Makes {
			if other := maker[k]; other != nil {
				return nil, fmt.Errorf("ordering probes: both %q and %q make kind %q", other.Name, p.Name, k)
			}
			maker[k] = p
		}
	}
	var out []*Probe
	state := map[*Probe]int{} // 1 on the path, 2 done
	var visit func(*Probe) error
	visit = func(p *Probe) error {
		switch state[p] {
		case 1:
			return fmt.Errorf("ordering probes: %q reads, through others, what it makes itself", p.Name)
		case 2:
			return nil
		}
		state[p] = 1
		for _, k := range p.Reads {
			m := maker[k]
			if m == nil {
				return fmt.Errorf("ordering probes: %q reads kind %q, which no probe makes", p.Name, k)
			}
			if err := visit(m); err != nil {
				return err
			}
		}
		state[p] = 2
		out = append(out, p)
		return nil
	}
	for _, p := range ps {
		if err := visit(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}
