// Package firmware opens firmware images in memory: it finds containers and file systems anywhere in the bytes,
// opens them, and tells what it could not explain.
//
// An image is hostile. The package must never write to disk, never run anything, never follow a link out of a tree,
// never allocate or work beyond its Limits, and never panic: a parser that fails costs that parser only. It knows
// no provision, no unit and no verdict.
package firmware

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Tree and File are the types of the tree package, named here for callers that open images only.
type (
	Tree = tree.Tree
	File = tree.File
)

// Limits bounds the work on one image. A zero field takes the default in brackets.
type Limits struct {
	ImageBytes int64         // size of the image itself [1 GiB]
	Depth      int           // containers within containers [8]
	OutBytes   int64         // all decompressed layers together [512 MiB]
	Ratio      int64         // output over input of one layer [250]; every layer may have 32 MiB
	FileBytes  int64         // content of one file [64 MiB]
	Files      int           // entries of all trees together [200000]
	Parts      int           // parts recorded [4096]
	Time       time.Duration // for the whole of Open [60 s]
}

// ratioFloor is what a layer may give out whatever its ratio, in bytes: sparse file-system images compress very well.
const ratioFloor = 32 << 20

func (l Limits) withDefaults() Limits {
	l.ImageBytes = orDefault(l.ImageBytes, 1<<30)
	l.Depth = orDefault(l.Depth, 8)
	l.OutBytes = orDefault(l.OutBytes, 512<<20)
	l.Ratio = orDefault(l.Ratio, 250)
	l.FileBytes = orDefault(l.FileBytes, 64<<20)
	l.Files = orDefault(l.Files, 200000)
	l.Parts = orDefault(l.Parts, 4096)
	l.Time = orDefault(l.Time, time.Minute)
	return l
}

func orDefault[T int | int64 | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// A Part is one recognised piece. Offset counts in the bytes of Layer: the image itself (-1), or the decompressed bytes
// of the part with that ID, or the file File of the tree of that part.
type Part struct {
	ID        int    `json:"id"`
	Parent    int    `json:"parent"` // enclosing part, -1 for none
	Layer     int    `json:"layer"`  // whose bytes Offset counts in, -1 for the image
	File      string `json:"file,omitempty"`
	Offset    int64  `json:"offset"`
	Size      int64  `json:"size"` // exact where Exact is set, else up to where the part may reach
	Exact     bool   `json:"exact"`
	Format    string `json:"format"`
	Unread    bool   `json:"unread,omitempty"`    // recognised but not opened: its content is unknown
	Encrypted bool   `json:"encrypted,omitempty"` // declares itself encrypted
	Partial   bool   `json:"partial,omitempty"`   // cut, damaged or beyond a limit
	Note      string `json:"note,omitempty"`
}

// A Region is a stretch of the image that nothing explains and whose bytes look random.
type Region struct {
	Offset  int64   `json:"offset"`
	Size    int64   `json:"size"`
	Entropy float64 `json:"entropy"` // bits per byte, lowest block of the stretch
}

// A TreeRef is one opened tree and the part it came from.
type TreeRef struct {
	*Tree
	Part int // ID of the part
}

// An Image is an opened image. It is read-only and safe for concurrent use.
type Image struct {
	SHA256    string
	Size      int64
	Parts     []Part    // in order of discovery, which is order of offset within each layer
	Trees     []TreeRef // in order of their parts
	Explained int64     // bytes of the image within recognised parts or padding
	Opaque    []Region
	Partial   bool     // something was cut, damaged or beyond a limit
	Notes     []string // what callers should tell a person

	data []byte
}

// ErrEmpty is returned for an image without bytes; callers report it as "no image".
var ErrEmpty = errors.New("image is empty")

// Open analyses data. A truncated or damaged image is no error: it gives an Image with Partial and Notes set.
// An error means that there is nothing to work on: no bytes, too many bytes, or a context that ended.
// The image keeps data; callers must not change it.
func Open(ctx context.Context, data []byte, lim Limits) (*Image, error) {
	lim = lim.withDefaults()
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	if int64(len(data)) > lim.ImageBytes {
		return nil, fmt.Errorf("opening image: %d bytes, limit %d", len(data), lim.ImageBytes)
	}
	inner, cancel := context.WithTimeout(ctx, lim.Time)
	defer cancel()
	sum := sha256.Sum256(data)
	img := &Image{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), data: data}
	o := &opener{ctx: inner, lim: lim, img: img, out: lim.OutBytes, files: lim.Files, scanner: newScanner()}
	o.blob(blob{data: data, parent: -1, layer: -1, plain: true})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("opening image: %w", err)
	}
	if inner.Err() != nil {
		o.note("time limit of %v reached", lim.Time)
	}
	o.finish()
	return img, nil
}

