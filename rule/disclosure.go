package rule

import "github.com/plimsoll-iot/plimsoll/probe"

// Guideline 2, clause 5.2. Reports of vulnerabilities are acted on in time (5.2-2)
// and vulnerabilities are watched for, found and mended (5.2-3), by processes that
// the organisation confirms to be in place. What is published (5.2-1) is for the
// probes of the web.
func disclosure() *probe.Probe {
	return rule("disclosure", `confirmed processes for vulnerability reports and monitoring
Looks at the confirmations of table Conf and for the texts that a person reads.
It cannot see whether a process is lived.`,
		check{unit: "5.2-2-1/a", row: prose("action", "time_frame")},
		check{unit: "5.2-2-1/b", row: confirmed("confirmation_of_vulnerability_actions", "reports of vulnerabilities")},
		check{unit: "5.2-3-1/d", row: confirmed("confirmation_of_vulnerability_monitoring", "monitoring vulnerabilities")},
	)
}
