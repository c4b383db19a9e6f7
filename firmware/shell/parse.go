// Package shell reads the language of init scripts: words, commands, conditions, loops, functions, and the expansion of
// what can be known without running anything.
//
// It accepts every input and always ends. The package must never run a command nor look at the host's environment.
package shell

import "strings"

// A Kind tells what a Node is.
type Kind int

// The kinds of nodes.
const (
	List     Kind = iota // Kids in sequence
	AndOr                // Kids joined by Ops
	Pipeline             // Kids joined by |, negated by Neg
	Simple               // Words
	If                   // condition, then, condition, then, … [else]
	Loop                 // Kids[0] condition, Kids[1] body; until when Neg
	For                  // Words: name and items; Kids[0] body
	Case                 // Words[0] subject; Arms
	Subshell             // Kids[0]
	Group                // Kids[0]
	Function             // Words[0] name; Kids[0] body
	Test                 // Words between [[ and ]]
)

// A Node is one command. Words keep their quotes.
type Node struct {
	Kind  Kind
	Line  int
	Words []string
	Ops   []string // AndOr: && or ||; List: & where a command goes to the background
	Kids  []*Node
	Arms  []Arm
	Neg   bool

	said string // by Source
}

// An Arm is one branch of a Case.
type Arm struct {
	Patterns []string
	Body     *Node
}

// maxNest bounds commands within commands; deeper ones are dropped.
const maxNest = 60

type parser struct {
	toks []token
	at   int
	nest int
}

// Parse builds the command tree of a script. What is no shell is passed over: a reader of evidence must not stop at a stray word.
func Parse(s string) *Node {
	p := &parser{toks: lex(s)}
	root := &Node{Kind: List, Line: 1}
	for p.at < len(p.toks) {
		before := p.at
		part := p.list()
		root.Kids = append(root.Kids, part.Kids...)
		root.Ops = append(root.Ops, part.Ops...)
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

func (p *parser) list() *Node {
	n := &Node{Kind: List, Line: p.peek().line}
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
		n.Kids = append(n.Kids, kid)
		n.Ops = append(n.Ops, op)
	}
	return n
}

func (p *parser) andOr() *Node {
	n := &Node{Kind: AndOr, Line: p.peek().line, Kids: []*Node{p.pipeline()}}
	for p.isOp("&&") || p.isOp("||") {
		n.Ops = append(n.Ops, p.peek().text)
		p.at++
		p.newlines()
		n.Kids = append(n.Kids, p.pipeline())
	}
	if len(n.Kids) == 1 {
		return n.Kids[0]
	}
	return n
}

func (p *parser) pipeline() *Node {
	n := &Node{Kind: Pipeline, Line: p.peek().line}
	for p.acceptWord("!") {
		n.Neg = !n.Neg
	}
	n.Kids = append(n.Kids, p.command())
	for p.isOp("|") {
		p.at++
		p.newlines()
		n.Kids = append(n.Kids, p.command())
	}
	if len(n.Kids) == 1 && !n.Neg {
		return n.Kids[0]
	}
	return n
}

func (p *parser) command() *Node {
	line := p.peek().line
	if p.nest >= maxNest {
		p.at++
		return &Node{Kind: List, Line: line}
	}
	p.nest++
	defer func() { p.nest-- }()
	if p.isOp("(") {
		p.at++
		body := p.list()
		if p.isOp(")") {
			p.at++
		}
		return p.redirected(&Node{Kind: Subshell, Line: line, Kids: []*Node{body}})
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
func compound(word string) func(*parser, int) *Node {
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

func (p *parser) groupClause(line int) *Node {
	body := p.list()
	p.acceptWord("}")
	return &Node{Kind: Group, Line: line, Kids: []*Node{body}}
}

func (p *parser) functionClause(line int) *Node {
	name := p.peek().text
	p.at++
	if p.isOp("(") {
		p.at++
		if p.isOp(")") {
			p.at++
		}
	}
	p.newlines()
	return &Node{Kind: Function, Line: line, Words: []string{name}, Kids: []*Node{p.command()}}
}

func (p *parser) testClause(line int) *Node {
	n := &Node{Kind: Test, Line: line}
	for p.at < len(p.toks) && !p.isOp("\n") {
		t := p.peek()
		p.at++
		if t.text == "]]" {
			break
		}
		n.Words = append(n.Words, t.text)
	}
	return n
}

func (p *parser) ifClause(line int) *Node {
	n := &Node{Kind: If, Line: line}
	for {
		n.Kids = append(n.Kids, p.list())
		p.acceptWord("then")
		n.Kids = append(n.Kids, p.list())
		if p.acceptWord("elif") {
			continue
		}
		if p.acceptWord("else") {
			n.Kids = append(n.Kids, p.list())
		}
		p.acceptWord("fi")
		return n
	}
}

func (p *parser) whileClause(line int) *Node {
	n := &Node{Kind: Loop, Line: line, Kids: []*Node{p.list()}}
	p.acceptWord("do")
	n.Kids = append(n.Kids, p.list())
	p.acceptWord("done")
	return n
}

func (p *parser) untilClause(line int) *Node {
	n := p.whileClause(line)
	n.Neg = true
	return n
}

func (p *parser) forClause(line int) *Node {
	n := &Node{Kind: For, Line: line, Words: []string{p.peek().text}}
	p.at++
	p.newlines()
	if p.acceptWord("in") {
		for p.at < len(p.toks) && !p.peek().op {
			n.Words = append(n.Words, p.peek().text)
			p.at++
		}
	} else {
		n.Words = append(n.Words, `"$@"`)
	}
	for p.isOp(";") || p.isOp("\n") {
		p.at++
	}
	p.acceptWord("do")
	n.Kids = []*Node{p.list()}
	p.acceptWord("done")
	return n
}

func (p *parser) caseClause(line int) *Node {
	n := &Node{Kind: Case, Line: line, Words: []string{p.peek().text}}
	p.at++
	p.newlines()
	p.acceptWord("in")
	for p.at < len(p.toks) {
		p.newlines()
		if p.acceptWord("esac") {
			break
		}
		var a Arm
		for p.at < len(p.toks) && !p.isOp(")") {
			if t := p.peek(); !t.op {
				a.Patterns = append(a.Patterns, t.text)
			} else if t.text == "\n" {
				break
			}
			p.at++
		}
		p.at++
		a.Body = p.list()
		n.Arms = append(n.Arms, a)
		if t := p.peek(); t.op && strings.HasPrefix(t.text, ";") {
			p.at++
		} else if !p.isWord("esac") {
			p.at++
		}
	}
	return n
}

// redirected drops the redirections behind a compound command.
func (p *parser) redirected(n *Node) *Node {
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

func (p *parser) simple() *Node {
	n := &Node{Kind: Simple, Line: p.peek().line}
	for p.at < len(p.toks) {
		if p.redirection() {
			continue
		}
		t := p.peek()
		if t.op {
			if t.text == "(" && len(n.Words) == 1 && p.at+1 < len(p.toks) && p.toks[p.at+1].text == ")" {
				p.at += 2
				p.newlines()
				return &Node{Kind: Function, Line: n.Line, Words: n.Words, Kids: []*Node{p.command()}}
			}
			break
		}
		n.Words = append(n.Words, t.text)
		p.at++
	}
	return n
}
