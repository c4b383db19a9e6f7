package follow

import (
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/shell"
)

type command func(m *Machine, e *Env, words []string, line int) result

// builtins says how to follow the commands that are not simply programs. It is no package variable: the entries call
// back into the machine.
func builtins() map[string]command {
	table := map[string]command{
		":": constant(yes), "true": constant(yes), "false": constant(no),
		"exit": jumpTo(leave), "return": jumpTo(ret), "break": jumpTo(brk), "continue": jumpTo(brk),
		"[": bracket, "test": bracket, ".": dot, "source": dot, "cd": cd, "chdir": cd,
		"export": declare, "local": declare, "readonly": declare, "declare": declare, "typeset": declare,
		"unset": unset, "read": unset, "shift": shift, "set": set, "eval": eval, "exec": execWord,
		"sh": shellWord, "ash": shellWord, "bash": shellWord, "hush": shellWord, "dash": shellWord,
		"busybox": applet, "run-parts": runParts, "start-stop-daemon": startStop,
		"tcpsvd": superServer, "udpsvd": superServer, "inetd": inetd, "xinetd": xinetd,
		"procd_set_param": procdParam, "service_start": serviceStart, "rc_procd": rcProcd, "start": rcStartWord,
		"config_foreach": configForeach, "service": serviceWord,
	}
	for name := range quiet {
		table[name] = constant(yes)
	}
	for name, valued := range wrappers {
		table[name] = func(m *Machine, e *Env, words []string, line int) result { return m.wrapped(e, words, valued, line) }
	}
	return table
}

// quiet commands start nothing and succeed.
var quiet = map[string]bool{
	"echo": true, "printf": true, "mkdir": true, "umask": true, "ulimit": true, "trap": true, "wait": true, "alias": true,
	"hash": true, "sleep": true, "usleep": true, "touch": true, "sync": true,
	"procd_open_instance": true, "procd_close_instance": true, "procd_open_service": true, "procd_close_service": true, "procd_append_param": true,
}

// wrappers run the command behind their own options; the letters are the options that take the next word as value.
var wrappers = map[string]string{
	"nohup": "", "setsid": "", "command": "", "builtin": "", "time": "", "nice": "n", "ionice": "cnp", "chrt": "p", "taskset": "c", "env": "u",
	"stdbuf": "ioe", "timeout": "tsk", "sudo": "ug", "softlimit": "adsmlrcopnft", "daemon": "nup",
}

func constant(t truth) command {
	return func(*Machine, *Env, []string, int) result { return result{status: t} }
}

func jumpTo(j jump) command {
	return func(*Machine, *Env, []string, int) result { return result{status: maybe, jump: j} }
}

func bracket(m *Machine, e *Env, words []string, _ int) result {
	return result{status: m.evaluate(e, trimBracket(words[1:]))}
}

func dot(m *Machine, e *Env, words []string, line int) result {
	if len(words) < 2 || shell.IsUnknown(words[1]) {
		return result{status: maybe}
	}
	return m.sourceFile(e, words[1], line)
}

func cd(_ *Machine, e *Env, words []string, _ int) result {
	switch {
	case len(words) < 2:
		e.dir = "/root"
	case shell.IsUnknown(words[1]):
		e.dir = ""
	case path.IsAbs(words[1]):
		e.dir = path.Clean(words[1])
	case e.dir != "":
		e.dir = path.Join(e.dir, words[1])
	}
	return result{status: yes}
}

func declare(_ *Machine, e *Env, words []string, _ int) result {
	for _, w := range words[1:] {
		if name, value, ok := assignment(w); ok {
			e.set(name, value)
		}
	}
	return result{status: yes}
}

func unset(_ *Machine, e *Env, words []string, _ int) result {
	for _, w := range words[1:] {
		delete(e.Vars, w)
		if words[0] == "unset" {
			e.Vars[w] = ""
		}
	}
	return result{status: maybe}
}

func shift(_ *Machine, e *Env, _ []string, _ int) result {
	if len(e.Args) > 0 {
		e.Args = e.Args[1:]
	}
	return result{status: yes}
}

// set takes new positional parameters; options of the shell change nothing that is followed here.
func set(_ *Machine, e *Env, words []string, _ int) result {
	rest := words[1:]
	for len(rest) > 0 && (strings.HasPrefix(rest[0], "-") || strings.HasPrefix(rest[0], "+")) {
		end := rest[0] == "--"
		rest = rest[1:]
		if end {
			e.Args = rest
			return result{status: yes}
		}
	}
	if len(rest) > 0 {
		e.Args = rest
	}
	return result{status: yes}
}

func eval(m *Machine, e *Env, words []string, _ int) result {
	return m.text(e, strings.Join(words[1:], " "))
}

// execWord replaces the shell: what comes behind is not reached.
func execWord(m *Machine, e *Env, words []string, line int) result {
	if len(words) < 2 {
		return result{status: yes}
	}
	r := m.call(e, words[1:], line)
	r.jump = leave
	return r
}

