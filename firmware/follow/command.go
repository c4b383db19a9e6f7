package follow

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/shell"
)

// assignment splits NAME=value; ok is false for everything else.
func assignment(w string) (name, value string, ok bool) {
	n := shell.NameLen(w)
	if n == 0 || n >= len(w) || w[n] != '=' {
		return "", "", false
	}
	return w[:n], w[n+1:], true
}

func (e *Env) set(name, value string) {
	if shell.IsUnknown(value) || len(e.Vars) > 2000 {
		delete(e.Vars, name)
		return
	}
	e.Vars[name] = value
}

func (m *Machine) execSimple(e *Env, n *shell.Node) result {
	words := n.Words
	for len(words) > 0 {
		name, value, ok := assignment(words[0])
		if !ok {
			break
		}
		// Before a command an assignment is only for that command; taking it for good does no harm to what is reached.
		e.set(name, e.Word(value))
		words = words[1:]
	}
	if len(words) == 0 {
		return result{status: yes}
	}
	return m.call(e, m.Fields(e, words), n.Line)
}

// call follows one expanded command.
func (m *Machine) call(e *Env, words []string, line int) result {
	if len(words) == 0 || words[0] == "" {
		return result{status: maybe}
	}
	if shell.IsUnknown(words[0]) {
		m.note("%s:%d: which program %q is only the device knows", e.File, line, shell.Show(strings.Join(words, " ")))
		return result{status: maybe}
	}
	if f, ok := e.funcs[words[0]]; ok {
		return m.callFunction(e, f, words)
	}
	if b := m.builtins[path.Base(words[0])]; b != nil {
		return b(m, e, words, line)
	}
	return m.external(e, words, line)
}

func (m *Machine) callFunction(e *Env, f fn, words []string) result {
	key := "function " + strings.Join(words, " ")
	if !m.enter(e, key) {
		return result{status: maybe}
	}
	args, file := e.Args, e.File
	e.Args, e.File = words[1:], f.file
	r := m.exec(e, f.body).absorb(ret)
	e.Args, e.File = args, file
	m.leave(e)
	return r
}

// enter notes that a script or function is being followed; a circle or too deep a nest is not entered.
func (m *Machine) enter(e *Env, key string) bool {
	if e.depth >= maxCalls {
		m.note("%s: calls nest deeper than %d", e.File, maxCalls)
		return false
	}
	for _, s := range e.stack {
		if s == key {
			return false
		}
	}
	e.stack = append(e.stack[:len(e.stack):len(e.stack)], key)
	e.depth++
	return true
}

func (m *Machine) leave(e *Env) {
	e.stack = e.stack[:len(e.stack)-1]
	e.depth--
}

// external reports a program and, when it is a script of the tree, follows it.
func (m *Machine) external(e *Env, words []string, line int) result {
	shown := make([]string, len(words))
	for i, w := range words {
		shown[i] = shell.Show(w)
	}
	m.Emit(e, shown, line)
	if p := m.which(e, words[0]); p != "" {
		m.RunScript(e, p, words[1:], line)
	}
	return result{status: maybe}
}

// RunScript follows the script at p in a shell of its own. It tells whether there was one.
func (m *Machine) RunScript(e *Env, p string, args []string, line int) bool {
	s := m.script(p)
	if s.root == nil || m.over() {
		return s.root != nil
	}
	m.steps += len(e.Vars)/16 + len(e.funcs)/16
	c := e.child()
	if !m.enter(c, s.path+" "+strings.Join(args, " ")) {
		return true
	}
	c.chain = append(c.chain[:len(c.chain):len(c.chain)], fmt.Sprintf("%s:%d", e.File, line))
	c.File, c.Name, c.Args, c.Action = s.path, p, args, ""
	c.funcs = map[string]fn{}
	if s.rc {
		m.runRcCommon(c, s.root, args)
		return true
	}
	m.exec(c, s.root)
	m.runlevel(c, s.path, args)
	return true
}

// sourceFile follows a script in the shell of e.
func (m *Machine) sourceFile(e *Env, p string, line int) result {
	if !path.IsAbs(p) {
		p = path.Join("/", e.dir, p)
	}
	s := m.script(p)
	if s.root == nil || !m.enter(e, "source "+s.path) {
		return result{status: maybe}
	}
	file, chain := e.File, e.chain
	e.chain = append(chain[:len(chain):len(chain)], fmt.Sprintf("%s:%d", file, line))
	e.File = s.path
	r := m.exec(e, s.root).absorb(ret)
	e.File, e.chain = file, chain
	m.leave(e)
	return r
}

// text follows a command line given as text.
func (m *Machine) text(e *Env, s string) result {
	if shell.IsUnknown(s) && strings.HasPrefix(strings.TrimSpace(s), shell.Unknown) || !m.enter(e, "text "+shell.Clip(s)) {
		return result{status: maybe}
	}
	defer m.leave(e)
	n := shell.Parse(strings.ReplaceAll(s, shell.Unknown, `$?`))
	return m.exec(e, n)
}

// runlevel starts the scripts of /etc/rcN.d, as the System V script "rc" and Debian's rcS do.
func (m *Machine) runlevel(e *Env, script string, args []string) {
	level := ""
	switch b := path.Base(script); {
	case b == "rc" && len(args) > 0 && len(args[0]) == 1:
		level = args[0]
	case b == "rcS" && len(args) == 0:
		level = "S"
	default:
		return
	}
	for _, dir := range []string{"/etc/rc" + level + ".d", "/etc/rc.d/rc" + level + ".d"} {
		m.StartLinks(e, dir, "start", 0)
	}
}

// StartLinks runs the S scripts of dir in order.
func (m *Machine) StartLinks(e *Env, dir, arg string, line int) bool {
	links := m.tree.Glob(dir + "/S[0-9][0-9]*")
	for _, l := range links {
		m.RunScript(e, l, []string{arg}, line)
	}
	return len(links) > 0
}

// runRcCommon follows what rc.common does: read the script, then call boot, which unless the script has its own calls start;
// with procd, start calls start_service.
func (m *Machine) runRcCommon(e *Env, n *shell.Node, args []string) {
	e.rc = true
	if m.exec(e, n).jump != stay {
		return
	}
	action := "start"
	if len(args) > 0 {
		action = args[0]
	}
	if f, ok := e.funcs[action]; ok && action != "start" {
		m.callFunction(e, f, []string{action})
		return
	}
	if action == "boot" || action == "start" {
		m.rcStart(e)
	}
}

func (m *Machine) rcStart(e *Env) result {
	for _, name := range []string{"start_service", "start"} {
		if f, ok := e.funcs[name]; ok && (name == "start" || e.Vars["USE_PROCD"] != "") {
			return m.callFunction(e, f, []string{name})
		}
	}
	return result{status: maybe}
}
