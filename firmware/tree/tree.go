// Package tree holds the file tree of one opened file system or archive, in memory.
//
// Paths are absolute within the tree ("/etc/passwd"); symbolic links resolve inside the tree only.
// The package must never touch the host's file system, and a link, however written, must never
// lead out of the tree.
package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// MaxHops bounds the symbolic links followed by one Lookup, as Linux does.
const MaxHops = 40

// maxPath bounds the length of a path in bytes; longer ones are refused by Add.
const maxPath = 4096

// maxDepth bounds how many components a path may have.
const maxDepth = 128

// ErrNotExist is returned by lookups of a path that the tree does not hold; callers take it as "absent".
var ErrNotExist = fs.ErrNotExist

// ErrLoop is returned when symbolic links lead in circles or need more than MaxHops steps.
var ErrLoop = errors.New("too many symbolic links")

// ErrFull is returned by Add when the tree already holds its maximum of files; a parser stops there and says "partial".
var ErrFull = errors.New("file count limit reached")

// A File is one entry of a tree.
type File struct {
	Path   string      // absolute, clean, "/" for the root
	Mode   fs.FileMode // type, permissions, setuid, setgid, sticky
	UID    uint32
	GID    uint32
	Size   int64
	Target string // of a symbolic link, as written in the image
	Major  uint32 // of a device
	Minor  uint32
	// Load returns the content of a regular file; nil for everything else. It must be safe for concurrent use and bounded.
	Load func() ([]byte, error)
}

// IsRegular tells whether f holds content.
func (f *File) IsRegular() bool { return f.Mode.IsRegular() }

// Read returns the content of f. Callers must not write to it: it may be the image itself.
func (f *File) Read() ([]byte, error) {
	if !f.Mode.IsRegular() {
		return nil, fmt.Errorf("reading %q: not a regular file", f.Path)
	}
	if f.Size == 0 || f.Load == nil {
		return nil, nil
	}
	b, err := f.Load()
	if err != nil {
		return b, fmt.Errorf("reading %q: %w", f.Path, err)
	}
	return b, nil
}

// A Tree is a set of files. It is filled by one goroutine and then read by any number.
type Tree struct {
	Format  string // "squashfs", "cpio", …
	Note    string // what was missing or odd; empty when all was read
	Partial bool   // some entries could not be read

	limit    int
	files    map[string]*File
	children map[string][]string // directory path to names, sorted by Seal
	order    []string            // all paths, sorted by Seal
}

// New returns an empty tree that takes at most limit files.
func New(format string, limit int) *Tree {
	t := &Tree{Format: format, limit: limit, files: map[string]*File{}, children: map[string][]string{}}
	t.files["/"] = &File{Path: "/", Mode: fs.ModeDir | 0o755}
	return t
}

