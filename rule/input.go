package rule

import (
	"strings"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Guideline 13, clause 5.13. Input from user interfaces, APIs and remote networks
// is validated (5.13-1): whatever takes input has a declared method.
func input() *probe.Probe {
	return rule("input", `declared validation of input
Looks whether anything takes input while table InpVal declares no method. Which
sources a declared method covers is prose and left to a person.`,
		check{unit: "5.13-1-1/a", whole: validated},
		check{unit: "5.13-1-1/b", row: prose("description")},
	)
}

// validated judges 5.13-1-1/a.
func validated(v *probe.View) answer {
	if a, yes := tablesMissing(v, "UserIntf", "ExtAPI", "ComMech", "InpVal"); yes {
		return a
	}
	var takes, unknown []string
	for _, t := range []plimsoll.TableID{"UserIntf", "ExtAPI"} {
		for _, r := range v.Product.Rows(t) {
			takes = append(takes, r.ID)
		}
	}
	for _, r := range v.Product.Rows("ComMech") {
		switch r.Bool("remote") {
		case plimsoll.True:
			takes = append(takes, r.ID)
		case plimsoll.Unknown:
			unknown = append(unknown, r.ID+".remote")
		}
	}
	switch {
	case len(takes) > 0 && len(v.Product.Rows("InpVal")) == 0:
		return fail("ixit.InpVal has no row, and input comes through %s", strings.Join(takes, ", ")).
			with("validate the input from each of them and declare how in ixit.InpVal")
	case len(takes) > 0:
		return answer{} // which of them the methods cover stands in their text
	case len(unknown) > 0:
		return missing(unknown...)
	}
	return pass("no user interface, API or remote communication mechanism is declared")
}
