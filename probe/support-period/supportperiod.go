// Package supportperiod fetches the page on which the maker publishes how long the
// product gets security updates, and compares the end date with the declared one.
//
// EN 303 645, 5.3-13, in our words: the support period is published, understandable
// and open to anyone. The package must never choose between two readings of a date,
// and never take a warranty for the support period.
package supportperiod

import (
	"context"
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// Pages is the evidence of the probe: the page that targets.web names, and the
// declared place of publication when that is another address.
var Pages = evidence.Kind[[]page.Snapshot]{Name: "support-period", Version: 1}

// Probe is the probe support-period.
var Probe = &probe.Probe{
	Name:    "support-period",
	Version: 1,
	Doc: `whether the end of support is published, and as declared
It fetches the support page without login, cookie or script, and reads the date or the
period in the sentence that the declaration quotes, in English, German and French. It
sees no text that a script or a style sheet makes or hides, no PDF, and cannot tell
whether a buyer would find the page, or whether updates come for that long.`,
	Needs:   probe.NeedsWeb,
	Makes:   []string{Pages.Name},
	Decides: []plimsoll.UnitID{unitGiven, unitOpen, unitPeriod},
	Facts:   []plimsoll.FactID{"support_period.published", "support.until"},
	Collect: collect,
	Judge:   judge,
}

// The units that it decides.
const (
	unitGiven  plimsoll.UnitID = "5.3-13-2/a"
	unitOpen   plimsoll.UnitID = "5.3-13-2/b"
	unitPeriod plimsoll.UnitID = "5.3-13-2/c"
)

// table is the IXIT table, and the id of its one row; field is its entry.
const (
	table = "UserInfo"
	field = "publication_of_support_period"
)

// declared is what the declaration says of the support period.
type declared struct {
	target string   // targets.web.support
	places []string // other declared places of publication
	quote  string
	until  []string // the declared last days, each once
	begins []string // days from which a period may be counted: begin of support, placing on the market
	names  []string // of the product
}

func declaration(p *product.Product) declared {
	i := p.Info
	d := declared{target: p.Targets.Web.Support}
	d.names = distinct(append([]string{i.Model, i.Name}, i.TradeNames...)...)
	d.begins = distinct(i.Support.From, i.PlaceOnMarket)
	url, row := "", product.Row{}
	if r, ok := p.Row(table, table); ok && r.Observed == "" {
		row = r
		url, d.quote = r.Text(field+".url"), r.Text(field+".quote")
	}
	d.until = distinct(i.Support.Until, row.Text("support_period.until"))
	for _, a := range distinct(url, i.Support.URL) {
		same := func(b string) bool { return page.SameAddress(a, b) }
		if !same(d.target) && !slices.ContainsFunc(d.places, same) {
			d.places = append(d.places, a)
		}
	}
	return d
}

// distinct leaves out what is empty or stands there already.
func distinct(in ...string) []string {
	var out []string
	for _, s := range in {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// addresses lists what is fetched: the declared place of publication first.
func (d declared) addresses() []string { return append(slices.Clone(d.places), d.target) }

func collect(ctx context.Context, s *probe.Session) error {
	d := declaration(s.Product)
	if d.target == "" {
		return nil
	}
	return probe.KeepPages(ctx, s, Pages, d.target, d.addresses())
}