// Clean turns a name of the image into a path of the tree. A name with NUL, a ".." component or out of bounds is refused:
// it cannot be reached by the device's own path walk either, and must not be mistaken for another file.
func Clean(name string) (string, error) {
	if len(name) > maxPath || strings.IndexByte(name, 0) >= 0 {
		return "", fmt.Errorf("refused name %q", clip(name))
	}
	parts := strings.Split(name, "/")
	for _, c := range parts {
		if c == ".." {
			return "", fmt.Errorf("refused name %q: leads upwards", clip(name))
		}
	}
	if len(parts) > maxDepth {
		return "", fmt.Errorf("refused name %q: too deep", clip(name))
	}
	return path.Clean("/" + name), nil
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

// Add puts f into the tree under f.Path, which is cleaned first; missing parents appear as plain directories.
// A later entry of the same path replaces the earlier one, as extraction would.
func (t *Tree) Add(f *File) error {
	p, err := Clean(f.Path)
	if err != nil {
		return err
	}
	f.Path = p
	if _, ok := t.files[p]; ok {
		t.files[p] = f
		return nil
	}
	if len(t.files) >= t.limit {
		return ErrFull
	}
	if p != "/" {
		t.parents(path.Dir(p))
		dir, name := path.Split(p)
		t.link(dir, name)
	}
	t.files[p] = f
	return nil
}

func (t *Tree) parents(dir string) {
	for dir != "/" {
		if _, ok := t.files[dir]; ok {
			return
		}
		t.files[dir] = &File{Path: dir, Mode: fs.ModeDir | 0o755}
		d, name := path.Split(dir)
		t.link(d, name)
		dir = path.Clean(d)
	}
}

func (t *Tree) link(dir, name string) {
	dir = path.Clean(dir)
	t.children[dir] = append(t.children[dir], name)
}

// Fault records that something of the tree could not be read; the first reasons are kept.
func (t *Tree) Fault(format string, args ...any) {
	t.Partial = true
	if len(t.Note) > 400 {
		return
	}
	if t.Note != "" {
		t.Note += "; "
	}
	t.Note += fmt.Sprintf(format, args...)
}

// Seal orders the tree. It must be called once, after the last Add and before the first read.
func (t *Tree) Seal() *Tree {
	t.order = make([]string, 0, len(t.files))
	for p := range t.files {
		t.order = append(t.order, p)
	}
	sort.Strings(t.order)
	for _, names := range t.children {
		sort.Strings(names)
	}
	return t
}

// Len is the number of entries, the root included.
func (t *Tree) Len() int { return len(t.files) }

// Files returns all entries in order of path.
func (t *Tree) Files() []*File {
	out := make([]*File, 0, len(t.order))
	for _, p := range t.order {
		out = append(out, t.files[p])
	}
	return out
}

// Walk calls fn for every entry in order of path and stops at the first error, which it returns.
func (t *Tree) Walk(fn func(*File) error) error {
	for _, p := range t.order {
		if err := fn(t.files[p]); err != nil {
			return err
		}
	}
	return nil
}

// ReadDir returns the entries of the directory at dir, in order of name; links to directories are followed.
func (t *Tree) ReadDir(dir string) []*File {
	d, err := t.Lookup(dir)
	if err != nil || !d.Mode.IsDir() {
		return nil
	}
	names := t.children[d.Path]
	out := make([]*File, 0, len(names))
	for _, n := range names {
		out = append(out, t.files[path.Join(d.Path, n)])
	}
	return out
}

// Glob returns the paths that match pattern (path.Match rules), in order. Links are followed on the way to the last
// component but not at it, and the paths keep the spelling of the pattern.
func (t *Tree) Glob(pattern string) []string {
	parts := strings.Split(strings.TrimPrefix(path.Clean("/"+pattern), "/"), "/")
	found := []string{"/"}
	for _, want := range parts {
		found = t.globStep(found, want)
	}
	return found
}

func (t *Tree) globStep(dirs []string, want string) []string {
	var next []string
	literal := !strings.ContainsAny(want, `*?[\`)
	for _, dir := range dirs {
		for _, f := range t.ReadDir(dir) {
			name := path.Base(f.Path)
			ok := name == want
			if !literal {
				ok, _ = path.Match(want, name)
				ok = ok && (name[0] != '.' || want[0] == '.')
			}
			if ok {
				next = append(next, path.Join(dir, name))
			}
		}
	}
	return next
}

// Lstat returns the entry at name. Links on the way are followed, a link at the end is not.
func (t *Tree) Lstat(name string) (*File, error) { return t.resolve(name, false) }

// Lookup returns the entry at name, following symbolic links inside the tree: an absolute target starts at the tree's root,
// and ".." at the root stays there, as on the device.
func (t *Tree) Lookup(name string) (*File, error) { return t.resolve(name, true) }

func (t *Tree) resolve(name string, last bool) (*File, error) {
	if len(name) > maxPath {
		return nil, ErrNotExist
	}
	rest := strings.Split(name, "/")
	at, hops := "/", 0
	for len(rest) > 0 {
		c := rest[0]
		rest = rest[1:]
		switch c {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, c)
		f, ok := t.files[next]
		if !ok {
			return nil, fmt.Errorf("looking up %q: %w", name, ErrNotExist)
		}
		if f.Mode&fs.ModeSymlink == 0 || (len(rest) == 0 && !last) {
			at = next
			continue
		}
		if hops++; hops > MaxHops || len(rest) > maxDepth*4 {
			return nil, fmt.Errorf("looking up %q: %w", name, ErrLoop)
		}
		if strings.HasPrefix(f.Target, "/") {
			at = "/"
		}
		rest = append(strings.Split(f.Target, "/"), rest...)
	}
	f, ok := t.files[at]
	if !ok {
		return nil, fmt.Errorf("looking up %q: %w", name, ErrNotExist)
	}
	return f, nil
}

// ReadFile returns the content of the file at name, links followed.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	f, err := t.Lookup(name)
	if err != nil {
		return nil, err
	}
	return f.Read()
}

// Mode turns a Unix st_mode into a FileMode.
func Mode(m uint32) fs.FileMode {
	out := fs.FileMode(m & 0o777)
	out |= types[m>>12&0xf]
	if m&0o4000 != 0 {
		out |= fs.ModeSetuid
	}
	if m&0o2000 != 0 {
		out |= fs.ModeSetgid
	}
	if m&0o1000 != 0 {
		out |= fs.ModeSticky
	}
	return out
}

// types maps the type nibble of st_mode (POSIX sys/stat.h); unknown ones become irregular.
var types = [16]fs.FileMode{
	0x1: fs.ModeNamedPipe,
	0x2: fs.ModeDevice | fs.ModeCharDevice,
	0x4: fs.ModeDir,
	0x6: fs.ModeDevice,
	0x8: 0,
	0xa: fs.ModeSymlink,
	0xc: fs.ModeSocket,
	0x0: fs.ModeIrregular, 0x3: fs.ModeIrregular, 0x5: fs.ModeIrregular, 0x7: fs.ModeIrregular,
	0x9: fs.ModeIrregular, 0xb: fs.ModeIrregular, 0xd: fs.ModeIrregular, 0xe: fs.ModeIrregular, 0xf: fs.ModeIrregular,
}
