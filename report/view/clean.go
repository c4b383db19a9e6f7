package view

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
)

// longest is the number of bytes of one text that a person is shown; the whole
// stands in assessment.json.
const longest = 4000

// Clean makes a text from outside safe to show on a terminal and on a page:
// control characters, escape sequences and marks that turn the writing direction
// or are invisible become visible, white space becomes one space, and a pile of
// combining marks is cut.
func Clean(s string) string {
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + fmt.Sprintf(" [%d more bytes in assessment.json]", len(s)-longest)
	}
	var b strings.Builder
	marks, space := 0, false
	for i, r := range s {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		marks = countMarks(marks, r)
		switch {
		case marks > mostMarks:
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, "<%02X>", s[i])
		case Hidden(r) && !joins(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Clip is a clean text of at most so many bytes, for an error.
func Clip(s string, most int) string {
	if s = Clean(s); len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// mostMarks is the number of combining marks that a letter of a living language
// may carry.
const mostMarks = 4

func countMarks(n int, r rune) int {
	if unicode.Is(unicode.M, r) {
		return n + 1
	}
	return 0
}

// hidden reports whether a character acts on its surroundings or is not seen.
func Hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) ||
		r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0'
}

// joins reports whether a hidden character belongs to ordinary writing.
func joins(r rune) bool { return r == '\u200C' || r == '\u200D' }

// remade is a deep copy of an assessment with every text changed by f and every
// absent list an empty one.
func Remade(a *plimsoll.Assessment, f func(string) string) *plimsoll.Assessment {
	out := remake(reflect.ValueOf(*a), f).Interface().(plimsoll.Assessment)
	return &out
}

func remake(v reflect.Value, f func(string) string) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(f(v.String()))
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(remake(v.Index(i), f))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(remake(v.Elem(), f))
		}
	case reflect.Interface:
		if !v.IsNil() {
			out.Set(remake(v.Elem(), f))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return v
		}
		for i := range v.NumField() {
			out.Field(i).Set(remake(v.Field(i), f))
		}
	default:
		out.Set(v)
	}
	return out
}
