// Package cpio reads "newc" cpio archives (magic 070701 and 070702) from memory, as initramfs images use them.
//
// Contents are slices of the archive. The package must never allocate by a size the archive claims.
package cpio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

const (
	headerSize = 110
	trailer    = "TRAILER!!!"
	maxName    = 4096
)

// Magic and MagicCRC start every member.
const (
	Magic    = "070701"
	MagicCRC = "070702"
)

type header struct {
	ino, mode, uid, gid, nlink     uint32
	size                           int64
	devMajor, devMinor             uint32
	rdevMajor, rdevMinor, nameSize uint32
}

type linkKey struct{ ino, major, minor uint32 }

// Open reads the archive at the start of data and returns its tree and its exact size. A cut archive gives what was
// there, with tree.Partial set; an error means that not even the first member could be read.
func Open(ctx context.Context, data []byte, files int) (*tree.Tree, int, error) {
	t := tree.New("cpio", files)
	links := map[linkKey][]*tree.File{}
	at := 0
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		h, name, body, next, err := member(data, at)
		if err != nil {
			if t.Len() == 1 {
				return nil, 0, err
			}
			t.Fault("%v", err)
			return t.Seal(), at, nil
		}
		at = next
		if name == trailer {
			return t.Seal(), at, nil
		}
		err = add(t, h, name, body, links)
		if errors.Is(err, tree.ErrFull) {
			t.Fault("%v", err)
			return t.Seal(), at, nil
		}
		if err != nil {
			t.Fault("%v", err)
		}
	}
}

// member reads the header, name and body at off; next is where the following member starts.
func member(data []byte, off int) (h header, name string, body []byte, next int, err error) {
	if len(data)-off < headerSize {
		return h, "", nil, 0, fmt.Errorf("reading member at %#x: %w", off, io.ErrUnexpectedEOF)
	}
	b := data[off : off+headerSize]
	if s := string(b[:6]); s != Magic && s != MagicCRC {
		return h, "", nil, 0, fmt.Errorf("reading member at %#x: no magic", off)
	}
	var v [13]uint32
	for i := range v {
		n, err := strconv.ParseUint(string(b[6+8*i:14+8*i]), 16, 32)
		if err != nil {
			return h, "", nil, 0, fmt.Errorf("reading member at %#x: field %d: %w", off, i, err)
		}
		v[i] = uint32(n)
	}
	h = header{
		ino: v[0], mode: v[1], uid: v[2], gid: v[3], nlink: v[4], size: int64(v[6]),
		devMajor: v[7], devMinor: v[8], rdevMajor: v[9], rdevMinor: v[10], nameSize: v[11],
	}
	if h.nameSize == 0 || h.nameSize > maxName {
		return h, "", nil, 0, fmt.Errorf("reading member at %#x: name of %d bytes", off, h.nameSize)
	}
	nameEnd := off + headerSize + int(h.nameSize)
	if nameEnd > len(data) {
		return h, "", nil, 0, fmt.Errorf("reading member at %#x: %w", off, io.ErrUnexpectedEOF)
	}
	name = string(data[off+headerSize : nameEnd-1])
	start := align4(nameEnd)
	if start > len(data) || h.size > int64(len(data)-start) {
		return h, "", nil, 0, fmt.Errorf("reading member %q: claims %d bytes: %w", name, h.size, io.ErrUnexpectedEOF)
	}
	end := start + int(h.size)
	return h, name, data[start:end:end], min(align4(end), len(data)), nil
}

func align4(n int) int { return (n + 3) &^ 3 }

// add puts one member into t. Of a set of hard links only the last carries the content, so the others wait for it.
func add(t *tree.Tree, h header, name string, body []byte, links map[linkKey][]*tree.File) error {
	f := &tree.File{Path: name, Mode: tree.Mode(h.mode), UID: h.uid, GID: h.gid, Size: h.size}
	switch {
	case f.Mode.IsRegular():
		f.Load = func() ([]byte, error) { return body, nil }
		if h.nlink > 1 {
			share(f, body, links, linkKey{h.ino, h.devMajor, h.devMinor})
		}
	case h.mode>>12 == 0xa:
		f.Target = string(body)
	default:
		f.Size, f.Major, f.Minor = 0, h.rdevMajor, h.rdevMinor
	}
	return t.Add(f)
}

func share(f *tree.File, body []byte, links map[linkKey][]*tree.File, k linkKey) {
	set := append(links[k], f)
	links[k] = set
	if len(body) == 0 {
		for _, o := range set {
			if o.Size > 0 {
				f.Size, f.Load = o.Size, o.Load
				return
			}
		}
		return
	}
	for _, o := range set {
		o.Size = int64(len(body))
		o.Load = func() ([]byte, error) { return body, nil }
	}
}
