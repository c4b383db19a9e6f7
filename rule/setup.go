package rule

import "github.com/plimsoll-iot/plimsoll/probe"

// Guideline 12, clause 5.12. Set-up asks for few decisions and follows security
// practice by default (5.12-1). Table UserDec is prose: a person reads it, the rule
// asks only that it be written.
func setup() *probe.Probe {
	return rule("setup", `declared decisions of the user
Looks for the texts of table UserDec that a person reads. It judges none of them.`,
		check{unit: "5.12-1-1/a", row: prose("description", "triggered_by")},
		check{unit: "5.12-1-1/b", row: prose("options")},
	)
}
