package shell

import (
	"path"
	"strconv"
	"strings"
)

// Unknown stands in expanded words for what only the running device knows.
const Unknown = "\x01"

// maxField bounds one expanded word, in bytes.
const maxField = 8192

// A State is what expansion knows.
type State struct {
	Vars map[string]string // known values only; a name that is absent is not known
	Args []string          // $1…
	Name string            // $0
}

// IsUnknown tells whether a part of s is not known.
func IsUnknown(s string) bool { return strings.Contains(s, Unknown) }

// Show makes an expanded word readable: what is not known appears as "?".
func Show(s string) string { return strings.ReplaceAll(s, Unknown, "?") }

// Word expands w to exactly one string, as in an assignment.
func (e *State) Word(w string) string {
	text, _, _ := e.Expand(w, 0)
	return text
}

// Expand returns the value of w, whether an unquoted expansion in it is to be split, and whether it has an unquoted pattern.
func (e *State) Expand(w string, depth int) (text string, split, glob bool) {
	var b strings.Builder
	for i := 0; i < len(w) && b.Len() < maxField; {
		n := min(spanLen(w, i, 0), len(w)-i)
		part := w[i : i+n]
		i += n
		switch {
		case part[0] == '\\':
			b.WriteString(part[1:])
		case part[0] == '\'':
			b.WriteString(strings.TrimSuffix(part[1:], "'"))
		case part[0] == '"':
			b.WriteString(e.quoted(strings.TrimSuffix(part[1:], `"`), depth))
		case part[0] == '`':
			b.WriteString(Unknown)
		case part[0] == '$':
			v, used := e.dollar(w[i-n:], depth)
			b.WriteString(v)
			i += used - n
			split = true
		default:
			glob = glob || strings.ContainsAny(part, "*?[")
			b.WriteString(part)
		}
	}
	s := b.String()
	return s[:min(len(s), maxField)], split, glob
}

// quoted expands the inside of double quotes.
func (e *State) quoted(w string, depth int) string {
	var b strings.Builder
	for i := 0; i < len(w) && b.Len() < maxField; {
		switch {
		case w[i] == '\\' && i+1 < len(w) && strings.IndexByte("$`\"\\\n", w[i+1]) >= 0:
			b.WriteByte(w[i+1])
			i += 2
		case w[i] == '$':
			v, used := e.dollar(w[i:], depth)
			b.WriteString(v)
			i += used
		case w[i] == '`':
			b.WriteString(Unknown)
			i = closing(w, i+1, '`', 0)
		default:
			b.WriteByte(w[i])
			i++
		}
	}
	return b.String()
}

// dollar expands the expansion at the start of w and returns how many bytes it takes.
func (e *State) dollar(w string, depth int) (value string, used int) {
	if len(w) < 2 || depth > 10 {
		return w[:1], 1
	}
	switch c := w[1]; {
	case c == '(':
		return Unknown, min(closing(w, 2, ')', 0), len(w))
	case c == '{':
		end := min(closing(w, 2, '}', 0), len(w))
		return e.braced(strings.TrimSuffix(w[2:end], "}"), depth), end
	case c >= '0' && c <= '9':
		return e.positional(int(c - '0')), 2
	case c == '#':
		return strconv.Itoa(len(e.Args)), 2
	case c == '@' || c == '*':
		return strings.Join(e.Args, " "), 2
	case strings.IndexByte("?$!-", c) >= 0:
		return Unknown, 2
	case NameLen(w[1:]) > 0:
		n := NameLen(w[1:])
		return e.value(w[1 : 1+n]), 1 + n
	}
	return "$", 1
}

// NameLen is the length of the variable name that s starts with.
func NameLen(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}

func (e *State) value(name string) string {
	if v, ok := e.Vars[name]; ok {
		return v
	}
	return Unknown
}

func (e *State) positional(i int) string {
	if i == 0 {
		return e.Name
	}
	if i <= len(e.Args) {
		return e.Args[i-1]
	}
	return ""
}

// braced expands ${…}: plain names, defaults and the removal of a prefix or suffix that is no pattern.
func (e *State) braced(s string, depth int) string {
	n := NameLen(s)
	var v string
	switch {
	case n > 0:
		v = e.value(s[:n])
	case len(s) > 0 && s[0] >= '0' && s[0] <= '9':
		n = 1
		v = e.positional(int(s[0] - '0'))
	default:
		return Unknown
	}
	rest := s[n:]
	if rest == "" {
		return v
	}
	for _, op := range []string{":-", ":=", "-", "="} {
		if d, ok := strings.CutPrefix(rest, op); ok {
			if IsUnknown(v) || v != "" {
				return v // what is not known may well be set
			}
			text, _, _ := e.Expand(d, depth+1)
			return text
		}
	}
	if rest == "##*/" && !IsUnknown(v) {
		return path.Base(v)
	}
	return Unknown
}
