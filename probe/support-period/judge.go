package supportperiod

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// topic finds what speaks of support by updates.
var topic = regexp.MustCompile(`(?i)updat|support|patch|maintain|end of life|aktualisier|unterstützung|unterstützt|gepflegt|mises? à jour|prise en charge|correctif|maintenance|assistance`)

var units = []plimsoll.UnitID{unitGiven, unitOpen, unitPeriod}

func judge(v *probe.View) probe.Result {
	d := declaration(v.Product)
	shots, ev := probe.PagesAt(v, Pages, d.target, d.addresses())
	j := judging{d: d, ev: ev}
	if shots == nil {
		why, remedy := "the page with the support period was not fetched", v.HowToRun("support-period", probe.NeedsWeb)
		if j.d.target == "" {
			why, remedy = "no address of the support page is declared", "write under targets.web in product.yaml: support: "+j.d.place()
		}
		for _, u := range units {
			j.add(u, plimsoll.Inconclusive, why, remedy)
		}
		return j.res
	}
	for i, s := range shots {
		reach, seen := s.Reach(j.speaks(s))
		j.reached(s, reach, seen)
		switch {
		case i > 0:
		case reach == page.Shown:
			j.period(s)
		default:
			j.add(unitPeriod, plimsoll.Inconclusive, "the support period could not be read: "+seen, ends[reach].remedy)
		}
	}
	return j.res
}

func (d declared) place() string {
	if len(d.places) == 0 {
		return "https://…"
	}
	return fmt.Sprintf("%q", d.places[0])
}

// judging is the judgement of one declaration.
type judging struct {
	d   declared
	ev  []plimsoll.Digest
	res probe.Result
}

func (j *judging) add(u plimsoll.UnitID, verdict plimsoll.Verdict, reason, remedy string) {
	j.res.Add(plimsoll.Finding{
		Unit: u, Subject: table, Verdict: verdict, Reason: reason, Remedy: remedy, Evidence: j.ev,
		Mismatch: verdict == plimsoll.Fail,
	})
}

// speaks says whether a page has the declared sentence, or at least its topic.
func (j *judging) speaks(s page.Snapshot) bool {
	_, ok := s.Page.Find(j.d.quote)
	return ok || topic.MatchString(s.Page.Text)
}

// end is what an end of the fetch means for the two units about the way to the page.
type end struct {
	given, open plimsoll.Verdict
	why, remedy string
}

var ends = map[page.Reach]end{
	page.Shown:     {plimsoll.Pass, plimsoll.Pass, "", ""},
	page.Walled:    {plimsoll.Inconclusive, plimsoll.Fail, "the support period is kept behind a login: ", "publish the support period where anyone can read it without an account"},
	page.Missing:   {plimsoll.Fail, plimsoll.Inconclusive, "the support period is not at its declared place: ", "publish the support period at the declared address, or declare the address at which it stands"},
	page.Elsewhere: {plimsoll.Inconclusive, plimsoll.Inconclusive, "the address leads to another domain that is not declared: ", "declare the address of the page itself in targets.web.support and ixit.UserInfo." + field + ".url"},
	page.Unread:    {plimsoll.Inconclusive, plimsoll.Inconclusive, "the support page could not be read by software: ", "open the address in a private browser window and answer with `plimsoll ask`, or publish the period as a page of text"},
	page.Unreached: {plimsoll.Inconclusive, plimsoll.Inconclusive, "the support page could not be fetched: ", "see that the address answers, with a certificate that verifies (targets.web.roots for a private root), and run `plimsoll assess` again"},
}

// reached judges the way to a page.
func (j *judging) reached(s page.Snapshot, reach page.Reach, seen string) {
	e := ends[reach]
	if reach == page.Shown {
		if why := j.doubt(s); why != "" {
			e = end{plimsoll.Inconclusive, plimsoll.Inconclusive, "", "declare the address of the page itself, and quote its sentence in ixit.UserInfo." + field + ".quote"}
			seen += ", but " + why
		}
	}
	j.add(unitGiven, e.given, e.why+seen, e.remedy)
	j.add(unitOpen, e.open, e.why+seen, e.remedy)
	if e.given == plimsoll.Fail || e.open == plimsoll.Fail {
		j.published(false)
	}
}

// doubt says why a page that was shown may not be the one.
func (j *judging) doubt(s page.Snapshot) string {
	_, quoted := s.Page.Find(j.d.quote)
	switch {
	case !j.speaks(s):
		return "nothing on it speaks of support or updates"
	case s.Page.Password && !quoted:
		return "it asks for a password and does not show the declared sentence"
	}
	return ""
}

func (j *judging) published(yes bool) { j.res.Fact("support_period.published", table, yes, j.ev...) }

// period judges what the page says of the period.
func (j *judging) period(s page.Snapshot) {
	var a answer
	switch {
	case len(j.d.until) == 0:
		a = answer{verdict: plimsoll.Inconclusive, reason: "the declaration names no end of support", remedy: "declare product.support.until"}
	case len(j.d.until) > 1:
		a = answer{verdict: plimsoll.Inconclusive, reason: "the declaration names two ends of support: " + strings.Join(j.d.until, " and "), remedy: "let product.support.until and ixit.UserInfo.support_period.until agree"}
	case strings.TrimSpace(j.d.quote) == "":
		a = j.d.propose(s.Page)
	default:
		a = j.d.quoted(s.Page)
	}
	j.add(unitPeriod, a.verdict, a.reason, a.remedy)
	if a.read != "" {
		j.published(true)
		j.res.Fact("support.until", table, a.read, j.ev...)
	} else if a.verdict == plimsoll.Fail {
		j.published(false)
	}
}
