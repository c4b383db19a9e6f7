package rule

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Provision 4-1 of V2.1.1, 5.0-1 of V3.1.3: a reason is written down for every
// recommendation that the product does not follow or that does not apply. Units
// 4-1-1/a and, provisional, v3:5.0-1-1/a.
func reporting() *probe.Probe {
	return rule("reporting", `reasons for recommendations that are not followed
Looks for every recommendation that the ICS answers with no or n/a at the reason
beside it. It cannot tell a good reason from a poor one.`,
		check{unit: "4-1-1/a", whole: reasons(plimsoll.EditionV2)},
		check{unit: "v3:5.0-1-1/a", whole: reasons(plimsoll.EditionV3)},
	)
}

func reasons(edition plimsoll.Edition) func(*probe.View) answer {
	return func(v *probe.View) answer {
		if v.Product.Standard != edition {
			return open("the declaration is assessed under %s, and this unit is one of %s", v.Product.Standard, edition).
				with("write `standard: %s` to be assessed under it", edition)
		}
		var without, unanswered []string
		claimed := 0
		for _, p := range v.Catalog.Edition(edition) {
			claim := v.Product.ICS[p.ID]
			switch {
			case claim.Support == "":
				unanswered = append(unanswered, string(p.ID))
			case claim.Support == plimsoll.SupportYes || p.Status[edition].Mandatory:
			case strings.ContainsFunc(claim.Reason, unicode.IsLetter):
				claimed++
			default:
				without = append(without, fmt.Sprintf("%s (%s)", p.ID, claim.Support))
			}
		}
		switch {
		case len(without) > 0:
			return fail("recommendations without a reason in the ICS: %s", strings.Join(without, ", ")).
				with("write the reason beside each claim: {support: no, reason: …}")
		case len(unanswered) > 0:
			return open("the ICS does not answer %d provisions of %s: %s", len(unanswered), edition, strings.Join(unanswered, ", ")).
				with("answer them: {support: yes}, or no or n/a with a reason")
		}
		return pass("each of the %d recommendations that the ICS answers with no or n/a has a reason", claimed)
	}
}
