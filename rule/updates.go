package rule

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 3, clause 5.3. Every component can be updated (5.3-1), securely (5.3-2),
// simply (5.3-3) and by itself (5.3-4, 5.3-5); the user is in control (5.3-6);
// updating uses sound cryptography (5.3-7) and comes in time (5.3-8); the device
// verifies what it installs (5.3-9, 5.3-10) and tells the user (5.3-11, 5.3-12).
func updates() *probe.Probe {
	const verify = "let the device itself verify each update before it installs it"
	return rule("updates", `declared update mechanisms and what they reach
Looks at tables SoftComp and UpdMech: automation, control, notices, verification
and trust. It cannot see whether a mechanism resists an attack.`,
		check{unit: "5.3-1-1/a", row: unreachable},
		check{
			unit: "5.3-2-1/a", row: resistant,
			none: fail("ixit.UpdMech is declared and has no row: there is no update mechanism").
				with("give the product a secure update mechanism and declare it in ixit.UpdMech"),
		},
		check{unit: "5.3-3-1/a", row: reached, member: simple},
		check{unit: "5.3-4-1/a", row: reached, member: must("automatic", "let the mechanism check for updates and install them by itself")},
		check{unit: "5.3-4-1/b", row: must("default_on", "switch automatic updates on by default")},
		check{unit: "5.3-5-1/a", row: reached, member: scheduled},
		check{unit: "5.3-6-1/a", whole: automatic},
		check{unit: "5.3-6-1/b", row: controlled},
		check{unit: "5.3-6-1/c", row: must("default_on", "switch automatic updates on by default")},
		check{unit: "5.3-6-1/d", row: filled("notice_control", "let the user enable, disable or postpone notices")},
		check{unit: "5.3-6-1/e", row: must("notice_default_on", "switch notices of updates on by default")},
		check{unit: "5.3-7-1/c", row: soundCrypto("crypto", true)},
		check{unit: "5.3-8-1/a", row: prose("time_frame")},
		check{unit: "5.3-8-1/b", row: confirmed("confirmation_of_update_procedures", "deploying security updates")},
		check{unit: "5.3-9-1/a", row: someoneVerifies("authenticity_verified_by")},
		check{unit: "5.3-9-1/b", row: someoneVerifies("integrity_verified_by")},
		check{unit: "5.3-9-1/c", row: deviceVerifies("authenticity_verified_by", verify)},
		check{unit: "5.3-9-1/d", row: deviceVerifies("integrity_verified_by", verify)},
		check{unit: "5.3-10-1/b", row: trusted},
		check{unit: "5.3-11-1/a", row: notified},
		check{unit: "5.3-12-1/a", row: disruption},
	)
}

// unreachable judges 5.3-1-1/a for a component without update mechanism: kept
// unchangeable for security is a reason by itself, any other stands in the text.
func unreachable(_ *probe.View, r product.Row) answer {
	if r.Bool("immutable") == plimsoll.True {
		return pass("%s", says(r, "update", "immutable"))
	}
	return prose("update_mechanism")(nil, r)
}

// reached judges a component by itself when no mechanism reaches it; the mechanisms
// of the others are judged one by one.
func reached(_ *probe.View, r product.Row) answer {
	l, given := r.List("update")
	switch {
	case !given:
		return declare(r, "update")
	case len(l) > 0:
		return answer{}
	}
	switch r.Bool("immutable") {
	case plimsoll.Unknown:
		return declare(r, "immutable")
	case plimsoll.True:
		return pass("%s: kept unchangeable for security", says(r, "update", "immutable"))
	}
	return fail("%s: no mechanism reaches the component", says(r, "update", "immutable")).
		with("give the component an update mechanism")
}

// resistant judges 5.3-2-1/a: an update that nobody verifies can be forged.
func resistant(_ *probe.View, r product.Row) answer {
	for _, f := range []string{"authenticity_verified_by", "integrity_verified_by"} {
		if r.Text(f) == "none" {
			return fail("%s: a forged update would be installed", says(r, f)).
				with("verify origin and integrity of each update before it is installed, such as by a signature")
		}
	}
	if untrusted(r) {
		return fail("%s: a forged update would be installed", says(r, "trust")).
			with("rest the trust in updates on a signature or an authenticated channel")
	}
	const rollback = "rollback_protected"
	if l := lacking(r, "authenticity_verified_by", "integrity_verified_by", "trust", rollback); len(l) > 0 {
		return declare(r, l...)
	}
	if r.Bool(rollback) == plimsoll.False {
		return answer{} // whether an older version helps an attacker is for a person to judge
	}
	return pass("%s", says(r, "authenticity_verified_by", "integrity_verified_by", "trust", rollback))
}

// untrusted reports whether the row declares that the trust in updates rests on
// nothing.
func untrusted(r product.Row) bool {
	l, given := r.List("trust")
	return given && !slices.ContainsFunc(l, func(s string) bool { return s != "none" })
}

