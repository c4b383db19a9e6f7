package form

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits on what is read. The YAML parser takes time in the square of the number
// of tokens, and recurses with the depth.
const (
	MaxBytes  = 1 << 20
	maxTokens = 60_000
	maxDepth  = 24
	maxIndent = 200 // columns before a "- " or "? "
)

// Document is a file that was read, with the problems found in it so far.
type Document struct {
	Root *Node // nil when nothing could be read

	name     string
	lines    []string
	syntax   bool    // some of the file is not in Root, because of its syntax
	dropped  []*Node // values that are not in Root
	problems Problems
}

// Read parses a file. Name is for the problems.
func Read(name string, src []byte) *Document {
	d := &Document{name: name}
	if len(src) > MaxBytes {
		d.add(Problem{Line: 1, Column: 1, Message: "the file is larger than 1 MiB", Remedy: "keep images, captures and documents in files of their own and name them here"})
		return d
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if p, ok := notText(src); ok {
		d.add(p)
		return d
	}
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	d.lines = strings.Split(string(src), "\n")
	if body := d.parse(string(src)); body != nil {
		d.Root = d.node(body, 0)
	}
	return d
}

// notText finds bytes that no text file has.
func notText(src []byte) (Problem, bool) {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 || r < 0x20 && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			line := 1 + bytes.Count(src[:i], []byte("\n"))
			col := 1 + utf8.RuneCount(src[1+bytes.LastIndexByte(src[:i], '\n'):i])
			return Problem{Line: line, Column: col, Message: "this is not a text file", Remedy: "save it as UTF-8 text"}, true
		}
		i += n
	}
	return Problem{}, false
}

// parse returns the body of the one document.
func (d *Document) parse(src string) ast.Node {
	tokens := lexer.Tokenize(src)
	if p, ok := tooMuch(tokens); ok {
		d.syntax = true
		d.add(p)
		return nil
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntaxError(err)
		return nil
	}
	var body ast.Node
	for _, doc := range f.Docs {
		switch {
		case doc.Body == nil:
		case body != nil:
			d.syntax = true
			pos := doc.Body.GetToken().Position
			d.add(Problem{Line: pos.Line, Column: pos.Column, Message: "a second YAML document begins here", Remedy: `delete the line "---" and what follows it`})
			return body
		default:
			body = doc.Body
		}
	}
	if body == nil {
		d.add(Problem{Line: 1, Column: 1, Message: "the file is empty", Remedy: "fill in a template"})
	}
	return body
}

// tooMuch holds the tokens to the limits before the parser sees them.
func tooMuch(tokens token.Tokens) (Problem, bool) {
	depth := 0
	for i, t := range tokens {
		indent := false
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			indent = t.Position.Column > maxIndent
		}
		pos := t.Position
		switch {
		case depth > maxDepth || indent:
			return Problem{Line: pos.Line, Column: pos.Column, Message: "the file is nested too deep", Remedy: fmt.Sprintf("keep it below %d levels", maxDepth)}, true
		case i >= maxTokens:
			return Problem{Line: pos.Line, Column: pos.Column, Message: fmt.Sprintf("the file has more than %d words and signs", maxTokens), Remedy: "leave long lists to files that are named here"}, true
		}
	}
	return Problem{}, false
}

// located is what the errors of the parser have in common.
type located interface {
	GetToken() *token.Token
	GetMessage() string
}

func (d *Document) syntaxError(err error) {
	d.syntax = true
	p := Problem{Line: 1, Column: 1, Message: "this is not YAML", Remedy: "write key: value lines"}
	var at located
	if errors.As(err, &at) && at.GetToken() != nil {
		p.Line, p.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
		p.Remedy = remedyOf(at.GetMessage())
		if d.nearSecret(p.Line) {
			p.Message += "; the line may hold a secret and is not shown"
		} else {
			p.Message += ": " + strings.ReplaceAll(at.GetMessage(), "'\t'", "tab")
		}
	}
	d.add(p)
}

// remedies tells what to do about the commonest messages of the parser.
var remedies = []struct{ part, remedy string }{
	{"character '\t'", "indent with spaces, not with tabs"},
	{"reserved character", `put the value in double quotes, such as "@file"`},
	{"mapping value is not allowed", "put a value that contains a colon in double quotes"},
	{"end character", "close the quotes"},
	{"end token", "close the bracket"},
	{"directive", "put a value that begins with % in double quotes"},
}

func remedyOf(message string) string {
	for _, r := range remedies {
		if strings.Contains(message, r.part) {
			return r.remedy
		}
	}
	return "check indentation, quotes and brackets of this line and the one before"
}
