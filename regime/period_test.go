package regime

import (
	"testing"
	"time"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(DayForm, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPeriodEnd(t *testing.T) {
	for _, c := range []struct {
		p             Period
		support, want string
	}{
		{"10y", "", "2036-12-01"},
		{"6m", "", "2027-06-01"},
		{"14d", "", "2026-12-15"},
		{"support", "2031-01-15", "2031-01-15"},
		{"support", "", ""},
		{"max(10y,support)", "2031-01-15", "2036-12-01"},
		{"max(10y,support)", "2041-01-15", "2041-01-15"},
		{"min(3y,support)", "2028-01-15", "2028-01-15"},
		{"min(support,3y)", "2041-01-15", "2029-12-01"},
		{"min(3y,support)", "", ""},
	} {
		if err := c.p.check(); err != nil {
			t.Errorf("%s: %v", c.p, err)
		}
		var support time.Time
		if c.support != "" {
			support = day(t, c.support)
		}
		got := ""
		if end, ok := c.p.End(day(t, "2026-12-01"), support); ok {
			got = end.Format(DayForm)
		}
		if got != c.want {
			t.Errorf("%s with support %q: got %q, want %q", c.p, c.support, got, c.want)
		}
	}
	for _, bad := range []Period{"", "ten", "3", "max(3y)", "max(3y,life)", "med(3y,2y)", "-3y"} {
		if bad.check() == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestBegun(t *testing.T) {
	for _, c := range []struct {
		date, day string
		want      bool
	}{
		{"", "2026-01-01", true},
		{"2026-01-01", "2026-01-01", true},
		{"2026-01-02", "2026-01-01", false},
		{"2026-01", "2026-01-01", true},
		{"2026-02", "2026-01-31", false},
		{"2026", "2026-01-01", true},
		{"2027", "2026-12-31", false},
		{"soon", "2026-12-31", false},
	} {
		if got := Begun(c.date, day(t, c.day)); got != c.want {
			t.Errorf("Begun(%q, %s) = %v", c.date, c.day, got)
		}
	}
}

func TestParseBound(t *testing.T) {
	for _, s := range []string{"2026-12-01", "placed", "placed+5y", "day+30d"} {
		if _, _, err := ParseBound(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "2026", "2026-13-01", "placed+", "placed-5y", "placed+5", "sold+5y", "2026-12-01+1y"} {
		if _, _, err := ParseBound(s); err == nil {
			t.Errorf("%q passes", s)
		}
	}
}
