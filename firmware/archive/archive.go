// Package archive reads tar and zip archives from memory.
//
// Members of a tar are slices of the archive; members of a zip are inflated when they are read. The package must
// never let a member's name leave the tree nor a member's claimed size decide an allocation.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
	"github.com/plimsoll-iot/plimsoll/firmware/tree"
)

// Limits bounds one archive. All must be positive.
type Limits struct {
	Files     int
	FileBytes int64 // content of one member
}

// Tar reads the archive at the start of data and returns its tree and its size.
func Tar(ctx context.Context, data []byte, lim Limits) (*tree.Tree, int, error) {
	if !plausibleTar(data) {
		return nil, 0, errors.New("reading tar: checksum of the first header does not hold")
	}
	r := bytes.NewReader(data)
	tr := tar.NewReader(r)
	t := tree.New("tar", lim.Files)
	size := 0
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			size = tarEnd(data, size)
			break
		}
		if err != nil {
			if t.Len() == 1 {
				return nil, 0, fmt.Errorf("reading tar: %w", err)
			}
			t.Fault("reading tar: %v", err)
			break
		}
		start := len(data) - r.Len()
		err = tarMember(t, h, data[start:], lim)
		if errors.Is(err, tree.ErrFull) {
			t.Fault("%v", err)
			break
		}
		if err != nil {
			t.Fault("%v", err)
		}
		size = min(len(data), start+int((min(h.Size, int64(len(data)))+511)&^511))
	}
	return t.Seal(), size, nil
}

// tarEnd adds the zero blocks that close the archive.
func tarEnd(data []byte, at int) int {
	zero := make([]byte, 512)
	for at+512 <= len(data) && bytes.Equal(data[at:at+512], zero) {
		at += 512
	}
	return at
}

// plausibleTar checks the checksum of the first header (POSIX ustar): all bytes with the field itself as spaces.
func plausibleTar(data []byte) bool {
	if len(data) < 512 {
		return false
	}
	sum := 8 * int(' ')
	for i, b := range data[:512] {
		if i < 148 || i >= 156 {
			sum += int(b)
		}
	}
	want := 0
	for _, b := range bytes.Trim(data[148:156], " \x00") {
		if b < '0' || b > '7' {
			return false
		}
		want = want*8 + int(b-'0')
	}
	return sum == want
}

func tarMember(t *tree.Tree, h *tar.Header, rest []byte, lim Limits) error {
	f := &tree.File{Path: h.Name, UID: uint32(h.Uid), GID: uint32(h.Gid)}
	f.Mode = tree.Mode(uint32(h.Mode)&0o7777 | 0x8000)
	switch h.Typeflag {
	case tar.TypeReg, '\x00':
		f.Size = h.Size
		if isSparse(h) {
			f.Load = func() ([]byte, error) { return nil, errors.New("sparse member is not supported") }
			t.Fault("%q is sparse and was not read", h.Name)
			break
		}
		body := rest[:min(h.Size, int64(len(rest)))]
		short := h.Size > int64(len(rest))
		f.Load = func() ([]byte, error) {
			if short {
				return body, io.ErrUnexpectedEOF
			}
			return body, nil
		}
	case tar.TypeDir:
		f.Mode |= fs.ModeDir
	case tar.TypeSymlink:
		f.Mode |= fs.ModeSymlink
		f.Target, f.Size = h.Linkname, int64(len(h.Linkname))
	case tar.TypeLink:
		return hardLink(t, f, h.Linkname)
	case tar.TypeChar, tar.TypeBlock:
		f.Mode |= fs.ModeDevice
		if h.Typeflag == tar.TypeChar {
			f.Mode |= fs.ModeCharDevice
		}
		f.Major, f.Minor = uint32(h.Devmajor), uint32(h.Devminor)
	case tar.TypeFifo:
		f.Mode |= fs.ModeNamedPipe
	default:
		return nil // global headers and the like carry no file
	}
	return t.Add(f)
}

func isSparse(h *tar.Header) bool {
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

func hardLink(t *tree.Tree, f *tree.File, target string) error {
	p, err := tree.Clean(target)
	if err != nil {
		return err
	}
	o, err := t.Lstat(p)
	if err != nil {
		return fmt.Errorf("hard link %q: %w", f.Path, err)
	}
	f.Mode, f.Size, f.Load, f.Target = o.Mode, o.Size, o.Load, o.Target
	return t.Add(f)
}

// Zip reads the archive at the start of data and returns its tree, its size, and whether members are encrypted.
func Zip(ctx context.Context, data []byte, lim Limits) (t *tree.Tree, size int, encrypted bool, err error) {
	size, err = zipEnd(data)
	if err != nil {
		return nil, 0, false, err
	}
	if n := zipCount(data[:size]); n > lim.Files {
		return nil, 0, false, fmt.Errorf("reading zip: %d members: %w", n, codec.ErrLimit)
	}
	z, err := zip.NewReader(bytes.NewReader(data[:size]), int64(size))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, 0, false, fmt.Errorf("reading zip: %w", err)
	}
	t = tree.New("zip", lim.Files)
	for _, m := range z.File {
		if err := ctx.Err(); err != nil {
			return nil, 0, false, err
		}
		if m.Flags&1 != 0 {
			encrypted = true
		}
		err := t.Add(zipMember(m, lim))
		if errors.Is(err, tree.ErrFull) {
			t.Fault("%v", err)
			break
		}
		if err != nil {
			t.Fault("%v", err)
		}
	}
	return t.Seal(), size, encrypted, nil
}

func zipMember(m *zip.File, lim Limits) *tree.File {
	f := &tree.File{Path: m.Name, Mode: m.Mode()}
	switch {
	case f.Mode.IsRegular():
		f.Size = int64(min(m.UncompressedSize64, 1<<62))
		f.Load = func() ([]byte, error) { return zipContent(m, lim.FileBytes) }
	case f.Mode&fs.ModeSymlink != 0:
		if b, err := zipContent(m, 4096); err == nil {
			f.Target, f.Size = string(b), int64(len(b))
		}
	}
	return f
}

func zipContent(m *zip.File, limit int64) ([]byte, error) {
	if m.Flags&1 != 0 {
		return nil, errors.New("member is encrypted")
	}
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return b[:limit], codec.ErrLimit
	}
	return b, err
}

// zipEnd finds the end record whose central directory lies right before it and starts inside data.
func zipEnd(data []byte) (int, error) {
	mark := []byte("PK\x05\x06")
	for from := 0; ; {
		i := bytes.Index(data[from:], mark)
		if i < 0 {
			return 0, fmt.Errorf("reading zip: no end record: %w", io.ErrUnexpectedEOF)
		}
		at := from + i
		from = at + 4
		if at+22 > len(data) {
			continue
		}
		size := int64(binary.LittleEndian.Uint32(data[at+12:]))
		start := int64(binary.LittleEndian.Uint32(data[at+16:]))
		end := at + 22 + int(binary.LittleEndian.Uint16(data[at+20:]))
		if start+size == int64(at) && end <= len(data) {
			return end, nil
		}
	}
}

// zipCount bounds the members from above before the reader allocates for them: entry marks of the central directory.
func zipCount(data []byte) int {
	return bytes.Count(data, []byte("PK\x01\x02"))
}
