// Package squashfs reads squashfs 4.0 file systems from memory: gzip, lzma, lzo, xz, lz4 and zstd.
//
// The layout follows the published description of the format. Content is decompressed only when it is read.
// The package must never trust a number of the image: every offset, size and count is checked, directory
// circles end, and no read allocates more than the limits allow.
package squashfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Magic starts every little-endian version 4 image.
const Magic = "hsqs"

const (
	superSize    = 96
	metaSize     = 8192 // bytes of one metadata block, decompressed
	noFragment   = 0xffffffff
	noTable      = ^uint64(0)
	uncompressed = 1 << 24 // flag in a data block's size
	maxBlock     = 1 << 20 // largest block size the format allows
	maxNesting   = 100     // directories within directories
)

// Limits bounds one image. All must be positive.
type Limits struct {
	Files     int   // entries in the tree
	FileBytes int64 // content of one file
	MetaBytes int64 // metadata, decompressed
}

// Super is what the superblock says.
type Super struct {
	Inodes      uint32
	BlockSize   uint32
	Fragments   uint32
	Compression string
	Used        int64 // bytes of the image, before padding
}

// Compressions names the codec numbers of the superblock.
var compressions = map[uint16]string{1: "gzip", 2: "lzma", 3: "lzo", 4: "xz", 5: "lz4", 6: "zstd"}

type super struct {
	Magic                              [4]byte
	Inodes, MkfsTime, BlockSize, Frags uint32
	Comp, BlockLog, Flags, IDs         uint16
	Major, Minor                       uint16
	Root, Used                         uint64
	IDTable, XattrTable, InodeTable    uint64
	DirTable, FragTable, LookupTable   uint64
}

type fsys struct {
	ctx   context.Context // of Open only; content reads do not look at it
	data  []byte
	sb    super
	lim   Limits
	dec   decoder
	ids   []uint32
	frags []fragment

	metaLeft int64
	meta     map[int64]metaBlock
	active   map[uint64]bool // directories on the path being walked

	mu    sync.Mutex // guards the fragments kept below
	kept  map[uint32][]byte
	order []uint32 // of kept, oldest first
	bytes int      // in kept
}

type fragment struct {
	start int64
	size  uint32
}

type metaBlock struct {
	data []byte
	next int64
}

// Probe reads the superblock at the start of data. An error says why it is no readable image.
func Probe(data []byte) (Super, error) {
	sb, err := readSuper(data)
	if err != nil {
		return Super{}, err
	}
	return Super{
		Inodes: sb.Inodes, BlockSize: sb.BlockSize, Fragments: sb.Frags,
		Compression: compressions[sb.Comp], Used: int64(sb.Used),
	}, nil
}

func readSuper(data []byte) (super, error) {
	var sb super
	if len(data) < superSize || string(data[:4]) != Magic {
		return sb, errors.New("reading superblock: no squashfs magic")
	}
	if err := binary.Read(bytes.NewReader(data[:superSize]), binary.LittleEndian, &sb); err != nil {
		return sb, fmt.Errorf("reading superblock: %w", err)
	}
	switch {
	case sb.Major != 4:
		return sb, fmt.Errorf("reading superblock: version %d.%d is not supported", sb.Major, sb.Minor)
	case sb.BlockSize < 4096 || sb.BlockSize > maxBlock || sb.BlockSize&(sb.BlockSize-1) != 0 || 1<<sb.BlockLog != sb.BlockSize:
		return sb, fmt.Errorf("reading superblock: block size %d (log %d) is not possible", sb.BlockSize, sb.BlockLog)
	case compressions[sb.Comp] == "":
		return sb, fmt.Errorf("reading superblock: compression %d is unknown", sb.Comp)
	case sb.Used < superSize || sb.Used > 1<<40:
		return sb, fmt.Errorf("reading superblock: size %d is not possible", sb.Used)
	case sb.InodeTable >= sb.DirTable || sb.DirTable > sb.Used:
		return sb, errors.New("reading superblock: tables out of order")
	}
	return sb, nil
}

// Open reads the whole tree of the image at the start of data. A truncated image gives what could be read, with
// tree.Partial set; an error means that nothing could.
func Open(ctx context.Context, data []byte, lim Limits) (*tree.Tree, error) {
	sb, err := readSuper(data)
	if err != nil {
		return nil, err
	}
	if int64(sb.Used) < int64(len(data)) {
		data = data[:sb.Used]
	}
	f := &fsys{
		ctx: ctx, data: data, sb: sb, lim: lim, dec: decoders[sb.Comp], kept: map[uint32][]byte{},
		metaLeft: lim.MetaBytes, meta: map[int64]metaBlock{}, active: map[uint64]bool{},
	}
	t := tree.New("squashfs", lim.Files)
	if int64(len(data)) < int64(sb.Used) {
		t.Fault("image ends after %d of %d bytes", len(data), sb.Used)
	}
	if err := f.readIDs(); err != nil {
		return nil, err
	}
	if err := f.readFragments(); err != nil {
		t.Fault("%v", err)
	}
	root, err := f.inode(sb.Root)
	if err != nil {
		return nil, fmt.Errorf("reading root: %w", err)
	}
	if !root.isDir() {
		return nil, errors.New("reading root: not a directory")
	}
	if err := f.walk(t, "/", sb.Root, root, 0); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.Fault("%v", err)
	}
	f.meta, f.ctx = nil, nil
	return t.Seal(), nil
}

