package regime

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// DayForm is the form of a day.
const DayForm = "2006-01-02"

// dateForms are the forms of a date by their length.
var dateForms = map[int]string{4: "2006", 7: "2006-01", 10: DayForm}

// startOf is the first day of a date that may be known to the month or year only.
func startOf(date string) (time.Time, error) {
	form, ok := dateForms[len(date)]
	if !ok {
		return time.Time{}, fmt.Errorf("%q is not a date such as 2024-12-10, 2024-12 or 2024", date)
	}
	t, err := time.Parse(form, date)
	if err != nil || t.Year() < 1990 || t.Year() > 2100 {
		return time.Time{}, fmt.Errorf("%q is not a date of our time", date)
	}
	return t, nil
}

// Begun reports whether a date has begun on a day; an empty date has.
func Begun(date string, day time.Time) bool {
	t, err := startOf(date)
	return date == "" || err == nil && !day.Before(t)
}

// Between reports whether a day is on or after from and before until, of which
// either may be empty.
func Between(from, until string, day time.Time) bool {
	return Begun(from, day) && (until == "" || !Begun(until, day))
}

var termForm = regexp.MustCompile(`^([0-9]{1,3})([ymdh])$`)

// Term is a length of time in years, months, days or hours.
type Term struct {
	n    int
	unit string
}

// ParseTerm reads a term.
func ParseTerm(s string) (Term, error) {
	m := termForm.FindStringSubmatch(s)
	if m == nil {
		return Term{}, fmt.Errorf("%q is not a term such as 10y, 6m, 14d or 24h", s)
	}
	n, _ := strconv.Atoi(m[1]) // three digits at most
	return Term{n, m[2]}, nil
}

// After is the moment one term after a day.
func (t Term) After(day time.Time) time.Time {
	switch t.unit {
	case "y":
		return day.AddDate(t.n, 0, 0)
	case "m":
		return day.AddDate(0, t.n, 0)
	case "d":
		return day.AddDate(0, 0, t.n)
	}
	return day.Add(time.Duration(t.n) * time.Hour)
}

// Period is how long a label is valid or a document is kept: a Term, "support"
// for the end of the support period, or "max(10y,support)", "min(3y,support)".
type Period string

var periodForm = regexp.MustCompile(`^(max|min)\(([a-z0-9]+),([a-z0-9]+)\)$`)

func (p Period) check() error {
	parts := []string{string(p)}
	if m := periodForm.FindStringSubmatch(string(p)); m != nil {
		parts = m[2:]
	}
	for _, s := range parts {
		if s == "support" {
			continue
		}
		if _, err := ParseTerm(s); err != nil {
			return fmt.Errorf("%q is not a period such as 10y, support, max(10y,support) or min(3y,support)", p)
		}
	}
	return nil
}

// End is the day on which the period ends, or ok false where it needs the end of
// support and that is not known.
func (p Period) End(start, support time.Time) (end time.Time, ok bool) {
	one := func(s string) (time.Time, bool) {
		if s == "support" {
			return support, !support.IsZero()
		}
		t, err := ParseTerm(s)
		return t.After(start), err == nil
	}
	m := periodForm.FindStringSubmatch(string(p))
	if m == nil {
		return one(string(p))
	}
	a, okA := one(m[2])
	b, okB := one(m[3])
	if !okA || !okB {
		return time.Time{}, false
	}
	if a.After(b) == (m[1] == "max") {
		return a, true
	}
	return b, true
}

// ParseBound reads a bound on a date: a day, or "placed" or "day" with a term.
func ParseBound(s string) (base string, t Term, err error) {
	base, length, plus := strings.Cut(s, "+")
	if base != "placed" && base != "day" {
		if len(s) != len(DayForm) {
			return "", Term{}, fmt.Errorf("%q is not a day, placed+5y or day+30d", s)
		}
		_, err := startOf(s)
		return s, Term{}, err
	}
	if plus {
		t, err = ParseTerm(length)
	}
	return base, t, err
}
