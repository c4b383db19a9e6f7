package rule

import (
	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
)

// Guideline 8, clauses 5.8 and 6. Users are told what is done with their data and
// with telemetry (6-1, 6-5), consent is given freely and can be withdrawn (6-2,
// 6-3), and telemetry holds only the personal data it needs (6-4). The protection of
// personal data on its way (5.8-1, 5.8-2) applies 5.5-1-1, see communication.go.
func personaldata() *probe.Probe {
	return rule("personaldata", `declared information, consent and purposes of personal data
Looks for the places and texts that a person reads, and for personal data in
telemetry without a stated purpose. It judges no text.`,
		check{unit: "6-1-1/a", row: documented("documentation_of_personal_data")},
		check{unit: "6-2-1/a", row: prose("obtaining_consent")},
		check{unit: "6-3-1/a", row: prose("withdrawing_consent")},
		check{unit: "6-4-1/a", row: purposes},
		check{unit: "6-5-1/a", row: documented("documentation_of_telemetry_data")},
	)
}

// documented wants an entry of UserInfo that a person can follow.
func documented(key string) judgeRow {
	return func(_ *probe.View, r product.Row) answer {
		if !published(r, key) {
			return declare(r, key)
		}
		return answer{}
	}
}

// purposes asks the telemetry that holds a category of personal data for its
// purpose.
func purposes(v *probe.View, r product.Row) answer {
	for _, t := range referring(v, "TelData", "personal_data", r.ID) {
		if l := lacking(t, "purpose"); len(l) > 0 {
			return declare(t, l...)
		}
	}
	return answer{}
}

// referring lists the confirmed rows of a table that refer to the row id.
func referring(v *probe.View, table plimsoll.TableID, field, id string) []product.Row {
	var out []product.Row
	for _, r := range v.Product.Rows(table) {
		l, _ := r.List(field)
		for _, x := range l {
			if x == id && r.Observed == "" {
				out = append(out, r)
				break
			}
		}
	}
	return out
}
