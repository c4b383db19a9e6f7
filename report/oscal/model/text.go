package model

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"

	"github.com/plimsoll-iot/plimsoll/report/view"
)

// Line makes a text fit for a string of OSCAL: one line, never empty.
func Line(s string) string { return cmp.Or(view.Clean(s), "not stated") }

// Markup makes a text fit for a marked-up text of OSCAL: what Markdown or HTML would
// act on is escaped, so that a text from outside stays a text.
func Markup(s string) string {
	rs := []rune(Line(s))
	var b strings.Builder
	word := func(i int) bool {
		return i >= 0 && i < len(rs) && (unicode.IsLetter(rs[i]) || unicode.IsDigit(rs[i]))
	}
	for i, r := range rs {
		switch {
		case strings.ContainsRune("\\`*[]<>&~^{}|$", r),
			r == '_' && !(word(i-1) && word(i+1)),
			i == 0 && strings.ContainsRune("#+-=!", r),
			(r == '.' || r == ')') && i > 0 && i < 10 && startsList(rs[:i]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// startsList reports whether a point after these characters would make a numbered
// list.
func startsList(rs []rune) bool {
	for _, r := range rs {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// Token makes an id fit for a token of OSCAL: letters, digits, points, dashes.
func Token(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) || r == '_':
			b.WriteRune(r)
			continue
		case i == 0:
			b.WriteByte('_')
		}
		if unicode.IsNumber(r) || r == '-' || r == '.' {
			b.WriteRune(r)
		} else {
			b.WriteByte('.')
		}
	}
	return cmp.Or(b.String(), "_")
}

// Plain takes the escapes of markup off again.
func Plain(s string) string { return escaped.ReplaceAllString(view.Clean(s), "$1") }

var escaped = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
