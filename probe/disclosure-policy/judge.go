package disclosurepolicy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// topic finds a page that speaks of reports of vulnerabilities.
var topic = regexp.MustCompile(`(?i)vulnerab|disclos|security (issue|problem|bug|flaw|report|research)|schwachstelle|sicherheitsl(ü|ue)cke|vulnérab|faille|divulgation`)

func judge(v *probe.View) probe.Result {
	d := declaration(v.Product)
	shots, ev := probe.PagesAt(v, Pages, d.target, d.addresses())
	j := judging{d: d, ev: ev}
	if shots == nil {
		why, remedy := "the page of the disclosure policy was not fetched", v.HowToRun("disclosure-policy", probe.NeedsWeb)
		if j.d.target == "" {
			why, remedy = "no address of the disclosure policy is declared", "write under targets.web in product.yaml: disclosure_policy: "+orAddress(j.d.url)
		}
		j.add(unitPublished, plimsoll.Inconclusive, why, remedy)
		j.add(unitContent, plimsoll.Inconclusive, why, remedy)
		return j.res
	}
	var main page.Snapshot
	reached := page.Unreached
	for i, s := range shots {
		r := j.published(s)
		if i == 0 {
			main, reached = s, r
		}
	}
	if reached != page.Shown {
		_, seen := main.Reach(j.speaks(main))
		j.add(unitContent, plimsoll.Inconclusive, "the policy could not be read: "+seen, ends[reached].remedy)
		return j.res
	}
	j.content(main)
	return j.res
}

func orAddress(url string) string {
	if url == "" {
		return "https://…"
	}
	return fmt.Sprintf("%q", url)
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

func (j *judging) fact(id plimsoll.FactID, value bool) { j.res.Fact(id, table, value, j.ev...) }

// speaks says whether a page has a declared sentence, or at least its topic.
func (j *judging) speaks(s page.Snapshot) bool {
	return j.quoted(s) || topic.MatchString(s.Page.Text)
}

func (j *judging) quoted(s page.Snapshot) bool {
	for _, q := range quotes {
		if _, ok := q.find(s.Page, j.d.quotes[q.key]); ok {
			return true
		}
	}
	return false
}

// end is what an end of the fetch means for the publication.
type end struct {
	verdict plimsoll.Verdict
	why     string
	remedy  string
}

var ends = map[page.Reach]end{
	page.Walled:    {plimsoll.Fail, "the policy is kept behind a login: ", "publish the policy where anyone can read it without an account"},
	page.Missing:   {plimsoll.Fail, "the policy is not at its declared place: ", "publish the policy at the declared address, or declare the address at which it stands"},
	page.Elsewhere: {plimsoll.Inconclusive, "the address leads to another domain that is not declared: ", "declare the address of the policy itself in targets.web.disclosure_policy and ixit.UserInfo." + field + ".url"},
	page.Unread:    {plimsoll.Inconclusive, "the policy could not be read by software: ", "open the address in a private browser window and answer with `plimsoll ask`, or publish the policy as a page of text"},
	page.Unreached: {plimsoll.Inconclusive, "the policy could not be fetched: ", "see that the address answers, with a certificate that verifies (targets.web.roots for a private root), and run `plimsoll assess` again"},
}

// published judges whether a page can be reached as declared.
func (j *judging) published(s page.Snapshot) page.Reach {
	speaks := j.speaks(s)
	reach, seen := s.Reach(speaks)
	if e, ok := ends[reach]; ok {
		j.add(unitPublished, e.verdict, e.why+seen, e.remedy)
		if e.verdict == plimsoll.Fail {
			j.fact("policy.published", false)
		}
		if reach == page.Walled {
			j.add(unitAccess, plimsoll.Fail, e.why+seen, e.remedy)
		}
		return reach
	}
	switch {
	case !speaks:
		j.add(unitPublished, plimsoll.Inconclusive, seen+", but nothing on it speaks of reports of vulnerabilities",
			"declare the address of the policy itself, or quote its sentences in ixit.UserInfo."+field+" (contact, acknowledgement, updates)")
	case s.Page.Password && !j.quoted(s):
		j.add(unitPublished, plimsoll.Inconclusive, seen+", but it asks for a password and shows no sentence that the declaration quotes",
			"quote the sentences of the policy in ixit.UserInfo."+field+" (contact, acknowledgement, updates)")
	default:
		j.add(unitPublished, plimsoll.Pass, seen, "")
		j.fact("policy.published", true)
	}
	return reach
}

// content judges the three statements and puts them together: every one must hold.
func (j *judging) content(s page.Snapshot) {
	quoted := slices.ContainsFunc(quotes, func(q quote) bool { return j.d.quotes[q.key] != "" })
	if !quoted && !j.speaks(s) {
		j.add(unitContent, plimsoll.Inconclusive, "nothing on the page speaks of reports of vulnerabilities", "declare the address of the policy itself in ixit.UserInfo."+field+".url")
		return
	}
	var vs []plimsoll.Verdict
	var why, remedies []string
	for _, q := range quotes {
		a := q.judge(s.Page, j.d.quotes[q.key])
		vs = append(vs, a.verdict)
		why = append(why, q.name+": "+a.reason)
		if a.remedy != "" {
			remedies = append(remedies, a.remedy)
		}
		if a.verdict != plimsoll.Inconclusive {
			j.fact(q.fact, a.verdict == plimsoll.Pass)
		}
	}
	slices.Sort(remedies)
	j.add(unitContent, plimsoll.All(vs...), strings.Join(why, "; "), strings.Join(slices.Compact(remedies), "; "))
	f := &j.res.Findings[len(j.res.Findings)-1]
	f.Mismatch = f.Mismatch && quoted
}
