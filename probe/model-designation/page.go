package modeldesignation

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Bounds of what is read of a page.
const (
	tokensCap = 20_000
	titleCap  = 300
	textCap   = 8 << 10
)

// words returns the title and the visible words of a page. It reads tokens and
// builds no tree, so that depth costs nothing.
func words(body []byte) (title, text string) {
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	var t, all strings.Builder
	inside := ""
	for range tokensCap {
		switch z.Next() {
		case html.ErrorToken:
			return clean(t.String(), titleCap), clean(all.String(), textCap)
		case html.StartTagToken:
			name, _ := z.TagName()
			inside = string(name)
		case html.EndTagToken:
			inside = ""
		case html.TextToken:
			b := z.Text()
			switch {
			case inside == "title":
				t.Write(b[:min(len(b), titleCap)])
			case inside != "script" && inside != "style" && all.Len() < textCap:
				all.Write(b[:min(len(b), textCap)])
				all.WriteByte(' ')
			}
		}
	}
	return clean(t.String(), titleCap), clean(all.String(), textCap)
}

// clean makes one line of valid UTF-8 without control characters.
func clean(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	s = strings.Join(strings.Fields(s), " ")
	for len(s) > limit || !utf8.ValidString(s) {
		s = s[:min(limit, len(s)-1)]
	}
	return s
}

// holds reports whether text has the designation letter by letter, not as a part
// of a longer one.
func holds(text, designation string) bool {
	if designation == "" {
		return false
	}
	for at := 0; ; {
		i := strings.Index(text[at:], designation)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(designation)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !wordRune(before) && !wordRune(after) {
			return true
		}
		at = start + 1
	}
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_')
}
