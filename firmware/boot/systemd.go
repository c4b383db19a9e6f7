package boot

import (
	"path"
	"sort"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/follow"
	"github.com/plimsoll-iot/plimsoll/firmware/shell"
)

// unitDirs are searched in this order; the first file of a name wins.
var unitDirs = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

// maxUnits bounds the units followed.
const maxUnits = 2000

type unit struct {
	file  string
	keys  map[string][]entry
	wants []string
}

type entry struct {
	value string
	line  int
}

// systemd follows the units that the default target pulls in. It tells whether the tree has systemd.
func (r *reader) systemd() bool {
	have := false
	for _, p := range []string{"/lib/systemd/systemd", "/usr/lib/systemd/systemd"} {
		if _, err := r.tree.Lookup(p); err == nil {
			have = true
		}
	}
	if !have {
		return false
	}
	done := map[string]bool{}
	queue := []string{"default.target", "sysinit.target", "basic.target", "multi-user.target"}
	if f, err := r.tree.Lstat("/etc/systemd/system/default.target"); err == nil && f.Target != "" {
		queue = append(queue, path.Base(f.Target))
	}
	for len(queue) > 0 && len(done) < maxUnits && r.ctx.Err() == nil {
		name := queue[0]
		queue = queue[1:]
		if done[name] {
			continue
		}
		done[name] = true
		u, ok := r.unit(name)
		if ok {
			r.startUnit(name, u)
			queue = append(queue, u.wants...)
		}
		for _, d := range unitDirs {
			for _, kind := range []string{".wants", ".requires"} {
				for _, f := range r.tree.ReadDir(path.Join(d, name+kind)) {
					queue = append(queue, path.Base(f.Path))
				}
			}
		}
	}
	return true
}

// unit reads the unit called name; an instance reads its template. A masked unit is none.
func (r *reader) unit(name string) (unit, bool) {
	names := []string{name}
	if at := strings.IndexByte(name, '@'); at >= 0 {
		names = append(names, name[:at+1]+path.Ext(name))
	}
	for _, n := range names {
		for _, d := range unitDirs {
			f, err := r.tree.Lstat(path.Join(d, n))
			if err != nil {
				continue
			}
			if f.Target == "/dev/null" {
				return unit{}, false
			}
			b, err := r.tree.ReadFile(f.Path)
			if err != nil || len(b) > maxFile {
				continue
			}
			return parseUnit(f.Path, string(b)), true
		}
	}
	return unit{}, false
}

func parseUnit(file, text string) unit {
	u := unit{file: file, keys: map[string][]entry{}}
	section := ""
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		at := i + 1
		l := strings.TrimSpace(lines[i])
		for strings.HasSuffix(l, "\\") && i+1 < len(lines) {
			i++
			l = strings.TrimSuffix(l, "\\") + " " + strings.TrimSpace(lines[i])
		}
		if l == "" || l[0] == '#' || l[0] == ';' {
			continue
		}
		if l[0] == '[' {
			section = l
			continue
		}
		k, v, ok := strings.Cut(l, "=")
		if !ok {
			continue
		}
		key := section + strings.TrimSpace(k)
		v = strings.TrimSpace(v)
		u.keys[key] = append(u.keys[key], entry{v, at})
		switch key {
		case "[Unit]Wants", "[Unit]Requires", "[Unit]BindsTo", "[Socket]Service":
			u.wants = append(u.wants, strings.Fields(v)...)
		}
	}
	return u
}

// startUnit reports the programs of a service unit; a socket unit pulls in the service it hands connections to.
func (r *reader) startUnit(name string, u unit) {
	e := follow.NewEnv(u.file)
	e.Action = "unit"
	for k, list := range u.keys {
		if !strings.HasPrefix(k, "[Unit]Condition") {
			continue
		}
		for _, c := range list {
			e.Conds = append(e.Conds, strings.TrimPrefix(k, "[Unit]")+"="+c.value)
		}
	}
	sort.Strings(e.Conds)
	instance := ""
	if at := strings.IndexByte(name, '@'); at >= 0 {
		instance = strings.TrimSuffix(name[at+1:], path.Ext(name))
	}
	for _, k := range []string{"ExecStartPre", "ExecStart", "ExecStartPost"} {
		for _, c := range u.keys["[Service]"+k] {
			text := strings.NewReplacer("%i", instance, "%I", instance, "%%", "%").Replace(strings.TrimLeft(c.value, "-@:+!"))
			words := r.m.Fields(e, firstWords(shell.Parse(text)))
			if len(words) > 0 && !shell.IsUnknown(words[0]) {
				r.m.Start(e, words, c.line)
			}
		}
	}
	if strings.HasSuffix(name, ".socket") && len(u.keys["[Socket]Service"]) == 0 {
		base := strings.TrimSuffix(name, ".socket")
		for _, n := range []string{base + ".service", base + "@.service"} {
			if s, ok := r.unit(n); ok {
				r.startUnit(n, s)
				return
			}
		}
	}
}
