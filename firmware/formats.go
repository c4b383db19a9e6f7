package firmware

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/plimsoll-iot/plimsoll/firmware/archive"
	"github.com/plimsoll-iot/plimsoll/firmware/codec"
	"github.com/plimsoll-iot/plimsoll/firmware/cpio"
	"github.com/plimsoll-iot/plimsoll/firmware/ext4"
	"github.com/plimsoll-iot/plimsoll/firmware/header"
	"github.com/plimsoll-iot/plimsoll/firmware/scan"
	"github.com/plimsoll-iot/plimsoll/firmware/squashfs"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// found is what a format says about the bytes at a hit.
type found struct {
	size      int64 // bytes taken; 0 when unknown
	cover     int64 // bytes explained when size is unknown or only the header is
	within    bool  // scan on inside: the format does not own what follows its header
	unread    bool
	encrypted bool
	partial   bool
	note      string
	tree      *tree.Tree
	out       []byte // a decompressed layer
	payloads  []header.Span
}

// A format recognises one container by its magic. start restricts it to the first byte of a layer or payload, for magics
// too weak to be looked for anywhere.
type format struct {
	name  string
	magic string
	at    int // of the magic
	rare  int // index of the two-byte window to look for
	start bool
	open  func(o *opener, in []byte) (found, error)
}

// formats is the table of all that is recognised; order decides between formats at the same offset.
var formats = []format{
	{name: "tp-link", magic: "\x01\x00\x00\x00", start: true, open: headed(header.TPLink)},
	{name: "tp-link", magic: "\x02\x00\x00\x00", start: true, open: headed(header.TPLink)},
	{name: "tp-link", magic: "\x03\x00\x00\x00ver. ", rare: 4, open: headed(header.TPLink)},
	{name: "zigbee-ota", magic: "\x1e\xf1\xee\x0b", open: wrapped(header.Zigbee)},
	{name: "ngis", magic: "NGIS", start: true, open: wrapped(header.NGIS)},
	{name: "gbl", magic: "\xeb\x17\xa6\x03\x08\x00\x00\x00", open: wrapped(header.GBL)},
	{name: "tuya-ug", magic: "\x55\xaa\x55\xaa", start: true, open: headed(header.TuyaUG)},
	{name: "openssl-enc", magic: "Salted__", start: true, open: wrapped(header.OpenSSL)},
	{name: "esp-image", magic: "\xe9", start: true, open: wrapped(header.ESP)},
	{name: "uimage", magic: "\x27\x05\x19\x56", open: wrapped(header.UImage)},
	{name: "trx", magic: "HDR0", open: headed(header.TRX)},
	{name: "arm-zimage", magic: "\x18\x28\x6f\x01", at: 0x24, open: wrapped(header.ZImage)},
	{name: "arm-zimage", magic: "\x01\x6f\x28\x18", at: 0x24, open: wrapped(header.ZImage)},
	{name: "bzimage", magic: "HdrS", at: 0x202, open: wrapped(header.BzImage)},

	{name: "squashfs", magic: squashfs.Magic, open: openSquashfs},
	{name: "ext", magic: "\x53\xef", at: 0x438, open: openExt},
	{name: "cpio", magic: cpio.Magic, rare: 4, open: openCpio},
	{name: "cpio", magic: cpio.MagicCRC, rare: 4, open: openCpio},
	{name: "tar", magic: "ustar", at: 257, open: openTar},
	{name: "zip", magic: "PK\x03\x04", open: openZip},

	{name: "gzip", magic: "\x1f\x8b\x08", open: layer(codec.Gzip, 18)},
	{name: "xz", magic: "\xfd7zXZ\x00", open: layer(codec.XZ, 32)},
	{name: "zstd", magic: "\x28\xb5\x2f\xfd", open: layer(codec.Zstd, 9)},
	{name: "bzip2", magic: "BZh", at: 0, open: openBzip2},
	{name: "lz4", magic: "\x04\x22\x4d\x18", open: layer(codec.LZ4, 11)},
	{name: "lz4-legacy", magic: "\x02\x21\x4c\x18", open: layer(codec.LZ4, 12)},
	{name: "lzma", magic: "\x5d\x00\x00", open: openLZMA},
	{name: "lzma", magic: "\x6d\x00\x00", open: openLZMA},
	{name: "zlib", magic: "\x78\xda", start: true, open: layer(codec.Zlib, 8)},
	{name: "zlib", magic: "\x78\x9c", start: true, open: layer(codec.Zlib, 8)},
	{name: "zlib", magic: "\x78\x01", start: true, open: layer(codec.Zlib, 8)},

	{name: "jffs2", magic: "\x85\x19", open: unreadJFFS2(binary.LittleEndian)},
	{name: "jffs2", magic: "\x19\x85", open: unreadJFFS2(binary.BigEndian)},
	{name: "ubi", magic: "UBI#\x01", open: unreadUBI},
	{name: "ubifs", magic: "\x31\x18\x10\x06", open: unreadUBIFS},
	{name: "cramfs", magic: "\x45\x3d\xcd\x28", open: unreadCramfs},
	{name: "romfs", magic: "-rom1fs-", open: unreadRomfs},
	{name: "squashfs", magic: "sqsh", open: unreadSquashfs},
	{name: "squashfs", magic: "shsq", open: unreadSquashfs},
	{name: "squashfs", magic: "qshs", open: unreadSquashfs},
	{name: "android-sparse", magic: "\x3a\xff\x26\xed\x01\x00", open: unread("Android sparse images are not read")},
	{name: "lzop", magic: "\x89LZO\x00\x0d\x0a\x1a\x0a", open: unreadLzop},
	{name: "7z", magic: "7z\xbc\xaf\x27\x1c", open: unread("7z archives are not read")},
	{name: "rar", magic: "Rar!\x1a\x07", open: unread("rar archives are not read")},
}

