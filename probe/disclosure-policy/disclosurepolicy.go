// Package disclosurepolicy fetches the published vulnerability disclosure policy
// and looks whether it says what the declaration quotes from it.
//
// EN 303 645, 5.2-1, in our words: anyone can read the maker's policy for reports of
// vulnerabilities, and it names a contact and the times within which a report is
// acknowledged and its state is told. The package must never take a sentence of its
// own choice for the declared one: what it reads itself is a proposal.
package disclosurepolicy

import (
	"context"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// Pages is the evidence of the probe: the page that targets.web names, and the
// declared place of publication when that is another address.
var Pages = evidence.Kind[[]page.Snapshot]{Name: "disclosure-policy", Version: 1}

// Probe is the probe disclosure-policy.
var Probe = &probe.Probe{
	Name:    "disclosure-policy",
	Version: 1,
	Doc: `whether the vulnerability disclosure policy is public, with its times
It fetches the page without login, cookie or script, and looks for the sentences that
the declaration quotes: contact, acknowledgement, status updates. It reads English,
German and French; it sees no text that a script or a style sheet makes or hides, no
PDF, and cannot tell whether the maker keeps what the page promises.`,
	Needs:   probe.NeedsWeb,
	Makes:   []string{Pages.Name},
	Decides: []plimsoll.UnitID{unitPublished, unitContent},
	Facts:   []plimsoll.FactID{"policy.published", "policy.contact", "policy.acknowledgement", "policy.updates"},
	Collect: collect,
	Judge:   judge,
}

// The units that it decides, and the one to which a wall is a counter-example.
const (
	unitAccess    plimsoll.UnitID = "5.2-1-1/a"
	unitPublished plimsoll.UnitID = "5.2-1-2/a"
	unitContent   plimsoll.UnitID = "5.2-1-2/b"
)

// table is the IXIT table, and the id of its one row; field is its entry.
const (
	table = "UserInfo"
	field = "publication_of_vulnerability_disclosure_policy"
)

// declared is what the declaration says of the publication.
type declared struct {
	target string // targets.web.disclosure_policy
	url    string // of the row, "" when it gives none
	quotes map[string]string
}

func declaration(p *product.Product) declared {
	d := declared{target: p.Targets.Web.DisclosurePolicy, quotes: map[string]string{}}
	row, ok := p.Row(table, table)
	if !ok || row.Observed != "" {
		return d
	}
	d.url = row.Text(field + ".url")
	for _, q := range quotes {
		d.quotes[q.key] = row.Text(field + "." + q.key)
	}
	return d
}

// addresses lists what is fetched: the declared place of publication first.
func (d declared) addresses() []string {
	if d.url == "" || page.SameAddress(d.url, d.target) {
		return []string{d.target}
	}
	return []string{d.url, d.target}
}

func collect(ctx context.Context, s *probe.Session) error {
	d := declaration(s.Product)
	if d.target == "" {
		return nil
	}
	return probe.KeepPages(ctx, s, Pages, d.target, d.addresses())
}
