package guard

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// forbidden names no package may have.
var forbidden = map[string]bool{"util": true, "utils": true, "common": true, "core": true, "base": true, "models": true, "services": true, "manager": true}

const (
	maxFunction = 100
	maxFile     = 420
	maxPackage  = 1500
)

// TestStyle holds the rules of the house that a program can check: a package
// comment that says what the package must never do, no init functions, no
// os.Exit outside main, functions, files and packages of bounded length.
func TestStyle(t *testing.T) {
	comments, lines, seen := map[string]string{}, map[string]int{}, 0
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != ".." || d.Name() == "testdata" || d.Name() == "tools") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		seen++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.Dir(p)
		if f.Doc != nil {
			comments[dir] += f.Doc.Text()
		} else if _, ok := comments[dir]; !ok {
			comments[dir] = ""
		}
		n := fset.Position(f.End()).Line
		lines[dir] += codeLines(t, p)
		if n > maxFile {
			t.Errorf("%s has %d lines; at most %d", p, n, maxFile)
		}
		if forbidden[f.Name.Name] {
			t.Errorf("%s: a package is not called %q", p, f.Name.Name)
		}
		checkFuncs(t, fset, f, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Fatalf("read %d files: the guard checked nothing", seen)
	}
	for dir, c := range comments {
		if !strings.Contains(strings.ToLower(strings.ReplaceAll(c, "\n", " ")), "never") {
			t.Errorf("%s: the package comment does not say what the package must never do", dir)
		}
	}
	for dir, n := range lines {
		if n > maxPackage && filepath.Base(dir) != "rule" {
			t.Errorf("%s has %d lines of code; at most %d", dir, n, maxPackage)
		}
	}
}

// codeLines counts the lines that hold code: no comments, no blank lines.
func codeLines(t *testing.T, p string) int {
	t.Helper()
	src, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file := fset.AddFile(p, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	on := map[int]bool{}
	for {
		pos, tok, _ := s.Scan()
		if tok == token.EOF {
			return len(on)
		}
		on[file.Line(pos)] = true
	}
}

func checkFuncs(t *testing.T, fset *token.FileSet, f *ast.File, p string) {
	t.Helper()
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Recv == nil && fn.Name.Name == "init" {
			t.Errorf("%s: no init functions", p)
		}
		if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line; n > maxFunction {
			t.Errorf("%s: %s has %d lines; at most %d", p, fn.Name.Name, n, maxFunction)
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "os" && s.Sel.Name == "Exit" && (f.Name.Name != "main" || fn.Name.Name != "main") {
					t.Errorf("%s: os.Exit outside main", p)
				}
			}
			return true
		})
	}
}