// newScanner compiles the formats that are looked for anywhere; the others are tried at the start of each layer.
func newScanner() *scan.Scanner {
	sigs := make([]scan.Signature, len(formats))
	for i, f := range formats {
		sigs[i] = scan.Signature{Name: f.name, Magic: []byte(f.magic), Offset: f.at, Anchor: f.rare}
		if f.start {
			sigs[i].Magic = nil // left out of the table, its index kept
		}
	}
	return scan.New(sigs)
}

// wrapped makes a format of a header that owns its payload.
func wrapped(p header.Parser) func(*opener, []byte) (found, error) {
	return func(_ *opener, in []byte) (found, error) {
		h, err := p(in)
		if err != nil {
			return found{}, err
		}
		return found{
			size: h.Size, cover: h.Header, note: h.Note, encrypted: h.Encrypted,
			partial: h.Claimed > int64(len(in)), payloads: h.Payloads,
		}, nil
	}
}

// headed makes a format of a header whose payload is found by scanning on.
func headed(p header.Parser) func(*opener, []byte) (found, error) {
	return func(_ *opener, in []byte) (found, error) {
		h, err := p(in)
		if err != nil {
			return found{}, err
		}
		return found{cover: h.Header, within: true, note: h.Note, partial: h.Claimed > int64(len(in))}, nil
	}
}

// layer makes a format of a compressed stream. least is the shortest input that can be one.
func layer(d codec.Decoder, least int) func(*opener, []byte) (found, error) {
	return func(o *opener, in []byte) (found, error) {
		if len(in) < least {
			return found{}, errors.New("too short")
		}
		return o.layer(d, in)
	}
}

// maxFailed bounds the streams that start well and decode to nothing: each may cost the memory of its dictionary.
const maxFailed = 100

// minPartial is how much a stream must give before its fault to count as real and cut rather than as chance, in bytes.
const minPartial = 16 << 10

