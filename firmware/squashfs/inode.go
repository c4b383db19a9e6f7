package squashfs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Inode types; the extended form of each is 7 higher.
const (
	typeDir = iota + 1
	typeFile
	typeSymlink
	typeBlock
	typeChar
	typeFifo
	typeSocket
	extended = 7
)

type inode struct {
	kind     uint16 // basic type number, extended forms folded in
	mode     fs.FileMode
	uid, gid uint32

	size   int64 // of a file, or of a directory listing plus 3
	start  int64 // first data block, or metadata block of the listing
	offset int   // in the fragment or the listing's metadata block
	frag   uint32
	blocks []uint32
	target string
	dev    uint32
}

func (n *inode) isDir() bool { return n.kind == typeDir }

var kindMode = [...]fs.FileMode{
	typeDir: fs.ModeDir, typeFile: 0, typeSymlink: fs.ModeSymlink, typeBlock: fs.ModeDevice,
	typeChar: fs.ModeDevice | fs.ModeCharDevice, typeFifo: fs.ModeNamedPipe, typeSocket: fs.ModeSocket,
}

// bodies reads what follows the common header of each inode type.
var bodies = map[uint16]func(*cursor, *inode) error{
	typeDir: dirBody, typeDir + extended: extDirBody,
	typeFile: fileBody, typeFile + extended: extFileBody,
	typeSymlink: symlinkBody, typeSymlink + extended: symlinkBody,
	typeBlock: deviceBody, typeBlock + extended: deviceBody,
	typeChar: deviceBody, typeChar + extended: deviceBody,
	typeFifo: nothing, typeFifo + extended: nothing,
	typeSocket: nothing, typeSocket + extended: nothing,
}

// inode reads the inode that ref points to: metadata block in the upper bits, offset in the lower 16.
func (f *fsys) inode(ref uint64) (*inode, error) {
	c := &cursor{f: f, block: int64(f.sb.InodeTable) + int64(ref>>16&0xffffffff), off: int(ref & 0xffff)}
	h, err := c.read(16)
	if err != nil {
		return nil, fmt.Errorf("reading inode: %w", err)
	}
	kind := binary.LittleEndian.Uint16(h)
	body := bodies[kind]
	if body == nil {
		return nil, fmt.Errorf("reading inode: type %d is unknown", kind)
	}
	n := &inode{kind: kind}
	if kind > extended {
		n.kind -= extended
	}
	n.mode = tree.Mode(uint32(binary.LittleEndian.Uint16(h[2:])))&^fs.ModeType | kindMode[n.kind]
	if n.uid, err = f.owner(binary.LittleEndian.Uint16(h[4:])); err != nil {
		return nil, err
	}
	if n.gid, err = f.owner(binary.LittleEndian.Uint16(h[6:])); err != nil {
		return nil, err
	}
	if err := body(c, n); err != nil {
		return nil, fmt.Errorf("reading inode: %w", err)
	}
	return n, nil
}

func (f *fsys) owner(i uint16) (uint32, error) {
	if int(i) >= len(f.ids) {
		return 0, fmt.Errorf("reading inode: owner %d of %d", i, len(f.ids))
	}
	return f.ids[i], nil
}

func nothing(*cursor, *inode) error { return nil }

func dirBody(c *cursor, n *inode) error {
	b, err := c.read(16)
	if err != nil {
		return err
	}
	n.start = int64(binary.LittleEndian.Uint32(b))
	n.size = int64(binary.LittleEndian.Uint16(b[8:]))
	n.offset = int(binary.LittleEndian.Uint16(b[10:]))
	return nil
}

func extDirBody(c *cursor, n *inode) error {
	b, err := c.read(24)
	if err != nil {
		return err
	}
	n.size = int64(binary.LittleEndian.Uint32(b[4:]))
	n.start = int64(binary.LittleEndian.Uint32(b[8:]))
	n.offset = int(binary.LittleEndian.Uint16(b[18:]))
	return nil
}

func fileBody(c *cursor, n *inode) error {
	b, err := c.read(16)
	if err != nil {
		return err
	}
	n.start = int64(binary.LittleEndian.Uint32(b))
	n.frag = binary.LittleEndian.Uint32(b[4:])
	n.offset = int(binary.LittleEndian.Uint32(b[8:]))
	n.size = int64(binary.LittleEndian.Uint32(b[12:]))
	return blockList(c, n)
}

func extFileBody(c *cursor, n *inode) error {
	b, err := c.read(40)
	if err != nil {
		return err
	}
	n.start = int64(binary.LittleEndian.Uint64(b))
	n.size = int64(binary.LittleEndian.Uint64(b[8:]))
	n.frag = binary.LittleEndian.Uint32(b[28:])
	n.offset = int(binary.LittleEndian.Uint32(b[32:]))
	if n.size < 0 || n.start < 0 {
		return errors.New("negative size")
	}
	return blockList(c, n)
}

