package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 5, clause 5.5. Communication uses sound cryptography (5.5-1; 5.5-6,
// 5.5-7, 5.8-1 and 5.8-2 apply it) from reviewed implementations (5.5-2) that can be
// replaced (5.5-3); functions on a network ask for authentication first (5.5-4;
// 5.5-5 applies it); keys are managed by a process in place (5.5-8).
func communication() *probe.Probe {
	return rule("communication", `declared communication, its cryptography and its logins
Looks at tables ComMech, NetSecImpl, SoftComp and SoftServ. Sound versions and
names are no proof of sound cryptography: a person judges that.`,
		check{unit: "5.5-1-1/c", row: soundChannel},
		check{unit: "5.5-2-1/a", row: must("reviewed", "have the implementation reviewed or evaluated, or take one that was")},
		check{unit: "5.5-3-1/a", row: filled("update", "give the component an update mechanism, so that its cryptography can be replaced")},
		check{unit: "5.5-3-1/b", row: must("side_effects_considered", "consider what a change of its algorithms would break, and write it down")},
		check{unit: "5.5-4-1/a", row: authenticated},
		check{unit: "5.5-8-1/b", row: confirmed("confirmation_of_secure_management", "managing keys and other critical parameters")},
	)
}

// broken lists cryptography that is best practice for no use, with who says so.
// Hashes are so only where collisions matter, as they do for signed updates.
var broken = []struct {
	name, says string
	hash       bool
}{
	{name: "sslv2", says: "RFC 6176 prohibits it"},
	{name: "sslv3", says: "RFC 7568 prohibits it"},
	{name: "tls10", says: "RFC 8996 prohibits it"},
	{name: "tls11", says: "RFC 8996 prohibits it"},
	{name: "rc4", says: "RFC 7465 prohibits it"},
	{name: "des", says: "its standard, FIPS 46-3, was withdrawn"},
	{name: "descrypt", says: "the standard it is made of, FIPS 46-3, was withdrawn"},
	{name: "md4", says: "RFC 6150 made it historic", hash: true},
	{name: "md5", says: "RFC 6151 does not accept it where collisions matter", hash: true},
}

// brokenName finds a declared name in the list.
func brokenName(name string) (says string, hash, ok bool) {
	plain := strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(name))
	for _, b := range broken {
		if b.name == plain {
			return b.says, b.hash, true
		}
	}
	return "", false, false
}

// brokenSuite finds what is broken in a TLS cipher suite, by its IANA name.
func brokenSuite(name string) (string, bool) {
	for _, part := range strings.Split(strings.ToLower(name), "_") {
		switch part {
		case "null", "anon", "export", "rc4", "des", "des40", "rc2":
			return part, true
		}
	}
	return "", false
}

// soundCrypto judges the names in a list of cryptography: a broken one is a
// counter-example, a broken hash only for signatures; that none is named proves
// nothing more.
func soundCrypto(field string, signatures bool) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		names, given := r.List(field)
		if !given {
			return declare(r, field)
		}
		clean := len(names) > 0
		for _, n := range names {
			why, hash, ok := brokenName(n)
			if ok && (signatures || !hash) {
				return fail("%s, and %s is not best practice: %s", says(r, field), n, why).with("replace %s by current cryptography", n)
			}
			clean = clean && !ok
		}
		if !clean {
			return answer{}
		}
		return pass("%s, of which none is on the list of broken ones", says(r, field))
	}
}

// soundChannel judges 5.5-1-1/c.
func soundChannel(v *probe.View, r product.Row) answer {
	const version, suites = "min_version", "suites"
	switch r.Text("security") {
	case "":
		return declare(r, "security")
	case "none":
		return clearChannel(v, r)
	case "tls", "dtls":
	default:
		return answer{} // whose versions the typed fields do not give
	}
	if l := lacking(r, version); len(l) > 0 {
		return declare(r, l...)
	}
	if why, _, ok := brokenName(r.Text(version)); ok {
		return fail("%s, which is not best practice: %s", says(r, "security", version), why).with("refuse versions below TLS 1.2")
	}
	list, _ := r.List(suites)
	for _, s := range list {
		if part, ok := brokenSuite(s); ok {
			return fail("%s declares the suite %s, and %s is not best practice", r.ID, s, part).with("switch off the suite %s", s)
		}
	}
	return pass("%s, and names no broken suite", says(r, "security", version))
}

