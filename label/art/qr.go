package art

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"math"
	"strings"

	"rsc.io/qr/coding"

	"github.com/plimsoll-iot/plimsoll/label"
)

// Quiet is the width of the empty border of a QR code in modules (ISO/IEC 18004).
const Quiet = 4

// QR is a symbol of error correction level M.
type QR struct {
	Version int
	Size    int // modules on a side, without the quiet zone
	code    *coding.Code
}

// Black reports whether a module is dark.
func (q *QR) Black(x, y int) bool { return q.code.Black(x, y) }

// ErrTooDense says that a text needs a symbol that does not scan at 20 mm. The
// caller should shorten the label or the host, or print larger.
var ErrTooDense = errors.New("the QR code is too dense to scan at 20 mm")

// EncodeQR writes a label's URL: the part up to # in bytes, the digits as numbers,
// which are a third shorter. It is the smallest symbol of level M, with the mask
// that the standard's penalties prefer.
func EncodeQR(url string) (*QR, error) {
	i := strings.LastIndexByte(url, '#') + 1
	parts := []coding.Encoding{coding.String(url[:i]), coding.Num(url[i:])}
	for _, p := range parts {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("encoding %q as a QR code: %w", url, err)
		}
	}
	for v := coding.Version(coding.MinVersion); v <= coding.MaxVersion; v++ {
		bits := 0
		for _, p := range parts {
			bits += p.Bits(v)
		}
		if bits <= v.DataBytes(coding.M)*8 {
			return mask(v, parts)
		}
	}
	return nil, fmt.Errorf("encoding a QR code: %w: %d characters", ErrTooDense, len(url))
}

func mask(v coding.Version, parts []coding.Encoding) (*QR, error) {
	var best *coding.Code
	least := math.MaxInt
	for m := range coding.Mask(8) {
		p, err := coding.NewPlan(v, coding.M, m)
		if err != nil {
			return nil, fmt.Errorf("encoding a QR code: %w", err)
		}
		c, err := p.Encode(parts...)
		if err != nil {
			return nil, fmt.Errorf("encoding a QR code: %w", err)
		}
		if n := penalty(c); n < least {
			best, least = c, n
		}
	}
	return &QR{Version: int(v), Size: best.Size, code: best}, nil
}

// penalty sums the four features of ISO/IEC 18004 that make a symbol hard to read.
func penalty(c *coding.Code) int {
	n, dark := 0, 0
	at := func(x, y int, turn bool) bool {
		if turn {
			x, y = y, x
		}
		return c.Black(x, y)
	}
	for _, turn := range []bool{false, true} {
		for y := range c.Size {
			n += line(c.Size, func(x int) bool { return at(x, y, turn) })
		}
	}
	for y := range c.Size {
		for x := range c.Size {
			b := c.Black(x, y)
			if b {
				dark++
			}
			if x > 0 && y > 0 && b == c.Black(x-1, y) && b == c.Black(x, y-1) && b == c.Black(x-1, y-1) {
				n += 3
			}
		}
	}
	share := dark * 100 / (c.Size * c.Size)
	return n + 10*(max(share-50, 50-share)/5)
}

// line sums runs of five and more, and what looks like a finder pattern.
func line(size int, black func(int) bool) int {
	n, run, last := 0, 0, uint16(0)
	for x := range size {
		b := black(x)
		if x > 0 && b == black(x-1) {
			run++
		} else {
			run = 1
		}
		if run == 5 {
			n += 3
		} else if run > 5 {
			n++
		}
		last = last << 1 & 0x7ff
		if b {
			last |= 1
		}
		if x >= 10 && (last == 0b00001011101 || last == 0b10111010000) {
			n += 40
		}
	}
	return n
}

// run is n dark modules in a row, the quiet zone counted.
type run struct{ x, y, n int }

// runs are the dark modules from left to right and from above.
func (q *QR) runs() iter.Seq[run] {
	return func(yield func(run) bool) {
		for y := range q.Size {
			for x := 0; x < q.Size; x++ {
				n := 0
				for q.Black(x+n, y) {
					n++
				}
				if n > 0 && !yield(run{x + Quiet, y + Quiet, n}) {
					return
				}
				x += n
			}
		}
	}
}

// Module is the size of a module in millimetres when the symbol with its quiet zone
// is printed mm wide.
func (q *QR) Module(mm float64) float64 { return mm / float64(q.Size+2*Quiet) }

// Image draws the symbol with its quiet zone, dots pixels for each module.
func (q *QR) Image(dots int) *image.Paletted {
	side := (q.Size + 2*Quiet) * dots
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if q.Black(x/dots-Quiet, y/dots-Quiet) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	return img
}

// PNG is the symbol with one bit a pixel and whole dots for each module, so that a
// printer of dpi dots an inch does not blur it. It is the next size from mm
// millimetres up; the width in millimetres comes back.
func (q *QR) PNG(mm float64, dpi int) ([]byte, float64, error) {
	const maxDPI = 2400
	if mm < 10 || mm > 200 || dpi < 72 || dpi > maxDPI {
		return nil, 0, fmt.Errorf("drawing a QR code of %g mm at %d dots an inch: want 10 to 200 mm and 72 to %d", mm, dpi, maxDPI)
	}
	modules := float64(q.Size + 2*Quiet)
	dots := int(math.Ceil(mm / 25.4 * float64(dpi) / modules))
	var b bytes.Buffer
	if err := png.Encode(&b, q.Image(dots)); err != nil {
		return nil, 0, fmt.Errorf("drawing a QR code: %w", err)
	}
	return b.Bytes(), modules * float64(dots) / float64(dpi) * 25.4, nil
}

// PNG is the QR code of a label alone, at dpi dots an inch, with its width in
// millimetres: the next size up that has whole dots. It is refused when Lint would
// refuse the label.
func PNG(ctx context.Context, t label.Token, s *label.Scheme, p Print, dpi int) ([]byte, float64, error) {
	d, err := newDrawing(ctx, t, s, p)
	if err != nil {
		return nil, 0, err
	}
	return d.code.PNG(d.codeMM, dpi)
}
