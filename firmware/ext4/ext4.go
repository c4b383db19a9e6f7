// Package ext4 reads ext2, ext3 and ext4 file systems from memory: block maps, extents, inline data, fast symbolic links.
//
// The layout follows the published description of the on-disk format. The journal is not replayed. The package must
// never trust a number of the image; circles in directories and extent trees end.
package ext4

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

const (
	superOffset = 1024
	superMagic  = 0xef53
	rootInode   = 2
	maxNesting  = 100

	compatJournal    = 0x4
	incompatCompress = 0x1
	incompatJournal  = 0x8 // the image is a journal device, not a file system
	incompatMetaBG   = 0x10
	incompatExtents  = 0x40
	incompat64Bit    = 0x80
	incompatInline   = 0x8000
)

var le = binary.LittleEndian

// Limits bounds one image. All must be positive.
type Limits struct {
	Files     int
	FileBytes int64 // content of one file or directory
}

type fsys struct {
	data      []byte
	lim       Limits
	block     int64 // bytes of one block
	inodeSize int64
	inodes    uint32
	perGroup  uint32
	descSize  int64
	descStart int64
	total     int64 // bytes of the whole file system
	incompat  uint32
	compat    uint32
	active    map[uint32]bool // directories on the path being walked
}

// Probe tells the kind ("ext2", "ext3", "ext4") and the full size of the file system at the start of data.
func Probe(data []byte) (kind string, size int64, err error) {
	f, err := super(data, Limits{})
	if err != nil {
		return "", 0, err
	}
	return f.kind(), f.total, nil
}

func (f *fsys) kind() string {
	switch {
	case f.incompat&(incompatExtents|incompat64Bit|incompatInline) != 0:
		return "ext4"
	case f.compat&compatJournal != 0:
		return "ext3"
	default:
		return "ext2"
	}
}

func super(data []byte, lim Limits) (*fsys, error) {
	if len(data) < superOffset+1024 {
		return nil, fmt.Errorf("reading superblock: %w", io.ErrUnexpectedEOF)
	}
	sb := data[superOffset : superOffset+1024]
	if le.Uint16(sb[0x38:]) != superMagic {
		return nil, errors.New("reading superblock: no ext magic")
	}
	logBlock := le.Uint32(sb[0x18:])
	if logBlock > 6 {
		return nil, fmt.Errorf("reading superblock: block size 2^%d", logBlock+10)
	}
	f := &fsys{
		data: data, lim: lim, block: 1024 << logBlock, inodes: le.Uint32(sb), perGroup: le.Uint32(sb[0x28:]),
		compat: le.Uint32(sb[0x5c:]), incompat: le.Uint32(sb[0x60:]), inodeSize: 128, descSize: 32, active: map[uint32]bool{},
	}
	if le.Uint32(sb[0x4c:]) > 0 {
		f.inodeSize = int64(le.Uint16(sb[0x58:]))
	}
	blocks := uint64(le.Uint32(sb[0x4:]))
	if f.incompat&incompat64Bit != 0 {
		f.descSize = int64(le.Uint16(sb[0xfe:]))
		blocks |= uint64(le.Uint32(sb[0x150:])) << 32
	}
	first := int64(le.Uint32(sb[0x14:]))
	f.descStart = (first + 1) * f.block
	f.total = int64(min(blocks, 1<<40)) * f.block
	switch {
	case le.Uint16(sb[0x5a:]) != 0:
		return nil, errors.New("reading superblock: a backup copy")
	case f.incompat&(incompatCompress|incompatJournal|incompatMetaBG) != 0:
		return nil, fmt.Errorf("reading superblock: features %#x are not supported", f.incompat)
	case f.inodeSize < 128 || f.inodeSize > f.block || f.inodeSize&(f.inodeSize-1) != 0:
		return nil, fmt.Errorf("reading superblock: inodes of %d bytes", f.inodeSize)
	case f.descSize < 32 || f.descSize > 1024 || f.perGroup == 0 || f.inodes < rootInode || blocks == 0:
		return nil, errors.New("reading superblock: group geometry is not possible")
	case first > 1 || le.Uint32(sb[0x20:]) == 0 || int64(le.Uint32(sb[0x20:])) > f.block*8:
		return nil, errors.New("reading superblock: block groups are not possible")
	}
	return f, nil
}

// Open reads the whole tree of the file system at the start of data. A truncated image gives what could be read, with
// tree.Partial set; an error means that nothing could.
func Open(ctx context.Context, data []byte, lim Limits) (*tree.Tree, error) {
	f, err := super(data, lim)
	if err != nil {
		return nil, err
	}
	t := tree.New(f.kind(), lim.Files)
	if f.total < int64(len(data)) {
		f.data = data[:f.total]
	} else if f.total > int64(len(data)) {
		t.Fault("image ends after %d of %d bytes", len(data), f.total)
	}
	root, err := f.inode(rootInode)
	if err != nil {
		return nil, fmt.Errorf("reading root: %w", err)
	}
	if root.mode&0xf000 != 0x4000 {
		return nil, errors.New("reading root: not a directory")
	}
	if err := f.walk(ctx, t, "/", rootInode, root, 0); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.Fault("%v", err)
	}
	if t.Len() == 1 && t.Partial {
		return nil, fmt.Errorf("reading root: %s", t.Note)
	}
	f.active = nil
	return t.Seal(), nil
}

// at returns n bytes at off or an error.
func (f *fsys) at(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > int64(len(f.data)) || n > int64(len(f.data))-off {
		return nil, fmt.Errorf("reading %d bytes at %#x: %w", n, off, io.ErrUnexpectedEOF)
	}
	return f.data[off : off+n], nil
}
