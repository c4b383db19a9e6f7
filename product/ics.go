package product

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// claims checks each line of the ICS against the edition.
func (l *linter) claims() {
	ics := l.root.Get("ics")
	for _, e := range ics.Map() {
		prov, ok := l.cat.Provision(plimsoll.ProvisionID(e.Key))
		if !ok {
			continue
		}
		if _, in := prov.Status[l.p.Standard]; !in && l.p.Standard != "" {
			l.doc.Report(e.At, fmt.Sprintf("%s is not a provision of %s", e.Key, l.p.Standard), otherEdition(prov, l.p.Standard))
			continue
		}
		c := l.p.ICS[prov.ID]
		if strings.TrimSpace(c.Reason) == "" && (c.Support == plimsoll.SupportNo || c.Support == plimsoll.SupportNA) {
			l.doc.ReportJudged(e.At, fmt.Sprintf("%s is claimed %q without a reason", e.Key, c.Support), fmt.Sprintf("write %s: {support: %s, reason: …}", e.Key, c.Support))
		}
	}
}

// otherEdition says what a provision is called in the edition.
func otherEdition(p *catalog.Provision, e plimsoll.Edition) string {
	other := p.ReplacedBy
	if e == plimsoll.EditionV2 {
		other = p.Replaces
	}
	if len(other) == 0 {
		return "delete this line: the edition has nothing like it"
	}
	ids := make([]string, len(other))
	for i, id := range other {
		ids[i] = string(id)
	}
	return fmt.Sprintf("write %s instead", strings.Join(ids, " and "))
}

// unanswered names the provisions of which the ICS says nothing.
func (l *linter) unanswered() {
	ics := l.root.Get("ics")
	var ids []string
	for _, prov := range l.cat.Edition(l.p.Standard) {
		if _, state := ics.Find(string(prov.ID)); ics == nil || state != form.Filled {
			ids = append(ids, string(prov.ID))
		}
	}
	if len(ids) == 0 {
		return
	}
	at := l.root.At("ics")
	if at == nil {
		at = l.root
	}
	l.doc.Warn(at, fmt.Sprintf("the ICS does not answer %d of the %d provisions, so it is incomplete", len(ids), len(l.cat.Edition(l.p.Standard))), "write {support: yes}, or no or n/a with a reason, for "+strings.Join(ids, ", "))
}

// contradictions warns of claims that the ICS verdict will not accept: the rest
// of the declaration speaks against them.
func (l *linter) contradictions() {
	facts := map[plimsoll.FactID]any{}
	for _, f := range l.p.Facts(l.cat) {
		facts[f.ID] = f.Value
	}
	ics := l.root.Get("ics")
	for _, prov := range l.cat.Edition(l.p.Standard) {
		status := prov.Status[l.p.Standard]
		at := ics.At(string(prov.ID))
		switch l.p.ICS[prov.ID].Support {
		case plimsoll.SupportNA:
			l.notApplicable(at, prov, status, facts)
		case plimsoll.SupportNo:
			if status.Mandatory {
				l.doc.Warn(at, fmt.Sprintf("%s (%s) is mandatory: with \"no\" the ICS fails", prov.ID, prov.Title), "implement it, or claim n/a with a reason if a condition of it is not met")
			}
		case plimsoll.SupportYes:
			l.conditionalYes(at, prov, status, facts)
		}
	}
}

func (l *linter) notApplicable(at *form.Node, prov *catalog.Provision, status catalog.Status, facts map[plimsoll.FactID]any) {
	if len(status.Conditions) == 0 {
		remedy := "write support: yes, or no with a reason"
		if status.Mandatory {
			remedy = "implement it and write support: yes"
		}
		l.doc.Warn(at, fmt.Sprintf("%s (%s) applies to every product: n/a is not open to it", prov.ID, prov.Title), remedy)
		return
	}
	var met []string
	for _, c := range status.Conditions {
		if holds(c.Rule, facts) != plimsoll.True {
			return
		}
		met = append(met, c.Text)
	}
	l.doc.Warn(at, fmt.Sprintf("%s is claimed n/a, but the declaration says: %s", prov.ID, strings.Join(met, "; ")), "write support: yes or no, or correct the rows of the IXIT that say so")
}

// conditionalYes leaves out the conditions on constrained devices: a "yes" that
// they do not ask for is no contradiction.
func (l *linter) conditionalYes(at *form.Node, prov *catalog.Provision, status catalog.Status, facts map[plimsoll.FactID]any) {
	for _, c := range status.Conditions {
		if c.Ref == "4" || c.Ref == "5" {
			continue
		}
		if holds(c.Rule, facts) == plimsoll.False {
			l.doc.Warn(at, fmt.Sprintf("%s is claimed yes, but the declaration denies its condition: %s", prov.ID, c.Text), "write support: n/a with a reason, or correct the rows of the IXIT")
		}
	}
}
