package boot

import (
	"path"
	"strconv"
	"strings"
)

// unknown stands in expanded words for what only the running device knows.
const unknown = "\x01"

// maxField bounds one expanded word, maxFields their number.
const (
	maxField  = 8192
	maxFields = 512
	maxLine   = 32 << 10 // bytes of all words of one command
)

// An env is the state of the shell at one place.
type env struct {
	vars    map[string]string // known values only; a name that is absent is not known
	funcs   map[string]fn
	args    []string // $1…
	name    string   // $0
	file    string   // being read
	dir     string   // working directory, "" when not known
	action  string
	console bool // init gives what runs here a terminal and, when it ends, starts it again
	chain   []string
	conds   []string
	depth   int
	stack   []string // scripts and functions being followed, with their arguments
	rc      bool     // an OpenWrt rc.common script
}

// A fn is a function and the file that defines it, which the line numbers of its body belong to.
type fn struct {
	body *node
	file string
}

// child copies e so that what happens in it stays there.
func (e *env) child() *env {
	c := *e
	c.vars = make(map[string]string, len(e.vars))
	for k, v := range e.vars {
		c.vars[k] = v
	}
	c.funcs = make(map[string]fn, len(e.funcs))
	for k, v := range e.funcs {
		c.funcs[k] = v
	}
	c.conds = append([]string(nil), e.conds...)
	return &c
}

func isUnknown(s string) bool { return strings.Contains(s, unknown) }

// show makes an expanded word readable: what is not known appears as "?".
func show(s string) string { return strings.ReplaceAll(s, unknown, "?") }

// fields expands words as a command line: variables, quotes, splitting, file name patterns of the tree.
func (m *machine) fields(e *env, words []string) []string {
	var out []string
	total := 0
	for _, w := range words {
		for _, f := range m.field(e, w) {
			if total += len(f) + 1; total > maxLine || len(out) >= maxFields {
				return out
			}
			out = append(out, f)
		}
	}
	m.steps += total / 128 // long lines cost more than short ones
	return out
}

// field expands one word to none, one or several.
func (m *machine) field(e *env, w string) []string {
	if w == `"$@"` || w == `$@` || w == `$*` {
		return append([]string(nil), e.args...)
	}
	text, split, glob := e.expand(w, 0)
	if split {
		parts := strings.Fields(text)
		if len(parts) == 0 {
			return nil
		}
		var out []string
		for _, p := range parts {
			out = append(out, m.glob(p, true)...)
		}
		return out
	}
	return m.glob(text, glob)
}

func (m *machine) glob(text string, glob bool) []string {
	if !glob || !strings.ContainsAny(text, "*?[") || isUnknown(text) || !path.IsAbs(text) {
		return []string{text}
	}
	m.steps += 20
	if found := m.tree.Glob(text); len(found) > 0 {
		return found[:min(len(found), maxFields)]
	}
	return []string{text}
}

// word expands w to exactly one string, as in an assignment.
func (e *env) word(w string) string {
	text, _, _ := e.expand(w, 0)
	return text
}

// expand returns the value of w, whether an unquoted expansion in it is to be split, and whether it has an unquoted pattern.
func (e *env) expand(w string, depth int) (text string, split, glob bool) {
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
			b.WriteString(unknown)
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
func (e *env) quoted(w string, depth int) string {
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
			b.WriteString(unknown)
			i = closing(w, i+1, '`', 0)
		default:
			b.WriteByte(w[i])
			i++
		}
	}
	return b.String()
}

// dollar expands the expansion at the start of w and returns how many bytes it takes.
func (e *env) dollar(w string, depth int) (value string, used int) {
	if len(w) < 2 || depth > 10 {
		return w[:1], 1
	}
	switch c := w[1]; {
	case c == '(':
		return unknown, min(closing(w, 2, ')', 0), len(w))
	case c == '{':
		end := min(closing(w, 2, '}', 0), len(w))
		return e.braced(strings.TrimSuffix(w[2:end], "}"), depth), end
	case c >= '0' && c <= '9':
		return e.positional(int(c - '0')), 2
	case c == '#':
		return strconv.Itoa(len(e.args)), 2
	case c == '@' || c == '*':
		return strings.Join(e.args, " "), 2
	case strings.IndexByte("?$!-", c) >= 0:
		return unknown, 2
	case nameLen(w[1:]) > 0:
		n := nameLen(w[1:])
		return e.value(w[1 : 1+n]), 1 + n
	}
	return "$", 1
}

func nameLen(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || n > 0 && s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}

func (e *env) value(name string) string {
	if v, ok := e.vars[name]; ok {
		return v
	}
	return unknown
}

func (e *env) positional(i int) string {
	if i == 0 {
		return e.name
	}
	if i <= len(e.args) {
		return e.args[i-1]
	}
	return ""
}

// braced expands ${…}: plain names, defaults and the removal of a prefix or suffix that is no pattern.
func (e *env) braced(s string, depth int) string {
	n := nameLen(s)
	var v string
	switch {
	case n > 0:
		v = e.value(s[:n])
	case len(s) > 0 && s[0] >= '0' && s[0] <= '9':
		n = 1
		v = e.positional(int(s[0] - '0'))
	default:
		return unknown
	}
	rest := s[n:]
	if rest == "" {
		return v
	}
	for _, op := range []string{":-", ":=", "-", "="} {
		if d, ok := strings.CutPrefix(rest, op); ok {
			if isUnknown(v) || v != "" {
				return v // what is not known may well be set
			}
			text, _, _ := e.expand(d, depth+1)
			return text
		}
	}
	if rest == "##*/" && !isUnknown(v) {
		return path.Base(v)
	}
	return unknown
}