// blockList reads the size of each data block. The list of a file beyond the limit is left out: such a file is listed
// and refuses to be read.
func blockList(c *cursor, n *inode) error {
	if n.size > c.f.lim.FileBytes {
		return nil
	}
	bs := int64(c.f.sb.BlockSize)
	count := n.size / bs
	if n.frag == noFragment && n.size%bs != 0 {
		count++
	}
	n.blocks = make([]uint32, 0, min(count, 4096))
	for range count {
		b, err := c.read(4)
		if err != nil {
			return err
		}
		n.blocks = append(n.blocks, binary.LittleEndian.Uint32(b))
	}
	return nil
}

func symlinkBody(c *cursor, n *inode) error {
	b, err := c.read(8)
	if err != nil {
		return err
	}
	size := binary.LittleEndian.Uint32(b[4:])
	if size > 65535 {
		return fmt.Errorf("symbolic link of %d bytes", size)
	}
	if b, err = c.read(int(size)); err != nil {
		return err
	}
	n.target, n.size = string(b), int64(size)
	return nil
}

func deviceBody(c *cursor, n *inode) error {
	b, err := c.read(8)
	if err != nil {
		return err
	}
	n.dev = binary.LittleEndian.Uint32(b[4:])
	return nil
}

// walk adds the directory dir and all below it. Faults below are recorded in t; the error returned ends the whole walk.
func (f *fsys) walk(t *tree.Tree, dir string, ref uint64, n *inode, depth int) error {
	if err := t.Add(f.file(dir, n)); err != nil {
		return err
	}
	if depth > maxNesting || f.active[ref] {
		t.Fault("directory %q leads in a circle or too deep", dir)
		return nil
	}
	f.active[ref] = true
	defer delete(f.active, ref)
	return f.list(n, func(name string, ref uint64) error {
		p, err := childPath(dir, name)
		if err != nil {
			t.Fault("%v", err)
			return nil
		}
		child, err := f.inode(ref)
		if err != nil {
			if errors.Is(err, codec.ErrLimit) || f.ctx.Err() != nil {
				return err
			}
			t.Fault("%q: %v", p, err)
			return nil
		}
		if child.isDir() {
			return f.walk(t, p, ref, child, depth+1)
		}
		err = t.Add(f.file(p, child))
		if errors.Is(err, tree.ErrFull) {
			return err
		}
		if err != nil {
			t.Fault("%v", err)
		}
		return nil
	})
}

// childPath refuses names that are no single path component.
func childPath(dir, name string) (string, error) {
	if name == "" || name == "." || name == ".." {
		return "", fmt.Errorf("refused name %q in %q", name, dir)
	}
	for i := range len(name) {
		if name[i] == '/' || name[i] == 0 {
			return "", fmt.Errorf("refused name %q in %q", name, dir)
		}
	}
	return path.Join(dir, name), nil
}

// list calls fn for each entry of the directory n.
func (f *fsys) list(n *inode, fn func(name string, ref uint64) error) error {
	c := &cursor{f: f, block: int64(f.sb.DirTable) + n.start, off: n.offset}
	left := n.size - 3 // the stored size counts "." and ".." as three bytes
	for left > 0 {
		h, err := c.read(12)
		if err != nil {
			return fmt.Errorf("reading directory: %w", err)
		}
		left -= 12
		count := int(binary.LittleEndian.Uint32(h)) + 1
		block := uint64(binary.LittleEndian.Uint32(h[4:]))
		if count > 256 {
			return fmt.Errorf("reading directory: run of %d entries", count)
		}
		for range count {
			e, err := c.read(8)
			if err != nil {
				return fmt.Errorf("reading directory: %w", err)
			}
			off := uint64(binary.LittleEndian.Uint16(e))
			size := int(binary.LittleEndian.Uint16(e[6:])) + 1
			name, err := c.read(size)
			if err != nil {
				return fmt.Errorf("reading directory: %w", err)
			}
			left -= int64(8 + size)
			if err := fn(string(name), block<<16|off); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fsys) file(p string, n *inode) *tree.File {
	out := &tree.File{Path: p, Mode: n.mode, UID: n.uid, GID: n.gid, Target: n.target}
	switch n.kind {
	case typeFile:
		out.Size = n.size
		out.Load = func() ([]byte, error) { return f.content(n) }
	case typeSymlink:
		out.Size = n.size
	case typeBlock, typeChar:
		out.Major, out.Minor = n.dev>>8&0xfff, n.dev&0xff|n.dev>>12&0xfff00
	}
	return out
}
