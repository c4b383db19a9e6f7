package tlsserver

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/suite"
	"github.com/plimsoll-iot/plimsoll/wire/tlsserver"
)

func judge(v *probe.View) probe.Result {
	var res probe.Result
	items := probe.Items(v, Servers)
	if len(items) == 0 {
		res.Open(decides, plimsoll.Finding{Reason: "no TLS service was looked at", Remedy: v.HowToRun("tls-server", probe.NeedsDevice)})
		return res
	}
	for _, it := range items {
		base := it.Finding()
		if it.Note != "" {
			res.Open(decides, it.Gap("not every TLS service was looked at"))
		}
		lowest := ""
		for _, r := range it.Value {
			j := judging{p: v.Product, r: r, at: it.Time, base: base, res: &res}
			if !j.place() {
				continue
			}
			j.link()
			j.logins()
			if a := accepted(r); len(a) > 0 && (lowest == "" || slices.Index(order, a[0]) < slices.Index(order, lowest)) {
				lowest = a[0]
			}
		}
		if lowest != "" {
			res.Fact("tls.min_version_seen", it.Target.Name, lowest, it.Digest)
		}
		none := base
		none.Verdict, none.Reason = plimsoll.Inconclusive, "no declared service of this kind speaks TLS on the scanned ports"
		none.Remedy = "declare port and protocol of the row, or look at its handshake with a capture and answer with `plimsoll ask`"
		res.Rest(decides, none)
	}
	return res
}

// judging is the judgement of one TLS port.
type judging struct {
	p    *product.Product
	r    tlsserver.Result
	at   time.Time
	base plimsoll.Finding
	res  *probe.Result

	port uint16
	weak []weakness
}

// place reads the port out of the address and the weaknesses out of the result.
func (j *judging) place() bool {
	ap, err := netip.ParseAddrPort(j.r.Address)
	if err != nil {
		return false // such evidence was not made by this probe
	}
	j.port = ap.Port()
	j.weak = weaknesses(j.r, j.at)
	return true
}

func (j *judging) add(u plimsoll.UnitID, subject string, v plimsoll.Verdict, mismatch bool, remedy, format string, a ...any) {
	f := j.base
	f.Unit, f.Subject, f.Verdict, f.Mismatch, f.Remedy = u, subject, v, mismatch, remedy
	f.Reason = fmt.Sprintf("tcp port %d: ", j.port) + fmt.Sprintf(format, a...)
	if j.r.Incomplete {
		f.Coverage.Missing = []string{"some handshakes that the server left unanswered"}
	}
	j.res.Add(f)
}

func (j *judging) weakText() string {
	var out []string
	for _, w := range j.weak {
		out = append(out, w.String())
	}
	return strings.Join(out, "; ")
}

// offer says in a line what was seen.
func (j *judging) offer() string {
	s := strings.Join(accepted(j.r), ", ")
	for _, c := range j.r.Certificates {
		s += fmt.Sprintf("; certificate %s %d, %s, until %s", c.KeyType, c.Bits, c.Signature, c.NotAfter.UTC().Format(time.DateOnly))
	}
	return s
}

const better = "accept TLS 1.2 and 1.3 with AEAD suites only, and give the device a certificate with an ECDSA P-256 or RSA 2048 key, signed with SHA-256"

// expected is what a row declares.
type expected struct {
	row      product.Row
	min      string   // "" when it does not say
	suites   []string // nil when it does not say
	mustTLS  bool
	declares string // what to declare when it says nothing
}

// link judges the declared communication mechanism on the port.
func (j *judging) link() {
	row, ok := probe.RowAt(j.p, "ComMech", "tcp", j.port)
	if !ok {
		j.undeclared()
		return
	}
	e := expected{row: row, min: row.Text("min_version"), mustTLS: row.Text("security") == "tls", declares: row.ID + ".min_version"}
	e.suites, _ = row.List("suites")
	if s := row.Text("security"); s != "" && s != "tls" && !j.r.NotTLS {
		j.add(unitLink, row.ID, plimsoll.Inconclusive, true, "correct "+row.ID+".security", "it speaks TLS, and %s declares %s", row.ID, s)
		return
	}
	j.compare(e, unitLink, designLink)
}

