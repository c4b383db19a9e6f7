package squashfs

import (
	"fmt"
	"io"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
)

// content decompresses a whole file. It is safe for concurrent use.
func (f *fsys) content(n *inode) ([]byte, error) {
	if n.size > f.lim.FileBytes {
		return nil, fmt.Errorf("file of %d bytes: %w", n.size, codec.ErrLimit)
	}
	bs := int64(f.sb.BlockSize)
	at := n.start
	var out []byte
	for _, b := range n.blocks {
		want := int(min(bs, n.size-int64(len(out))))
		size := int(b &^ uncompressed)
		if size == 0 {
			out = append(out, make([]byte, want)...) // a hole
			continue
		}
		block, err := f.block(at, b)
		if err != nil {
			return out, err
		}
		if len(block) != want {
			return out, fmt.Errorf("block at %#x holds %d bytes, want %d", at, len(block), want)
		}
		out = append(out, block...)
		at += int64(size)
	}
	tail := n.size - int64(len(out))
	if tail == 0 {
		return out, nil
	}
	frag, err := f.fragment(n.frag)
	if err != nil {
		return out, err
	}
	if n.offset < 0 || int64(n.offset)+tail > int64(len(frag)) {
		return out, fmt.Errorf("fragment %d is too short: %w", n.frag, io.ErrUnexpectedEOF)
	}
	return append(out, frag[n.offset:int64(n.offset)+tail]...), nil
}

// block returns the data block at off, whose size field is b.
func (f *fsys) block(off int64, b uint32) ([]byte, error) {
	size := int(b &^ uncompressed)
	if size > int(f.sb.BlockSize)+int(f.sb.BlockSize)/8+1024 {
		return nil, fmt.Errorf("block at %#x claims %d bytes", off, size)
	}
	raw, err := f.at(off, size)
	if err != nil {
		return nil, err
	}
	if b&uncompressed != 0 {
		return raw, nil
	}
	out, err := f.dec(raw, int(f.sb.BlockSize))
	if err != nil {
		return nil, fmt.Errorf("reading block at %#x: %w", off, err)
	}
	return out, nil
}

// keptBytes bounds the decompressed fragments that one file system keeps.
const keptBytes = 8 << 20

// fragment returns fragment i. Many small files share one, so the last ones are kept.
func (f *fsys) fragment(i uint32) ([]byte, error) {
	if int64(i) >= int64(len(f.frags)) {
		return nil, fmt.Errorf("fragment %d of %d", i, len(f.frags))
	}
	f.mu.Lock()
	b, ok := f.kept[i]
	f.mu.Unlock()
	if ok {
		return b, nil
	}
	fr := f.frags[i]
	b, err := f.block(fr.start, fr.size)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.kept[i]; ok {
		return b, nil
	}
	f.kept[i] = b
	f.order = append(f.order, i)
	for f.bytes += len(b); f.bytes > keptBytes && len(f.order) > 1; f.order = f.order[1:] {
		f.bytes -= len(f.kept[f.order[0]])
		delete(f.kept, f.order[0])
	}
	return b, nil
}
