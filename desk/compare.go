package desk

import (
	"fmt"
	"sort"

	"github.com/plimsoll-iot/plimsoll"
)

// Difference is a verdict that two assessments of the same evidence do not share.
type Difference struct {
	Unit    plimsoll.UnitID
	Subject string
	Before  plimsoll.Verdict // empty: the subject was not judged
	After   plimsoll.Verdict
}

// String tells the difference in words.
func (d Difference) String() string {
	show := func(v plimsoll.Verdict) string {
		if v == "" {
			return "not judged"
		}
		return string(v)
	}
	return fmt.Sprintf("%s %s: %s before, %s now", d.Unit, d.Subject, show(d.Before), show(d.After))
}

// Compare lists every unit and subject that two assessments judge differently, by
// unit. A difference between versions of the tool is no tampering.
func Compare(before, after *plimsoll.Assessment) []Difference {
	was, is := verdicts(before), verdicts(after)
	var out []Difference
	for k, v := range was {
		if is[k] != v {
			out = append(out, Difference{k.unit, k.subject, v, is[k]})
		}
	}
	for k, v := range is {
		if _, ok := was[k]; !ok {
			out = append(out, Difference{k.unit, k.subject, "", v})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Unit != out[j].Unit {
			return out[i].Unit < out[j].Unit
		}
		return out[i].Subject < out[j].Subject
	})
	return out
}

type judged struct {
	unit    plimsoll.UnitID
	subject string
}

func verdicts(a *plimsoll.Assessment) map[judged]plimsoll.Verdict {
	out := map[judged]plimsoll.Verdict{}
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for _, s := range u.Subjects {
					out[judged{u.ID, s.ID}] = s.Verdict
				}
			}
		}
	}
	return out
}
