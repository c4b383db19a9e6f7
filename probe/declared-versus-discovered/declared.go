// Package declared compares what was seen on the network with what the IXIT
// declares. It owns the completeness units of TS 103 701 that a network scan can
// serve: whatever was seen and is explained by no declared row fails them.
//
// EN 303 645: 5.1-1, 5.1-5, 5.3-10, 5.5-5, 5.6-1, 5.6-4, 5.6-5, 5.13-1, in our
// words: what the device offers is what its maker says it offers. The package must
// never call a thing declared because a similar one is.
package declared

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Probe is the probe declared-versus-discovered.
var Probe = &probe.Probe{
	Name:    "declared-versus-discovered",
	Version: 1,
	Doc: `whether everything seen on the network is declared, and as declared
It reads what the scans and the login checks saw and looks for the row of the IXIT
that explains each thing. It cannot see radios, physical ports or what no scan has
reached, and says so: without full coverage the completeness units stay open.`,
	Needs:   probe.NeedsDevice,
	Reads:   []string{evidence.OpenPorts.Name, evidence.Logins.Name},
	Decides: decides,
	Facts:   []plimsoll.FactID{"interfaces.undeclared_seen"},
	Judge:   judge,
	// Everything it needs is collected by the probes that it reads.
	Collect: nothing,
}

// The units that it decides.
const (
	unitLogins        plimsoll.UnitID = "5.1-1-2/a"
	unitGuessing      plimsoll.UnitID = "5.1-5-2/a"
	unitUpdates       plimsoll.UnitID = "5.3-10-1/c"
	unitCommunication plimsoll.UnitID = "5.5-5-2/b"
	unitState         plimsoll.UnitID = "5.6-1-2/a"
	unitInterfaces    plimsoll.UnitID = "5.6-1-2/b"
	unitDebug         plimsoll.UnitID = "5.6-4-2/b"
	unitPages         plimsoll.UnitID = "5.13-1-2/b"
	unitAPIs          plimsoll.UnitID = "5.13-1-2/c"
)

var decides = []plimsoll.UnitID{
	unitLogins, unitGuessing, unitUpdates, unitCommunication, unitState, unitInterfaces,
	unitDebug, unitPages, unitAPIs,
}

func judge(v *probe.View) probe.Result {
	var res probe.Result
	scans := scansOf(v)
	if len(scans) == 0 {
		res.Open(decides, plimsoll.Finding{Reason: "the device was not scanned", Remedy: v.HowToRun("open-ports", probe.NeedsDevice)})
		return res
	}
	for _, s := range scans {
		for _, c := range completeness {
			c.judge(v, s, &res)
		}
		states(v, s, &res)
		services(v, s, &res)
	}
	return res
}

// check is one completeness unit: the things it is about, and the rows that
// explain them.
type check struct {
	unit   plimsoll.UnitID
	what   string // the thing, for people
	things func(*probe.View, scan) []thing
	// explained names the row that explains a thing, "" when none does.
	explained func(*product.Product, thing) string
	remedy    string
}

// completeness lists the completeness units by what explains a discovered thing.
var completeness = []check{
	{unitInterfaces, "interface", everything, byTable("Intf"), "declare it in ixit.Intf (type: logical, transport, port, status), or close it"},
	{unitCommunication, "communication mechanism", everything, byTable("ComMech"), "declare it in ixit.ComMech (transport, port, direction: listens), or close it"},
	{unitLogins, "password login", logins, byLogin, "declare it in ixit.AuthMech (factor: password, surface: {protocol, port}), or remove it"},
	{unitGuessing, "network login", logins, byLogin, "declare it in ixit.AuthMech (network: yes, surface: {protocol, port}, rate_limit), or remove it"},
	{unitUpdates, "update service", updateServices, byTable("UpdMech"), "declare it in ixit.UpdMech (network: yes, port), or close it"},
	{unitDebug, "debug service", debugServices, byDebug, "declare it in ixit.Intf (debug: yes, port, status), or remove it from the product"},
	{unitPages, "web user interface", pages, byTable("UserIntf", "ExtAPI"), "declare it in ixit.UserIntf (kind: web, port), or close it"},
	{unitAPIs, "API", apis, byTable("ExtAPI", "UserIntf"), "declare it in ixit.ExtAPI (protocol, port), or close it"},
}

func (c check) judge(v *probe.View, s scan, res *probe.Result) {
	base := plimsoll.Finding{Unit: c.unit, State: s.state, Sample: s.sample, Evidence: s.digests}
	found := 0
	for _, th := range c.things(v, s) {
		if c.explained(v.Product, th) != "" {
			continue
		}
		found++
		f := base
		f.Subject = th.subject()
		f.Verdict = plimsoll.Fail
		f.Reason = fmt.Sprintf("%s %s answers at %s and no row of the declaration explains it", c.what, th.name(), th.where())
		f.Remedy = c.remedy
		f.Mismatch = true
		f.Coverage = s.coverage
		res.Add(f)
		if c.unit == unitInterfaces {
			res.Fact("interfaces.undeclared_seen", f.Subject, true, s.digests...)
		}
	}
	if found > 0 {
		return
	}
	f := base
	f.Subject = ""
	f.Coverage = s.coverage
	if len(s.coverage.Missing) > 0 {
		f.Verdict = plimsoll.Inconclusive
		f.Reason = fmt.Sprintf("no undeclared %s was seen, but not everything was looked at: %s", c.what, strings.Join(s.coverage.Missing, "; "))
		f.Remedy = "see to what is missing and run `plimsoll assess` again"
	} else {
		f.Verdict = plimsoll.Pass
		f.Reason = fmt.Sprintf("every %s that was seen is declared", c.what)
	}
	res.Add(f)
}

// byTable explains a thing by a row of one of the tables with its transport and port.
func byTable(tables ...plimsoll.TableID) func(*product.Product, thing) string {
	return func(p *product.Product, th thing) string {
		for _, t := range tables {
			if r, ok := probe.RowAt(p, t, th.network, th.port); ok {
				return r.ID
			}
		}
		return ""
	}
}

// byLogin explains a password login by an authentication mechanism on its port. A
// mechanism with another factor explains no password.
func byLogin(p *product.Product, th thing) string {
	for _, r := range probe.LoginsAt(p, th.port, "") {
		if f := r.Text("factor"); f == "" || f == "password" || f == "pin" {
			return r.ID
		}
	}
	return ""
}

// byDebug explains a debug service by an interface that is declared for debugging.
func byDebug(p *product.Product, th thing) string {
	if r, ok := probe.RowAt(p, "Intf", th.network, th.port); ok && r.Bool("debug") == plimsoll.True {
		return r.ID
	}
	return ""
}

func everything(_ *probe.View, s scan) []thing { return s.things }

// named selects the things that speak one of some protocols.
func named(s scan, names ...string) []thing {
	var out []thing
	for _, th := range s.things {
		if slices.Contains(names, th.service) {
			out = append(out, th)
		}
	}
	return out
}

func updateServices(_ *probe.View, s scan) []thing { return named(s, "tftp") }
func debugServices(_ *probe.View, s scan) []thing  { return named(s, "adb", "gdbserver") }
func apis(_ *probe.View, s scan) []thing {
	return named(s, "mqtt", "coap", "rtsp", "snmp", "onvif", "adb")
}

// pages are the web services that show something themselves.
func pages(_ *probe.View, s scan) []thing {
	return slices.DeleteFunc(named(s, "http", "https"), func(th thing) bool { return th.moved })
}
