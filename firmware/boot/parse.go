package boot

import "strings"

type kind int

const (
	list     kind = iota // kids in sequence
	andOr                // kids joined by ops
	pipeline             // kids joined by |
	simple               // words
	ifNode               // cond, then, cond, then, … [else]
	loop                 // kids[0] condition, kids[1] body; until when neg
	forLoop              // words: name and items; kids[0] body
	caseNode             // words[0] subject; arms
	subshell             // kids[0]
	group                // kids[0]
	function             // words[0] name; kids[0] body
	testNode             // words of [[ ]]
)

type node struct {
	kind  kind
	line  int
	words []string
	ops   []string // andOr: && or ||; list: & where a command goes to the background
	kids  []*node
	arms  []arm
	neg   bool
	said  string // by source
}

type arm struct {
	patterns []string
	body     *node
}

// maxNest bounds commands within commands; deeper ones are dropped.
const maxNest = 60

type parser struct {
	toks []token
	at   int
	nest int
}

// parse builds the command tree of a script. What is no shell is passed over: a reader of evidence must not stop at a stray word.
func parse(s string) *node {
	p := &parser{toks: lex(s)}
	root := &node{kind: list, line: 1}
	for p.at < len(p.toks) {
		before := p.at
		part := p.list()
		root.kids = append(root.kids, part.kids...)
		root.ops = append(root.ops, part.ops...)
		if p.at == before {
			p.at++
		}
	}
	return root
}

func (p *parser) peek() token {
	if p.at < len(p.toks) {
		return p.toks[p.at]
	}
	return token{op: true, line: 0}
}

func (p *parser) isOp(text string) bool {
	t := p.peek()
	return t.op && t.text == text && p.at < len(p.toks)
}

func (p *parser) isWord(text string) bool {
	t := p.peek()
	return !t.op && t.text == text
}

