package page

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"
)

// A Date is a calendar day, or the month or year that a text names.
type Date struct {
	Text string // as the text has it
	// Day is 2006-01-02; for a month or a year its last day.
	Day string
	// Or is the other day that the text may mean: 03/04/2031 is two days.
	Or        string
	Precision string // day, month, year
	From, To  int    // where it stands, in bytes
}

// months by their names in English, German and French, with usual short forms.
var months = func() map[string]int {
	m := map[string]int{}
	for i, names := range []string{
		"january jan januar jänner janvier janv", "february feb februar février fevrier févr", "march mar märz maerz mars",
		"april apr avril avr", "may mai", "june jun juni juin", "july jul juli juillet juil", "august aug août aout",
		"september sep sept septembre", "october oct oktober okt octobre", "november nov novembre",
		"december dec dezember dez décembre decembre déc",
	} {
		for n := range strings.FieldsSeq(names) {
			m[n] = i + 1
		}
	}
	return m
}()

// reading is one way to write a date. read gets the groups of the pattern.
type reading struct {
	re   *regexp.Regexp
	read func(g []string) (Date, bool)
}

const monthName = `(\pL{3,9})`

var readings = []reading{
	{regexp.MustCompile(`(\d{4})([-/.])(\d{1,2})([-/.])(\d{1,2})(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?`), func(g []string) (Date, bool) {
		return day(g[1], g[3], g[5], g[2] == g[4])
	}},
	{regexp.MustCompile(`(\d{1,2})(?:st|nd|rd|th|er|\.)?\s*(?:of\s+)?[\s-]?` + monthName + `\.?,?[\s-]+(\d{4})`), func(g []string) (Date, bool) {
		return day(g[3], month(g[2]), g[1], true)
	}},
	{regexp.MustCompile(monthName + `\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})`), func(g []string) (Date, bool) {
		return day(g[3], month(g[1]), g[2], true)
	}},
	{regexp.MustCompile(`(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})`), func(g []string) (Date, bool) {
		return day(g[3], g[2], g[1], true)
	}},
	{regexp.MustCompile(`(\d{1,2})([-/])(\d{1,2})([-/])(\d{4})`), func(g []string) (Date, bool) {
		return either(g[5], g[1], g[3], g[2] == g[4])
	}},
	{regexp.MustCompile(monthName + `\.?,?\s+(?:of\s+)?(\d{4})`), func(g []string) (Date, bool) {
		d, ok := day(g[2], month(g[1]), "1", true)
		return lastOf(d, 0, 1, "month"), ok
	}},
	{regexp.MustCompile(`(?:20\d\d)`), func(g []string) (Date, bool) {
		d, ok := day(g[0], "1", "1", true)
		return lastOf(d, 1, 0, "year"), ok
	}},
}

func month(name string) string { return fmt.Sprint(months[strings.ToLower(name)]) }

// day is a date of the calendar between 1990 and 2199. Without a month it is no date
// at all, and has no precision.
func day(y, m, d string, ok bool) (Date, bool) {
	year, mon, dom := digits(y), digits(m), digits(d)
	if mon < 1 || mon > 12 {
		return Date{}, false
	}
	t := time.Date(year, time.Month(mon), dom, 0, 0, 0, 0, time.UTC)
	ok = ok && year >= 1990 && year < 2200 && dom >= 1 && t.Day() == dom
	return Date{Day: t.Format(time.DateOnly), Precision: "day"}, ok
}

// either reads 03/04/2031: day and month, or month and day.
func either(year, a, b string, ok bool) (Date, bool) {
	first, ok1 := day(year, b, a, ok)
	second, ok2 := day(year, a, b, ok)
	switch {
	case ok1 && ok2 && first.Day != second.Day:
		first.Or = second.Day
		return first, true
	case ok1:
		return first, true
	}
	return second, ok2
}

// lastOf moves the first day of a month or year to its last.
func lastOf(d Date, years, months int, precision string) Date {
	t, err := time.Parse(time.DateOnly, d.Day)
	if err != nil {
		return d
	}
	d.Day, d.Precision = t.AddDate(years, months, -1).Format(time.DateOnly), precision
	return d
}

// Dates lists the dates that a text names, in its order. Of overlapping readings the
// more exact one is taken.
func Dates(text string) []Date {
	text = fold(text)
	var out []Date
	taken := make([]bool, len(text))
	for _, r := range readings {
		for _, m := range r.re.FindAllStringSubmatchIndex(text, -1) {
			if !free(taken, m[0], m[1]) || !standsAlone(text, m[0], m[1]) {
				continue
			}
			d, ok := r.read(groups(text, m))
			if !ok && d.Precision != "day" {
				continue
			}
			for i := m[0]; i < m[1]; i++ {
				taken[i] = true // also of a day that no calendar has: its year alone means nothing
			}
			if !ok {
				continue
			}
			d.Text, d.From, d.To = text[m[0]:m[1]], m[0], m[1]
			out = append(out, d)
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].From < out[b].From })
	return out
}

func free(taken []bool, from, to int) bool {
	for i := from; i < to; i++ {
		if taken[i] {
			return false
		}
	}
	return true
}

// standsAlone says that a date is no part of a longer number, a version or a path.
func standsAlone(s string, from, to int) bool {
	if !edges(s, from, to) {
		return false
	}
	before, behind := s[:from], s[to:]
	if n := len(before); n > 1 && strings.IndexByte("./-_", before[n-1]) >= 0 && word(lastRune(before[:n-1])) {
		return false
	}
	return len(behind) < 2 || strings.IndexByte("./-_", behind[0]) < 0 || !word(firstRune(behind[1:]))
}

func groups(s string, m []int) []string {
	out := make([]string, len(m)/2)
	for i := range out {
		if m[2*i] >= 0 {
			out[i] = s[m[2*i]:m[2*i+1]]
		}
	}
	return out
}
