package boot

import (
	"fmt"
	"path"
	"strings"
)

// started are the actions of inittab that run something at boot (System V and BusyBox).
var started = map[string]bool{
	"sysinit": true, "boot": true, "bootwait": true, "once": true, "wait": true, "respawn": true, "respawnlate": true,
	"askfirst": true, "askconsole": true, "askconsolelate": true, "start": true,
}

// consoles are those of them that are meant for a person at a terminal.
var consoles = map[string]bool{
	"respawn": true, "respawnlate": true, "askfirst": true, "askconsole": true, "askconsolelate": true, "start": true,
}

func (m *machine) newEnv(file string) *env {
	return &env{
		vars: map[string]string{"PATH": strings.Join(searchPath, ":")}, funcs: map[string]fn{}, file: file, dir: "/",
	}
}

// inittab follows /etc/inittab. It tells whether there is one.
func (m *machine) inittab() bool {
	b, err := m.tree.ReadFile("/etc/inittab")
	if err != nil || len(b) == 0 || len(b) > maxScript {
		return false
	}
	lines := strings.Split(string(b), "\n")
	level := ""
	for _, l := range lines {
		if f := strings.SplitN(strings.TrimSpace(l), ":", 4); len(f) >= 3 && f[2] == "initdefault" && !strings.HasPrefix(f[0], "#") {
			level = f[1]
		}
	}
	for i, l := range lines {
		f := strings.SplitN(strings.TrimSpace(l), ":", 4)
		if len(f) < 4 || strings.HasPrefix(f[0], "#") || !started[f[2]] {
			continue
		}
		if level != "" && f[1] != "" && f[2] != "sysinit" && !strings.Contains(f[1], level) {
			continue
		}
		e := m.newEnv("/etc/inittab")
		e.action, e.console = f[2], consoles[f[2]]
		m.initLine(e, strings.TrimLeft(f[3], "-+ "), i+1)
	}
	return true
}

// initLine follows the command of one line of inittab.
func (m *machine) initLine(e *env, text string, line int) {
	n := parse(text)
	moveTo(n, line)
	words := m.fields(e, firstWords(n))
	// OpenWrt: rcS is a word of procd, not a script, and means "run /etc/rc.d/S* boot".
	if len(words) == 3 && words[0] == "/etc/init.d/rcS" && words[1] == "S" {
		if m.script(words[0]).root == nil && m.startLinks(e, "/etc/rc.d", words[2], line) {
			return
		}
	}
	m.exec(e, n)
}

func firstWords(n *node) []string {
	for n != nil && n.kind != simple && len(n.kids) > 0 {
		n = n.kids[0]
	}
	if n == nil || n.kind != simple {
		return nil
	}
	return n.words
}

// moveTo gives all of n the line of the file it was taken from.
func moveTo(n *node, line int) {
	n.line = line
	for _, k := range n.kids {
		moveTo(k, line)
	}
}

// initScript follows a device whose first program is a script: /init of an initramfs, /linuxrc, /sbin/init, or, where
// there is no inittab, the /etc/init.d/rcS that BusyBox then runs.
func (m *machine) initScript() bool {
	found := false
	for _, p := range []string{"/init", "/linuxrc", "/sbin/init", "/etc/preinit"} {
		if f, err := m.tree.Lookup(p); err == nil && f.Path != "/etc/inittab" {
			e := m.newEnv(p)
			found = m.runScript(e, p, nil, 0) || found
		}
	}
	if _, err := m.tree.Lookup("/etc/inittab"); err == nil || m.report.Init == "systemd" {
		return found
	}
	e := m.newEnv("init")
	for _, p := range []string{"/etc/init.d/rcS", "/etc/rcS", "/etc/rc"} {
		if m.runScript(e, p, nil, 0) {
			found = true
			break
		}
	}
	return found
}

// inetd reports the super-server and what its configuration starts.
func inetd(m *machine, e *env, words []string, line int) result {
	m.emit(e, words, line)
	conf := "/etc/inetd.conf"
	for _, w := range words[1:] {
		if path.IsAbs(w) {
			conf = w
		}
	}
	b, err := m.tree.ReadFile(conf)
	if err != nil || len(b) > maxScript {
		return result{status: maybe}
	}
	c := e.child()
	c.chain = append(c.chain, fmt.Sprintf("%s:%d", e.file, line))
	c.file = conf
	for i, l := range strings.Split(string(b), "\n") {
		f := strings.Fields(l)
		if len(f) < 6 || strings.HasPrefix(f[0], "#") {
			continue
		}
		prog := append([]string{f[5]}, f[min(7, len(f)):]...)
		if base := path.Base(f[5]); base == "tcpd" || base == "busybox" {
			prog = f[min(6, len(f)-1):]
		}
		m.emit(c, prog, i+1)
	}
	return result{status: maybe}
}

// xinetd reports the super-server and each service file that is not disabled.
func xinetd(m *machine, e *env, words []string, line int) result {
	m.emit(e, words, line)
	c := e.child()
	c.chain = append(c.chain, fmt.Sprintf("%s:%d", e.file, line))
	for _, f := range m.tree.ReadDir("/etc/xinetd.d") {
		b, err := m.tree.ReadFile(f.Path)
		if err != nil || len(b) > maxScript {
			continue
		}
		c.file = f.Path
		var prog, args string
		at, off := 0, false
		for i, l := range strings.Split(string(b), "\n") {
			k, v, ok := strings.Cut(strings.TrimSpace(l), "=")
			k, v = strings.TrimSpace(k), strings.TrimSpace(v)
			switch {
			case !ok || strings.HasPrefix(k, "#"):
			case k == "disable":
				off = v == "yes"
			case k == "server":
				prog, at = v, i+1
			case k == "server_args":
				args = v
			}
		}
		if prog != "" && !off {
			m.emit(c, append([]string{prog}, strings.Fields(args)...), at)
		}
	}
	return result{status: maybe}
}

// android follows the service blocks of /init.rc and the files it imports from the root.
func (m *machine) android() bool {
	files := m.tree.Glob("/init*.rc")
	files = append(files, m.tree.Glob("/system/etc/init/*.rc")...)
	for _, p := range files {
		b, err := m.tree.ReadFile(p)
		if err != nil || len(b) > maxScript {
			continue
		}
		m.androidFile(p, strings.Split(string(b), "\n"))
	}
	return len(files) > 0
}

func (m *machine) androidFile(p string, lines []string) {
	for i, l := range lines {
		f := strings.Fields(l)
		if len(f) < 3 || f[0] != "service" {
			continue
		}
		e := m.newEnv(p)
		e.action = "service"
		for _, o := range lines[i+1:] {
			opt := strings.Fields(o)
			if len(opt) == 0 || strings.HasPrefix(opt[0], "#") {
				continue
			}
			if opt[0] == "service" || opt[0] == "on" || opt[0] == "import" {
				break
			}
			if opt[0] == "disabled" {
				e.conds = []string{"service " + f[1] + " is started by name: it is marked disabled"}
			}
		}
		m.emit(e, f[2:], i+1)
	}
}
