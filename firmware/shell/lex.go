package shell

import "strings"

// A token is a word with its quotes still in it, or an operator.
type token struct {
	text string
	op   bool
	line int
}

// maxTokens bounds one script.
const maxTokens = 200000

// operators, longest first. Redirections are among them.
var operators = []string{";;&", "<<-", "<<<", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "&>", ">|", "<>", ";", "&", "|", "(", ")", "<", ">"}

type lexer struct {
	s      string
	at     int
	line   int
	out    []token
	heredo []heredoc // bodies to skip at the next line end
}

type heredoc struct {
	end  string
	tabs bool
}

// lex cuts a script into tokens. Comments, line continuations and here-documents are dropped; it accepts anything.
func lex(s string) []token {
	l := &lexer{s: s, line: 1}
	for l.at < len(l.s) && len(l.out) < maxTokens {
		l.step()
	}
	return l.out
}

func (l *lexer) step() {
	c := l.s[l.at]
	switch {
	case c == '\n':
		l.push("\n", true)
		l.at++
		l.line++
		l.skipHeredocs()
	case c == ' ' || c == '\t' || c == '\r':
		l.at++
	case c == '\\' && strings.HasPrefix(l.s[l.at:], "\\\n"):
		l.at += 2
		l.line++
	case c == '#':
		for l.at < len(l.s) && l.s[l.at] != '\n' {
			l.at++
		}
	default:
		for _, op := range operators {
			if strings.HasPrefix(l.s[l.at:], op) {
				l.push(op, true)
				l.at += len(op)
				return
			}
		}
		l.word()
	}
}

func (l *lexer) push(text string, op bool) { l.out = append(l.out, token{text, op, l.line}) }

// word takes one word up to an unquoted blank or operator.
func (l *lexer) word() {
	start, line := l.at, l.line
	for l.at < len(l.s) {
		c := l.s[l.at]
		if strings.IndexByte(" \t\r\n;&|()<>", c) >= 0 {
			break
		}
		l.at += l.span(l.at)
	}
	if l.at == start {
		l.at++
		return
	}
	text := l.s[start:min(l.at, len(l.s))]
	l.at = min(l.at, len(l.s))
	if n := len(l.out); n > 0 && l.out[n-1].op && (l.out[n-1].text == "<<" || l.out[n-1].text == "<<-") {
		l.heredo = append(l.heredo, heredoc{strings.NewReplacer("'", "", `"`, "", `\`, "").Replace(text), l.out[n-1].text == "<<-"})
	}
	l.out = append(l.out, token{text, false, line})
}

// span returns the length of the quoted stretch, expansion or byte at i, and counts the lines in it.
func (l *lexer) span(i int) int {
	n := spanLen(l.s, i, 0)
	l.line += strings.Count(l.s[i:min(i+n, len(l.s))], "\n")
	return n
}

func spanLen(s string, i, depth int) int {
	if depth > 20 {
		return len(s) - i
	}
	switch {
	case s[i] == '\\':
		return 2
	case s[i] == '\'':
		if j := strings.IndexByte(s[i+1:], '\''); j >= 0 {
			return j + 2
		}
		return len(s) - i
	case s[i] == '"':
		return closing(s, i+1, '"', depth) - i
	case s[i] == '`':
		return closing(s, i+1, '`', depth) - i
	case s[i] == '$' && i+1 < len(s) && s[i+1] == '(':
		return closing(s, i+2, ')', depth) - i
	case s[i] == '$' && i+1 < len(s) && s[i+1] == '{':
		return closing(s, i+2, '}', depth) - i
	}
	return 1
}

// closing returns the index behind the byte that ends a stretch, quotes and expansions inside respected.
func closing(s string, i int, end byte, depth int) int {
	open := 0
	for i < len(s) {
		switch {
		case s[i] == end && open == 0:
			return i + 1
		case end == ')' && s[i] == '(':
			open++
			i++
		case end == ')' && s[i] == ')':
			open--
			i++
		case end == '"' && s[i] == '\'', end == '`' && s[i] == '\'':
			i++
		default:
			i += spanLen(s, i, depth+1)
		}
	}
	return len(s)
}

// skipHeredocs passes over the bodies announced on the line that just ended.
func (l *lexer) skipHeredocs() {
	for _, h := range l.heredo {
		for l.at < len(l.s) {
			end := strings.IndexByte(l.s[l.at:], '\n')
			text := l.s[l.at:]
			if end >= 0 {
				text = l.s[l.at : l.at+end]
				l.at += end + 1
				l.line++
			} else {
				l.at = len(l.s)
			}
			if h.tabs {
				text = strings.TrimLeft(text, "\t")
			}
			if strings.TrimRight(text, "\r") == h.end {
				break
			}
		}
	}
	l.heredo = nil
}
