package rule

import (
	"slices"

	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 11, clause 5.11. Users can erase their data from the device (5.11-1)
// and from the services that hold it (5.11-2): at least one function each, and
// every storing service covered.
func erasure() *probe.Probe {
	return rule("erasure", `declared functions that delete user data
Looks in table DelFunc for functions for the device and for its services. It
cannot judge how easy they are, nor what they miss.`,
		check{
			unit: "5.11-1-1/a", row: erases,
			none: fail("ixit.DelFunc is declared and no row has target device: no function erases user data from the device").
				with("offer a simple way to erase all user data from the device and declare it with `target: [device]`"),
		},
		check{
			unit: "5.11-2-1/a", row: erases,
			none: fail("ixit.DelFunc is declared and no row has target service: no function removes personal data from the services").
				with("offer a simple way to remove personal data from the services and declare it with `target: [service]`"),
		},
		check{unit: "5.11-2-1/b", row: storedRemovable},
	)
}

// erases judges "at least one function": the row is one; a person tries it.
func erases(_ *probe.View, r product.Row) answer {
	if l := lacking(r, "initiation_and_interaction"); len(l) > 0 {
		return declare(r, l...)
	}
	return pass("%s", says(r, "target"))
}

// storedRemovable judges 5.11-2-1/b for one category of personal data that a
// service stores: without any function for services it is not covered.
func storedRemovable(v *probe.View, r product.Row) answer {
	if a, yes := tablesMissing(v, "DelFunc"); yes {
		return a
	}
	var unknown []string
	for _, d := range v.Product.Rows("DelFunc") {
		targets, given := d.List("target")
		if slices.Contains(targets, "service") {
			return pass("%s and %s", says(r, "stored_at_service"), says(d, "target"))
		}
		if !given {
			unknown = append(unknown, d.ID+".target")
		}
	}
	if len(unknown) > 0 {
		return missing(unknown...)
	}
	return fail("%s, and no row of DelFunc has target service", says(r, "stored_at_service")).
		with("offer a way to remove personal data from that service and declare it with `target: [service]`")
}
