package market_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestOwed: a paper, a clock or a report stands as owed on the days and for the units
// that owe it; before, with the day from which it will be; never, where it never is.
func TestOwed(t *testing.T) {
	const (
		declaration = "paper declaration owed "
		statement   = "paper statement owed "
		cls         = `labels: [{scheme: sg-cls, level: "2", id: A, until: 2027-03-31, basis: verified}]`
		star        = `labels: [{scheme: jp-jcstar, level: STAR-1, id: A, until: 2027-03-31}, {scheme: sg-cls, level: "1", id: B, until: 2026-03-31}]`
		retention   = "clock %s retention: EU declaration of conformity is kept until then"
	)
	kept := func(day string) string { return fmt.Sprintf(retention, day) }
	for _, c := range []struct {
		regime, at, placed, labels string
		want, not                  []string // the starts of lines
	}{
		// The Cyber Resilience Act, Art. 69(2), 69(3), 71(2).
		{"eu-cra", "2026-06-01", "2026-05-01", "", []string{declaration + "later from 2027-12-11"}, []string{"report", "clock 2036"}},
		{"eu-cra", "2026-11-22", "2026-12-01", "", []string{declaration + "later from 2027-12-11, by units placed from 2027-12-11", "report within 24h"}, []string{"clock 2036", declaration + "yes"}},
		{"eu-cra", "2027-12-10", "2027-12-10", "", []string{declaration + "later", "report within 24h"}, []string{"clock 2037"}},
		{"eu-cra", "2027-12-11", "2027-12-10", "", []string{"report within 24h", "A14: open"}, []string{"paper", "clock 2037"}},
		{"eu-cra", "2030-01-01", "2026-12-01", "", []string{"report within 24h"}, []string{"paper", "clock 2036"}},
		{"eu-cra", "2027-12-11", "2027-12-11", "", []string{declaration + "yes", "paper user-information owed yes", "paper technical-documentation owed yes", kept("2037-12-11"), "report within 24h"}, nil},
		{"eu-cra", "2026-11-22", "2028-01-01", "", []string{declaration + "later"}, []string{"clock 2038"}},
		// The Radio Equipment Directive: units placed from 2025-08-01 and before 2027-12-11,
		// whose declaration is kept ten years, also after the repeal.
		{"eu-red", "2025-07-31", "2025-07-31", "", []string{declaration + "later from 2025-08-01, by units placed from 2025-08-01"}, []string{"clock 2035"}},
		{"eu-red", "2025-08-01", "2025-07-31", "", []string{"status not applicable"}, []string{"paper", "clock 2035"}},
		{"eu-red", "2025-08-01", "2025-08-01", "", []string{declaration + "yes", kept("2035-08-01")}, nil},
		{"eu-red", "2026-11-22", "2027-12-11", "", nil, []string{"paper", "clock 2037"}},
		{"eu-red", "2028-01-01", "2026-12-01", "", []string{"status no longer in force", declaration + "yes", kept("2036-12-01")}, []string{"paper simplified-declaration"}},
		{"eu-red", "2028-01-01", "2027-12-11", "", nil, []string{"paper", "clock 2037"}},
		{"eu-red", "2036-12-01", "2026-12-01", "", nil, []string{"paper", "clock 2036"}},
		// The United Kingdom: from 2024-04-29; not while a label that deems is current.
		{"uk-psti", "2022-12-01", "2026-12-01", "", []string{statement + "later from 2024-04-29"}, []string{"clock 2036"}},
		{"uk-psti", "2024-04-28", "2026-12-01", "", []string{statement + "later from 2024-04-29"}, []string{"clock 2036"}},
		{"uk-psti", "2024-04-29", "2026-12-01", "", []string{statement + "yes", "clock 2036-12-01 retention"}, nil},
		{"uk-psti", "2027-03-31", "2026-12-01", cls, []string{statement + "later from 2027-04-01, by units supplied after the label sg-cls 2 has ended", "paper disclosure-policy owed later"}, []string{"clock 2036"}},
		{"uk-psti", "2027-04-01", "2026-12-01", cls, []string{statement + "yes", "clock 2036-12-01 retention"}, nil},
		{"uk-psti", "2026-11-22", "2026-12-01", star, []string{statement + "later from 2027-04-01"}, nil},
		{"uk-psti", "2025-12-03", "2026-12-01", star, []string{statement + "yes"}, nil},
		// Australia, from 2026-03-04.
		{"au-smart-devices", "2026-03-03", "2026-03-03", "", []string{statement + "later from 2026-03-04"}, []string{"clock 2031-03"}},
		{"au-smart-devices", "2026-03-04", "2026-03-04", "", []string{statement + "yes", "clock 2031-03-04 retention"}, nil},
		// Labels: only with an application, nothing while none can be had.
		{"us-cyber-trust-mark", "2026-11-22", "2026-12-01", "", []string{"state suspended"}, []string{"paper", "report"}},
		{"us-cyber-trust-mark", "2024-01-01", "2026-12-01", "", []string{"status not yet in force"}, []string{"paper", "report"}},
		{"fi-traficom", "2026-11-22", "2026-12-01", "", []string{"state closed-to-new"}, []string{"paper"}},
		{"fi-traficom", "2026-11-22", "2026-12-01", "labels: [{scheme: fi-traficom, id: A, until: 2027-06-30}]", []string{"paper public-statement owed yes"}, nil},
		{"jp-jcstar", "2025-03-24", "2026-12-01", "", []string{"paper application owed later from 2025-03-25, with an application"}, nil},
		{"jp-jcstar", "2025-12-31", "2026-12-01", "", []string{"paper application owed voluntary", "paper psti-application owed later from 2026-01-01"}, nil},
		{"sg-cls", "2026-11-22", "2026-12-01", cls, []string{"paper declaration owed yes"}, nil},
		{"in-tec", "2026-11-22", "2026-12-01", "", []string{"paper technical-construction-file owed yes"}, nil},
	} {
		t.Run(strings.Join([]string{c.regime, c.at, c.placed}, " "), func(t *testing.T) {
			f := unpack(t, "camera")
			f.write("product.yaml", f.read("product.yaml")+c.labels+"\n")
			got := lines(find(t, f.answers(c.regime+" --at "+c.at+" --place-on-market "+c.placed), c.regime))
			starts := func(with string) bool {
				return slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, with) })
			}
			for _, w := range c.want {
				if !starts(w) {
					t.Errorf("no line %q in\n%s", w, strings.Join(got, "\n"))
				}
			}
			for _, w := range c.not {
				if starts(w) {
					t.Errorf("a line %q in\n%s", w, strings.Join(got, "\n"))
				}
			}
		})
	}
}

