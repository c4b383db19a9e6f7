// Package photo reads the QR code of a label from a picture: PNG or JPEG, from a
// phone or a scanner.
//
// Pictures come from strangers: bytes and pixels are bounded before anything is
// unpacked, and the decoder's faults become errors. The package must never follow
// what a code says: it returns text.
package photo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"iter"
	"math"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/detector"

	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// Bounds of a picture.
const (
	maxBytes  = 32 << 20
	maxMemory = 256 << 20 // bytes of an unpacked picture
	minSide   = 21        // modules of the smallest QR code
	// work is the longest side in pixels that is looked at in one go.
	work = 2048
)

// ErrNoCode says that no QR code was found. The caller should ask for a picture
// from closer, in better light.
var ErrNoCode = errors.New("no QR code was found in the picture")

// formats by their first bytes.
var formats = []struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
}

// Read finds the label in a picture. When there are several codes, it is the first
// that is one of a label; when none is, the first code, whose Problem says so.
func Read(ctx context.Context, b []byte) (verify.Input, error) {
	img, err := decode(b)
	if err != nil {
		return verify.Input{}, fmt.Errorf("reading the picture: %w", err)
	}
	var other *verify.Input
	for look := range looks(img) {
		if err := ctx.Err(); err != nil {
			return verify.Input{}, fmt.Errorf("reading the picture: %w", err)
		}
		texts, err := scan(look)
		if err != nil {
			return verify.Input{}, fmt.Errorf("reading the picture: %w", err)
		}
		for _, t := range texts {
			in := verify.ParseInput(t)
			if in.Problem == nil {
				return in, nil
			}
			if other == nil {
				other = &in
			}
		}
	}
	if other != nil {
		return *other, nil
	}
	return verify.Input{}, fmt.Errorf("reading the picture: %w", ErrNoCode)
}

func decode(b []byte) (*image.Gray, error) {
	if len(b) > maxBytes {
		return nil, fmt.Errorf("more than %d MiB", maxBytes>>20)
	}
	for _, f := range formats {
		if !bytes.HasPrefix(b, []byte(f.magic)) {
			continue
		}
		c, err := f.config(bytes.NewReader(b))
		maxPixels := maxMemory / 4
		if c.ColorModel == color.RGBA64Model || c.ColorModel == color.NRGBA64Model {
			maxPixels = maxMemory / 8
		}
		switch {
		case err != nil:
			return nil, err
		case c.Width < minSide || c.Height < minSide || c.Width > maxPixels/c.Height:
			return nil, fmt.Errorf("%d × %d pixels, want at least %d a side and at most %d million", c.Width, c.Height, minSide, maxPixels>>20)
		}
		img, err := f.decode(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return gray(img), nil
	}
	return nil, errors.New("neither PNG nor JPEG")
}

// gray makes one byte a pixel. What is transparent counts as white paper.
func gray(img image.Image) *image.Gray {
	r := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	y, isYCC := img.(*image.YCbCr)
	for row := range r.Dy() {
		line := g.Pix[row*g.Stride:][:r.Dx()]
		if isYCC {
			copy(line, y.Y[y.YOffset(r.Min.X, r.Min.Y+row):])
			continue
		}
		for x := range line {
			red, green, blue, alpha := img.At(r.Min.X+x, r.Min.Y+row).RGBA()
			line[x] = byte((299*red + 587*green + 114*blue + 1000*(0xffff-alpha) + 500) / 1000 >> 8) // the colours are premultiplied
		}
	}
	return g
}

// look is one way to look at a picture.
type look struct {
	img    *image.Gray
	global bool // one threshold for the whole picture instead of local ones
}

// looks are the picture at several sizes: the decoder wants about four pixels for
// each module, not noisy ones. Both thresholds have their kind of bad light. A code
// that is small in a large picture is looked for in parts of it at their own size.
func looks(img *image.Gray) iter.Seq[look] {
	long := max(img.Rect.Dx(), img.Rect.Dy())
	return func(yield func(look) bool) {
		for i, s := range sizes(long) {
			g := resize(img, s, long)
			if !yield(look{img: g}) || !yield(look{img: g, global: true}) || i < 3 && !yield(look{img: soften(g)}) {
				return
			}
		}
		for t := range tiles(img) {
			if !yield(look{img: t}) || !yield(look{img: soften(t)}) {
				return
			}
		}
	}
}

// sizes are the longest sides to look at of a picture whose own is long.
func sizes(long int) (out []int) {
	for _, s := range []int{min(long, work), long * 2, long * 3, long / 2, long * 3 / 2, work * 3 / 4, work / 2} {
		if s <= work && s >= minSide && (s <= long || long <= work/2) {
			out = append(out, s)
		}
	}
	return out
}

// tiles are parts of a picture that is larger than work, each half over the next.
func tiles(img *image.Gray) iter.Seq[*image.Gray] {
	return func(yield func(*image.Gray) bool) {
		w, h := img.Rect.Dx(), img.Rect.Dy()
		if max(w, h) <= work {
			return
		}
		for y := 0; y == 0 || y+work/2 < h; y += work / 2 {
			for x := 0; x == 0 || x+work/2 < w; x += work / 2 {
				part := image.Rect(0, 0, min(work, w-x), min(work, h-y))
				if !yield(&image.Gray{Pix: img.Pix[y*img.Stride+x:], Stride: img.Stride, Rect: part}) {
					return
				}
			}
		}
	}
}

// resize scales by num/den: by the mean of what falls into a pixel when it gets
// smaller, else between neighbours.
func resize(img *image.Gray, num, den int) *image.Gray {
	if num == den {
		return img
	}
	w, h := max(1, img.Rect.Dx()*num/den), max(1, img.Rect.Dy()*num/den)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if num < den {
				out.Pix[y*out.Stride+x] = mean(img, x*den/num, y*den/num, max((x+1)*den/num, x*den/num+1), max((y+1)*den/num, y*den/num+1))
			} else {
				out.Pix[y*out.Stride+x] = between(img, (2*x+1)*den*128/num-128, (2*y+1)*den*128/num-128)
			}
		}
	}
	return out
}