func (o *opener) layer(d codec.Decoder, in []byte) (found, error) {
	if o.failed >= maxFailed {
		return found{}, errors.New("too many streams that were none")
	}
	limit := min(o.out, max(o.lim.Ratio*int64(len(in)), ratioFloor))
	r, err := d(o.ctx, in, limit)
	f := found{size: int64(r.Size), out: r.Out, note: r.Name}
	if err != nil {
		if len(r.Out) < minPartial {
			if o.failed++; o.failed == maxFailed {
				o.note("%d places looked like a compressed stream and were none: no more were tried", maxFailed)
			}
			return found{}, err
		}
		f.partial = true
		f.note = fmt.Sprintf("stopped after %d bytes: %v", len(r.Out), err)
	}
	if len(r.Out) == 0 {
		return found{}, errors.New("empty stream")
	}
	o.out -= int64(len(r.Out))
	return f, nil
}

func openLZMA(o *opener, in []byte) (found, error) {
	if !codec.PlausibleLZMA(in) {
		return found{}, errors.New("implausible header")
	}
	return o.layer(codec.LZMA, in)
}

func openBzip2(o *opener, in []byte) (found, error) {
	if len(in) < 14 || in[3] < '1' || in[3] > '9' || string(in[4:10]) != "1AY&SY" {
		return found{}, errors.New("no first block")
	}
	return o.layer(codec.Bzip2, in)
}

func openSquashfs(o *opener, in []byte) (found, error) {
	sb, err := squashfs.Probe(in)
	if err != nil {
		if old, oldErr := unreadSquashfs(o, in); oldErr == nil && len(in) > 28 && in[28] < 4 {
			return old, nil
		}
		return found{}, err
	}
	n := int64(len(in))
	f := found{size: min(sb.Used, n), partial: sb.Used > n, note: fmt.Sprintf("%s, block %d", sb.Compression, sb.BlockSize)}
	f.tree, err = squashfs.Open(o.ctx, in, squashfs.Limits{Files: o.files, FileBytes: o.lim.FileBytes, MetaBytes: min(o.out, 64<<20)})
	return f.broken(err), nil
}

func openExt(o *opener, in []byte) (found, error) {
	kind, size, err := ext4.Probe(in)
	if err != nil {
		return found{}, err
	}
	f := found{size: min(size, int64(len(in))), partial: size > int64(len(in)), note: kind}
	f.tree, err = ext4.Open(o.ctx, in, ext4.Limits{Files: o.files, FileBytes: o.lim.FileBytes})
	if err != nil && size > 4*int64(len(in)) {
		return found{}, err // a two-byte magic, a size far beyond the image and no root: chance
	}
	return f.broken(err), nil
}

func openCpio(o *opener, in []byte) (found, error) {
	t, size, err := cpio.Open(o.ctx, in, o.files)
	if err != nil {
		return found{}, err
	}
	return found{size: int64(size), tree: t}, nil
}

func openTar(o *opener, in []byte) (found, error) {
	t, size, err := archive.Tar(o.ctx, in, archive.Limits{Files: o.files, FileBytes: o.lim.FileBytes})
	if err != nil {
		return found{}, err
	}
	return found{size: int64(size), tree: t}, nil
}

func openZip(o *opener, in []byte) (found, error) {
	t, size, enc, err := archive.Zip(o.ctx, in, archive.Limits{Files: o.files, FileBytes: o.lim.FileBytes})
	if err != nil {
		return found{}, err
	}
	f := found{size: int64(size), tree: t, encrypted: enc}
	if enc {
		f.note = "members need a password"
		f.tree = nil
	}
	return f, nil
}

// broken keeps a recognised file system whose tree could not be opened as an unread part.
func (f found) broken(err error) found {
	if err != nil {
		f.tree, f.partial, f.unread = nil, true, true
		f.note += ": " + err.Error()
	}
	return f
}
