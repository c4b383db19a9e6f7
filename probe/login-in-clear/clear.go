// Package logininclear reports password logins that can be used without
// encryption.
//
// EN 303 645, 5.1-3 and 5.5-1, in our words: what proves a user, and what the
// device exchanges, is protected by cryptography that fits. TS 103 701, 5.1-3-2/a
// and 5.5-1-2/a where the device differs from its declaration; 5.1-3-1 and 5.5-1-1
// where the declaration itself says that nothing protects the password.
//
// The package must never log in, and never call a login unprotected because
// software cannot see the protection.
package logininclear

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Probe is the probe login-in-clear.
var Probe = &probe.Probe{
	Name:    "login-in-clear",
	Version: 1,
	Doc: `whether a password can be sent to the device without encryption
It reads which logins were found and whether TLS or SSH protects them. It cannot see
encryption that a script of the page adds, nor who can listen on the network.`,
	Needs:   probe.NeedsDevice,
	Reads:   []string{evidence.OpenPorts.Name, evidence.Logins.Name},
	Decides: decides,
	Facts: []plimsoll.FactID{
		"login.in_clear", "login.password_seen", "passwords.used", "users.authenticate",
		"authentication.cryptographic", "authentication.network", "functions.network_reachable", "input.user_interface",
	},
	// Everything it needs is collected by the probes that it reads.
	Collect: nothing,
	Judge:   judge,
}

// The units that it decides, and those of the declared design that it can
// contradict.
const (
	unitLogin plimsoll.UnitID = "5.1-3-2/a"
	unitLink  plimsoll.UnitID = "5.5-1-2/a"
)

var (
	decides     = []plimsoll.UnitID{unitLogin, unitLink}
	designLogin = []plimsoll.UnitID{"5.1-3-1/a", "5.1-3-1/b", "5.1-3-1/c"}
	designLink  = []plimsoll.UnitID{"5.5-1-1/a"}
)

func nothing(context.Context, *probe.Session) error { return nil }

// shows says what a listener on the network gets of a login without encryption.
var shows = map[string]string{
	"telnet":     "name and password pass as they are typed",
	"ftp":        "name and password pass as they are typed",
	"http-form":  "the form sends name and password as they are typed",
	"http-basic": "HTTP Basic sends name and password merely encoded",
	"http-other": "the page asks for the password over plain HTTP",
}

// inClear says what a listener gets, "" when the login is protected.
func inClear(l evidence.Login) string {
	if !l.Asks || l.TLS {
		return ""
	}
	return shows[l.Protocol]
}

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
			res.Open(decides, it.Gap("not every service could be looked at"))
		}
		for _, l := range it.Value {
			j := judging{p: v.Product, l: l, base: base, res: &res}
			if inClear(l) != "" {
				j.login()
				j.link()
				j.facts(it.Digest)
			} else {
				j.protected()
			}
		}
		if len(it.Value) == 0 && it.Note == "" {
			f := base
			f.Reason, f.Remedy = "no password login was seen, so none could be judged", "declare the logins in ixit.AuthMech (surface: {protocol, port, path}) and answer with `plimsoll ask`"
			res.Open(decides, f)
		}
	}
	return res
}

// judging is the judgement of one login.
type judging struct {
	p    *product.Product
	l    evidence.Login
	base plimsoll.Finding
	res  *probe.Result
}

func (j *judging) add(u plimsoll.UnitID, subject string, v plimsoll.Verdict, reason, remedy string, mismatch bool) {
	f := j.base
	f.Unit, f.Subject, f.Verdict, f.Reason, f.Remedy, f.Mismatch = u, subject, v, reason, remedy, mismatch
	j.res.Add(f)
}

func (j *judging) reason(declared string) string {
	return fmt.Sprintf("%s takes a password without encryption: %s; %s", j.l.Where(), inClear(j.l), declared)
}

const remedy = "serve the login over TLS or SSH only, and close or redirect the unprotected port"

// login judges the authentication mechanism. Its row says that nothing protects it
// when it names a protocol without encryption and, in crypto, none on the wire.
func (j *judging) login() {
	r, ok := probe.PasswordAt(j.p, j.l)
	if !ok {
		j.add(unitLogin, probe.Seen("tcp", j.l.Port, j.l.Protocol), plimsoll.Fail, j.reason("no row of ixit.AuthMech declares it"), remedy, true)
		return
	}
	if !bare(r) {
		j.add(unitLogin, r.ID, plimsoll.Fail, j.reason(r.ID+" does not declare that"), remedy+", or declare what the device does", true)
		return
	}
	for _, u := range designLogin {
		j.add(u, r.ID, plimsoll.Fail, j.reason("that is as "+r.ID+" declares it, and protects nothing"), remedy, false)
	}
	j.add(unitLogin, r.ID, plimsoll.Pass, "without encryption, as "+r.ID+" declares, at "+j.l.Where(), "", false)
}

