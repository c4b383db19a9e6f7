package securitytxt

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/page"
	"github.com/plimsoll-iot/plimsoll/wire/securitytxt"
)

const (
	unitPublished plimsoll.UnitID = "5.2-1-2/a"

	// table is the IXIT table, and the id of its one row; policy its address.
	table  = "UserInfo"
	policy = "publication_of_vulnerability_disclosure_policy.url"
)

func judge(v *probe.View) probe.Result {
	j := judging{v: v}
	address := v.Product.Targets.Web.SecurityTxt
	if address == "" {
		return j.res
	}
	for _, it := range probe.Items(v, Files) {
		if it.Value.Snapshot.URL == address {
			j.ev = []plimsoll.Digest{it.Digest}
			j.fetched(it.Value, it.Time)
			return j.res
		}
	}
	j.add(plimsoll.Inconclusive, "the declared security.txt file was not fetched", v.HowToRun("security-txt", probe.NeedsWeb))
	return j.res
}

// judging is the judgement of one file.
type judging struct {
	v   *probe.View
	ev  []plimsoll.Digest
	res probe.Result
}

func (j *judging) add(verdict plimsoll.Verdict, reason, remedy string) {
	j.res.Add(plimsoll.Finding{
		Unit: unitPublished, Subject: table, Verdict: verdict, Reason: reason, Remedy: remedy, Evidence: j.ev,
		Mismatch: verdict == plimsoll.Fail,
	})
}

func (j *judging) valid(yes bool) { j.res.Fact("security_txt.valid", table, yes, j.ev...) }

// orDrop is the other way out of a file that is declared and not published.
const orDrop = ", or delete targets.web.security_txt when the product has no such file"

func (j *judging) fetched(o Observation, at time.Time) {
	// A file has no login of its own: a page that asks for a password is no file, and
	// reading it as one says so.
	reach, seen := o.Snapshot.Reach(true)
	switch reach {
	case page.Elsewhere:
		j.add(plimsoll.Inconclusive, "security.txt leads to another domain that is not declared: "+seen, "declare the address at which the file stands in targets.web.security_txt")
		return
	case page.Unreached:
		j.add(plimsoll.Inconclusive, "security.txt could not be fetched: "+seen,
			"see that the address answers, with a certificate that verifies (targets.web.roots for a private root), and run `plimsoll assess` again")
		return
	case page.Missing, page.Walled:
		j.valid(false)
		j.add(plimsoll.Fail, "the declared security.txt file is not published: "+seen, "publish the file at /.well-known/security.txt of the declared host"+orDrop)
		return
	}
	if e, ok := o.File.Expires(); ok {
		j.res.Fact("security_txt.expires", table, e.UTC().Format(time.DateOnly), j.ev...)
		if e.After(at) && !e.After(j.v.At) {
			j.add(plimsoll.Inconclusive, fmt.Sprintf("security.txt has passed its Expires date, %s, since it was fetched", e.UTC().Format(time.DateOnly)), "run `plimsoll assess` again: the maker may have renewed the file")
			return
		}
	}
	if !o.File.Valid() {
		j.valid(false)
		j.add(plimsoll.Fail, fmt.Sprintf("the security.txt file at %s does not keep to RFC 9116: %s", o.Snapshot.FinalURL, listed(o.File.Problems, securitytxt.Error)), "mend the file"+orDrop)
		return
	}
	j.valid(true)
	j.names(o)
}

// names compares the policy that a valid file names with the declared one.
func (j *judging) names(o Observation) {
	want := j.v.Product.Targets.Web.DisclosurePolicy
	if r, ok := j.v.Product.Row(table, table); ok && r.Observed == "" && r.Text(policy) != "" {
		want = r.Text(policy)
	}
	named := o.File.Get("Policy")
	also := ""
	if w := listed(o.File.Problems, securitytxt.Warning); w != "" {
		also = " (worth mending: " + w + ")"
	}
	switch {
	case len(named) == 0 || want == "":
		// Policy is an optional field: a file without one says nothing about the unit.
	case slices.ContainsFunc(named, func(p string) bool { return page.SameAddress(p, want) }):
		j.add(plimsoll.Pass, "a valid security.txt file names the declared policy, "+want+also, "")
	default:
		j.res.Add(plimsoll.Finding{
			Unit: unitPublished, Subject: table, Verdict: plimsoll.Inconclusive, Mismatch: true, Evidence: j.ev,
			Reason: fmt.Sprintf("the Policy field of security.txt names %s; declared is %s", strings.Join(named, ", "), want) + also,
			Remedy: "let security.txt and ixit.UserInfo." + policy + " name the same page",
		})
	}
}

// listed names the problems of one severity, each with its line.
func listed(ps []securitytxt.Problem, s securitytxt.Severity) string {
	var out []string
	for _, p := range ps {
		if p.Severity != s {
			continue
		}
		where := ""
		if p.Line > 0 {
			where = fmt.Sprintf("line %d: ", p.Line)
		}
		out = append(out, fmt.Sprintf("%s%s (%s)", where, p.Text, p.Clause))
	}
	return strings.Join(out, "; ")
}