func (p *parser) acceptWord(text string) bool {
	if p.isWord(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) newlines() {
	for p.isOp("\n") {
		p.at++
	}
}

// closers end a list.
var closers = map[string]bool{"then": true, "else": true, "elif": true, "fi": true, "do": true, "done": true, "esac": true, "}": true}

func (p *parser) list() *node {
	n := &node{kind: list, line: p.peek().line}
	for p.at < len(p.toks) {
		t := p.peek()
		if t.op && (t.text == "\n" || t.text == ";") {
			p.at++
			continue
		}
		if t.op && (t.text == ")" || strings.HasPrefix(t.text, ";;") || t.text == ";&") || !t.op && closers[t.text] {
			return n
		}
		before := p.at
		kid := p.andOr()
		if p.at == before {
			p.at++ // a stray operator
			continue
		}
		op := ";"
		if p.isOp("&") {
			op = "&"
			p.at++
		}
		n.kids = append(n.kids, kid)
		n.ops = append(n.ops, op)
	}
	return n
}

func (p *parser) andOr() *node {
	n := &node{kind: andOr, line: p.peek().line, kids: []*node{p.pipeline()}}
	for p.isOp("&&") || p.isOp("||") {
		n.ops = append(n.ops, p.peek().text)
		p.at++
		p.newlines()
		n.kids = append(n.kids, p.pipeline())
	}
	if len(n.kids) == 1 {
		return n.kids[0]
	}
	return n
}

func (p *parser) pipeline() *node {
	n := &node{kind: pipeline, line: p.peek().line}
	for p.acceptWord("!") {
		n.neg = !n.neg
	}
	n.kids = append(n.kids, p.command())
	for p.isOp("|") {
		p.at++
		p.newlines()
		n.kids = append(n.kids, p.command())
	}
	if len(n.kids) == 1 && !n.neg {
		return n.kids[0]
	}
	return n
}

func (p *parser) command() *node {
	line := p.peek().line
	if p.nest >= maxNest {
		p.at++
		return &node{kind: list, line: line}
	}
	p.nest++
	defer func() { p.nest-- }()
	if p.isOp("(") {
		p.at++
		body := p.list()
		if p.isOp(")") {
			p.at++
		}
		return p.redirected(&node{kind: subshell, line: line, kids: []*node{body}})
	}
	if t := p.peek(); !t.op {
		if f := compound(t.text); f != nil {
			p.at++
			return p.redirected(f(p, line))
		}
	}
	return p.simple()
}

// compound returns the reader of the command that a keyword opens. It is no map: its entries call back into the parser,
// which Go does not allow a package variable.
func compound(word string) func(*parser, int) *node {
	switch word {
	case "if":
		return (*parser).ifClause
	case "while":
		return (*parser).whileClause
	case "until":
		return (*parser).untilClause
	case "for":
		return (*parser).forClause
	case "case":
		return (*parser).caseClause
	case "{":
		return (*parser).groupClause
	case "function":
		return (*parser).functionClause
	case "[[":
		return (*parser).testClause
	}
	return nil
}

func (p *parser) groupClause(line int) *node {
	body := p.list()
	p.acceptWord("}")
	return &node{kind: group, line: line, kids: []*node{body}}
}

func (p *parser) functionClause(line int) *node {
	name := p.peek().text
	p.at++
	if p.isOp("(") {
		p.at++
		if p.isOp(")") {
			p.at++
		}
	}
	p.newlines()
	return &node{kind: function, line: line, words: []string{name}, kids: []*node{p.command()}}
}

func (p *parser) testClause(line int) *node {
	n := &node{kind: testNode, line: line}
	for p.at < len(p.toks) && !p.isOp("\n") {
		t := p.peek()
		p.at++
		if t.text == "]]" {
			break
		}
		n.words = append(n.words, t.text)
	}
	return n
}

func (p *parser) ifClause(line int) *node {
	n := &node{kind: ifNode, line: line}
	for {
		n.kids = append(n.kids, p.list())
		p.acceptWord("then")
		n.kids = append(n.kids, p.list())
		if p.acceptWord("elif") {
			continue
		}
		if p.acceptWord("else") {
			n.kids = append(n.kids, p.list())
		}
		p.acceptWord("fi")
		return n
	}
}

func (p *parser) whileClause(line int) *node {
	n := &node{kind: loop, line: line, kids: []*node{p.list()}}
	p.acceptWord("do")
	n.kids = append(n.kids, p.list())
	p.acceptWord("done")
	return n
}

func (p *parser) untilClause(line int) *node {
	n := p.whileClause(line)
	n.neg = true
	return n
}

func (p *parser) forClause(line int) *node {
	n := &node{kind: forLoop, line: line, words: []string{p.peek().text}}
	p.at++
	p.newlines()
	if p.acceptWord("in") {
		for p.at < len(p.toks) && !p.peek().op {
			n.words = append(n.words, p.peek().text)
			p.at++
		}
	} else {
		n.words = append(n.words, `"$@"`)
	}
	for p.isOp(";") || p.isOp("\n") {
		p.at++
	}
	p.acceptWord("do")
	n.kids = []*node{p.list()}
	p.acceptWord("done")
	return n
}

func (p *parser) caseClause(line int) *node {
	n := &node{kind: caseNode, line: line, words: []string{p.peek().text}}
	p.at++
	p.newlines()
	p.acceptWord("in")
	for p.at < len(p.toks) {
		p.newlines()
		if p.acceptWord("esac") {
			break
		}
		var a arm
		for p.at < len(p.toks) && !p.isOp(")") {
			if t := p.peek(); !t.op {
				a.patterns = append(a.patterns, t.text)
			} else if t.text == "\n" {
				break
			}
			p.at++
		}
		p.at++
		a.body = p.list()
		n.arms = append(n.arms, a)
		if t := p.peek(); t.op && strings.HasPrefix(t.text, ";") {
			p.at++
		} else if !p.isWord("esac") {
			p.at++
		}
	}
	return n
}

// redirected drops the redirections behind a compound command.
func (p *parser) redirected(n *node) *node {
	for p.redirection() {
	}
	return n
}

// redirection drops one redirection, with the file descriptor before it and the word behind.
func (p *parser) redirection() bool {
	t := p.peek()
	at := p.at
	if !t.op && len(t.text) == 1 && t.text[0] >= '0' && t.text[0] <= '9' && at+1 < len(p.toks) {
		at++
		t = p.toks[at]
	}
	if !t.op || at >= len(p.toks) || !strings.ContainsAny(t.text, "<>") {
		return false
	}
	p.at = at + 1
	if p.at < len(p.toks) && !p.peek().op {
		p.at++
	}
	return true
}

func (p *parser) simple() *node {
	n := &node{kind: simple, line: p.peek().line}
	for p.at < len(p.toks) {
		if p.redirection() {
			continue
		}
		t := p.peek()
		if t.op {
			if t.text == "(" && len(n.words) == 1 && p.at+1 < len(p.toks) && p.toks[p.at+1].text == ")" {
				p.at += 2
				p.newlines()
				return &node{kind: function, line: n.line, words: n.words, kids: []*node{p.command()}}
			}
			break
		}
		n.words = append(n.words, t.text)
		p.at++
	}
	return n
}