// bare reports whether a row declares a login without encryption.
func bare(r product.Row) bool {
	if !slices.Contains([]string{"telnet", "ftp", "http"}, strings.ToLower(r.Text("surface.protocol"))) {
		return false
	}
	list, given := r.List("crypto")
	return given && !slices.ContainsFunc(list, func(s string) bool {
		s = strings.ToLower(s)
		return strings.Contains(s, "tls") || strings.Contains(s, "ssl") || strings.Contains(s, "ssh")
	})
}

// link judges the communication mechanism that carries the login.
func (j *judging) link() {
	name, _, _ := strings.Cut(j.l.Protocol, "-")
	r, ok := probe.RowAt(j.p, "ComMech", "tcp", j.l.Port)
	switch {
	case !ok:
		j.add(unitLink, probe.Seen("tcp", j.l.Port, name), plimsoll.Fail, j.reason("no row of ixit.ComMech declares it"), remedy, true)
	case r.Text("security") == "none":
		for _, u := range designLink {
			j.add(u, r.ID, plimsoll.Fail, j.reason(r.ID+" declares security: none, which does not suit what it carries"), remedy, false)
		}
		j.add(unitLink, r.ID, plimsoll.Pass, "without encryption, as "+r.ID+" declares, at "+j.l.Where(), "", false)
	default:
		declared := r.Text("security")
		if declared == "" {
			declared = "nothing"
		}
		j.add(unitLink, r.ID, plimsoll.Fail, j.reason(r.ID+" declares "+declared+" as its security"), remedy+", or declare what the device does", true)
	}
}

// protected proposes PASS for a declared login that asks inside TLS or SSH, and
// leaves open what does not show.
func (j *judging) protected() {
	r, ok := probe.PasswordAt(j.p, j.l)
	link, linked := probe.RowAt(j.p, "ComMech", "tcp", j.l.Port)
	switch {
	case !j.l.Asks:
		j.openBoth(r, ok, link, linked, "asks for no password, so none passes", "see to the finding of default-passwords first")
	case j.l.Protocol == "http-digest" && !j.l.TLS:
		j.openBoth(r, ok, link, linked, "uses HTTP Digest without encryption: the password does not pass, but who listens can guess it offline", "serve the login over TLS")
	default:
		if ok {
			j.add(unitLogin, r.ID, plimsoll.Pass, "the password passes encrypted at "+j.l.Where(), "", false)
		} else {
			j.add(unitLogin, "", plimsoll.Inconclusive, "no declared login was seen at "+j.l.Where(), "declare it in ixit.AuthMech (surface: {protocol, port})", false)
		}
		if linked && link.Text("security") != "none" {
			j.add(unitLink, link.ID, plimsoll.Pass, "the password passes encrypted at "+j.l.Where(), "", false)
		} else {
			j.add(unitLink, "", plimsoll.Inconclusive, "no declared protection was seen at "+j.l.Where(), "declare it in ixit.ComMech (transport, port, security)", false)
		}
	}
}

func (j *judging) openBoth(r product.Row, ok bool, link product.Row, linked bool, what, todo string) {
	a, b := "", ""
	if ok {
		a = r.ID
	}
	if linked {
		b = link.ID
	}
	j.add(unitLogin, a, plimsoll.Inconclusive, j.l.Where()+" "+what, todo, false)
	j.add(unitLink, b, plimsoll.Inconclusive, j.l.Where()+" "+what, todo, false)
}

func (j *judging) facts(ev plimsoll.Digest) {
	ids := []plimsoll.FactID{"login.in_clear", "login.password_seen", "passwords.used", "users.authenticate", "authentication.cryptographic", "authentication.network", "functions.network_reachable"}
	if strings.HasPrefix(j.l.Protocol, "http") {
		ids = append(ids, "input.user_interface")
	}
	subject := probe.Seen("tcp", j.l.Port, j.l.Protocol)
	if r, ok := probe.PasswordAt(j.p, j.l); ok {
		subject = r.ID
	}
	for _, id := range ids {
		j.res.Fact(id, subject, true, ev)
	}
}
