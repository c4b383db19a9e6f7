package form

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of values that every form has. They are functions so that no caller
// can change them for another.

// Text is any text.
func Text() *Scalar { return &Scalar{Want: "a text"} }

// Bool is yes or no.
func Bool() *Scalar {
	return &Scalar{
		Want: "yes or no",
		Check: func(text string) *Issue {
			if _, ok := ParseBool(text); ok {
				return nil
			}
			return Wrong(text, "yes or no")
		},
		Schema: map[string]any{"enum": []any{true, false, "yes", "no"}},
		JSON:   func(text string) any { b, _ := ParseBool(text); return b },
	}
}

// ParseBool reads yes, no, true and false.
func ParseBool(s string) (value, ok bool) {
	switch s {
	case "yes", "true":
		return true, true
	case "no", "false":
		return false, true
	}
	return false, false
}

// Int is a whole number from least to most.
func Int(least, most int) *Scalar {
	want := fmt.Sprintf("a whole number from %d to %d", least, most)
	return &Scalar{
		Want: want,
		Check: func(text string) *Issue {
			if n, err := strconv.Atoi(text); err == nil && least <= n && n <= most {
				return nil
			}
			return Wrong(text, want)
		},
		Schema: map[string]any{"type": "integer", "minimum": least, "maximum": most},
		JSON:   func(text string) any { n, _ := strconv.Atoi(text); return n },
	}
}

// Duration is a Go duration or whole days.
func Duration() *Scalar {
	const want = "a duration such as 5m, 24h or 30d"
	return &Scalar{
		Want: want,
		Check: func(text string) *Issue {
			if _, ok := ParseDuration(text); ok {
				return nil
			}
			return Wrong(text, want)
		},
		Schema: map[string]any{"type": []any{"string", "integer"}, "pattern": `^(0|[0-9]+d|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`},
	}
}

// ParseDuration reads Go durations and whole days ("30d"), none below zero.
func ParseDuration(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n > 36500 {
			return 0, false
		}
		return time.Duration(n) * 24 * time.Hour, true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}

var dateForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// Date is a day.
func Date() *Scalar {
	const want = "a date such as 2026-12-01"
	return &Scalar{
		Want: want,
		Check: func(text string) *Issue {
			if _, err := time.Parse(time.DateOnly, text); err == nil && dateForm.MatchString(text) {
				return nil
			}
			return Wrong(text, want)
		},
		Schema: map[string]any{"type": "string", "pattern": dateForm.String()},
	}
}

// Enum is one of a few values.
func Enum(values ...string) *Scalar { return OneOf("one of "+strings.Join(values, ", "), values) }

// OneOf is one of many values, described by want.
func OneOf(want string, values []string) *Scalar {
	schema := make([]any, len(values))
	for i, v := range values {
		schema[i] = v
	}
	return &Scalar{
		Want: want,
		Check: func(text string) *Issue {
			if slices.Contains(values, text) {
				return nil
			}
			i := Wrong(text, "a value of this key")
			i.Remedy = "write " + want
			if near := Nearest(text, values); near != "" {
				i.Remedy = fmt.Sprintf("did you mean %q? It is %s", near, want)
			}
			if text == unknown {
				i.Remedy = leaveOut
			}
			return i
		},
		Schema: map[string]any{"enum": schema},
	}
}

// Pattern is a text of a certain form.
func Pattern(want string, re *regexp.Regexp) *Scalar {
	return &Scalar{
		Want: want,
		Check: func(text string) *Issue {
			if re.MatchString(text) {
				return nil
			}
			return Wrong(text, want)
		},
		Schema: map[string]any{"type": "string", "pattern": re.String()},
	}
}

// Wrong says that a text is not what is wanted.
func Wrong(text, want string) *Issue {
	i := &Issue{Message: fmt.Sprintf("%q is not %s", clip(text), want), Remedy: "write " + want}
	if text == unknown {
		i.Remedy = leaveOut
	}
	return i
}

const (
	unknown  = "unknown"
	leaveOut = "leave the key out: what is not declared is unknown"
)

// Known is a text that does not say "unknown": what is not known is left out.
func Known() *Scalar {
	return &Scalar{
		Want: "a text",
		Check: func(text string) *Issue {
			if text != unknown {
				return nil
			}
			return Wrong(text, "a value")
		},
	}
}
