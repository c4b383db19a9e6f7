package boot

import (
	"fmt"
	"path"
	"strings"
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
		out.may = append(out.may, mayJump{j.jump, clip(cond + " && " + j.cond)})
	}
	if len(out.may) > 8 {
		out.may = out.may[:8]
	}
	return out
}

// exec follows n. Its effects on variables and functions stay in e.
func (m *machine) exec(e *env, n *node) result {
	if n == nil || m.over() {
		return result{status: maybe}
	}
	switch n.kind {
	case list:
		return m.execList(e, n)
	case andOr:
		return m.execAndOr(e, n)
	case pipeline:
		return m.execPipeline(e, n)
	case ifNode:
		return m.execIf(e, n)
	case loop:
		return m.execLoop(e, n)
	case forLoop:
		return m.execFor(e, n)
	case caseNode:
		return m.execCase(e, n)
	case subshell:
		return m.exec(e.child(), n.kids[0]).absorb(leave)
	case group:
		return m.exec(e, n.kids[0])
	case function:
		e.funcs[n.words[0]] = fn{n.kids[0], e.file}
		return result{status: yes}
	case testNode:
		return result{status: m.test(e, n.words)}
	}
	return m.execSimple(e, n)
}

func (m *machine) execList(e *env, n *node) result {
	out := result{status: yes}
	base := len(e.conds)
	defer func() { e.conds = e.conds[:base:base] }()
	for i, k := range n.kids {
		if i < len(n.ops) && n.ops[i] == "&" {
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
			e.conds = append(e.conds, "not ("+j.cond+")")
		}
	}
	return out
}

// guarded runs fn under a condition and forgets the variables it changed: afterwards nobody knows which branch ran.
func (m *machine) guarded(e *env, cond string, fn func() result) result {
	m.steps += len(e.vars) / 16
	before := make(map[string]string, len(e.vars))
	for k, v := range e.vars {
		before[k] = v
	}
	base := len(e.conds)
	e.conds = append(e.conds, cond)
	r := fn().under(cond)
	e.conds = e.conds[:base:base]
	for k, v := range e.vars {
		if old, ok := before[k]; !ok || old != v {
			delete(e.vars, k)
		}
	}
	return r
}

func (m *machine) execAndOr(e *env, n *node) result {
	out := m.exec(e, n.kids[0])
	said := source(n.kids[0])
	for i, op := range n.ops {
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
			r := m.exec(e, n.kids[i+1])
			r.may = append(out.may, r.may...)
			out = r
			said = source(n.kids[i+1])
			continue
		}
		cond := said
		if want == no {
			cond = "not (" + said + ")"
		}
		kid := n.kids[i+1]
		r := m.guarded(e, cond, func() result { return m.exec(e, kid) })
		r.may = append(out.may, r.may...)
		out = r
		said = clip(said + " " + op + " " + source(kid))
	}
	return out
}

func (m *machine) execPipeline(e *env, n *node) result {
	if len(n.kids) == 1 {
		r := m.exec(e, n.kids[0])
		r.status = r.status.not()
		return r
	}
	out := result{status: maybe}
	for _, k := range n.kids {
		out.status = m.exec(e.child(), k).status
	}
	if n.neg {
		out.status = out.status.not()
	}
	return out
}

func (m *machine) execIf(e *env, n *node) result {
	out := result{status: maybe}
	var before string // conditions of the branches above, which must have failed
	for i := 0; i+1 < len(n.kids); i += 2 {
		c := m.exec(e, n.kids[i])
		out.may = append(out.may, c.may...)
		if c.jump != stay {
			out.jump = c.jump
			return out
		}
		body := n.kids[i+1]
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
		said := source(n.kids[i])
		r := m.guarded(e, join(before, said), func() result { return m.exec(e, body) })
		out.may = append(out.may, r.may...)
		before = join(before, "not ("+said+")")
	}
	if len(n.kids)%2 == 0 {
		return out
	}
	other := n.kids[len(n.kids)-1]
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
	return clip(a + " && " + b)
}

func (m *machine) execLoop(e *env, n *node) result {
	c := m.exec(e, n.kids[0])
	status := c.status
	if n.neg {
		status = status.not()
	}
	if c.jump != stay || status == no {
		return result{status: yes, jump: c.jump}
	}
	body := func() result { return m.exec(e, n.kids[1]) }
	if status == maybe {
		said := source(n.kids[0])
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

func (m *machine) execFor(e *env, n *node) result {
	out := result{status: yes}
	for _, item := range m.fields(e, n.words[1:]) {
		body := func() result { return m.exec(e, n.kids[0]) }
		if isUnknown(item) {
			delete(e.vars, n.words[0])
			r := m.guarded(e, "for "+strings.Join(n.words[1:], " "), body).absorb(brk)
			out.may = append(out.may, r.may...)
			continue
		}
		e.vars[n.words[0]] = item
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
func (m *machine) breaks(n *node) bool {
	for _, k := range n.kids {
		if k.kind == simple && len(k.words) > 0 && k.words[0] == "break" || m.breaks(k) {
			return true
		}
	}
	for _, a := range n.arms {
		if m.breaks(a.body) {
			return true
		}
	}
	return false
}

func (m *machine) execCase(e *env, n *node) result {
	subject := e.word(n.words[0])
	out := result{status: maybe}
	for _, a := range n.arms {
		for _, p := range a.patterns {
			pattern := e.word(p)
			if !isUnknown(subject) && !isUnknown(pattern) {
				if match(pattern, subject) {
					r := m.exec(e, a.body)
					r.may = append(out.may, r.may...)
					return r
				}
				continue
			}
			body := a.body
			r := m.guarded(e, fmt.Sprintf("%s is %s", n.words[0], p), func() result { return m.exec(e, body) })
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

// source writes a command the way a condition shows it. It is kept: loops ask often.
func source(n *node) string {
	if n.said == "" {
		n.said = write(n)
	}
	return n.said
}

func write(n *node) string {
	var parts []string
	switch n.kind {
	case list, pipeline:
		for _, k := range n.kids[:min(len(n.kids), 8)] {
			parts = append(parts, source(k))
		}
		sep := "; "
		if n.kind == pipeline {
			sep = " | "
		}
		s := strings.Join(parts, sep)
		if n.neg {
			s = "not (" + s + ")"
		}
		return clip(s)
	case andOr:
		s := source(n.kids[0])
		for i, op := range n.ops[:min(len(n.ops), 8)] {
			s += " " + op + " " + source(n.kids[i+1])
		}
		return clip(s)
	case subshell, group:
		return source(n.kids[0])
	case testNode:
		return clip("[[ " + strings.Join(n.words, " ") + " ]]")
	}
	return clip(strings.Join(n.words, " "))
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
