package align

import (
	"github.com/plimsoll-iot/plimsoll/regime"
	"github.com/plimsoll-iot/plimsoll/report/align/crosswalk"
)

// signs pairs the signs of the text view with words.
var signs = []struct {
	sign  string
	words string
}{
	{"=", "asks the same"},
	{"<", "asks a part of it"},
	{">", "asks it and more"},
	{"~", "overlaps"},
	{"!", "official"},
	{"+", "third party"},
	{"(nothing)", "ours"},
	{"?", "low confidence"},
	{"^", "not owed at the entry"},
	{"g", "the guideline as a whole"},
}

// sign is a row in three characters: relation, source, confidence or level.
func sign(r *crosswalk.Row, counted bool) string {
	relation := map[regime.Relation]string{regime.Equal: "=", regime.SubsetOf: "<", regime.SupersetOf: ">", regime.Intersects: "~"}[r.Relation]
	by := map[regime.By]string{regime.Official: "!", regime.ThirdParty: "+", regime.Ours: " "}[r.By]
	last := " "
	switch {
	case !counted:
		last = "^"
	case r.Confidence == regime.Low:
		last = "?"
	}
	return relation + by + last
}

// tallied lists the counts in an order.
func tallied[T comparable](order []T, n map[T]int) []int {
	var out []int
	for _, k := range order {
		out = append(out, n[k])
	}
	return out
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