// undeclared reports weak TLS that no row declares. Whether it may be there at all
// is the question of declared-versus-discovered.
func (j *judging) undeclared() {
	subject := probe.Seen("tcp", j.port, "tls")
	if len(j.weak) > 0 {
		j.add(unitLink, subject, plimsoll.Fail, false, better, "no row of ixit.ComMech declares this service, and it is weak: %s", j.weakText())
		return
	}
	j.add(unitLink, subject, plimsoll.Inconclusive, false, "declare it in ixit.ComMech (transport, port, security, min_version), or close it", "no row of ixit.ComMech declares this service (%s)", j.offer())
}

// logins judges the declared logins of people on the port. Their list of
// cryptography names the versions; without any the communication row does.
func (j *judging) logins() {
	link, linked := probe.RowAt(j.p, "ComMech", "tcp", j.port)
	for _, row := range probe.LoginsAt(j.p, j.port, "") {
		if row.Text("user") == "machine" {
			continue
		}
		e := expected{row: row, declares: row.ID + ".crypto (such as TLS1.2)"}
		list, _ := row.List("crypto")
		for _, v := range slices.Backward(order) {
			if slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(strings.Replace(s, "TLSv", "TLS", 1), v) }) {
				e.min, e.mustTLS = v, true
			}
		}
		if e.min == "" && linked {
			e.min, e.mustTLS = link.Text("min_version"), link.Text("security") == "tls"
			e.suites, _ = link.List("suites")
		}
		j.compare(e, unitLogin, designLogin)
	}
}

// compare judges what was seen by what a row declares: a difference fails the
// functional unit; what fits and is weak speaks against the design.
func (j *judging) compare(e expected, functional, design plimsoll.UnitID) {
	id := e.row.ID
	if wrong := j.differences(e); len(wrong) > 0 {
		remedy := "make the device do what " + id + " declares, or declare what it does"
		j.add(functional, id, plimsoll.Fail, true, remedy, "%s", strings.Join(wrong, "; "))
	} else {
		j.agrees(e, functional)
	}
	for _, w := range j.weak {
		j.add(design, id, plimsoll.Fail, false, better, "%s; by the catalogue %s", w, suite.ID)
	}
}

// differences lists how the device falls short of a row.
func (j *judging) differences(e expected) []string {
	var out []string
	id, versions := e.row.ID, accepted(j.r)
	if len(versions) == 0 {
		if e.mustTLS && j.r.NotTLS {
			out = append(out, id+" declares TLS, and the service answers with something else")
		}
		return out
	}
	if e.min != "" && slices.Index(order, versions[0]) < slices.Index(order, e.min) {
		out = append(out, fmt.Sprintf("%s is accepted, and %s declares %s as the lowest version", versions[0], id, e.min))
	}
	if e.suites == nil {
		return out
	}
	var extra []string
	for _, s := range suites(j.r) {
		if !slices.ContainsFunc(e.suites, func(d string) bool { return strings.EqualFold(d, s) }) {
			extra = append(extra, s)
		}
	}
	if len(extra) > 0 {
		out = append(out, fmt.Sprintf("the suites of %s do not hold %s, which is accepted", id, strings.Join(extra, ", ")))
	}
	return out
}

// agrees proposes PASS where the row says enough to be compared with.
func (j *judging) agrees(e expected, u plimsoll.UnitID) {
	id := e.row.ID
	switch {
	case len(accepted(j.r)) == 0 && j.r.NotTLS:
		j.add(u, id, plimsoll.Inconclusive, false, "declare what protects it, or look at it by hand and answer with `plimsoll ask`", "it does not speak TLS")
	case len(accepted(j.r)) == 0:
		j.add(u, id, plimsoll.Inconclusive, false, "see that the service answers and run `plimsoll assess` again", "no handshake succeeded")
	case j.r.Incomplete:
		j.add(u, id, plimsoll.Inconclusive, false, "see that the service answers and run `plimsoll assess` again", "it fell silent before every version and suite was tried (%s)", j.offer())
	case e.min == "":
		j.add(u, id, plimsoll.Inconclusive, false, "declare "+e.declares, "the row does not say which version is the lowest; seen: %s", j.offer())
	default:
		j.add(u, id, plimsoll.Pass, false, "", "as declared: %s", j.offer())
	}
}
