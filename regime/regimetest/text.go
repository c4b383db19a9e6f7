package regimetest

import (
	"fmt"
	"strings"

	"github.com/plimsoll-iot/plimsoll/regime/answer"
)

// Text writes an answer in lines, for goldens: the whole of it but the traces.
func Text(a *answer.Answer) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
	}
	line("%s: %s: %s", a.Regime, a.Status, a.Why)
	line("state: %s since %s", a.State, a.Since.Date)
	line("scope: %s, duty %s: %s", a.Scope.In, a.Scope.Duty, a.Scope.Why)
	for _, u := range a.Scope.Unless {
		line("  unless %s", u.What)
	}
	for _, h := range a.Held {
		line("holds: %s %s: %s", h.Scheme, h.Level, h.Why)
	}
	for _, r := range a.Recognised {
		line("recognised: %s %s: %s; %s", r.From, r.Label.Level, r.Label.Why, r.Effect)
	}
	if a.Level+a.NextLevel != "" {
		line("level: %s, next %s", dash(a.Level), dash(a.NextLevel))
	}
	for _, l := range a.Levels {
		line("  level %s: %s%s by %s, fee %s%s", l.ID, l.Reached, prefixed(", applies ", l.Applies), l.Route, l.Fee, prefixed(", missing ", strings.Join(l.Missing, " ")))
	}
	for _, q := range a.Requirements {
		line("%s: %s%s: %s", q.ID, q.Status, prefixed(", own ", string(q.Own)), q.Why)
		for _, s := range q.Steps {
			line("  %s %s: %s%s", s.Kind, s.ID, s.What, prefixed(" BLOCKED ", s.Blocked))
		}
	}
	for _, d := range a.Documents {
		line("document %s (%s) keep %s%s", d.ID, strings.Join(d.Languages, " "), dash(string(d.Retention)), prefixed(" until ", d.Until)+prefixed(" OWED "+string(d.Owed)+" ", d.Why))
	}
	for _, r := range a.Reports {
		line("report within %s to %s: %s", r.Within, r.To, r.What)
	}
	for _, c := range a.Clocks {
		past := ""
		if c.Past {
			past = " (past)"
		}
		line("clock %s %s%s: %s", c.Date, c.Kind, past, c.What)
	}
	for _, p := range a.Problems {
		line("problem: %s", p)
	}
	return b.String()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