// mean of the pixels from (x0, y0) up to (x1, y1).
func mean(img *image.Gray, x0, y0, x1, y1 int) byte {
	x1, y1 = min(x1, img.Rect.Dx()), min(y1, img.Rect.Dy())
	x0, y0 = min(x0, x1-1), min(y0, y1-1)
	sum := 0
	for y := y0; y < y1; y++ {
		for _, p := range img.Pix[y*img.Stride+x0 : y*img.Stride+x1] {
			sum += int(p)
		}
	}
	return byte(sum / ((x1 - x0) * (y1 - y0)))
}

// between interpolates at a place given in 1/256 pixels.
func between(img *image.Gray, fx, fy int) byte {
	fx, fy = min(max(fx, 0), (img.Rect.Dx()-1)*256), min(max(fy, 0), (img.Rect.Dy()-1)*256)
	x, y, dx, dy := fx>>8, fy>>8, fx&255, fy&255
	x1, y1 := min(x+1, img.Rect.Dx()-1), min(y+1, img.Rect.Dy()-1)
	at := func(x, y int) int { return int(img.Pix[y*img.Stride+x]) }
	top := at(x, y)*(256-dx) + at(x1, y)*dx
	low := at(x, y1)*(256-dx) + at(x1, y1)*dx
	return byte((top*(256-dy) + low*dy) >> 16)
}

// soften takes the noise out: the mean of three by three pixels.
func soften(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			out.Pix[y*out.Stride+x] = mean(img, max(x-1, 0), max(y-1, 0), x+2, y+2)
		}
	}
	return out
}

// scan returns the texts of the codes in a picture; none is no error. Where only the
// corners of one are made out, it is looked at once more, straightened. A decoder that
// panics over a picture has not found a code in it.
func scan(l look) (texts []string, err error) {
	defer func() {
		if p := recover(); p != nil {
			texts, err = nil, nil
		}
	}()
	bmp, err := bitmap(l)
	if err != nil {
		return nil, err
	}
	texts = read(bmp)
	if len(texts) > 0 {
		return texts, nil
	}
	if up := straighten(l.img, bmp); up != nil {
		if bmp, err = bitmap(look{img: up, global: l.global}); err != nil {
			return nil, err
		}
		texts = read(bmp)
	}
	return texts, nil
}

func bitmap(l look) (*gozxing.BinaryBitmap, error) {
	src := gozxing.NewLuminanceSourceFromImage(l.img)
	if l.global {
		return gozxing.NewBinaryBitmap(gozxing.NewGlobalHistgramBinarizer(src))
	}
	return gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(src))
}

var hints = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}

// read gives the texts of the codes that the decoder finds.
func read(bmp *gozxing.BinaryBitmap) (texts []string) {
	one, err := qrcode.NewQRCodeReader().Decode(bmp, hints)
	if err == nil {
		texts = append(texts, one.GetText())
		if verify.ParseInput(one.GetText()).Problem == nil {
			return texts
		}
	}
	many, err := multi.NewQRCodeMultiReader().DecodeMultiple(bmp, hints)
	if err != nil {
		return texts // the decoder's way to say that it found nothing
	}
	for _, m := range many {
		texts = append(texts, m.GetText())
	}
	return texts
}

// straighten draws the code whose three finder patterns stand in a picture upright and
// square, at five to twelve pixels a module; nil when they do not stand there.
func straighten(img *image.Gray, bmp *gozxing.BinaryBitmap) *image.Gray {
	black, err := bmp.GetBlackMatrix()
	if err != nil {
		return nil
	}
	found, err := detector.NewFinderPatternFinder(black, nil).Find(hints)
	if err != nil {
		return nil
	}
	tl, tr, bl := found.GetTopLeft(), found.GetTopRight(), found.GetBottomLeft()
	module := (tl.GetEstimatedModuleSize() + tr.GetEstimatedModuleSize() + bl.GetEstimatedModuleSize()) / 3
	ux, uy, vx, vy := tr.GetX()-tl.GetX(), tr.GetY()-tl.GetY(), bl.GetX()-tl.GetX(), bl.GetY()-tl.GetY()
	modules := max(math.Hypot(ux, uy), math.Hypot(vx, vy)) / module // between the middles of two patterns
	if !(modules >= 14 && modules <= 170) {                         // versions 1 to 40 (ISO/IEC 18004)
		return nil
	}
	const around = 12 // modules beyond the middle of a pattern: its half, the quiet zone, and some
	scale := min(max(module, 5), 12)
	side := int((modules + 2*around) * scale)
	out := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			a, b := (float64(x)/scale-around)/modules, (float64(y)/scale-around)/modules
			out.Pix[y*out.Stride+x] = between(img, int(256*(tl.GetX()+a*ux+b*vx)), int(256*(tl.GetY()+a*uy+b*vy)))
		}
	}
	return out
}
