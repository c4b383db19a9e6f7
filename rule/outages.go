package rule

import (
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 9, clause 5.9. The device withstands the loss of network and of power
// (5.9-1), keeps working locally and comes back clean (5.9-2), and connects in an
// orderly way (5.9-3).
func outages() *probe.Probe {
	return rule("outages", `declared resilience to loss of network and power
Looks in table ResMech whether both outages are served. It cannot judge how well.`,
		check{unit: "5.9-1-1/a", whole: bothOutages},
		check{unit: "5.9-1-1/b", row: prose("security_guarantees")},
		check{unit: "5.9-3-1/a", row: prose("resilience_measures")},
	)
}

// bothOutages judges 5.9-1-1/a: what the mechanisms serve together.
func bothOutages(v *probe.View) answer {
	if a, yes := tablesMissing(v, "ResMech"); yes {
		return a
	}
	served := map[string]product.Row{}
	var unknown []string
	for _, r := range v.Product.Rows("ResMech") {
		l, given := r.List("outage")
		if !given {
			unknown = append(unknown, r.ID+".outage")
		}
		for _, o := range l {
			served[o] = r
		}
	}
	unserved := slices.DeleteFunc([]string{"network", "power"}, func(o string) bool { _, ok := served[o]; return ok })
	switch {
	case len(unserved) == 0:
		return pass("%s; %s", says(served["network"], "outage"), says(served["power"], "outage"))
	case len(unknown) > 0:
		return missing(unknown...)
	}
	return fail("no row of ResMech has outage %s", strings.Join(unserved, " and ")).
		with("make the device withstand the loss of %s and declare how in ixit.ResMech", strings.Join(unserved, " and of "))
}
