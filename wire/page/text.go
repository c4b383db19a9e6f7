package page

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// text gathers visible text and collapses its spaces.
type text struct {
	b     strings.Builder
	space bool // a space is due before the next character
	line  bool // a line end is due before the next character
	full  bool
}

func (t *text) String() string { return t.b.String() }

func (t *text) newline() { t.line = t.b.Len() > 0 }

func (t *text) add(s string) {
	for _, r := range s {
		switch {
		case invisible(r):
			continue
		case unicode.IsSpace(r), unicode.IsControl(r):
			t.space = true
			continue
		}
		if t.b.Len() > textCap-2*utf8.UTFMax {
			t.full = true
			return
		}
		switch {
		case t.line:
			t.b.WriteByte('\n')
		case t.space && t.b.Len() > 0:
			t.b.WriteByte(' ')
		}
		t.line, t.space = false, false
		t.b.WriteRune(r)
	}
}

// lines adds plain text, in which a line end alone ends nothing: an empty line or
// the mark of a list does.
func (t *text) lines(s string) {
	for l := range strings.Lines(s) {
		l = strings.TrimSpace(l)
		if l == "" || strings.ContainsRune("-*#|", rune(l[0])) || strings.HasPrefix(l, "•") {
			t.newline()
		}
		t.add(l)
		t.space = true
	}
}

// invisible characters steer line breaking and direction; nobody sees them.
func invisible(r rune) bool {
	return r == '\u00ad' || r == '\u034f' || r == '\ufeff' || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2064'
}

// unseen are the elements whose content no browser shows, or shows struck out.
var unseen = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true,
	atom.Object: true, atom.Canvas: true, atom.Audio: true, atom.Video: true, atom.Datalist: true,
	atom.Noframes: true, atom.Noembed: true, atom.Del: true, atom.S: true, atom.Strike: true,
}

// inline are the elements that do not begin a line of their own.
var inline = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.Acronym: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Big: true,
	atom.Cite: true, atom.Code: true, atom.Data: true, atom.Dfn: true, atom.Em: true, atom.Font: true, atom.I: true,
	atom.Ins: true, atom.Kbd: true, atom.Label: true, atom.Mark: true, atom.Nobr: true, atom.Output: true, atom.Q: true,
	atom.Samp: true, atom.Small: true, atom.Span: true, atom.Strong: true, atom.Sub: true, atom.Sup: true,
	atom.Time: true, atom.Tt: true, atom.U: true, atom.Var: true, atom.Wbr: true, atom.Img: true, atom.Input: true,
}

// cell are the elements that stand beside each other with a gap.
var cell = map[atom.Atom]bool{atom.Td: true, atom.Th: true, atom.Button: true, atom.Option: true, atom.Input: true}

// walker reads a parsed document, whose depth the parser bounds.
type walker struct {
	page *Page
	text *text
}

func (w *walker) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *walker) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.text.add(n.Data)
	case html.DocumentNode:
		w.children(n)
	case html.ElementNode:
		w.element(n)
	}
}

func (w *walker) element(n *html.Node) {
	switch {
	case n.DataAtom == atom.Html:
		w.page.Lang = clip(attr(n, "lang"), 35)
	case n.DataAtom == atom.Head:
		w.title(n)
		return
	case unseen[n.DataAtom] || hidden(n):
		return
	case n.DataAtom == atom.Input:
		w.page.Password = w.page.Password || strings.EqualFold(attr(n, "type"), "password")
	case n.DataAtom == atom.A:
		w.contact(attr(n, "href"))
	}
	if c := protected(n); c != "" {
		w.keep(c)
		w.text.add(c)
		return
	}
	block := !inline[n.DataAtom] && !cell[n.DataAtom] && n.Namespace == ""
	switch {
	case block:
		w.text.newline()
	case cell[n.DataAtom]:
		w.text.space = true
	}
	w.children(n)
	switch {
	case block:
		w.text.newline()
	case cell[n.DataAtom]:
		w.text.space = true
	}
}

func (w *walker) title(head *html.Node) {
	for c := head.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Title && c.FirstChild != nil && w.page.Title == "" {
			var t text
			t.add(clip(c.FirstChild.Data, 300))
			w.page.Title = t.String()
		}
	}
}

// contact keeps the address behind a link.
func (w *walker) contact(href string) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(href), ":")
	if s := strings.ToLower(scheme); !ok || s != "mailto" && s != "tel" {
		return
	}
	rest, _, _ = strings.Cut(rest, "?")
	w.keep(rest)
}

func (w *walker) keep(contact string) {
	if contact = strings.TrimSpace(contact); contact != "" && len(contact) < 300 && len(w.page.Contacts) < linkCap {
		w.page.Contacts = append(w.page.Contacts, contact)
	}
}

// protected is the mail address that a content network wrote in its own code, to be
// put back by its script: each byte is joined by exclusive or with the first.
func protected(n *html.Node) string {
	b, err := hex.DecodeString(attr(n, "data-cfemail"))
	if err != nil || len(b) < 2 || len(b) > 200 {
		return ""
	}
	for i := range b[1:] {
		b[i+1] ^= b[0]
	}
	if s := string(b[1:]); strings.Contains(s, "@") && utf8.ValidString(s) {
		return s
	}
	return ""
}

// hidden says that an element is hidden by itself. Style sheets are not read.
func hidden(n *html.Node) bool {
	style := ""
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "type":
			if n.DataAtom == atom.Input && strings.EqualFold(a.Val, "hidden") {
				return true
			}
		case "style":
			style = strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
		}
	}
	if n.DataAtom == atom.Dialog && !has(n, "open") {
		return true
	}
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
