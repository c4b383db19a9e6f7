package shell

import "strings"

// Source writes a command the way a condition shows it. It is kept: loops ask often.
func Source(n *Node) string {
	if n.said == "" {
		n.said = write(n)
	}
	return n.said
}

func write(n *Node) string {
	var parts []string
	switch n.Kind {
	case List, Pipeline:
		for _, k := range n.Kids[:min(len(n.Kids), 8)] {
			parts = append(parts, Source(k))
		}
		sep := "; "
		if n.Kind == Pipeline {
			sep = " | "
		}
		s := strings.Join(parts, sep)
		if n.Neg {
			s = "not (" + s + ")"
		}
		return Clip(s)
	case AndOr:
		s := Source(n.Kids[0])
		for i, op := range n.Ops[:min(len(n.Ops), 8)] {
			s += " " + op + " " + Source(n.Kids[i+1])
		}
		return Clip(s)
	case Subshell, Group:
		return Source(n.Kids[0])
	case Test:
		return Clip("[[ " + strings.Join(n.Words, " ") + " ]]")
	}
	return Clip(strings.Join(n.Words, " "))
}

// Clip bounds a text that is shown.
func Clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
