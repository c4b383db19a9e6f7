// Package codec decompresses single streams of an image within a byte budget.
//
// Every function stops at the limit it is given and says so. It must never allocate more than the limit plus the
// dictionary that the stream is allowed, and never write anywhere but to memory.
package codec

import (
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
	"github.com/ulikunitz/xz/lzma"
)

// ErrLimit is returned with the output so far when a stream wants more than its limit; callers treat it as a bomb or raise the limit.
var ErrLimit = errors.New("output limit reached")

// maxDict bounds the dictionary of LZMA family streams in bytes.
const maxDict = 64 << 20

// A Result is what one stream decoded to. Out may hold a part when the error is not nil.
type Result struct {
	Out  []byte
	Size int    // bytes of input that the stream takes, 0 when unknown
	Name string // stored file name, gzip only
}

// A Decoder opens one stream at the start of in.
type Decoder func(ctx context.Context, in []byte, limit int64) (Result, error)

// Gzip decodes one member (RFC 1952).
func Gzip(ctx context.Context, in []byte, limit int64) (Result, error) {
	r := bytes.NewReader(in)
	z, err := gzip.NewReader(r)
	if err != nil {
		return Result{}, fmt.Errorf("opening gzip: %w", err)
	}
	z.Multistream(false)
	out, err := drain(ctx, z, limit)
	res := Result{Out: out, Name: z.Name}
	if err == nil {
		res.Size = len(in) - r.Len()
	}
	return res, err
}

// Zlib decodes one stream (RFC 1950).
func Zlib(ctx context.Context, in []byte, limit int64) (Result, error) {
	r := bytes.NewReader(in)
	z, err := zlib.NewReader(r)
	if err != nil {
		return Result{}, fmt.Errorf("opening zlib: %w", err)
	}
	out, err := drain(ctx, z, limit)
	res := Result{Out: out}
	if err == nil {
		res.Size = len(in) - r.Len()
	}
	return res, err
}

// Bzip2 decodes one stream.
func Bzip2(ctx context.Context, in []byte, limit int64) (Result, error) {
	end, err := bzip2End(in)
	if err != nil {
		return Result{}, err
	}
	out, err := drain(ctx, bzip2.NewReader(bytes.NewReader(in[:end])), limit)
	res := Result{Out: out}
	if err == nil {
		res.Size = end
	}
	return res, err
}

// bzip2End finds the 48-bit end-of-stream mark, which stands at any bit position; the reader would otherwise take what
// follows the stream for another one.
func bzip2End(in []byte) (int, error) {
	const mark = 0x177245385090
	var w uint64
	for i, b := range in {
		w = w<<8 | uint64(b)
		for shift := range 8 {
			if w>>shift&0xffffffffffff == mark && i >= 9 {
				// 48-bit mark ends shift bits before the end of byte i; a 32-bit checksum and padding follow.
				end := i + 1 + (32-shift+7)/8
				return min(end, len(in)), nil
			}
		}
	}
	return 0, fmt.Errorf("opening bzip2: no end mark: %w", io.ErrUnexpectedEOF)
}

// Zstd decodes one frame (RFC 8878).
func Zstd(ctx context.Context, in []byte, limit int64) (Result, error) {
	end := zstdEnd(in)
	src := in
	if end > 0 {
		src = in[:end]
	}
	z, err := zstd.NewReader(bytes.NewReader(src), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxDict), zstd.WithDecoderMaxMemory(maxDict*2))
	if err != nil {
		return Result{}, fmt.Errorf("opening zstd: %w", err)
	}
	defer z.Close()
	out, err := drain(ctx, z, limit)
	res := Result{Out: out}
	if err == nil {
		res.Size = end
	}
	return res, err
}

// XZ decodes one stream of the .xz format.
func XZ(ctx context.Context, in []byte, limit int64) (Result, error) {
	z, err := xz.NewReader(bytes.NewReader(in), maxDict)
	if err != nil {
		return Result{}, fmt.Errorf("opening xz: %w", err)
	}
	z.Multistream(false)
	out, err := drain(ctx, z, limit)
	res := Result{Out: out}
	if err == nil {
		res.Size = xzEnd(in)
	}
	return res, err
}

// LZMA decodes one stream of the .lzma ("alone") format.
func LZMA(ctx context.Context, in []byte, limit int64) (Result, error) {
	if !PlausibleLZMA(in) {
		return Result{}, errors.New("opening lzma: implausible header")
	}
	r := bytes.NewReader(in)
	z, err := lzma.ReaderConfig{DictCap: maxDict}.NewReader(r)
	if err != nil {
		return Result{}, fmt.Errorf("opening lzma: %w", err)
	}
	out, err := drain(ctx, z, limit)
	res := Result{Out: out}
	if err == nil {
		res.Size = len(in) - r.Len()
	}
	return res, err
}

// LZ4 decodes one frame, in the current or the legacy (Linux kernel) form.
func LZ4(ctx context.Context, in []byte, limit int64) (Result, error) {
	if len(in) >= 4 && bytes.Equal(in[:4], lz4Legacy) {
		return lz4LegacyFrame(ctx, in, limit)
	}
	end := lz4End(in) // the reader would take what follows for another frame
	if end == 0 {
		end = len(in)
	}
	out, err := drain(ctx, lz4.NewReader(bytes.NewReader(in[:end])), limit)
	res := Result{Out: out}
	if err == nil {
		res.Size = end
	}
	return res, err
}

// drain reads r to its end in steps, so that the context and the limit are looked at often.
func drain(ctx context.Context, r io.Reader, limit int64) ([]byte, error) {
	var buf bytes.Buffer
	for {
		if err := ctx.Err(); err != nil {
			return buf.Bytes(), err
		}
		n, err := io.CopyN(&buf, r, min(1<<20, limit-int64(buf.Len())+1))
		if int64(buf.Len()) > limit {
			return buf.Bytes()[:limit], ErrLimit
		}
		if errors.Is(err, io.EOF) {
			return buf.Bytes(), nil
		}
		if err != nil {
			return buf.Bytes(), err
		}
		if n == 0 {
			return buf.Bytes(), io.ErrNoProgress
		}
	}
}
