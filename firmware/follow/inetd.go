package follow

import (
	"fmt"
	"path"
	"strings"
)

// inetd reports the super-server and what its configuration starts.
func inetd(m *Machine, e *Env, words []string, line int) result {
	m.Emit(e, words, line)
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
	c.chain = append(c.chain, fmt.Sprintf("%s:%d", e.File, line))
	c.File = conf
	for i, l := range strings.Split(string(b), "\n") {
		f := strings.Fields(l)
		if len(f) < 6 || strings.HasPrefix(f[0], "#") {
			continue
		}
		prog := append([]string{f[5]}, f[min(7, len(f)):]...)
		if base := path.Base(f[5]); base == "tcpd" || base == "busybox" {
			prog = f[min(6, len(f)-1):]
		}
		m.Emit(c, prog, i+1)
	}
	return result{status: maybe}
}

// xinetd reports the super-server and each service file that is not disabled.
func xinetd(m *Machine, e *Env, words []string, line int) result {
	m.Emit(e, words, line)
	c := e.child()
	c.chain = append(c.chain, fmt.Sprintf("%s:%d", e.File, line))
	for _, f := range m.tree.ReadDir("/etc/xinetd.d") {
		b, err := m.tree.ReadFile(f.Path)
		if err != nil || len(b) > maxScript {
			continue
		}
		c.File = f.Path
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
			m.Emit(c, append([]string{prog}, strings.Fields(args)...), at)
		}
	}
	return result{status: maybe}
}
