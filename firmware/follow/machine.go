// Package follow reads what a script would start, without running it: it keeps the values that can be known, takes the
// branches that are sure, and carries the conditions of the others along.
//
// A program that merely lies in the image is not reported. The package must never execute anything and must end on every
// input.
package follow

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/shell"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Bounds of one reading.
const (
	maxScript   = 1 << 20 // bytes of one script
	maxSteps    = 60000   // commands looked at
	maxCalls    = 24      // scripts and functions within each other
	maxServices = 5000
	maxNotes    = 50
)

// A Service is a program that boot reaches.
type Service struct {
	Name      string   `json:"name"`                // base name of the program; the applet when it is BusyBox
	Command   string   `json:"command"`             // the program as the script names it
	Args      []string `json:"args,omitempty"`      // without the program
	Binary    string   `json:"binary,omitempty"`    // where it lies in the tree; empty when it is not there (another partition, or missing)
	File      string   `json:"file"`                // that starts it
	Line      int      `json:"line"`                // in File
	Condition string   `json:"condition,omitempty"` // what must hold, as written; empty when it is always reached
	Action    string   `json:"action,omitempty"`    // of inittab, when init starts it itself
	NoLogin   bool     `json:"no_login,omitempty"`  // gives a shell without asking for a password
	Chain     []string `json:"chain"`               // from init's configuration to here, "file:line"
}

// A Machine is one reading. It is used by one goroutine.
type Machine struct {
	Services []Service // reached so far
	Notes    []string  // what could not be followed
	Partial  bool      // a bound was reached

	ctx    context.Context // of one reading
	tree   *tree.Tree
	steps  int
	seen   map[string]bool   // services already reported
	parsed map[string]script // by path
	found  map[string]string // programs by search path and name

	builtins map[string]command
}

// New starts a reading of t.
func New(ctx context.Context, t *tree.Tree) *Machine {
	return &Machine{
		Services: []Service{}, ctx: ctx, tree: t, seen: map[string]bool{}, parsed: map[string]script{}, found: map[string]string{}, builtins: builtins(),
	}
}

func (m *Machine) note(format string, args ...any) {
	if len(m.Notes) < maxNotes {
		m.Notes = append(m.Notes, fmt.Sprintf(format, args...))
	}
}

// over tells that the reading must stop.
func (m *Machine) over() bool {
	m.steps++
	if m.steps > maxSteps && !m.Partial {
		m.Partial = true
		m.note("more than %d commands: the rest was not followed", maxSteps)
	}
	return m.steps > maxSteps || m.steps%256 == 0 && m.ctx.Err() != nil
}

// Run follows a parsed command in e.
func (m *Machine) Run(e *Env, n *shell.Node) { m.exec(e, n) }

// Start follows one command whose words are already expanded; line is where it stands in e.File.
func (m *Machine) Start(e *Env, words []string, line int) { m.call(e, words, line) }

// IsScript tells whether the file at p is one that can be followed.
func (m *Machine) IsScript(p string) bool { return m.script(p).root != nil }

// A script is a parsed file; root is nil when it is no text.
type script struct {
	path string
	root *shell.Node
	rc   bool // run by OpenWrt's rc.common
}

// script reads and parses the script at p, once.
func (m *Machine) script(p string) script {
	f, err := m.tree.Lookup(p)
	if err != nil || !f.IsRegular() || f.Size == 0 || f.Size > maxScript {
		return script{}
	}
	if s, ok := m.parsed[f.Path]; ok {
		return s
	}
	s := script{path: f.Path}
	if b, err := f.Read(); err == nil && isText(b) {
		first, _, _ := strings.Cut(string(b[:min(len(b), 200)]), "\n")
		s.rc = strings.HasPrefix(first, "#!") && strings.Contains(first, "rc.common")
		s.root = shell.Parse(string(b))
	}
	m.parsed[f.Path] = s
	return s
}

func isText(b []byte) bool {
	head := b[:min(len(b), 512)]
	return !strings.Contains(string(head), "\x00") && !strings.HasPrefix(string(head), "\x7fELF")
}

// shells are programs that give a command line.
var shells = map[string]bool{"sh": true, "ash": true, "bash": true, "-sh": true, "-ash": true, "hush": true, "ksh": true, "dash": true, "zsh": true}

// Emit reports the program that words start.
func (m *Machine) Emit(e *Env, words []string, line int) {
	if len(m.Services) >= maxServices {
		m.Partial = true
		return
	}
	name := strings.TrimPrefix(path.Base(words[0]), "-")
	s := Service{
		Name: name, Command: words[0], Args: append([]string(nil), words[1:]...), Binary: m.which(e, words[0]),
		File: e.File, Line: line, Condition: condition(e.Conds), Action: e.Action,
		Chain: append(append([]string(nil), e.chain...), fmt.Sprintf("%s:%d", e.File, line)),
	}
	s.NoLogin = noLogin(s, e.Console)
	key := fmt.Sprintf("%s\x00%d\x00%s\x00%q", s.File, s.Line, s.Condition, words)
	if m.seen[key] {
		return
	}
	m.seen[key] = true
	m.Services = append(m.Services, s)
}

// condition joins conditions, each once, to a bounded text.
func condition(conds []string) string {
	var out []string
	seen := map[string]bool{}
	for _, c := range conds {
		if !seen[c] {
			seen[c] = true
			out = append(out, shell.Show(c))
		}
	}
	s := strings.Join(out, " && ")
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}

// noLogin tells whether s hands out a shell: a shell that init itself starts, a getty or telnetd whose login program is a shell.
func noLogin(s Service, console bool) bool {
	if shells[s.Name] {
		for _, a := range s.Args {
			console = console && strings.HasPrefix(a, "-")
		}
		return console
	}
	if s.Name != "getty" && s.Name != "telnetd" && s.Name != "utelnetd" && s.Name != "agetty" {
		return false
	}
	for i, a := range s.Args {
		prog := ""
		switch {
		case a == "-l" && i+1 < len(s.Args):
			prog = s.Args[i+1]
		case strings.HasPrefix(a, "-l") && len(a) > 2:
			prog = a[2:]
		}
		if shells[path.Base(prog)] {
			return true
		}
	}
	return false
}

// searchPath is where init scripts look for programs before they say otherwise.
var searchPath = []string{"/sbin", "/usr/sbin", "/bin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"}

// which returns the path of a program in the tree, links not followed at the end, or "".
func (m *Machine) which(e *Env, name string) string {
	if strings.Contains(name, "/") {
		if !path.IsAbs(name) {
			if e.dir == "" {
				return ""
			}
			name = path.Join(e.dir, name)
		}
		if f, err := m.tree.Lstat(name); err == nil && !f.Mode.IsDir() {
			return f.Path
		}
		return ""
	}
	key := e.Vars["PATH"] + "\x00" + name
	p, ok := m.found[key]
	if !ok {
		p = m.search(e.Vars["PATH"], name)
		m.found[key] = p
	}
	return p
}

// search looks for a program in the directories of a PATH, then in the usual ones.
func (m *Machine) search(list, name string) string {
	for _, d := range append(strings.Split(list, ":"), searchPath...) {
		f, err := m.tree.Lstat(path.Join("/", d, name))
		if err == nil && f.Mode&fs.ModeDir == 0 {
			return f.Path
		}
	}
	return ""
}
