package form

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxProblems bounds the report on a hostile file.
const maxProblems = 500

// Problem is something wrong with a file, or, as a Warning, something that is
// still missing or unwise.
type Problem struct {
	File         string
	Line, Column int
	Path         string // such as "ixit.AuthMech[0].factor"
	Message      string
	Remedy       string // what to write instead
	Excerpt      string // the offending line, and below it a caret
	Warning      bool
	Judged       bool // the judge answers it with a verdict, so an assessment goes on
}

// String returns the problem as a block of lines without the last line end.
func (p Problem) String() string {
	var b strings.Builder
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	fmt.Fprintf(&b, "%s:%d:%d: %s: %s", p.File, p.Line, p.Column, kind, p.Message)
	if p.Excerpt != "" {
		b.WriteString("\n    " + strings.ReplaceAll(p.Excerpt, "\n", "\n    "))
	}
	if p.Remedy != "" {
		b.WriteString("\n  hint: " + p.Remedy)
	}
	return b.String()
}

// Problems is a list of problems in the order of the file.
type Problems []Problem

// Errors returns the problems that are not warnings.
func (ps Problems) Errors() Problems { return ps.filter(false) }

// Blocking returns the problems that keep the declaration from being judged.
func (ps Problems) Blocking() Problems {
	var out Problems
	for _, p := range ps {
		if !p.Warning && !p.Judged {
			out = append(out, p)
		}
	}
	return out
}

// Warnings returns the warnings.
func (ps Problems) Warnings() Problems { return ps.filter(true) }

func (ps Problems) filter(warning bool) Problems {
	var out Problems
	for _, p := range ps {
		if p.Warning == warning {
			out = append(out, p)
		}
	}
	return out
}

// String returns all problems, one block each.
func (ps Problems) String() string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

func (d *Document) add(p Problem) {
	p.File = d.name
	d.problems = append(d.problems, p)
}

// Report adds an error at a node; a nil node stands for the file.
func (d *Document) Report(at *Node, message, remedy string) {
	d.put(at, Issue{Message: message, Remedy: remedy})
}

// ReportJudged adds an error that the judge answers with a verdict.
func (d *Document) ReportJudged(at *Node, message, remedy string) {
	d.add(Problem{Line: at.Line, Column: at.Column, Path: at.Path, Message: message, Remedy: remedy, Judged: true})
}

// Warn adds a warning at a node; a nil node stands for the file.
func (d *Document) Warn(at *Node, message, remedy string) {
	d.put(at, Issue{Message: message, Remedy: remedy, Warning: true})
}

func (d *Document) put(at *Node, i Issue) {
	if at == nil {
		at = &Node{Line: 1, Column: 1}
	}
	d.add(Problem{Line: at.Line, Column: at.Column, Path: at.Path, Message: i.Message, Remedy: i.Remedy, Warning: i.Warning})
}

// Problems returns what was found, in the order of the file, with excerpts.
func (d *Document) Problems() Problems {
	out := slices.Clone(d.problems)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	if len(out) > maxProblems {
		more := len(out) - maxProblems
		out = append(out[:maxProblems], Problem{File: d.name, Line: out[maxProblems].Line, Column: out[maxProblems].Column, Message: fmt.Sprintf("and %d more problems", more), Remedy: "mend the ones above first"})
	}
	e := excerpts{doc: d, hidden: hiddenByLine(append(d.dropped, d.Root)...), done: map[int]*shown{}}
	for i := range out {
		out[i].Excerpt = e.of(out[i].Line, out[i].Column)
	}
	return out
}

var (
	// secretWord betrays a place where the file may hold a secret, for files of
	// which the syntax is broken: nobody knows where their values begin and end.
	secretWord = regexp.MustCompile(`(?i)\b(pass?w[a-z]{0,6}|pwd|secrets?)["']?\s*:`)
	topLevel   = regexp.MustCompile(`^[a-z_]+:`)
)

// nearSecret reports whether the line lies between a line that speaks of secrets
// and the next key of the top level.
func (d *Document) nearSecret(line int) bool {
	near := false
	for i := 0; i < line && i < len(d.lines); i++ {
		if topLevel.MatchString(d.lines[i]) {
			near = false
		}
		near = near || secretWord.MatchString(d.lines[i])
	}
	return near
}

// excerpts cuts the lines to show, each masked once.
type excerpts struct {
	doc    *Document
	hidden map[int][]*Node
	done   map[int]*shown
}

// shown is a line without its secrets. at[i] is the place of column i+1 in it.
type shown struct {
	text []rune
	at   []int
}

const (
	window   = 100 // characters of a line that are shown
	before   = 60  // of them before the caret
	ellipsis = '…'
)

func (e *excerpts) of(line, column int) string {
	if line < 1 || line > len(e.doc.lines) {
		return ""
	}
	s := e.done[line]
	if s == nil {
		s = e.mask(line)
		e.done[line] = s
	}
	caret := len(s.text)
	if column-1 < len(s.at) {
		caret = s.at[column-1]
	}
	from := max(0, caret-before)
	to := min(len(s.text), from+window)
	text := strings.TrimRightFunc(string(s.text[from:to]), unicode.IsSpace)
	if text == "" {
		return ""
	}
	return text + "\n" + strings.Repeat(" ", caret-from) + "^"
}

func (e *excerpts) mask(line int) *shown {
	src := []rune(e.doc.lines[line-1])
	for i, r := range src {
		if !unicode.IsPrint(r) {
			src[i] = ' '
		}
	}
	hide := make([]bool, len(src)+1)
	if e.doc.syntax && e.doc.nearSecret(line) {
		fill(hide, 0, len(hide))
	}
	for _, n := range e.hidden[line] {
		from, to := 0, len(src)
		if n.Line == line {
			from = min(n.Column-1, len(src))
		}
		if n.Line == line && n.endLine == line && strings.HasPrefix(string(src[from:]), n.raw) {
			to = from + len([]rune(n.raw))
		}
		fill(hide, from, to)
	}
	out := &shown{at: make([]int, len(src))}
	for i, r := range src {
		switch {
		case !hide[i]:
			out.text = append(out.text, r)
		case i == 0 || !hide[i-1]:
			out.text = append(out.text, ellipsis)
		}
		out.at[i] = max(0, len(out.text)-1)
	}
	return out
}

func fill(b []bool, from, to int) {
	for i := from; i < to; i++ {
		b[i] = true
	}
}

// hiddenByLine lists the hidden scalars of each line.
func hiddenByLine(nodes ...*Node) map[int][]*Node {
	out := map[int][]*Node{}
	var visit func(*Node)
	visit = func(n *Node) {
		if n.Kind == Scalars && n.hidden && n.raw != "" {
			for l := n.Line; l <= n.endLine; l++ {
				out[l] = append(out[l], n)
			}
		}
		for _, i := range n.Items {
			visit(i)
		}
		for _, e := range n.Entries {
			visit(e.Value)
		}
	}
	for _, n := range nodes {
		if n != nil {
			visit(n)
		}
	}
	return out
}
