package ext4

import (
	"errors"
	"fmt"
	"io"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
)

const (
	extentMagic   = 0xf30a
	maxExtentTree = 5     // levels, the most the format allows
	unwritten     = 32768 // extents longer than this are reserved and read as zeros
	xattrMagic    = 0xea020000
	xattrSystem   = 7 // name index of "system."
)

// content returns what file, directory or long link n holds. It is safe for concurrent use.
func (f *fsys) content(n *inode) ([]byte, error) {
	switch {
	case n.flags&flagEncrypted != 0:
		return nil, errors.New("encrypted")
	case n.size > f.lim.FileBytes:
		return nil, fmt.Errorf("%d bytes: %w", n.size, codec.ErrLimit)
	case n.flags&flagInline != 0:
		return f.inline(n)
	case n.size == 0:
		return nil, nil
	}
	out := make([]byte, n.size)
	w := &writer{f: f, out: out, left: int64(len(f.data))/f.block + n.size/f.block + 16}
	var err error
	if n.flags&flagExtents != 0 {
		err = w.extents(n.blocks(), maxExtentTree)
	} else {
		err = w.blockMap(n.blocks())
	}
	return out, err
}

// A writer copies blocks to their place in out. left bounds the number of blocks looked at, so that circles end.
type writer struct {
	f    *fsys
	out  []byte
	left int64
}

func (w *writer) put(logical, physical, count int64) error {
	if w.left -= max(count, 1); w.left < 0 {
		return errors.New("more blocks than the image holds")
	}
	off := logical * w.f.block
	if off >= int64(len(w.out)) {
		return nil
	}
	size := min(count*w.f.block, int64(len(w.out))-off)
	b, err := w.f.at(physical*w.f.block, size)
	if err != nil {
		return err
	}
	copy(w.out[off:], b)
	return nil
}

func (w *writer) extents(b []byte, level int) error {
	if len(b) < 12 || le.Uint16(b) != extentMagic {
		return errors.New("reading extents: no magic")
	}
	count, depth := int(le.Uint16(b[2:])), le.Uint16(b[6:])
	if 12+count*12 > len(b) || int(depth) > level {
		return errors.New("reading extents: broken header")
	}
	for i := range count {
		e := b[12+i*12 : 24+i*12]
		if depth == 0 {
			n := int64(le.Uint16(e[4:]))
			if n > unwritten {
				continue
			}
			if err := w.put(int64(le.Uint32(e)), int64(le.Uint16(e[6:]))<<32|int64(le.Uint32(e[8:])), n); err != nil {
				return err
			}
			continue
		}
		if w.left--; w.left < 0 {
			return errors.New("reading extents: circle")
		}
		child := int64(le.Uint16(e[8:]))<<32 | int64(le.Uint32(e[4:]))
		next, err := w.f.at(child*w.f.block, w.f.block)
		if err != nil {
			return err
		}
		if err := w.extents(next, int(depth)-1); err != nil {
			return err
		}
	}
	return nil
}

// blockMap reads twelve direct blocks and one block each of single, double and triple indirection.
func (w *writer) blockMap(b []byte) error {
	logical := int64(0)
	for i := range 15 {
		level := max(0, i-11)
		if err := w.indirect(int64(le.Uint32(b[i*4:])), level, &logical); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) indirect(block int64, level int, logical *int64) error {
	if *logical*w.f.block >= int64(len(w.out)) {
		return nil
	}
	if level == 0 {
		at := *logical
		*logical++
		if block == 0 {
			return nil
		}
		return w.put(at, block, 1)
	}
	per := w.f.block / 4
	if block == 0 { // a hole as wide as the whole subtree
		span := int64(1)
		for range level {
			span *= per
		}
		*logical += span
		return nil
	}
	if w.left--; w.left < 0 {
		return errors.New("reading block map: circle")
	}
	b, err := w.f.at(block*w.f.block, w.f.block)
	if err != nil {
		return err
	}
	for i := range per {
		if err := w.indirect(int64(le.Uint32(b[i*4:])), level-1, logical); err != nil {
			return err
		}
	}
	return nil
}

// inline joins the 60 bytes of the block area with the "system.data" attribute behind the inode.
func (f *fsys) inline(n *inode) ([]byte, error) {
	out := append([]byte(nil), n.blocks()...)
	if n.size > 60 {
		more, err := inlineRest(n.raw)
		if err != nil {
			return out, err
		}
		out = append(out, more...)
	}
	if n.mode&0xf000 == 0x4000 {
		return out, nil // the stored size of an inline directory is that of both areas
	}
	if int64(len(out)) < n.size {
		return out, io.ErrUnexpectedEOF
	}
	return out[:n.size], nil
}

func inlineRest(raw []byte) ([]byte, error) {
	if len(raw) < 0x82 {
		return nil, io.ErrUnexpectedEOF
	}
	start := 128 + int(le.Uint16(raw[0x80:]))
	if start+4 > len(raw) || le.Uint32(raw[start:]) != xattrMagic {
		return nil, errors.New("reading inline data: no attributes")
	}
	area := raw[start+4:]
	for at := 0; at+16 <= len(area) && le.Uint32(area[at:]) != 0; {
		nameLen := int(area[at])
		if at+16+nameLen > len(area) {
			break
		}
		if area[at+1] == xattrSystem && string(area[at+16:at+16+nameLen]) == "data" {
			off, size := int(le.Uint16(area[at+2:])), int(le.Uint32(area[at+8:]))
			if size < 0 || off > len(area) || size > len(area)-off {
				return nil, io.ErrUnexpectedEOF
			}
			return area[off : off+size], nil
		}
		at += (16 + nameLen + 3) &^ 3
	}
	return nil, errors.New("reading inline data: attribute is missing")
}
