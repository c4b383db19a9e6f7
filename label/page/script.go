package page

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// modules are the parts of the script, each after those that it imports; page is the
// entry. Words and tables are made, the others stand in the folder site.
var modules = []string{"words", "tables", "cbor", "cose", "token", "trust", "status", "verify", "files", "view", "page"}

var (
	importLine = regexp.MustCompile(`(?m)^import \{ ([\w, ]+) \} from "\./(\w+)\.js";$`)
	exportLine = regexp.MustCompile(`(?m)^export ((?:const|class|function|async function) (\w+))`)
	moduleWord = regexp.MustCompile(`(?m)^\s*(?:import|export)\b[^(.].*$`)
)

// script joins the modules to one file: a phone asks once instead of a dozen times.
// Each keeps a scope of its own, a function that gives what the module exports, so the
// text that runs is the text that is tested and read. The entry runs last; the file
// exports the modules before it by their names, for whoever wants to try them.
func script() ([]byte, error) {
	var out bytes.Buffer
	exports := map[string]string{} // " name name " by module
	for _, name := range modules {
		src, err := module(name)
		if err != nil {
			return nil, err
		}
		var names []string
		var wrong error
		body := importLine.ReplaceAllStringFunc(string(src), func(line string) string {
			m := importLine.FindStringSubmatch(line)
			for want := range strings.SplitSeq(m[1], ", ") {
				if !strings.Contains(exports[m[2]], " "+want+" ") {
					wrong = fmt.Errorf("%s.js imports %s, which no module before it exports as that of %s.js", name, want, m[2])
				}
			}
			return fmt.Sprintf("const { %s } = $%s;", m[1], m[2])
		})
		body = exportLine.ReplaceAllStringFunc(body, func(line string) string {
			m := exportLine.FindStringSubmatch(line)
			names = append(names, m[2])
			return m[1]
		})
		if left := moduleWord.FindString(body); left != "" && wrong == nil {
			wrong = fmt.Errorf("%s.js: %q is not of a form that is joined", name, left)
		}
		if wrong != nil {
			return nil, wrong
		}
		if name == "page" {
			out.WriteString(body)
			continue
		}
		exports[name] = " " + strings.Join(names, " ") + " "
		fmt.Fprintf(&out, "const $%s = (() => {\n%s\nreturn { %s };\n})();\n\n", name, body, strings.Join(names, ", "))
	}
	out.WriteString("\nexport {")
	for i, name := range modules[:len(modules)-1] {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, " $%s as %s", name, name)
	}
	out.WriteString(" };\n")
	return out.Bytes(), nil
}

// module gives the source of one.
func module(name string) ([]byte, error) {
	switch name {
	case "words":
		return wordsModule()
	case "tables":
		return tablesModule(), nil
	}
	return files.ReadFile("site/" + name + ".js")
}
