package defaultpasswords

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/wire/creds"
)

func judge(v *probe.View) probe.Result {
	var res probe.Result
	items := probe.Items(v, evidence.Logins)
	if len(items) == 0 {
		res.Open(decides, plimsoll.Finding{Reason: "no login was looked for", Remedy: v.HowToRun("default-passwords", probe.NeedsDevice)})
		return res
	}
	for _, it := range items {
		base := it.Finding()
		if it.Note != "" {
			res.Open(decides, it.Gap("not every service could be tried"))
		}
		for _, l := range it.Value {
			j := judging{v: v, l: l, base: base, res: &res}
			j.login()
			j.facts(it.Digest)
		}
		unseen(v, it.Value, base, &res)
	}
	return res
}

// judging is the judgement of one login.
type judging struct {
	v    *probe.View
	l    evidence.Login
	base plimsoll.Finding
	res  *probe.Result
}

func (j *judging) subject() string {
	if r, ok := probe.PasswordAt(j.v.Product, j.l); ok {
		return r.ID
	}
	return probe.Seen("tcp", j.l.Port, j.l.Protocol)
}

func (j *judging) service() string {
	if r, ok := probe.RowAt(j.v.Product, "SoftServ", "tcp", j.l.Port); ok {
		return r.ID
	}
	return probe.Seen("tcp", j.l.Port, j.l.Protocol)
}

func (j *judging) add(u plimsoll.UnitID, subject string, verdict plimsoll.Verdict, reason, remedy string) {
	f := j.base
	f.Unit, f.Subject, f.Verdict, f.Reason, f.Remedy = u, subject, verdict, reason, remedy
	j.res.Add(f)
}

// unclear says, for each result that proves nothing, why and what to do.
var unclear = map[creds.Verdict][2]string{
	creds.Unstable:    {"the answers do not tell a refusal from a login", "try a published default by hand and answer with `plimsoll ask`"},
	creds.LockedOut:   {"the login locked before the pairs were tried", "wait until the lock ends, declare rate_limit in its AuthMech row, and run `plimsoll assess` again"},
	creds.Unreachable: {"the service stopped answering while it was tried", "see that it answers and run `plimsoll assess` again"},
	creds.NotTried:    {"no pair was tried: the login needs a script, or the declared lock-out leaves no room", "try published defaults by hand, or run with --allow disruptive on a sample that may lock"},
}

// login gives the findings of one login.
func (j *judging) login() {
	r := j.l.Result
	tried := len(refused(r))
	switch {
	case len(r.Hits()) > 0:
		j.hits(r.Hits())
		return
	case r.Verdict == creds.NoPasswordAsked:
		j.open("it lets everybody in without a password", "ask for a password that the user sets, or close the service")
		return
	case r.Verdict == creds.AnyPasswordWorks:
		j.open("it lets in whoever types any password", "check the password before the login is granted")
		return
	case r.Verdict == creds.PairRefused && tried > 0:
		j.refusedAll(tried)
		return
	}
	verdict := r.Verdict
	if verdict == creds.PairRefused {
		verdict = creds.NotTried
	}
	why := unclear[verdict]
	if verdict == creds.NotTried && r.Verdict == creds.NotTried && tried > 0 {
		why = [2]string{fmt.Sprintf("the run ended after %d pairs, all refused", tried), "run `plimsoll assess` again"}
	}
	j.add(unitPassword, j.subject(), plimsoll.Inconclusive, fmt.Sprintf("%s: %s", j.l.Where(), why[0]), why[1])
	j.add(unitAccess, j.service(), plimsoll.Inconclusive, fmt.Sprintf("%s: %s", j.l.Where(), why[0]), why[1])
}

// refused lists the pairs that the login refused.
func refused(r creds.Result) []creds.Tried {
	var out []creds.Tried
	for _, c := range r.Candidates {
		if c.Verdict == creds.PairRefused {
			out = append(out, c)
		}
	}
	return out
}

// hits reports the pairs that work. The login does tell right from wrong.
func (j *judging) hits(hits []creds.Tried) {
	for _, h := range hits {
		j.add(unitPassword, j.subject(), plimsoll.Fail,
			fmt.Sprintf("the published default %s opens %s (%s); a certainly wrong password was refused before and after. Published in: %s", pair(h.Pair), j.l.Where(), h.Proof, h.Source),
			"remove the account, or have its password set by the user before first use or made for each unit")
	}
	j.add(unitAccess, j.service(), plimsoll.Pass, "a certainly wrong login was refused at "+j.l.Where(), "")
}

