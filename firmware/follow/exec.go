package follow

import (
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/shell"
)

// A truth is an exit status as far as reading can tell.
type truth int

const (
	maybe truth = iota
	yes
	no
)

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return maybe
}

// A jump leaves the commands around it, up to the loop, function or script it belongs to.
type jump int

const (
	stay  jump = iota
	brk        // break and continue
	ret        // return
	leave      // exit
)

// A result is how a command ended: its status, the jump it surely takes, and those it takes under conditions.
type result struct {
	status truth
	jump   jump
	may    []mayJump
}

type mayJump struct {
	jump jump
	cond string
}

// absorb drops the jumps up to level, which end here.
func (r result) absorb(level jump) result {
	if r.jump <= level {
		r.jump = stay
	}
	var may []mayJump
	for _, j := range r.may {
		if j.jump > level {
			may = append(may, j)
		}
	}
	r.may = may
	return r
}

// under adds a condition to what may happen: the jump that was sure is so no more.
func (r result) under(cond string) result {
	out := result{status: maybe}
	if r.jump != stay {
		out.may = append(out.may, mayJump{r.jump, cond})
	}
	for _, j := range r.may {
		out.may = append(out.may, mayJump{j.jump, shell.Clip(cond + " && " + j.cond)})
	}
	if len(out.may) > 8 {
		out.may = out.may[:8]
	}
	return out
}

// exec follows n. Its effects on variables and functions stay in e.
func (m *Machine) exec(e *Env, n *shell.Node) result {
	if n == nil || m.over() {
		return result{status: maybe}
	}
	switch n.Kind {
	case shell.List:
		return m.execList(e, n)
	case shell.AndOr:
		return m.execAndOr(e, n)
	case shell.Pipeline:
		return m.execPipeline(e, n)
	case shell.If:
		return m.execIf(e, n)
	case shell.Loop:
		return m.execLoop(e, n)
	case shell.For:
		return m.execFor(e, n)
	case shell.Case:
		return m.execCase(e, n)
	case shell.Subshell:
		return m.exec(e.child(), n.Kids[0]).absorb(leave)
	case shell.Group:
		return m.exec(e, n.Kids[0])
	case shell.Function:
		e.funcs[n.Words[0]] = fn{n.Kids[0], e.File}
		return result{status: yes}
	case shell.Test:
		return result{status: m.test(e, n.Words)}
	}
	return m.execSimple(e, n)
}

func (m *Machine) execList(e *Env, n *shell.Node) result {
	out := result{status: yes}
	base := len(e.Conds)
	defer func() { e.Conds = e.Conds[:base:base] }()
	for i, k := range n.Kids {
		if i < len(n.Ops) && n.Ops[i] == "&" {
			m.exec(e.child(), k)
			out.status = yes
			continue
		}
		r := m.exec(e, k)
		out.status, out.jump = r.status, r.jump
		out.may = append(out.may, r.may...)
		if r.jump != stay {
			return out
		}
		for _, j := range r.may {
			e.Conds = append(e.Conds, "not ("+j.cond+")")
		}
	}
	return out
}

// guarded runs fn under a condition and forgets the variables it changed: afterwards nobody knows which branch ran.
func (m *Machine) guarded(e *Env, cond string, fn func() result) result {
	m.steps += len(e.Vars) / 16
	before := make(map[string]string, len(e.Vars))
	for k, v := range e.Vars {
		before[k] = v
	}
	base := len(e.Conds)
	e.Conds = append(e.Conds, cond)
	r := fn().under(cond)
	e.Conds = e.Conds[:base:base]
	for k, v := range e.Vars {
		if old, ok := before[k]; !ok || old != v {
			delete(e.Vars, k)
		}
	}
	return r
}

func (m *Machine) execAndOr(e *Env, n *shell.Node) result {
	out := m.exec(e, n.Kids[0])
	said := shell.Source(n.Kids[0])
	for i, op := range n.Ops {
		if out.jump != stay {
			return out
		}
		want := yes
		if op == "||" {
			want = no
		}
		if out.status != maybe && out.status != want {
			continue
		}
		if out.status == want {
			r := m.exec(e, n.Kids[i+1])
			r.may = append(out.may, r.may...)
			out = r
			said = shell.Source(n.Kids[i+1])
			continue
		}
		cond := said
		if want == no {
			cond = "not (" + said + ")"
		}
		kid := n.Kids[i+1]
		r := m.guarded(e, cond, func() result { return m.exec(e, kid) })
		r.may = append(out.may, r.may...)
		out = r
		said = shell.Clip(said + " " + op + " " + shell.Source(kid))
	}
	return out
}

