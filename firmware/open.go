package firmware

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/header"
	"github.com/plimsoll-iot/plimsoll/firmware/scan"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// maxHits bounds the candidates looked at in one layer.
const maxHits = 1 << 18

// An opener holds the budgets of one Open.
type opener struct {
	ctx     context.Context // of one Open, ends with it
	lim     Limits
	img     *Image
	scanner *scan.Scanner
	out     int64 // bytes that layers may still give
	files   int   // entries that trees may still hold
	failed  int   // streams that decoded to nothing
	covered []stretch
}

// A stretch of the image, from inclusive to exclusive.
type stretch struct{ from, to int64 }

// A blob is a run of bytes to look through.
type blob struct {
	data   []byte
	base   int64 // of data in its layer
	parent int
	layer  int
	file   string
	depth  int
	plain  bool // data is a stretch of the image itself
}

func (o *opener) note(format string, args ...any) {
	o.img.Partial = true
	if len(o.img.Notes) < 100 {
		o.img.Notes = append(o.img.Notes, fmt.Sprintf(format, args...))
	}
}

// blob finds and opens everything in b. What lies within a container of known size is left to that container.
func (o *opener) blob(b blob) {
	if o.ctx.Err() != nil {
		return
	}
	if b.depth > o.lim.Depth {
		o.note("containers nest deeper than %d: the rest at %#x was not opened", o.lim.Depth, b.base)
		return
	}
	cursor := o.start(b)
	hits, more := o.scanner.All(b.data, maxHits)
	if more {
		o.note("more than %d candidates at %#x: the rest was not looked at", maxHits, b.base)
	}
	last := -1
	for _, h := range hits {
		if o.ctx.Err() != nil {
			return
		}
		if h.Offset < cursor || h.Offset == last {
			continue
		}
		if end, ok := o.try(b, h.Offset, formats[h.Sig]); ok {
			cursor, last = end, h.Offset
		}
	}
}

// start tries the formats that count only at the first byte of b.
func (o *opener) start(b blob) int {
	for _, f := range formats {
		if !f.start || !strings.HasPrefix(string(b.data[:min(len(b.data), len(f.magic))]), f.magic) {
			continue
		}
		if end, ok := o.try(b, 0, f); ok {
			return end
		}
	}
	return 0
}

// try opens format f at off. It returns where to go on when the format was there.
func (o *opener) try(b blob, off int, f format) (int, bool) {
	in := b.data[off:]
	got, err := o.guard(f, in)
	if err != nil {
		return 0, false
	}
	if len(o.img.Parts) >= o.lim.Parts {
		if len(o.img.Parts) == o.lim.Parts {
			o.note("more than %d parts: the rest was not recorded", o.lim.Parts)
			o.lim.Parts = -1
		}
		return len(b.data), true
	}
	p := Part{
		ID: len(o.img.Parts), Parent: b.parent, Layer: b.layer, File: b.file, Offset: b.base + int64(off), Size: got.size,
		Exact: got.size > 0 && !got.partial, Format: f.name, Unread: got.unread, Encrypted: got.encrypted, Partial: got.partial, Note: got.note,
	}
	end := off + int(got.size)
	switch {
	case got.within:
		p.Size, end = got.cover, off+max(1, int(got.cover))
	case got.size == 0:
		p.Size, end = int64(len(in)), len(b.data)
	}
	o.img.Parts = append(o.img.Parts, p)
	if got.partial {
		o.note("%s at %#x is cut or damaged: %s", f.name, p.Offset, got.note)
	}
	o.account(b, p, got)
	o.descend(b, p, off, got)
	return min(end, len(b.data)), true
}

// guard runs one parser; a panic costs that parser only.
func (o *opener) guard(f format, in []byte) (got found, err error) {
	defer func() {
		if r := recover(); r != nil {
			o.note("reader of %s gave up: %v", f.name, r)
			err = fmt.Errorf("reading %s: panic: %v", f.name, r)
		}
	}()
	return f.open(o, in)
}

