package rule

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 6, clause 5.6. Interfaces without a purpose are off (5.6-1), tell little
// before login (5.6-2), and are not needlessly exposed (5.6-3); debug interfaces are
// closed (5.6-4); only needed services run (5.6-5); code is developed by a process in
// place (5.6-9).
func surface() *probe.Probe {
	return rule("surface", `declared interfaces and services
Looks at tables Intf and SoftServ for what is on, exposed or talkative without
need. It cannot judge purposes and justifications.`,
		check{unit: "5.6-1-1/a", row: purposeful},
		check{unit: "5.6-2-1/a", row: harmless},
		check{unit: "5.6-2-1/b", row: disclosureNeeded},
		check{unit: "5.6-3-1/a", row: mustNot("accessible", "put the interface behind the casing, or take it out")},
		check{unit: "5.6-3-1/b", row: off("switch the radio off in the initialized state, or take it out")},
		check{unit: "5.6-3-1/c", row: must("off_when_unneeded", "switch the interface off while it is not needed")},
		check{unit: "5.6-4-1/a", row: must("disabled_by_software", "disable the debug interface by software")},
		check{unit: "5.6-4-1/b", row: must("permanently_disabled", "disable the debug interface for good")},
		check{unit: "5.6-4-1/c", row: off("keep the debug interface off by default")},
		check{unit: "5.6-5-1/a", row: needed},
		check{unit: "5.6-6-1/a", row: prose("description")},
		check{unit: "5.6-9-1/b", row: confirmed("confirmation_of_secure_development", "secure development")},
	)
}

// off wants the status off.
func off(remedy string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		switch r.Text("status") {
		case "":
			return declare(r, "status")
		case "off":
			return pass("%s", says(r, "status"))
		}
		return fail("%s", says(r, "status")).with("%s", remedy)
	}
}

// purposeful judges 5.6-1-1/a for an enabled interface: one that nobody ever needs
// has no purpose; whether the stated one is good, a person says.
func purposeful(_ *probe.View, r product.Row) answer {
	if r.Text("needed") == "never" {
		return fail("%s: no purpose justifies it", says(r, "status", "needed")).with("switch the interface off")
	}
	return prose("description")(nil, r)
}

// harmless judges 5.6-2-1/a: a secret is security-relevant whatever the row says.
// Versions and names may be; a person says.
func harmless(_ *probe.View, r product.Row) answer {
	const relevant, list = "discloses_security_relevant", "discloses"
	if r.Text("status") == "off" {
		return pass("%s: it discloses nothing", says(r, "status"))
	}
	tells, given := r.List(list)
	switch {
	case r.Bool(relevant) == plimsoll.Unknown:
		return declare(r, relevant)
	case r.Bool(relevant) == plimsoll.True:
		return pass("%s: nothing is declared harmless", says(r, relevant))
	case !given:
		return declare(r, list)
	case len(tells) == 0:
		return pass("%s", says(r, list))
	}
	for _, t := range tells {
		if secretName(t) {
			return fail("%s, and %s is security-relevant", says(r, relevant, list), t).
				with("stop disclosing %s before login", t)
		}
	}
	return answer{}
}

// secretName reports whether the name of a disclosed item is that of a secret. It
// takes whole names only: "password policy" is none.
func secretName(item string) bool {
	plain := strings.NewReplacer("_", "-", " ", "-", ".", "-").Replace(strings.ToLower(item))
	return slices.Contains([]string{
		"password", "passwords", "password-hash", "password-hashes", "passphrase", "credential", "credentials", "secret",
		"token", "access-token", "session-token", "private-key", "wifi-password", "wifi-passphrase", "psk",
	}, plain)
}

// disclosureNeeded judges 5.6-2-1/b: only security-relevant information must be
// necessary.
func disclosureNeeded(_ *probe.View, r product.Row) answer {
	const relevant = "discloses_security_relevant"
	if r.Text("status") == "off" {
		return pass("%s: it discloses nothing", says(r, "status"))
	}
	switch r.Bool(relevant) {
	case plimsoll.Unknown:
		return declare(r, relevant)
	case plimsoll.False:
		return pass("%s", says(r, relevant))
	}
	return prose("disclosed_information")(nil, r)
}

// needed judges 5.6-5-1/a: a service for which a safe replacement has long existed
// is not necessary; for the others a person reads the justification.
func needed(_ *probe.View, r product.Row) answer {
	const protocol, network = "protocol", "network"
	superseded := map[string]string{"telnet": "ssh", "ftp": "sftp or https", "tftp": "https", "rlogin": "ssh", "rsh": "ssh"}
	if r.Bool(network) == plimsoll.False {
		return prose("justification")(nil, r)
	}
	if l := lacking(r, protocol); len(l) > 0 {
		return declare(r, l...)
	}
	if by, ok := superseded[strings.ToLower(r.Text(protocol))]; ok {
		return fail("%s: the protocol is unprotected and %s replaces it", says(r, "status", protocol), by).
			with("switch the service off; offer %s where the function is needed", by)
	}
	if l := lacking(r, "justification"); len(l) > 0 {
		return declare(r, l...)
	}
	return answer{}
}
