package follow

import (
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/shell"
)

const (
	maxFields = 512
	maxLine   = 32 << 10 // bytes of all words of one command
)

// An Env is the state of the shell at one place.
type Env struct {
	shell.State
	File    string   // being read
	Action  string   // of inittab or the like, while init itself starts the program
	Console bool     // init gives what runs here a terminal and, when it ends, starts it again
	Conds   []string // what must hold for this place to be reached

	funcs map[string]fn
	dir   string // working directory, "" when not known
	chain []string
	depth int
	stack []string // scripts and functions being followed, with their arguments
	rc    bool     // an OpenWrt rc.common script
}

// NewEnv is the state in which init starts what file names.
func NewEnv(file string) *Env {
	return &Env{
		State: shell.State{Vars: map[string]string{"PATH": strings.Join(searchPath, ":")}}, funcs: map[string]fn{}, File: file, dir: "/",
	}
}

// A fn is a function and the file that defines it, which the line numbers of its body belong to.
type fn struct {
	body *shell.Node
	file string
}

// child copies e so that what happens in it stays there.
func (e *Env) child() *Env {
	c := *e
	c.Vars = make(map[string]string, len(e.Vars))
	for k, v := range e.Vars {
		c.Vars[k] = v
	}
	c.funcs = make(map[string]fn, len(e.funcs))
	for k, v := range e.funcs {
		c.funcs[k] = v
	}
	c.Conds = append([]string(nil), e.Conds...)
	return &c
}

// Fields expands words as a command line: variables, quotes, splitting, file name patterns of the tree.
func (m *Machine) Fields(e *Env, words []string) []string {
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
func (m *Machine) field(e *Env, w string) []string {
	if w == `"$@"` || w == `$@` || w == `$*` {
		return append([]string(nil), e.Args...)
	}
	text, split, glob := e.Expand(w, 0)
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

func (m *Machine) glob(text string, glob bool) []string {
	if !glob || !strings.ContainsAny(text, "*?[") || shell.IsUnknown(text) || !path.IsAbs(text) {
		return []string{text}
	}
	m.steps += 20
	if found := m.tree.Glob(text); len(found) > 0 {
		return found[:min(len(found), maxFields)]
	}
	return []string{text}
}