// TestOwedByNobody: of a regime that does not catch the product no paper, report or
// turn of the law is listed, on any day.
func TestOwedByNobody(t *testing.T) {
	f := unpack(t, "camera")
	f.answer("uk-psti.medical_device: yes\neu-cra.medical_device: yes")
	for _, at := range []string{"2023-01-01", "2026-11-22", "2028-06-01"} {
		for _, id := range []string{"uk-psti", "eu-cra"} {
			for _, l := range lines(find(t, f.answers(id+" --at "+at), id)) {
				for _, not := range []string{"paper", "report", "clock"} {
					if strings.HasPrefix(l, not) && !strings.HasSuffix(l, "support: support ends") {
						t.Errorf("%s on %s: %q", id, at, l)
					}
				}
			}
		}
	}
}

// TestOwedOpen: where nobody said when the unit is placed on the market, or whether
// the law catches it, the paper is not said to be owed.
func TestOwedOpen(t *testing.T) {
	f := unpack(t, "camera")
	f.edit("  place_on_market: 2026-12-01\n", "")
	for _, c := range [][2]string{
		{"eu-red --at 2026-11-22", "paper declaration owed open: it depends on the day of placing on the market, by units placed from 2025-08-01, by units placed before 2027-12-11"},
		{"eu-red --at 2028-11-22", "paper declaration owed open: kept for units placed on the market while it was in force"},
		{"uk-psti --at 2026-11-22", "paper statement owed yes"},
	} {
		id, _, _ := strings.Cut(c[0], " ")
		if got := lines(find(t, f.answers(c[0]), id)); !slices.Contains(got, c[1]) {
			t.Errorf("%s: no line %q in\n%s", c[0], c[1], strings.Join(got, "\n"))
		}
	}
}
