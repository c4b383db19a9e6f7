package probe

import (
	"fmt"
	"io"
	"os"
)

// ReadFile reads a file of the product folder, which it never leaves.
func (s *Session) ReadFile(name string) ([]byte, error) {
	root, err := os.OpenRoot(s.Product.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the product folder: %w", err)
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	defer f.Close()
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %q: %w", name, err)
	case st.IsDir():
		return nil, fmt.Errorf("reading %q: it is a folder, not a file", name)
	case st.Size() > maxArtefact:
		return nil, fmt.Errorf("reading %q: larger than %d MiB", name, maxArtefact>>20)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxArtefact))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	return b, nil
}