func (m *Machine) execPipeline(e *Env, n *shell.Node) result {
	if len(n.Kids) == 1 {
		r := m.exec(e, n.Kids[0])
		r.status = r.status.not()
		return r
	}
	out := result{status: maybe}
	for _, k := range n.Kids {
		out.status = m.exec(e.child(), k).status
	}
	if n.Neg {
		out.status = out.status.not()
	}
	return out
}

func (m *Machine) execIf(e *Env, n *shell.Node) result {
	out := result{status: maybe}
	var before string // conditions of the branches above, which must have failed
	for i := 0; i+1 < len(n.Kids); i += 2 {
		c := m.exec(e, n.Kids[i])
		out.may = append(out.may, c.may...)
		if c.jump != stay {
			out.jump = c.jump
			return out
		}
		body := n.Kids[i+1]
		switch {
		case c.status == yes && before == "":
			r := m.exec(e, body)
			r.may = append(out.may, r.may...)
			return r
		case c.status == yes:
			out.may = append(out.may, m.guarded(e, before, func() result { return m.exec(e, body) }).may...)
			return out
		case c.status == no:
			continue
		}
		said := shell.Source(n.Kids[i])
		r := m.guarded(e, join(before, said), func() result { return m.exec(e, body) })
		out.may = append(out.may, r.may...)
		before = join(before, "not ("+said+")")
	}
	if len(n.Kids)%2 == 0 {
		return out
	}
	other := n.Kids[len(n.Kids)-1]
	if before == "" {
		r := m.exec(e, other)
		r.may = append(out.may, r.may...)
		return r
	}
	out.may = append(out.may, m.guarded(e, before, func() result { return m.exec(e, other) }).may...)
	return out
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return shell.Clip(a + " && " + b)
}

func (m *Machine) execLoop(e *Env, n *shell.Node) result {
	c := m.exec(e, n.Kids[0])
	status := c.status
	if n.Neg {
		status = status.not()
	}
	if c.jump != stay || status == no {
		return result{status: yes, jump: c.jump}
	}
	body := func() result { return m.exec(e, n.Kids[1]) }
	if status == maybe {
		said := shell.Source(n.Kids[0])
		return m.guarded(e, "while "+said, body).absorb(brk)
	}
	r := body()
	broken := r.jump == brk
	for _, j := range r.may {
		broken = broken || j.jump == brk
	}
	r = r.absorb(brk)
	if !broken && r.jump == stay {
		r.jump = leave // a loop without end: nothing behind it is reached
	}
	return r
}

func (m *Machine) execFor(e *Env, n *shell.Node) result {
	out := result{status: yes}
	for _, item := range m.Fields(e, n.Words[1:]) {
		body := func() result { return m.exec(e, n.Kids[0]) }
		if shell.IsUnknown(item) {
			delete(e.Vars, n.Words[0])
			r := m.guarded(e, "for "+strings.Join(n.Words[1:], " "), body).absorb(brk)
			out.may = append(out.may, r.may...)
			continue
		}
		e.Vars[n.Words[0]] = item
		r := body()
		end := r.jump == brk && m.breaks(n)
		r = r.absorb(brk)
		out.may = append(out.may, r.may...)
		if r.jump != stay {
			out.jump = r.jump
			return out
		}
		if end || m.steps > maxSteps {
			return out
		}
	}
	return out
}

// breaks tells whether the body of a loop holds a break: a sure jump may else be a continue, and the next item follows.
func (m *Machine) breaks(n *shell.Node) bool {
	for _, k := range n.Kids {
		if k.Kind == shell.Simple && len(k.Words) > 0 && k.Words[0] == "break" || m.breaks(k) {
			return true
		}
	}
	for _, a := range n.Arms {
		if m.breaks(a.Body) {
			return true
		}
	}
	return false
}

func (m *Machine) execCase(e *Env, n *shell.Node) result {
	subject := e.Word(n.Words[0])
	out := result{status: maybe}
	for _, a := range n.Arms {
		for _, p := range a.Patterns {
			pattern := e.Word(p)
			if !shell.IsUnknown(subject) && !shell.IsUnknown(pattern) {
				if match(pattern, subject) {
					r := m.exec(e, a.Body)
					r.may = append(out.may, r.may...)
					return r
				}
				continue
			}
			body := a.Body
			r := m.guarded(e, fmt.Sprintf("%s is %s", n.Words[0], p), func() result { return m.exec(e, body) })
			out.may = append(out.may, r.may...)
			break
		}
	}
	return out
}

// match is the pattern match of case: like that of file names, but * takes slashes, too.
func match(pattern, s string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x02"), strings.ReplaceAll(s, "/", "\x02"))
	return err == nil && ok
}
