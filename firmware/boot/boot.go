// Package boot tells which programs a device starts at boot, by reading its init configuration and scripts.
//
// It reads scripts, it does not run them: a small reader of the shell language follows what init would follow, keeps the
// conditions it cannot decide, and leaves out what is commented out or never called. A program that merely lies in the
// image is not reported. The package must never execute anything and must end on every input.
package boot

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Bounds of one reading.
const (
	maxScript   = 1 << 20 // bytes of one script
	maxSteps    = 200000  // commands looked at
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

// A Report is what boot of one tree reaches.
type Report struct {
	Init     string    `json:"init"` // "inittab", "systemd", "script", "android", or "" when no init was found
	Services []Service `json:"services"`
	Notes    []string  `json:"notes,omitempty"` // what could not be followed
	Partial  bool      `json:"partial,omitempty"`
}

// Named returns the services with one of the names, in order of discovery.
func (r *Report) Named(names ...string) []Service {
	var out []Service
	for _, s := range r.Services {
		for _, n := range names {
			if s.Name == n {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// Read follows the init of t. Each kind of init that t has is followed: some devices carry two.
func Read(ctx context.Context, t *tree.Tree) (*Report, error) {
	m := &machine{ctx: ctx, tree: t, report: &Report{Services: []Service{}}, seen: map[string]bool{}, parsed: map[string]script{}, builtins: builtins()}
	starters := []struct {
		kind string
		run  func(*machine) bool
	}{
		{"inittab", (*machine).inittab},
		{"systemd", (*machine).systemd},
		{"android", (*machine).android},
		{"script", (*machine).initScript},
	}
	for _, s := range starters {
		if s.run(m) && m.report.Init == "" {
			m.report.Init = s.kind
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if m.steps > maxSteps {
		m.report.Partial = true
		m.note("more than %d commands: the rest was not followed", maxSteps)
	}
	return m.report, nil
}

// A machine is one reading. It is used by one goroutine.
type machine struct {
	ctx    context.Context // of one Read
	tree   *tree.Tree
	report *Report
	steps  int
	seen   map[string]bool   // services already reported
	parsed map[string]script // by path

	builtins map[string]command
}

func (m *machine) note(format string, args ...any) {
	if len(m.report.Notes) < maxNotes {
		m.report.Notes = append(m.report.Notes, fmt.Sprintf(format, args...))
	}
}

// over tells that the reading must stop.
func (m *machine) over() bool {
	m.steps++
	return m.steps > maxSteps || m.steps%256 == 0 && m.ctx.Err() != nil
}

// A script is a parsed file; root is nil when it is no text.
type script struct {
	path string
	root *node
	rc   bool // run by OpenWrt's rc.common
}

// script reads and parses the script at p, once.
func (m *machine) script(p string) script {
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
		s.root = parse(string(b))
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

// emit reports the program that words start.
func (m *machine) emit(e *env, words []string, line int) {
	if len(m.report.Services) >= maxServices {
		m.report.Partial = true
		return
	}
	name := path.Base(words[0])
	if strings.HasPrefix(name, "-") {
		name = name[1:]
	}
	s := Service{
		Name: name, Command: words[0], Args: append([]string(nil), words[1:]...), Binary: m.which(e, words[0]),
		File: e.file, Line: line, Condition: condition(e.conds), Action: e.action,
		Chain: append(append([]string(nil), e.chain...), fmt.Sprintf("%s:%d", e.file, line)),
	}
	s.NoLogin = noLogin(s, e.console)
	key := fmt.Sprintf("%s\x00%d\x00%s\x00%q", s.File, s.Line, s.Condition, words)
	if m.seen[key] {
		return
	}
	m.seen[key] = true
	m.report.Services = append(m.report.Services, s)
}

// condition joins conditions, each once, to a bounded text.
func condition(conds []string) string {
	var out []string
	seen := map[string]bool{}
	for _, c := range conds {
		if !seen[c] {
			seen[c] = true
			out = append(out, show(c))
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
func (m *machine) which(e *env, name string) string {
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
	dirs := searchPath
	if p, ok := e.vars["PATH"]; ok {
		dirs = append(strings.Split(p, ":"), dirs...)
	}
	for _, d := range dirs {
		f, err := m.tree.Lstat(path.Join("/", d, name))
		if err == nil && f.Mode&fs.ModeDir == 0 {
			return f.Path
		}
	}
	return ""
}