// simple judges 5.3-3-1/a for a mechanism; how simple the user's steps are is prose.
func simple(_ *probe.View, r product.Row) answer {
	by, given := r.List("initiated_by")
	switch {
	case r.Bool("automatic") == plimsoll.True:
		return pass("%s", says(r, "automatic"))
	case slices.Contains(by, "service"):
		return pass("%s", says(r, "initiated_by"))
	case r.Bool("automatic") == plimsoll.Unknown:
		return declare(r, "automatic")
	case !given:
		return declare(r, "initiated_by")
	}
	return answer{}
}

// scheduled judges 5.3-5-1/a for a mechanism: the device itself looks for updates
// at intervals.
func scheduled(_ *probe.View, r product.Row) answer {
	const field = "check_interval"
	every, given := r.Duration(field)
	by, _ := r.List("initiated_by")
	switch {
	case !given:
		return declare(r, field)
	case every <= 0:
		return fail("%s: it never looks again", says(r, field)).with("let the device look for security updates at intervals, such as daily")
	case r.Bool("automatic") == plimsoll.True:
		return pass("%s", says(r, field, "automatic"))
	case slices.Contains(by, "device"):
		return pass("%s", says(r, field, "initiated_by"))
	}
	return answer{} // who looks stands in update_checking
}

// automatic lists the automatic mechanisms, which is all that the step 5.3-6-1/a
// asks for.
func automatic(v *probe.View) answer {
	if a, yes := tablesMissing(v, "UpdMech"); yes {
		return a
	}
	found := "none"
	for _, r := range v.Product.Rows("UpdMech") {
		switch r.Bool("automatic") {
		case plimsoll.Unknown:
			return declare(r, "automatic")
		case plimsoll.True:
			if found == "none" {
				found = r.ID
			} else {
				found += ", " + r.ID
			}
		}
	}
	return pass("automatic mechanisms: %s", found)
}

// controlled judges 5.3-6-1/b.
func controlled(v *probe.View, r product.Row) answer {
	l, _ := r.List("user_control")
	if len(l) > 0 && r.Bool("configurable") == plimsoll.False {
		return contradiction(r, "user_control", "configurable")
	}
	return filled("user_control", "let the user enable, disable or postpone automatic updates")(v, r)
}

// someoneVerifies judges 5.3-9-1/a and b; how suitable the check is, a person says.
func someoneVerifies(field string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		switch r.Text(field) {
		case "":
			return declare(r, field)
		case "none":
			return fail("%s: nothing is verified before installation", says(r, field)).
				with("verify each update before it is installed")
		}
		return pass("%s", says(r, field))
	}
}

// deviceVerifies judges 5.3-9-1/c and d.
func deviceVerifies(field, remedy string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		switch r.Text(field) {
		case "":
			return declare(r, field)
		case "device":
			return pass("%s", says(r, field))
		}
		return fail("%s", says(r, field)).with("%s", remedy)
	}
}

// trusted judges 5.3-10-1/b.
func trusted(_ *probe.View, r product.Row) answer {
	switch l, given := r.List("trust"); {
	case !given:
		return declare(r, "trust")
	case untrusted(r):
		return fail("%s: the update comes over a network from anyone", says(r, "trust")).
			with("rest the trust in updates on a signature, an authenticated channel, a keyed network or the user's confirmation")
	case slices.Contains(l, "none"):
		return contradiction(r, "trust")
	}
	return pass("%s", says(r, "trust"))
}

// notified judges 5.3-11-1/a: where no mechanism tells the user anything there is
// no way of informing to recognize.
func notified(v *probe.View, r product.Row) answer {
	const field = "notifies"
	switch r.Bool(field) {
	case plimsoll.Unknown:
		return declare(r, field)
	case plimsoll.True:
		return pass("%s", says(r, field))
	}
	for _, o := range v.Product.Rows("UpdMech") {
		if o.Observed != "" || o.Bool(field) != plimsoll.False {
			return answer{} // another mechanism may tell the user of these updates too
		}
	}
	return fail("%s, and no other mechanism tells the user of updates", says(r, field)).
		with("tell users in a recognizable way that a security update is needed and which risks it mends")
}

// disruption judges 5.3-12-1/a.
func disruption(v *probe.View, r product.Row) answer {
	const notice, onDevice = "notifies_disruption", "notice_on_device"
	for _, f := range []string{notice, onDevice} {
		if r.Bool(f) == plimsoll.False {
			return fail("%s", says(r, f)).with("let the device itself tell the user when an update disrupts it")
		}
	}
	if l := lacking(r, notice, onDevice); len(l) > 0 {
		return declare(r, l...)
	}
	return pass("%s", says(r, notice, onDevice))
}
