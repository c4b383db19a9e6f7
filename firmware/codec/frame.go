package codec

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	lzo "github.com/anchore/go-lzo"
	"github.com/pierrec/lz4/v4"
)

var (
	lz4Legacy = []byte{0x02, 0x21, 0x4c, 0x18}
	xzFooter  = []byte("YZ")
)

// lz4LegacyBlock is the fixed block size of the legacy frame, in bytes.
const lz4LegacyBlock = 8 << 20

// PlausibleLZMA tells whether in may start a .lzma stream: known properties, a dictionary of 2^n or 2^n+2^(n-1) bytes, a
// sensible length and the zero byte that every range coder starts with.
func PlausibleLZMA(in []byte) bool {
	if len(in) < 18 || in[0] >= 9*5*5 || in[13] != 0 {
		return false
	}
	d := binary.LittleEndian.Uint32(in[1:])
	if d < 4096 || d > maxDict {
		return false
	}
	if d&(d-1) != 0 && d%3 != 0 {
		return false
	}
	if q := d / 3; d&(d-1) != 0 && q&(q-1) != 0 {
		return false
	}
	size := binary.LittleEndian.Uint64(in[5:])
	return size == ^uint64(0) || (size > 0 && size < 1<<32)
}

// xzEnd finds the end of the stream at the start of in: the first footer whose checksum holds and whose index is where it
// says. 0 when there is none.
func xzEnd(in []byte) int {
	for from := 12; from < len(in); {
		i := bytes.Index(in[from:], xzFooter)
		if i < 0 {
			return 0
		}
		end := from + i + 2
		from = end - 1
		if end%4 != 0 || end < 32 {
			continue
		}
		foot := in[end-12 : end]
		if crc32.ChecksumIEEE(foot[4:10]) != binary.LittleEndian.Uint32(foot) || !bytes.Equal(foot[8:10], in[6:8]) {
			continue
		}
		index := int64(end) - 12 - (int64(binary.LittleEndian.Uint32(foot[4:]))+1)*4
		if index < 12 || in[index] != 0 {
			continue
		}
		return end
	}
	return 0
}

// zstdEnd walks the block headers of one frame and returns where it ends, 0 when the walk fails (RFC 8878, 3.1.1).
func zstdEnd(in []byte) int {
	if len(in) < 6 {
		return 0
	}
	d := in[4]
	at := 5
	if d&0x20 == 0 {
		at++
	}
	at += []int{0, 1, 2, 4}[d&3]
	fcs := []int{0, 2, 4, 8}[d>>6]
	if d>>6 == 0 && d&0x20 != 0 {
		fcs = 1
	}
	at += fcs
	for {
		if at+3 > len(in) {
			return 0
		}
		h := int(in[at]) | int(in[at+1])<<8 | int(in[at+2])<<16
		at += 3
		if h>>1&3 == 1 {
			at++
		} else {
			at += h >> 3
		}
		if h&1 != 0 {
			break
		}
	}
	if d&4 != 0 {
		at += 4
	}
	if at > len(in) {
		return 0
	}
	return at
}

// lz4End walks the blocks of one frame and returns where it ends, 0 when the walk fails.
func lz4End(in []byte) int {
	if len(in) < 7 {
		return 0
	}
	flags := in[4]
	at := 7
	if flags&0x08 != 0 {
		at += 8 // content size
	}
	if flags&0x01 != 0 {
		at += 4 // dictionary
	}
	for at+4 <= len(in) {
		n := int(binary.LittleEndian.Uint32(in[at:]) & 0x7fffffff)
		at += 4
		if n == 0 {
			if flags&0x04 != 0 {
				at += 4
			}
			if at <= len(in) {
				return at
			}
			return 0
		}
		if flags&0x10 != 0 {
			n += 4
		}
		at += n
	}
	return 0
}

func lz4LegacyFrame(ctx context.Context, in []byte, limit int64) (Result, error) {
	var out []byte
	at := 4
	for at+4 <= len(in) {
		if err := ctx.Err(); err != nil {
			return Result{Out: out}, err
		}
		n := int(binary.LittleEndian.Uint32(in[at:]))
		if n <= 0 || n > lz4LegacyBlock+lz4LegacyBlock/255+16 || at+4+n > len(in) {
			break // the frame has no end mark: anything that is no block ends it
		}
		dst := make([]byte, min(int64(lz4LegacyBlock), limit-int64(len(out))))
		m, err := lz4.UncompressBlock(in[at+4:at+4+n], dst)
		if err != nil {
			if len(out) > 0 {
				break
			}
			return Result{}, fmt.Errorf("reading lz4 block: %w", err)
		}
		out = append(out, dst[:m]...)
		at += 4 + n
		if int64(len(out)) >= limit {
			return Result{Out: out}, ErrLimit
		}
	}
	if len(out) == 0 {
		return Result{}, errors.New("reading lz4: no block")
	}
	return Result{Out: out, Size: at}, nil
}

// LZ4Block decodes one bare block into at most limit bytes.
func LZ4Block(in []byte, limit int) ([]byte, error) {
	dst := make([]byte, limit)
	n, err := lz4.UncompressBlock(in, dst)
	if err != nil {
		return nil, fmt.Errorf("reading lz4 block: %w", err)
	}
	return dst[:n], nil
}

// LZOBlock decodes one bare LZO1X block into at most limit bytes.
func LZOBlock(in []byte, limit int) ([]byte, error) {
	dst := make([]byte, limit)
	n, err := lzo.Decompress(in, dst)
	if err != nil {
		return nil, fmt.Errorf("reading lzo block: %w", err)
	}
	if n < 0 || n > len(dst) {
		return nil, errors.New("reading lzo block: length out of bounds")
	}
	return dst[:n], nil
}
