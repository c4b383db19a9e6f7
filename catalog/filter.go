package catalog

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	fieldForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)
	valueForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`)
)

// ParseFilter reads a filter such as
//
//	factor in password,pin and user=human and network=yes
//
// into its clauses. It knows "=", "in" with a comma-separated list, and "and".
// Booleans are written yes and no. The empty filter has no clauses and matches
// every row.
func ParseFilter(s string) ([]Clause, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var out []Clause
	for _, part := range strings.Split(" "+strings.Join(strings.Fields(s), " ")+" ", " and ") {
		c, err := parseClause(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("parsing filter %q: %w", s, err)
		}
		for _, o := range out {
			if o.Field == c.Field {
				return nil, fmt.Errorf("parsing filter %q: field %q stands twice", s, c.Field)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func parseClause(s string) (Clause, error) {
	field, rest, isIn := strings.Cut(s, " in ")
	if !isIn {
		var ok bool
		if field, rest, ok = strings.Cut(s, "="); !ok {
			return Clause{}, fmt.Errorf("%q has neither = nor in", s)
		}
	}
	c := Clause{Field: strings.TrimSpace(field)}
	if !fieldForm.MatchString(c.Field) {
		return Clause{}, fmt.Errorf("%q is not the name of a field", c.Field)
	}
	vals := []string{rest}
	if isIn {
		vals = strings.Split(rest, ",")
	}
	for _, v := range vals {
		v = strings.TrimSpace(v)
		if !valueForm.MatchString(v) {
			return Clause{}, fmt.Errorf("%q is not a value", v)
		}
		c.In = append(c.In, v)
	}
	return c, nil
}