// Bytes returns the raw image. Callers must not write to it.
func (img *Image) Bytes() []byte { return img.data }

// Lookup returns the first file at path over all trees, in their order, links followed within each tree.
func (img *Image) Lookup(path string) (*File, bool) {
	for _, t := range img.Trees {
		if f, err := t.Lookup(path); err == nil {
			return f, true
		}
	}
	return nil, false
}

// Coverage is the share of the image that is explained, 0 to 1.
func (img *Image) Coverage() float64 {
	if img.Size == 0 {
		return 0
	}
	return float64(img.Explained) / float64(img.Size)
}

// Encrypted tells whether the image must be treated as encrypted: no tree could be opened and either a part declares its
// payload encrypted or at least half of the image is random to the eye without a known format. why is a sentence for a
// person. An image of which a tree opens is not encrypted as a whole, whatever single files in it are; a tree without
// any content, like the stub that every Linux kernel carries, does not count.
func (img *Image) Encrypted() (encrypted bool, why string) {
	for _, t := range img.Trees {
		for _, f := range t.Files() {
			if f.Mode.IsRegular() {
				return false, ""
			}
		}
	}
	for _, p := range img.Parts {
		if p.Encrypted {
			return true, fmt.Sprintf("%s at %#x declares its payload encrypted (%s)", p.Format, p.Offset, p.Note)
		}
	}
	var opaque int64
	for _, r := range img.Opaque {
		opaque += r.Size
	}
	if opaque*2 < img.Size {
		return false, ""
	}
	return true, fmt.Sprintf("%d %% of the image looks random and carries no known format: encrypted or packed in an unknown way", opaque*100/img.Size)
}

// Unseen lists what was not looked into, as sentences for a person, in a fixed order: while it is not empty, finding nothing
// in the image proves nothing. Callers say INCONCLUSIVE with these reasons.
func (img *Image) Unseen() []string {
	var out []string
	if enc, why := img.Encrypted(); enc {
		out = append(out, why)
	}
	for _, p := range img.Parts {
		if p.Unread || p.Encrypted {
			out = append(out, fmt.Sprintf("%s at %#x was not opened: %s", p.Format, p.Offset, p.Note))
		}
	}
	var opaque int64
	for _, r := range img.Opaque {
		opaque += r.Size
	}
	if opaque > 0 {
		out = append(out, fmt.Sprintf("%d bytes in %d places look random and carry no known format", opaque, len(img.Opaque)))
	}
	if len(img.Trees) == 0 {
		out = append(out, "no file system was found")
	}
	return append(out, img.Notes...)
}

// A Summary is what evidence keeps of an image: no content of files.
type Summary struct {
	SHA256    string        `json:"sha256"`
	Size      int64         `json:"size"`
	Explained int64         `json:"explained"`
	Encrypted bool          `json:"encrypted"`
	Why       string        `json:"why,omitempty"` // of Encrypted
	Partial   bool          `json:"partial,omitempty"`
	Notes     []string      `json:"notes,omitempty"`
	Unseen    []string      `json:"unseen,omitempty"`
	Parts     []Part        `json:"parts"`
	Trees     []TreeSummary `json:"trees"`
	Opaque    []Region      `json:"opaque"`
}

// A TreeSummary is one tree without its files.
type TreeSummary struct {
	Part    int    `json:"part"`
	Format  string `json:"format"`
	Files   int    `json:"files"` // entries, the root included
	Partial bool   `json:"partial,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Summary returns the same value for the same bytes and limits, time limits apart.
func (img *Image) Summary() Summary {
	s := Summary{
		SHA256: img.SHA256, Size: img.Size, Explained: img.Explained, Partial: img.Partial,
		Notes: img.Notes, Parts: append([]Part{}, img.Parts...), Opaque: append([]Region{}, img.Opaque...), Trees: []TreeSummary{},
	}
	s.Encrypted, s.Why = img.Encrypted()
	s.Unseen = img.Unseen()
	for _, t := range img.Trees {
		s.Trees = append(s.Trees, TreeSummary{Part: t.Part, Format: t.Format, Files: t.Len(), Partial: t.Partial, Note: t.Note})
	}
	return s
}
