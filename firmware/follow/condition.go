package follow

import (
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/shell"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

func trimBracket(words []string) []string {
	if n := len(words); n > 0 && (words[n-1] == "]" || words[n-1] == "]]") {
		return words[:n-1]
	}
	return words
}

// test evaluates the unexpanded words of [[ ]].
func (m *Machine) test(e *Env, words []string) truth {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w == "&&" {
			w = "-a"
		}
		if w == "||" {
			w = "-o"
		}
		out = append(out, e.Word(w))
	}
	return m.evaluate(e, out)
}

// evaluate decides an expression of test(1) as far as the tree and the known variables go.
func (m *Machine) evaluate(e *Env, words []string) truth {
	return m.either(e, words, "-o")
}

// either splits at an operator that joins expressions, -o before -a.
func (m *Machine) either(e *Env, words []string, op string) truth {
	for i := 1; i+1 < len(words); i++ {
		if words[i] != op || i == 1 && len(words) == 3 {
			continue
		}
		a, b := m.either(e, words[:i], op), m.either(e, words[i+1:], op)
		if op == "-o" {
			return a.not().and(b.not()).not()
		}
		return a.and(b)
	}
	if op == "-o" {
		return m.either(e, words, "-a")
	}
	return m.primary(e, words)
}

func (t truth) and(o truth) truth {
	switch {
	case t == no || o == no:
		return no
	case t == yes && o == yes:
		return yes
	}
	return maybe
}

func (m *Machine) primary(e *Env, words []string) truth {
	switch len(words) {
	case 0:
		return no
	case 1:
		return known(words[0] != "", words[0])
	case 2:
		if words[0] == "!" {
			return m.primary(e, words[1:]).not()
		}
		return m.unary(e, words[0], words[1])
	case 3:
		if words[0] == "!" {
			return m.primary(e, words[1:]).not()
		}
		return binary(words[0], words[1], words[2])
	case 4:
		if words[0] == "!" {
			return m.primary(e, words[1:]).not()
		}
	}
	return maybe
}

func known(v bool, from ...string) truth {
	for _, s := range from {
		if shell.IsUnknown(s) {
			return maybe
		}
	}
	if v {
		return yes
	}
	return no
}

// volatile are places whose content the image does not decide.
var volatile = []string{"/tmp", "/var", "/dev", "/proc", "/sys", "/mnt", "/run", "/media", "/overlay", "/configs", "/data", "/system"}

func (m *Machine) unary(e *Env, op, arg string) truth {
	switch op {
	case "-n":
		return known(arg != "", arg)
	case "-z":
		return known(arg == "", arg)
	}
	check := fileTests[op]
	if check == nil || shell.IsUnknown(arg) {
		return maybe
	}
	if !path.IsAbs(arg) {
		if e.dir == "" {
			return maybe
		}
		arg = path.Join(e.dir, arg)
	}
	for _, v := range volatile {
		if arg == v || strings.HasPrefix(arg, v+"/") {
			return maybe
		}
	}
	lookup := m.tree.Lookup
	if op == "-L" || op == "-h" {
		lookup = m.tree.Lstat
	}
	f, err := lookup(arg)
	if err == nil && check(f) {
		return yes
	}
	return maybe // what the image lacks the running device may have made
}

var fileTests = map[string]func(*tree.File) bool{
	"-e": func(*tree.File) bool { return true },
	"-a": func(*tree.File) bool { return true },
	"-r": func(*tree.File) bool { return true },
	"-f": func(f *tree.File) bool { return f.Mode.IsRegular() },
	"-d": func(f *tree.File) bool { return f.Mode.IsDir() },
	"-s": func(f *tree.File) bool { return f.Size > 0 },
	"-x": func(f *tree.File) bool { return f.Mode&0o111 != 0 },
	"-L": func(f *tree.File) bool { return f.Mode&fs.ModeSymlink != 0 },
	"-h": func(f *tree.File) bool { return f.Mode&fs.ModeSymlink != 0 },
}

var comparisons = map[string]func(a, b int) bool{
	"-eq": func(a, b int) bool { return a == b },
	"-ne": func(a, b int) bool { return a != b },
	"-lt": func(a, b int) bool { return a < b },
	"-le": func(a, b int) bool { return a <= b },
	"-gt": func(a, b int) bool { return a > b },
	"-ge": func(a, b int) bool { return a >= b },
}

func binary(a, op, b string) truth {
	switch op {
	case "=", "==":
		return known(a == b, a, b)
	case "!=":
		return known(a != b, a, b)
	}
	compare := comparisons[op]
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if compare == nil || errX != nil || errY != nil {
		return maybe
	}
	return known(compare(x, y))
}
