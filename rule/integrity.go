package rule

import "github.com/plimsoll-iot/plimsoll/probe"

// Guideline 7, clause 5.7. Secure boot verifies the software (5.7-1), and a change
// is made known without wider communication (5.7-2). Table SecBoot is prose: a
// person reads it, the rule asks only that it be written.
func integrity() *probe.Probe {
	return rule("integrity", `declared secure boot
Looks for the texts of table SecBoot that a person reads. It judges none of them.`,
		check{unit: "5.7-1-1/a", row: prose("security_guarantees")},
		check{unit: "5.7-1-1/b", row: prose("detection_mechanisms")},
		check{unit: "5.7-2-1/a", row: prose("user_notification")},
		check{unit: "5.7-2-1/b", row: prose("notification_functionality")},
	)
}