// at returns n bytes at off or an error.
func (f *fsys) at(off int64, n int) ([]byte, error) {
	if off < 0 || n < 0 || off > int64(len(f.data)) || int64(n) > int64(len(f.data))-off {
		return nil, fmt.Errorf("reading %d bytes at %#x: %w", n, off, io.ErrUnexpectedEOF)
	}
	return f.data[off : off+int64(n)], nil
}

// metaAt returns the metadata block at off.
func (f *fsys) metaAt(off int64) (metaBlock, error) {
	if m, ok := f.meta[off]; ok {
		return m, nil
	}
	if err := f.ctx.Err(); err != nil {
		return metaBlock{}, err
	}
	h, err := f.at(off, 2)
	if err != nil {
		return metaBlock{}, err
	}
	head := binary.LittleEndian.Uint16(h)
	n := int(head & 0x7fff)
	raw, err := f.at(off+2, n)
	if err != nil {
		return metaBlock{}, err
	}
	if head&0x8000 == 0 {
		raw, err = f.dec(raw, metaSize)
		if err != nil {
			return metaBlock{}, fmt.Errorf("reading metadata at %#x: %w", off, err)
		}
	}
	if len(raw) == 0 || len(raw) > metaSize {
		return metaBlock{}, fmt.Errorf("reading metadata at %#x: %d bytes", off, len(raw))
	}
	if f.metaLeft -= int64(len(raw)); f.metaLeft < 0 {
		return metaBlock{}, fmt.Errorf("reading metadata: %w", codec.ErrLimit)
	}
	m := metaBlock{data: raw, next: off + 2 + int64(n)}
	f.meta[off] = m
	return m, nil
}

// A cursor reads through consecutive metadata blocks.
type cursor struct {
	f     *fsys
	block int64
	off   int
}

func (c *cursor) read(n int) ([]byte, error) {
	if n < 0 || n > 1<<20 {
		return nil, fmt.Errorf("reading metadata: %d bytes wanted", n)
	}
	var out []byte
	for {
		m, err := c.f.metaAt(c.block)
		if err != nil {
			return nil, err
		}
		if c.off > len(m.data) {
			return nil, fmt.Errorf("reading metadata at %#x: offset %d beyond block", c.block, c.off)
		}
		take := min(n-len(out), len(m.data)-c.off)
		if out == nil && take == n {
			c.off += n
			return m.data[c.off-n : c.off : c.off], nil
		}
		out = append(out, m.data[c.off:c.off+take]...)
		c.off += take
		if len(out) == n {
			return out, nil
		}
		c.block, c.off = m.next, 0
	}
}

// table reads count entries of size bytes from an indirect table: a list of pointers to metadata blocks.
func (f *fsys) table(start uint64, count, size int) ([]byte, error) {
	per := metaSize / size
	blocks := (count + per - 1) / per
	ptrs, err := f.at(int64(start), blocks*8)
	if err != nil {
		return nil, err
	}
	var out []byte
	for i := range blocks {
		m, err := f.metaAt(int64(binary.LittleEndian.Uint64(ptrs[i*8:])))
		if err != nil {
			return nil, err
		}
		out = append(out, m.data...)
	}
	if len(out) < count*size {
		return nil, io.ErrUnexpectedEOF
	}
	return out[:count*size], nil
}

func (f *fsys) readIDs() error {
	b, err := f.table(f.sb.IDTable, int(f.sb.IDs), 4)
	if err != nil {
		return fmt.Errorf("reading owners: %w", err)
	}
	for i := range int(f.sb.IDs) {
		f.ids = append(f.ids, binary.LittleEndian.Uint32(b[i*4:]))
	}
	return nil
}

func (f *fsys) readFragments() error {
	if f.sb.Frags == 0 || f.sb.FragTable == noTable {
		return nil
	}
	if int64(f.sb.Frags) > int64(f.lim.Files) {
		return fmt.Errorf("reading fragments: %d of them: %w", f.sb.Frags, codec.ErrLimit)
	}
	b, err := f.table(f.sb.FragTable, int(f.sb.Frags), 16)
	if err != nil {
		return fmt.Errorf("reading fragments: %w", err)
	}
	for i := range int(f.sb.Frags) {
		f.frags = append(f.frags, fragment{
			start: int64(binary.LittleEndian.Uint64(b[i*16:])),
			size:  binary.LittleEndian.Uint32(b[i*16+8:]),
		})
	}
	return nil
}
