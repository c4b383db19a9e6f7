package rule

import (
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Guideline 10, clause 5.10. Telemetry that is collected is examined for security
// anomalies (5.10-1): at least one row declares an examination.
func telemetry() *probe.Probe {
	remedy := "examine the telemetry for security anomalies and declare `examination: yes` with how and by whom"
	return rule("telemetry", `declared examination of telemetry
Looks in table TelData for an examination. It cannot see whether it is suitable.`,
		check{
			unit: "5.10-1-1/a", row: must("examination", remedy),
			none: fail("ixit.TelData is declared and has no row: no examination is declared").
				with("%s; or claim n/a when no telemetry is collected", remedy),
		},
		check{unit: "5.10-1-1/b", row: prose("security_examination")},
	)
}