// account records which bytes of the image p explains. A wrapper explains its header, and the payload is left to what is
// found in it; an encrypted payload is explained by nobody.
func (o *opener) account(b blob, p Part, got found) {
	if !b.plain {
		return
	}
	size := p.Size
	if got.encrypted || len(got.payloads) > 0 {
		size = min(p.Size, max(got.cover, 1))
	}
	o.cover(p.Offset, p.Offset+size)
	if len(got.payloads) == 0 {
		return
	}
	at := p.Offset // signatures, tags and padding between the payloads belong to the wrapper
	for _, s := range got.payloads {
		o.cover(at, p.Offset+s.From)
		at = p.Offset + s.To
	}
	o.cover(at, p.Offset+p.Size)
}

func (o *opener) cover(from, to int64) {
	if to > from {
		o.covered = append(o.covered, stretch{from, to})
	}
}

// descend opens what p holds: its tree, its decompressed layer or its payloads.
func (o *opener) descend(b blob, p Part, off int, got found) {
	if got.tree != nil {
		o.keep(b, p, got.tree)
	}
	if got.encrypted {
		return
	}
	if len(got.out) > 0 {
		o.blob(blob{data: got.out, parent: p.ID, layer: p.ID, depth: b.depth + 1})
	}
	for _, s := range got.payloads {
		o.payload(b, p, off, s)
	}
}

func (o *opener) payload(b blob, p Part, off int, s header.Span) {
	from, to := off+int(s.From), off+int(s.To)
	if from < off || from >= to || to > len(b.data) || (from == off && to == off+int(p.Size)) {
		return
	}
	o.blob(blob{
		data: b.data[from:to], base: b.base + int64(from), parent: p.ID, layer: b.layer, file: b.file, depth: b.depth + 1, plain: b.plain,
	})
}

// keep adds a tree and opens the images that lie in it as files.
func (o *opener) keep(b blob, p Part, t *tree.Tree) {
	if t.Len() <= 1 && t.Partial {
		return
	}
	o.files -= t.Len()
	o.img.Trees = append(o.img.Trees, TreeRef{Tree: t, Part: p.ID})
	if t.Partial {
		o.note("%s at %#x: %s", p.Format, p.Offset, t.Note)
	}
	all := p.Format == "zip" || p.Format == "tar"
	_ = t.Walk(func(f *tree.File) error {
		if !f.Mode.IsRegular() || f.Size < 64 || !(all || imageName(f.Path)) {
			return nil
		}
		o.inner(b, p, f)
		return o.ctx.Err()
	})
}

// inner looks through one file of a tree. Reading it counts against the output budget.
func (o *opener) inner(b blob, p Part, f *tree.File) {
	if b.depth+1 > o.lim.Depth {
		o.note("containers nest deeper than %d: %q was not opened", o.lim.Depth, f.Path)
		return
	}
	if f.Size > o.out || f.Size > o.lim.FileBytes {
		o.note("%q of %d bytes was not looked through: output limit", f.Path, f.Size)
		return
	}
	data, err := readGuarded(f)
	if len(data) == 0 {
		if err != nil {
			o.note("%v", err)
		}
		return
	}
	if p.Format != "tar" && p.Format != "cpio" {
		o.out -= int64(len(data))
	}
	o.blob(blob{data: data, parent: p.ID, layer: p.ID, file: f.Path, depth: b.depth + 1})
}

func readGuarded(f *tree.File) (data []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reading %q: panic: %v", f.Path, r)
		}
	}()
	return f.Read()
}

// imageSuffixes are the names under which file systems keep further images.
var imageSuffixes = map[string]bool{
	".bin": true, ".img": true, ".sqfs": true, ".sqsh": true, ".squashfs": true, ".cpio": true, ".gz": true, ".xz": true, ".lzma": true,
	".zst": true, ".tar": true, ".tgz": true, ".txz": true, ".zip": true, ".ext4": true, ".ext2": true, ".rootfs": true, ".fw": true,
}

func imageName(p string) bool { return imageSuffixes[strings.ToLower(path.Ext(p))] }