// pair shows a published pair, which is no secret.
func pair(p creds.Pair) string {
	password := p.Password
	if password == "" {
		password = "(empty password)"
	}
	if p.User == "" {
		return fmt.Sprintf("password %q", password)
	}
	return fmt.Sprintf("%q", p.User+"/"+password)
}

// open reports a login that refuses nobody: that is a failure of access control,
// and nothing can be said of the password.
func (j *judging) open(what, remedy string) {
	j.add(unitAccess, j.service(), plimsoll.Fail, fmt.Sprintf("%s: %s", j.l.Where(), what), remedy)
	j.add(unitPassword, j.subject(), plimsoll.Inconclusive, fmt.Sprintf("%s: %s, so that nothing can be said of a password", j.l.Where(), what), remedy+"; then run `plimsoll assess` again")
}

// refusedAll proposes PASS for a declared login and leaves an undeclared one open.
func (j *judging) refusedAll(tried int) {
	reason := fmt.Sprintf("no default from the public list opened %s: %d of %d pairs were tried and refused, as was a login without any and a certainly wrong one",
		j.l.Where(), tried, len(creds.Defaults()))
	if r, ok := probe.PasswordAt(j.v.Product, j.l); ok {
		f := j.base
		f.Unit, f.Subject, f.Verdict, f.Reason = unitPassword, r.ID, plimsoll.Pass, reason
		if left := len(creds.Defaults()) - tried; left > 0 {
			f.Coverage.Missing = []string{fmt.Sprintf("%d pairs of the list", left)}
		}
		j.res.Add(f)
	} else {
		j.add(unitPassword, j.subject(), plimsoll.Inconclusive, reason+"; how its password comes about is not declared",
			"declare it in ixit.AuthMech (factor, surface: {protocol, port}, set_by, unique_per_unit), or remove the login")
	}
	j.add(unitAccess, j.service(), plimsoll.Pass, "a login without credentials and a certainly wrong one were refused at "+j.l.Where()+"; the functions behind it were not called", "")
}

// unseen leaves declared password logins open whose port showed none.
func unseen(v *probe.View, logins []evidence.Login, base plimsoll.Finding, res *probe.Result) {
	at := map[int]bool{}
	for _, l := range logins {
		at[int(l.Port)] = true
	}
	if u, ok := v.Catalog.Unit(unitPassword); ok {
		for _, r := range v.Product.Select(u.Where).Matches {
			port, ok := r.Int("surface.port")
			if ok && at[port] {
				continue
			}
			f := base
			f.Unit, f.Subject, f.Verdict = unitPassword, r.ID, plimsoll.Inconclusive
			f.Reason, f.Remedy = "its login was not seen on the network", "compare the password of the sample with the declaration by hand and answer with `plimsoll ask`"
			if !ok {
				f.Remedy = "declare " + r.ID + ".surface.port, or " + f.Remedy
			}
			res.Add(f)
		}
	}
	f := base
	f.Verdict, f.Reason = plimsoll.Inconclusive, "no login that software can try was seen on the network"
	f.Remedy = "declare the logins in ixit.AuthMech (surface: {protocol, port, path}) and answer with `plimsoll ask`"
	res.Rest(decides, f)
}

// facts states what the login is a sign of.
func (j *judging) facts(ev plimsoll.Digest) {
	say := func(ids ...plimsoll.FactID) {
		for _, id := range ids {
			j.res.Fact(id, j.subject(), true, ev)
		}
	}
	l, shell := j.l, j.l.Protocol == "telnet" || j.l.Protocol == "ssh"
	say("functions.network_reachable")
	if l.Asks {
		say("passwords.used", "users.authenticate", "authentication.cryptographic", "authentication.network", "login.password_seen")
	}
	if strings.HasPrefix(l.Protocol, "http") {
		say("input.user_interface")
	}
	if l.Protocol == "telnet" {
		say("telnet.reachable")
	}
	if len(l.Result.Hits()) > 0 {
		say("default_password.works")
	}
	if shell && (len(l.Result.Hits()) > 0 || l.Result.Verdict == creds.NoPasswordAsked || l.Result.Verdict == creds.AnyPasswordWorks) {
		say("configuration.network")
	}
}
