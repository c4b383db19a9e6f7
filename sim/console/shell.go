package console

import (
	"io"
	"regexp"
	"strconv"
	"strings"
)

// shellWords is what the tiny shell knows. It answers from this table and runs nothing.
var shellWords = map[string]func(args []string) string{
	"echo":  func(args []string) string { return strings.Join(args, " ") },
	"id":    func([]string) string { return "uid=0(root) gid=0(root) groups=0(root)" },
	"uname": uname,
	"true":  func([]string) string { return "" },
}

func uname(args []string) string {
	if len(args) > 0 && args[0] == "-a" {
		return "Linux device 5.10.110 #1 SMP armv7l GNU/Linux"
	}
	return "Linux"
}

var arithmetic = regexp.MustCompile(`\$\(\(\s*(-?\d{1,9})\s*([-+*])\s*(-?\d{1,9})\s*\)\)`)

// runShell answers one command line. Lines end in "\n"; more is false when the client said exit.
func runShell(line string) (reply string, more bool) {
	var out strings.Builder
	for _, cmd := range strings.Split(line, ";") {
		cmd = arithmetic.ReplaceAllStringFunc(cmd, compute)
		words := strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(cmd))
		if len(words) == 0 {
			continue
		}
		if words[0] == "exit" || words[0] == "logout" {
			return out.String(), false
		}
		answer, known := shellWords[words[0]]
		if !known {
			out.WriteString("-sh: " + words[0] + ": not found\n")
			continue
		}
		if s := answer(words[1:]); s != "" {
			out.WriteString(s + "\n")
		}
	}
	return out.String(), true
}

// compute works out $((a op b)); nine digits a side fit 64 bits.
func compute(expr string) string {
	m := arithmetic.FindStringSubmatch(expr)
	a, errA := strconv.ParseInt(m[1], 10, 64)
	b, errB := strconv.ParseInt(m[3], 10, 64)
	if errA != nil || errB != nil {
		return expr
	}
	switch m[2] {
	case "+":
		a += b
	case "-":
		a -= b
	case "*":
		a *= b
	}
	return strconv.FormatInt(a, 10)
}

// interact runs the shell on a terminal-like stream until the client leaves.
func interact(w io.Writer, read func() (string, error)) {
	for {
		if _, err := io.WriteString(w, "# "); err != nil {
			return
		}
		line, err := read()
		if err != nil {
			return
		}
		reply, more := runShell(line)
		if _, err := io.WriteString(w, strings.ReplaceAll(reply, "\n", "\r\n")); err != nil || !more {
			return
		}
	}
}
