package ext4

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

const (
	flagEncrypted = 0x800
	flagExtents   = 0x80000
	flagInline    = 0x10000000
)

type inode struct {
	mode     uint32
	uid, gid uint32
	size     int64
	flags    uint32
	sectors  uint32
	raw      []byte // the whole on-disk inode
}

// blocks is the 60-byte area that holds the block map, the extent root, a short link or inline data.
func (n *inode) blocks() []byte { return n.raw[0x28:0x64] }

func (f *fsys) inode(i uint32) (*inode, error) {
	if i == 0 || i > f.inodes {
		return nil, fmt.Errorf("reading inode %d of %d", i, f.inodes)
	}
	group, index := int64((i-1)/f.perGroup), int64((i-1)%f.perGroup)
	desc, err := f.at(f.descStart+group*f.descSize, f.descSize)
	if err != nil {
		return nil, fmt.Errorf("reading group %d: %w", group, err)
	}
	table := int64(le.Uint32(desc[8:]))
	if len(desc) >= 64 {
		table |= int64(le.Uint32(desc[0x28:])&0xffff) << 32
	}
	raw, err := f.at(table*f.block+index*f.inodeSize, f.inodeSize)
	if err != nil {
		return nil, fmt.Errorf("reading inode %d: %w", i, err)
	}
	n := &inode{
		mode: uint32(le.Uint16(raw)), raw: raw, flags: le.Uint32(raw[0x20:]), sectors: le.Uint32(raw[0x1c:]),
		uid:  uint32(le.Uint16(raw[2:])) | uint32(le.Uint16(raw[0x78:]))<<16,
		gid:  uint32(le.Uint16(raw[0x18:])) | uint32(le.Uint16(raw[0x7a:]))<<16,
		size: int64(le.Uint32(raw[4:])),
	}
	if n.mode&0xf000 == 0x8000 || f.incompat&incompatExtents != 0 {
		n.size |= int64(le.Uint32(raw[0x6c:])) << 32
	}
	if n.size < 0 {
		return nil, fmt.Errorf("reading inode %d: negative size", i)
	}
	return n, nil
}

func (f *fsys) walk(ctx context.Context, t *tree.Tree, dir string, i uint32, n *inode, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.Add(f.file(t, dir, n)); err != nil {
		return err
	}
	if depth > maxNesting || f.active[i] {
		t.Fault("directory %q leads in a circle or too deep", dir)
		return nil
	}
	if n.flags&flagEncrypted != 0 {
		t.Fault("directory %q is encrypted", dir)
		return nil
	}
	f.active[i] = true
	defer delete(f.active, i)
	list, err := f.listing(n)
	if err != nil {
		t.Fault("directory %q: %v", dir, err)
	}
	for _, part := range list {
		if err := f.entries(ctx, t, dir, part, depth); err != nil {
			return err
		}
	}
	return nil
}

// listing returns the stretches of bytes that hold directory entries.
func (f *fsys) listing(n *inode) ([][]byte, error) {
	if n.size > int64(len(f.data)) {
		return nil, fmt.Errorf("claims %d bytes, more than the image", n.size)
	}
	b, err := f.content(n)
	if n.flags&flagInline == 0 {
		var parts [][]byte
		for at := int64(0); at < int64(len(b)); at += f.block {
			parts = append(parts, b[at:min(at+f.block, int64(len(b)))])
		}
		return parts, err
	}
	if len(b) < 4 {
		return nil, err
	}
	parts := [][]byte{b[4:min(60, len(b))]} // the first four bytes are the parent's number
	if len(b) > 60 {
		parts = append(parts, b[60:])
	}
	return parts, err
}

// entries reads the directory entries of one block.
func (f *fsys) entries(ctx context.Context, t *tree.Tree, dir string, b []byte, depth int) error {
	for len(b) >= 8 {
		i, size, nameLen := le.Uint32(b), int(le.Uint16(b[4:])), int(b[6])
		if size < 8 || size > len(b) || 8+nameLen > size {
			if i != 0 {
				t.Fault("directory %q: broken entry", dir)
			}
			return nil
		}
		name := string(b[8 : 8+nameLen])
		b = b[size:]
		if i == 0 || name == "." || name == ".." {
			continue
		}
		if err := f.entry(ctx, t, dir, name, i, depth); err != nil {
			return err
		}
	}
	return nil
}

func (f *fsys) entry(ctx context.Context, t *tree.Tree, dir, name string, i uint32, depth int) error {
	if name == "" || strings.ContainsAny(name, "/\x00") {
		t.Fault("refused name %q in %q", name, dir)
		return nil
	}
	p := path.Join(dir, name)
	n, err := f.inode(i)
	if err != nil {
		t.Fault("%q: %v", p, err)
		return nil
	}
	if n.mode&0xf000 == 0x4000 {
		return f.walk(ctx, t, p, i, n, depth+1)
	}
	err = t.Add(f.file(t, p, n))
	if errors.Is(err, tree.ErrFull) {
		return err
	}
	if err != nil {
		t.Fault("%v", err)
	}
	return nil
}

func (f *fsys) file(t *tree.Tree, p string, n *inode) *tree.File {
	out := &tree.File{Path: p, Mode: tree.Mode(n.mode), UID: n.uid, GID: n.gid}
	switch {
	case out.Mode.IsRegular():
		out.Size = n.size
		out.Load = func() ([]byte, error) { return f.content(n) }
	case out.Mode&fs.ModeSymlink != 0:
		out.Size = n.size
		b, err := f.link(n)
		if err != nil {
			t.Fault("link %q: %v", p, err)
		}
		out.Target = string(b)
	case out.Mode&fs.ModeDevice != 0:
		if dev := le.Uint32(n.blocks()); dev != 0 {
			out.Major, out.Minor = dev>>8&0xff, dev&0xff
			break
		}
		dev := le.Uint32(n.blocks()[4:])
		out.Major, out.Minor = dev>>8&0xfff, dev&0xff|dev>>12&0xfff00
	}
	return out
}

func (f *fsys) link(n *inode) ([]byte, error) {
	if n.size > 4096 {
		return nil, fmt.Errorf("target of %d bytes", n.size)
	}
	if n.size < 60 && n.flags&(flagExtents|flagInline) == 0 {
		return n.blocks()[:n.size], nil
	}
	return f.content(n)
}
