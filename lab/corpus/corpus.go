// Package corpus finds the real images, captures and schemas that tests read. They
// are not part of this tree, since who may pass them on is unclear, and a test
// without them is skipped: the only skip there is.
//
// It is test support. Only _test.go files and other test support may import it, and
// it must never write into the corpus or copy from it into the tree.
package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Variable names the folder of the corpus, which holds a MANIFEST.tsv.
const Variable = "PLIMSOLL_CORPUS"

// Unset is what a test says that is skipped.
const Unset = Variable + " is not set: set it to the folder of real images, captures and schemas (the one with MANIFEST.tsv); `.ci/run` does so when ../shared/corpus exists"

var say = sync.OnceFunc(func() { fmt.Println(Unset) })

// Path is the path of a file or folder of the corpus, named with slashes from its
// root. Without a corpus the test is skipped and the reason printed once.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv(Variable)
	if dir == "" {
		say()
		t.Skip(Unset)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	return path
}

// Read reads a file of the corpus.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
