package squashfs

import (
	"bytes"
	"context"
	"fmt"

	"github.com/plimsoll-iot/plimsoll/firmware/codec"
)

// A decoder turns one compressed block into at most limit bytes.
type decoder func(in []byte, limit int) ([]byte, error)

var decoders = map[uint16]decoder{
	1: stream(codec.Zlib),
	2: lzma,
	3: codec.LZOBlock,
	4: stream(codec.XZ),
	5: codec.LZ4Block,
	6: stream(codec.Zstd),
}

func stream(d codec.Decoder) decoder {
	return func(in []byte, limit int) ([]byte, error) {
		r, err := d(context.Background(), in, int64(limit))
		return r.Out, err
	}
}

// lzma reads the .lzma form that squashfs-tools writes. Some vendors put zlib streams under the same number; the first
// bytes tell.
func lzma(in []byte, limit int) ([]byte, error) {
	if len(in) > 2 && in[0] == 0x78 && (uint(in[0])<<8|uint(in[1]))%31 == 0 && !codec.PlausibleLZMA(in) {
		return stream(codec.Zlib)(in, limit)
	}
	if bytes.HasPrefix(in, []byte("\xfd7zXZ\x00")) {
		return stream(codec.XZ)(in, limit)
	}
	out, err := stream(codec.LZMA)(in, limit)
	if err != nil {
		return nil, fmt.Errorf("reading lzma block: %w", err)
	}
	return out, nil
}
