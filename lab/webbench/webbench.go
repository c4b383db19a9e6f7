// Package webbench lets tests of the probes that read the maker's public pages put
// pages before them.
//
// Only tests may import it, and it must never judge: what a probe should find stands
// in the test of that probe.
package webbench

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// Product parses a small declaration: fields are more fields of its product, each
// after a comma, and more is what stands beside the product.
func Product(t testing.TB, fields, more string) *product.Product {
	t.Helper()
	return probetest.Parse(t, `schema: plimsoll.product/1
product: {manufacturer: {name: Harbour Lights Ltd}, name: Harbour Cam 2, model: HC-2, firmware_version: 2.4.1, category: ip-camera`+fields+`}
standard: en303645-2.1.1
assessor: {role: first-party}
`+more)
}

// Shown is a page with a text that was fetched from an address.
func Shown(address, text string) page.Snapshot {
	p, err := page.Read([]byte(text), "text/plain")
	if err != nil {
		panic(err)
	}
	return page.Snapshot{URL: address, FinalURL: address, Status: 200, ContentType: "text/html", Page: p}
}

// Value is what a probe keeps of the pages behind a declared address.
func Value[T any](k evidence.Kind[T], address string, v T) probe.MemoryValue {
	return probe.MemoryValue{Kind: k.ID(), Value: v, Target: evidence.Target{Kind: evidence.TargetWeb, Name: address}}
}

// Judge judges pages held in memory; none at all means that nothing was fetched. Each
// unit of the probe must have a finding, on UserInfo, that says what a person needs.
func Judge(t testing.TB, pr *probe.Probe, k evidence.Kind[[]page.Snapshot], p *product.Product, address string, shots ...page.Snapshot) probe.Result {
	t.Helper()
	var vs []probe.MemoryValue
	if shots != nil {
		vs = append(vs, Value(k, address, shots))
	}
	r := pr.Judge(probetest.View(t, p, vs...))
	probetest.Complete(t, pr, r)
	Complete(t, r)
	return r
}

// Complete checks that each finding is on UserInfo, has a remedy unless it is a PASS,
// and as a PASS has evidence.
func Complete(t testing.TB, r probe.Result) {
	t.Helper()
	for _, f := range r.Findings {
		passed := f.Verdict == plimsoll.Pass
		if f.Subject != "UserInfo" || f.Reason == "" || passed == (f.Remedy != "") || passed && len(f.Evidence) == 0 {
			t.Errorf("got %+v", f)
		}
	}
}