// shellWord follows "sh file args" and "sh -c text"; a bare shell is a program.
func shellWord(m *Machine, e *Env, words []string, line int) result {
	for i := 1; i < len(words); i++ {
		w := words[i]
		if strings.HasPrefix(w, "-") && strings.Contains(w, "c") && i+1 < len(words) {
			c := e.child()
			c.Args = nil
			return m.text(c, words[i+1]).absorb(leave)
		}
		if strings.HasPrefix(w, "-") || strings.HasPrefix(w, "+") {
			continue
		}
		if shell.IsUnknown(w) {
			return result{status: maybe}
		}
		if !path.IsAbs(w) {
			w = path.Join("/", e.dir, w)
		}
		m.RunScript(e, w, words[i+1:], line)
		return result{status: maybe}
	}
	return m.external(e, words, line)
}

func applet(m *Machine, e *Env, words []string, line int) result {
	if len(words) < 2 || strings.HasPrefix(words[1], "-") {
		return result{status: maybe}
	}
	return m.call(e, words[1:], line)
}

// wrapped skips the options of a wrapper and follows the rest. valued are the option letters that take the next word.
func (m *Machine) wrapped(e *Env, words []string, valued string, line int) result {
	rest := words[1:]
	for len(rest) > 0 {
		w := rest[0]
		if name, value, ok := assignment(w); ok {
			e.set(name, value)
			rest = rest[1:]
			continue
		}
		if !strings.HasPrefix(w, "-") {
			break
		}
		rest = rest[1:]
		if len(w) == 2 && strings.IndexByte(valued, w[1]) >= 0 && len(rest) > 0 {
			rest = rest[1:]
		}
	}
	if base := path.Base(words[0]); (base == "timeout" || base == "taskset" || base == "chrt") && len(rest) > 0 {
		rest = rest[1:] // a duration, a mask, a priority
	}
	if len(rest) == 0 {
		return result{status: maybe}
	}
	return m.call(e, rest, line)
}

func runParts(m *Machine, e *Env, words []string, line int) result {
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "-") || shell.IsUnknown(w) {
			continue
		}
		for _, f := range m.tree.ReadDir(w) {
			m.external(e, []string{f.Path}, line)
		}
	}
	return result{status: maybe}
}

// startStop follows "start-stop-daemon -S -x program -- args" (options of Debian and BusyBox).
func startStop(m *Machine, e *Env, words []string, line int) result {
	var prog string
	var args []string
	start := false
	for i := 1; i < len(words); i++ {
		w := words[i]
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case w == "--":
			args, i = words[i+1:], len(words)
		case w == "--start":
			start = true
		case w == "--exec" || w == "--startas":
			prog = next
			i++
		case strings.HasPrefix(w, "--exec=") || strings.HasPrefix(w, "--startas="):
			_, prog, _ = strings.Cut(w, "=")
		case strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--"):
			start = start || strings.Contains(w, "S")
			if c := w[len(w)-1]; strings.IndexByte("xapncugNrdk", c) >= 0 && next != "" {
				if c == 'a' || c == 'x' && prog == "" {
					prog = next
				}
				i++
			}
		}
	}
	if !start || prog == "" {
		return result{status: maybe}
	}
	return m.call(e, append([]string{prog}, args...), line)
}

// superServer reports tcpsvd or udpsvd and the program it starts for each connection: options, address, port, program.
func superServer(m *Machine, e *Env, words []string, line int) result {
	m.Emit(e, words, line)
	rest := words[1:]
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		w := rest[0]
		rest = rest[1:]
		if len(w) == 2 && strings.IndexByte("cCbulxi", w[1]) >= 0 && len(rest) > 0 {
			rest = rest[1:]
		}
	}
	if len(rest) > 2 {
		return m.call(e, rest[2:], line)
	}
	return result{status: maybe}
}

// procdParam follows "procd_set_param command program args".
func procdParam(m *Machine, e *Env, words []string, line int) result {
	if len(words) > 2 && words[1] == "command" {
		return m.call(e, words[2:], line)
	}
	return result{status: yes}
}

func serviceStart(m *Machine, e *Env, words []string, line int) result {
	return m.wrapped(e, words, "", line)
}

func rcProcd(m *Machine, e *Env, words []string, line int) result {
	if len(words) < 2 {
		return result{status: maybe}
	}
	return m.call(e, words[1:], line)
}

// rcStartWord is start called by a script of rc.common that leaves start to it.
func rcStartWord(m *Machine, e *Env, words []string, line int) result {
	if !e.rc {
		return m.external(e, words, line)
	}
	return m.rcStart(e)
}

// configForeach calls a function for each section of the configuration, which reading does not know.
func configForeach(m *Machine, e *Env, words []string, line int) result {
	if len(words) < 2 {
		return result{status: maybe}
	}
	kind := "any"
	if len(words) > 2 {
		kind = shell.Show(words[2])
	}
	return m.guarded(e, "configuration has a section of type "+kind, func() result {
		return m.call(e, []string{words[1], shell.Unknown}, line)
	})
}

// serviceWord follows "service name start".
func serviceWord(m *Machine, e *Env, words []string, line int) result {
	if len(words) < 3 || shell.IsUnknown(words[1]) || (words[2] != "start" && words[2] != "restart") {
		return result{status: maybe}
	}
	m.RunScript(e, path.Join("/etc/init.d", words[1]), words[2:], line)
	return result{status: maybe}
}
