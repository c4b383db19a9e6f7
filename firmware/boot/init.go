package boot

import (
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/follow"
	"github.com/plimsoll-iot/plimsoll/firmware/shell"
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

// inittab follows /etc/inittab. It tells whether there is one.
func (r *reader) inittab() bool {
	b, err := r.tree.ReadFile("/etc/inittab")
	if err != nil || len(b) == 0 || len(b) > maxFile {
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
		e := follow.NewEnv("/etc/inittab")
		e.Action, e.Console = f[2], consoles[f[2]]
		r.initLine(e, strings.TrimLeft(f[3], "-+ "), i+1)
	}
	return true
}

// initLine follows the command of one line of inittab.
func (r *reader) initLine(e *follow.Env, text string, line int) {
	n := shell.Parse(text)
	moveTo(n, line)
	words := r.m.Fields(e, firstWords(n))
	// OpenWrt: rcS is a word of procd, not a script, and means "run /etc/rc.d/S* boot".
	if len(words) == 3 && words[0] == "/etc/init.d/rcS" && words[1] == "S" {
		if !r.m.IsScript(words[0]) && r.m.StartLinks(e, "/etc/rc.d", words[2], line) {
			return
		}
	}
	r.m.Run(e, n)
}

func firstWords(n *shell.Node) []string {
	for n != nil && n.Kind != shell.Simple && len(n.Kids) > 0 {
		n = n.Kids[0]
	}
	if n == nil || n.Kind != shell.Simple {
		return nil
	}
	return n.Words
}

// moveTo gives all of n the line of the file it was taken from.
func moveTo(n *shell.Node, line int) {
	n.Line = line
	for _, k := range n.Kids {
		moveTo(k, line)
	}
}

// initScript follows a device whose first program is a script: /init of an initramfs, /linuxrc, /sbin/init, or, where
// there is no inittab, the /etc/init.d/rcS that BusyBox then runs.
func (r *reader) initScript(kind string) bool {
	found := false
	for _, p := range []string{"/init", "/linuxrc", "/sbin/init", "/etc/preinit"} {
		if f, err := r.tree.Lookup(p); err == nil && f.Path != "/etc/inittab" {
			e := follow.NewEnv(p)
			found = r.m.RunScript(e, p, nil, 0) || found
		}
	}
	if _, err := r.tree.Lookup("/etc/inittab"); err == nil || kind == "systemd" {
		return found
	}
	e := follow.NewEnv("init")
	for _, p := range []string{"/etc/init.d/rcS", "/etc/rcS", "/etc/rc"} {
		if r.m.RunScript(e, p, nil, 0) {
			found = true
			break
		}
	}
	return found
}

// android follows the service blocks of /init.rc and the files it imports from the root.
func (r *reader) android() bool {
	files := r.tree.Glob("/init*.rc")
	files = append(files, r.tree.Glob("/system/etc/init/*.rc")...)
	for _, p := range files {
		b, err := r.tree.ReadFile(p)
		if err != nil || len(b) > maxFile {
			continue
		}
		r.androidFile(p, strings.Split(string(b), "\n"))
	}
	return len(files) > 0
}

func (r *reader) androidFile(p string, lines []string) {
	for i, l := range lines {
		f := strings.Fields(l)
		if len(f) < 3 || f[0] != "service" {
			continue
		}
		e := follow.NewEnv(p)
		e.Action = "service"
		for _, o := range lines[i+1:] {
			opt := strings.Fields(o)
			if len(opt) == 0 || strings.HasPrefix(opt[0], "#") {
				continue
			}
			if opt[0] == "service" || opt[0] == "on" || opt[0] == "import" {
				break
			}
			if opt[0] == "disabled" {
				e.Conds = []string{"service " + f[1] + " is started by name: it is marked disabled"}
			}
		}
		r.m.Emit(e, f[2:], i+1)
	}
}
