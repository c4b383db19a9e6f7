package page

import (
	"fmt"
	"slices"
	"testing"
)

func TestTimes(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"We acknowledge every report within 3 working days.", []string{"3 working days"}},
		{"at least every 14 days until resolved", []string{"14 days"}},
		{"within three (3) business days", []string{"three (3) business days"}},
		{"in 1-2 days, 24h, or 48 hours", []string{"1-2 days", "24h", "48 hours"}},
		{"within a week, twice a month, by the next business day", []string{"within a week", "twice a month", "next business day"}},
		{"weekly and monthly", []string{"weekly", "monthly"}},
		{"every two weeks", []string{"two weeks"}},
		{"innerhalb von drei Arbeitstagen, alle zwei Wochen, wöchentlich", []string{"drei Arbeitstagen", "zwei Wochen", "wöchentlich"}},
		{"binnen 14 Tagen, am nächsten Werktag", []string{"14 Tagen", "nächsten Werktag"}},
		{"sous 48 heures, dans un délai de cinq jours ouvrés, chaque mois", []string{"48 heures", "cinq jours", "chaque mois"}},
		{"as soon as possible", []string{"?as soon as possible"}},
		{"umgehend und regelmäßig", []string{"?umgehend", "?regelmäßig"}},
		{"a 5-year support period", []string{"5-year"}},
		{"support for 24 months", []string{"24 months"}},
		{"the HC-2 three years", []string{"three years"}},
		{"2031 years", nil},
		{"We read every report and answer when we can.", nil},
		{"version 3 dayton, 14 daystar, Anhang 3 habe, yesterday", nil},
		{"every report, each model", nil},
		{"", nil},
	} {
		var got []string
		for _, x := range Times(c.text) {
			mark := ""
			if x.Vague {
				mark = "?"
			}
			got = append(got, mark+x.Text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAfter(t *testing.T) {
	for _, c := range []struct{ text, begin, want string }{
		{"for 5 years", "2026-01-15", "2031-01-15 2031-01-14 true"},
		{"fünf Jahre lang", "2026-03-01", "2031-03-01 2031-02-28 true"},
		{"pendant 18 mois", "2026-01-15", "2027-07-15 2027-07-14 true"},
		{"cinq ans", "2024-02-29", "2029-03-01 2029-02-28 true"},
		{"14 days", "2026-01-15", "  false"},
		{"5 years", "soon", "  false"},
	} {
		a, b, ok := Times(c.text)[0].After(c.begin)
		if got := fmt.Sprintf("%s %s %v", a, b, ok); got != c.want {
			t.Errorf("%q from %s: got %q, want %q", c.text, c.begin, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"until 15 January 2031 (2031-01-15).", []string{"2031-01-15", "2031-01-15"}},
		{"January 15, 2031; Jan 15th 2031; 15th of January, 2031; 15-Jan-2031", []string{"2031-01-15", "2031-01-15", "2031-01-15", "2031-01-15"}},
		{"15. Januar 2031 / 15.01.2031 / 15.1.2031 / 15. 1. 2031", []string{"2031-01-15", "2031-01-15", "2031-01-15", "2031-01-15"}},
		{"1er mars 2032, 15 janvier 2031, 1 août 2030", []string{"2032-03-01", "2031-01-15", "2030-08-01"}},
		{"01.03.2032", []string{"2032-03-01"}},
		{"2031/01/15 and 2031.01.15", []string{"2031-01-15", "2031-01-15"}},
		{"2031-01-15T00:00:00Z", []string{"2031-01-15"}},
		{"15/01/2031", []string{"2031-01-15"}},
		{"01/15/2031", []string{"2031-01-15"}},
		{"03/04/2031", []string{"2031-04-03 or 2031-03-04"}},
		{"04-04-2031", []string{"2031-04-04"}},
		{"until March 2032", []string{"2032-03-31 month"}},
		{"Ende Februar 2032", []string{"2032-02-29 month"}},
		{"until the end of 2031", []string{"2031-12-31 year"}},
		{"30 February 2031, February 30, 2031", nil},
		{"31.02.2031", nil},
		{"version 2.2031.4, file-2031-01-15.pdf, 12031-01-15, A2031", nil},
		{"14 days 2031", []string{"2031-12-31 year"}},
		{"1875-01-15, 2400-01-01", nil},
		{"99/99/2031", nil},
		{"", nil},
	} {
		var got []string
		for _, d := range Dates(c.text) {
			s := d.Day
			if d.Or != "" {
				s += " or " + d.Or
			}
			if d.Precision != "day" {
				s += " " + d.Precision
			}
			got = append(got, s)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}