// basic lists the protocols that run a network itself and have no cryptography to
// choose; what they carry must do without (scope of 5.5-5 and 5.6-2).
func basic(protocol string) bool {
	return slices.Contains([]string{"arp", "dhcp", "dhcpv6", "dns", "icmp", "icmpv6", "igmp", "mdns", "mld", "ndp", "ntp", "sntp", "slaac"}, strings.ToLower(protocol))
}

// clearChannel judges a mechanism without protection: it is a counter-example when
// a secret or personal data for a service crosses it, or when it leaves the local
// network with anything but a basic protocol.
func clearChannel(v *probe.View, r product.Row) answer {
	carried, unsure := carries(v, r.ID)
	switch {
	case carried != "":
		return fail("%s and carries %s", says(r, "security"), carried).with("encrypt and authenticate the channel, such as with TLS 1.2 or later")
	case r.Bool("remote") == plimsoll.Unknown:
		return declare(r, "remote")
	case r.Bool("remote") == plimsoll.True:
		if l := lacking(r, "protocol"); len(l) > 0 {
			return declare(r, l...)
		}
		if !basic(r.Text("protocol")) {
			return fail("%s: it leaves the local network unprotected", says(r, "protocol", "remote", "security")).
				with("encrypt and authenticate the channel, such as with TLS 1.2 or later")
		}
	}
	if unsure.verdict != "" {
		return unsure
	}
	return pass("%s, and no row says that it carries a critical parameter or personal data for a service", says(r, "security", "remote"))
}

// carries names a row that refers to a mechanism and needs it to be confidential,
// or what must be declared to know.
func carries(v *probe.View, id string) (row string, unsure answer) {
	needs := []struct {
		table  plimsoll.TableID
		filter []string // fields that must hold, with their value
	}{
		{"SecParam", []string{"type", "critical"}},
		{"PersData", []string{"to_service", "yes"}},
	}
	for _, n := range needs {
		if a, yes := tablesMissing(v, n.table); yes {
			unsure = a
			continue
		}
		for _, r := range v.Product.Rows(n.table) {
			refs, given := r.List("communication")
			fits := is(r, n.filter[0], n.filter[1])
			switch {
			case fits == plimsoll.False || given && !slices.Contains(refs, id):
			case given && fits == plimsoll.True:
				return fmt.Sprintf("%s (%s)", r.ID, says(r, n.filter[0], "communication")), answer{}
			case !given:
				unsure = declare(r, "communication")
			default:
				unsure = declare(r, n.filter[0])
			}
		}
	}
	return "", unsure
}

// is compares a field with a value, where yes stands for true.
func is(r product.Row, field, want string) plimsoll.Truth {
	switch {
	case !r.Has(field):
		return plimsoll.Unknown
	case want == "yes":
		return r.Bool(field)
	}
	return plimsoll.TruthOf(r.Text(field) == want)
}

// authenticated judges 5.5-4-1/a. A basic network protocol has no login, and 5.5-5,
// which applies this unit, excepts it: a person decides.
func authenticated(v *probe.View, r product.Row) answer {
	const field, remedy = "authentication", "guard the service by an authentication mechanism of table AuthMech, or switch it off"
	refs, given := r.List(field)
	switch {
	case !given:
		return declare(r, field)
	case len(refs) == 0 && r.Bool("basic_protocol") == plimsoll.True:
		return open("%s: basic protocols are excepted for configuration only", says(r, field, "basic_protocol")).
			with("let a person decide whether the service may do without a login")
	case len(refs) == 0:
		return fail("%s: it can be reached over a network without a login", says(r, field)).with(remedy)
	}
	for _, id := range refs {
		m, ok := v.Product.Row("AuthMech", id)
		switch {
		case !ok:
			return missing(id)
		case m.Observed != "":
			return confirm(m)
		case m.Text("factor") == "none":
			return fail("%s, and %s", says(r, field), says(m, "factor")).with(remedy)
		}
	}
	return pass("%s", says(r, field))
}
