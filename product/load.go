package product

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/blank"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

const maxSecret = 4 << 10 // bytes of a secret's file

// Options say how the declaration reaches the world beside it.
type Options struct {
	LookupEnv   func(string) (string, bool)            // nil: os.LookupEnv
	ReadFile    func(path string) ([]byte, error)      // reads a secret, rooted in the folder; nil in Parse: files are not looked at
	Stat        func(path string) (fs.FileInfo, error) // looks at a file, rooted in the folder; nil in Parse: not looked at
	SkipSecrets bool                                   // leave secrets unresolved
}

// Load reads the declaration in the folder dir. The error says that there is no
// declaration to read; what is wrong within it stands in the problems, and the
// product is returned as far as it could be read.
func Load(dir string, cat *catalog.Catalog, opts Options) (*Product, Problems, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, missing(dir, err)
	}
	defer func() { _ = root.Close() }()
	src, err := readRegular(root, FileName, form.MaxBytes)
	if err != nil {
		return nil, nil, missing(dir, err)
	}
	if opts.ReadFile == nil {
		opts.ReadFile = func(path string) ([]byte, error) { return readRegular(root, filepath.FromSlash(path), maxSecret) }
	}
	if opts.Stat == nil {
		opts.Stat = func(path string) (fs.FileInfo, error) { return root.Stat(filepath.FromSlash(path)) }
	}
	p, problems := Parse(FileName, src, cat, opts)
	p.Dir = dir
	return p, problems, nil
}

func missing(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no %s in %q (`plimsoll init %s` writes one): %w", FileName, dir, dir, fs.ErrNotExist)
	}
	return fmt.Errorf("reading %s in %q: %w", FileName, dir, err)
}

// readRegular reads a regular file and at most one byte more than the limit, so
// that the caller sees that there was more.
func readRegular(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s, not a file", name, describe(info))
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

func describe(info fs.FileInfo) string {
	if info.IsDir() {
		return "a folder"
	}
	return "a device or pipe"
}

// Parse reads a declaration from src; name is for the problems. Without ReadFile
// and Stat it does not look at the files that the declaration names.
func Parse(name string, src []byte, cat *catalog.Catalog, opts Options) (*Product, Problems) {
	if opts.LookupEnv == nil {
		opts.LookupEnv = os.LookupEnv
	}
	k := &blank.Kinds{}
	if opts.Stat != nil {
		k.Exists = opts.exists
	}
	if !opts.SkipSecrets {
		k.Resolve = func(reference string) *form.Issue {
			_, issue := opts.secret(reference)
			return issue
		}
	}
	doc := form.Read(name, src)
	spec := blank.Form(cat, k)
	doc.Check(spec)
	p := bind(doc.Root, cat, opts)
	p.canon = doc.Canonical(spec)
	if doc.Root.Get() != nil && doc.Root.Kind == form.Mapping {
		l := &linter{doc: doc, root: doc.Root, p: p, cat: cat}
		l.run()
	}
	return p, doc.Problems()
}

func (o Options) exists(file string) *form.Issue {
	info, err := o.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &form.Issue{Message: fmt.Sprintf("there is no file %q in the product folder", file), Remedy: "put the file there, or delete this line"}
	case err != nil:
		return &form.Issue{Message: fmt.Sprintf("the file %q cannot be used: %v", file, cause(err)), Remedy: "put a plain file there that lies in the product folder and can be read"}
	case !info.Mode().IsRegular():
		return &form.Issue{Message: fmt.Sprintf("%q is %s, not a file", file, describe(info)), Remedy: "name a file"}
	}
	return nil
}

// cause takes off the path that errors of the file system carry: it is shown
// already, and the full one is the machine's own business.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// secret resolves a reference. Neither answer nor issue ever names the value.
func (o Options) secret(reference string) (Secret, *form.Issue) {
	if name, ok := blank.EnvName(reference); ok {
		value, set := o.LookupEnv(name)
		if !set {
			return Secret{}, &form.Issue{Message: fmt.Sprintf("the variable %s is not set", name), Remedy: fmt.Sprintf("set it before the run: export %s=…", name)}
		}
		return NewSecret(value), nil
	}
	file, ok := strings.CutPrefix(reference, "@")
	if !ok {
		return NewSecret(reference), nil
	}
	if o.ReadFile == nil {
		return Secret{}, nil
	}
	b, err := o.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Secret{}, &form.Issue{Message: fmt.Sprintf("there is no file %q in the product folder to read the secret from", file), Remedy: "write the secret into that file"}
	case err != nil:
		return Secret{}, &form.Issue{Message: fmt.Sprintf("the secret in %q cannot be read: %v", file, cause(err)), Remedy: "write the secret into a plain file in the product folder"}
	case len(b) > maxSecret:
		return Secret{}, &form.Issue{Message: fmt.Sprintf("the file %q is longer than a secret of %d bytes", file, maxSecret), Remedy: "write the secret, and only it, into that file"}
	}
	return NewSecret(strings.TrimRight(string(b), "\r\n")), nil
}
