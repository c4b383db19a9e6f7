package rule

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 1, clause 5.1. Passwords outside factory default differ from unit to
// unit or are chosen by the user (5.1-1); logins use sound cryptography (5.1-3), can
// be changed by a documented way (5.1-4), and cannot be guessed (5.1-5). The
// generator of pre-installed passwords (5.1-2) is prose and left to a person.
func passwords() *probe.Probe {
	return rule("passwords", `declared passwords, their cryptography, change and defence
Looks at table AuthMech for values shared by all units, logins in the clear,
broken algorithms, values nobody can change, and passwords without a defence
against guessing. It cannot judge generators or texts.`,
		check{unit: "5.1-1-1/a", row: must("unique_per_unit", "give each unit its own password, or let the user set it before anything else works")},
		check{unit: "5.1-3-1/c", row: soundLogin},
		check{unit: "5.1-4-1/a", row: changeable},
		check{unit: "5.1-5-1/a", row: guessing},
	)
}

// guessable lists the factors that are short enough to be guessed.
func guessable(r product.Row) bool {
	return slices.Contains([]string{"password", "pin"}, r.Text("factor"))
}

// soundLogin judges 5.1-3-1/c: a password over a protocol without cryptography, or
// an algorithm that is known to be broken, is not best practice for any use.
func soundLogin(_ *probe.View, r product.Row) answer {
	if l := lacking(r, "factor"); len(l) > 0 {
		return declare(r, l...)
	}
	const protocol = "surface.protocol"
	if guessable(r) && slices.Contains([]string{"telnet", "ftp", "http"}, strings.ToLower(r.Text(protocol))) {
		return fail("%s: the password crosses the network in the clear", says(r, "factor", protocol)).
			with("take logins over an encrypted protocol only, such as https or ssh")
	}
	return soundCrypto("crypto", false)(nil, r)
}

// changeable judges 5.1-4-1/a: a value that cannot be changed has no way of
// changing that could be explained.
func changeable(v *probe.View, r product.Row) answer {
	const doc = "documentation_of_change_mechanisms"
	switch r.Bool("changeable") {
	case plimsoll.Unknown:
		return declare(r, "changeable")
	case plimsoll.False:
		return fail("%s: there is no change to explain", says(r, "changeable")).
			with("let the user change the value, and explain how")
	}
	info, ok := v.Product.Row("UserInfo", "UserInfo")
	switch {
	case !ok:
		return missing("ixit.UserInfo")
	case info.Observed != "":
		return confirm(info)
	case !published(info, doc):
		return declare(info, doc)
	}
	return pass("%s, and UserInfo.%s is declared", says(r, "changeable"), doc)
}

// published reports whether an entry of UserInfo says where it is to be found.
func published(info product.Row, key string) bool {
	return len(lacking(info, key, key+".url", key+".where")) < 3
}

// guessing judges 5.1-5-1/a: a password on a network without any defence can be
// guessed; a key or token drawn at random cannot.
func guessing(_ *probe.View, r product.Row) answer {
	const action, attempts = "rate_limit.action", "rate_limit.attempts"
	if l := lacking(r, "factor"); len(l) > 0 {
		return declare(r, l...)
	}
	switch r.Text("factor") {
	case "password", "pin":
	case "key", "certificate":
		return pass("%s, which is proven by cryptography and not guessed", says(r, "factor"))
	default:
		return answer{}
	}
	limit, given := r.Int(attempts)
	switch r.Text(action) {
	case "":
		return declare(r, action)
	case "none":
		return fail("%s without any defence against guessing", says(r, "factor", "network", action)).
			with("slow down or lock out after a few wrong guesses, and declare it")
	case "delay", "lockout":
		if !given {
			return declare(r, attempts)
		}
		return pass("%s, after %d wrong guesses", says(r, action), limit)
	}
	return pass("%s", says(r, action))
}
