package report

import (
	"strings"

	"github.com/rivo/uniseg"
)

// width is the number of terminal columns that a text takes.
func width(s string) int { return uniseg.StringWidth(s) }

// cut shortens a text to w columns; "..." shows that something is gone.
func cut(s string, w int) string {
	if width(s) <= w {
		return s
	}
	const dots = "..."
	if w <= len(dots) {
		return dots[:max(w, 0)]
	}
	head, _ := split(s, w-len(dots))
	if i := strings.LastIndexByte(head, ' '); i > 0 && len(head)-i < 8 {
		head = head[:i]
	}
	return strings.TrimRight(head, " ,;:") + dots
}

// pad shortens or fills a text to exactly w columns.
func pad(s string, w int) string {
	s = cut(s, w)
	return s + strings.Repeat(" ", max(0, w-width(s)))
}

// split divides a text after as many whole characters as fit into w columns.
func split(s string, w int) (head, rest string) {
	rest, used, at := s, 0, 0
	for state := -1; rest != ""; {
		var c string
		var n int
		c, rest, n, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+n > w && at > 0 {
			break
		}
		used += n
		at += len(c)
		if used > w {
			break
		}
	}
	return s[:at], s[at:]
}

// wrap breaks a text into lines of at most w columns, within words only when a
// word is longer than a line.
func wrap(s string, w int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && width(line)+1+width(word) <= w {
			line += " " + word
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		for width(word) > w {
			var head string
			head, word = split(word, w)
			out = append(out, head)
		}
		line = word
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}
