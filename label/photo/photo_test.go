package photo_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"rsc.io/qr"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label/photo"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// labelURL is a label of the published vectors.
func labelURL(t testing.TB) string {
	t.Helper()
	return vectors.Read(t, "../testdata/vectors.json").Input(t, "live-es256")
}

const quiet = 4 // modules around a code (ISO/IEC 18004)

func code(t testing.TB, text string, scale int) image.Image {
	t.Helper()
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	side := (c.Size + 2*quiet) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if c.Black(x/scale-quiet, y/scale-quiet) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheet puts pictures side by side on paper.
func sheet(paper color.Color, imgs ...image.Image) *image.NRGBA {
	w, h := 40, 0
	for _, i := range imgs {
		w, h = w+i.Bounds().Dx()+40, max(h, i.Bounds().Dy()+80)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	x := 40
	for _, i := range imgs {
		draw.Draw(out, image.Rect(x, 40, x+i.Bounds().Dx(), 40+i.Bounds().Dy()), i, i.Bounds().Min, draw.Src)
		x += i.Bounds().Dx() + 40
	}
	return out
}

// inkOnly is a code of black on nothing.
func inkOnly(img image.Image) *image.NRGBA {
	out := image.NewNRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r == 0 {
				out.Set(x, y, color.Black)
			}
		}
	}
	return out
}

func TestRead(t *testing.T) {
	url := labelURL(t)
	want := verify.ParseInput(url)
	good := code(t, url, 5)
	shop := code(t, "https://shop.example/plug", 5)
	for name, b := range map[string][]byte{
		"png":              pngOf(t, good),
		"jpeg":             jpegOf(t, sheet(color.White, good)),
		"small":            pngOf(t, code(t, url, 2)),
		"one pixel each":   pngOf(t, code(t, url, 1)),
		"large":            pngOf(t, code(t, url, 40)),
		"transparent":      pngOf(t, inkOnly(good)),
		"beside another":   pngOf(t, sheet(color.White, shop, good)),
		"before another":   pngOf(t, sheet(color.White, good, shop)),
		"on yellow":        jpegOf(t, sheet(color.NRGBA{250, 220, 60, 255}, good)),
		"part of an image": pngOf(t, sheet(color.White, good).SubImage(image.Rect(7, 5, 1000, 1000))),
	} {
		t.Run(name, func(t *testing.T) {
			in, err := photo.Read(context.Background(), b)
			if err != nil || in.Problem != nil || in.Token.Digest() != want.Token.Digest() || in.Host != want.Host {
				t.Errorf("got %+v, %v", in.Problem, err)
			}
		})
	}
	in, err := photo.Read(context.Background(), pngOf(t, shop))
	if err != nil || in.Problem == nil {
		t.Errorf("a code that is no label: %v, %v", in.Problem, err)
	}
}

// header is a PNG of that size and depth without its pixels.
func header(w, h uint32, depth, kind byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	body := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	body = append(body, depth, kind, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)-4))
	b = append(b, body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
}

func TestReadRefuses(t *testing.T) {
	good := pngOf(t, code(t, labelURL(t), 5))
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":       {nil, "neither"},
		"text":        {[]byte("https://label.example/#1"), "neither"},
		"gif":         {[]byte("GIF89a"), "neither"},
		"cut":         {good[:len(good)/2], "reading the picture"},
		"enormous":    {header(60000, 60000, 8, 2), "pixels"},
		"wide":        {header(1<<31-1, 30, 8, 2), "pixels"},
		"deep":        {header(7000, 7000, 16, 6), "pixels"},
		"tiny":        {header(20, 100, 8, 2), "pixels"},
		"low":         {header(100, 20, 8, 2), "pixels"},
		"heavy":       {append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 32<<20)...), "32 MiB"},
		"jpeg header": {[]byte("\xff\xd8\xff\xe0"), "EOF"},
		"no code":     {pngOf(t, image.NewGray(image.Rect(0, 0, 300, 200))), photo.ErrNoCode.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := photo.Read(context.Background(), c.b)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := photo.Read(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// held is a print in the picture of a phone.
type held struct {
	side         float64 // of the code with its quiet zone, in pixels
	turned, tilt float64 // degrees: in its plane, and away from the camera
	noise        float64 // sigma in grey levels
}

// photo draws the print on a patterned table, darker at one side, seen from eight
// times its width.
func (h held) photo(q *qr.Code, rng *rand.Rand) *image.Gray {
	const width, height, midX, midY = 3000, 2250, 1900.0, 900.0
	img := image.NewGray(image.Rect(0, 0, width, height))
	sin, cos := math.Sincos(h.turned * math.Pi / 180)
	sinTilt, cosTilt := math.Sincos(h.tilt * math.Pi / 180)
	modules, far := float64(q.Size+2*quiet), 8*h.side
	module := func(v float64) int { return int(math.Floor((v/h.side+0.5)*modules)) - quiet }
	for i := range img.Pix {
		x, y := float64(i%width), float64(i/width)
		grey := 150 + 40*math.Sin(x/37)*math.Sin(y/53)
		if u, v := x-midX, y-midY; math.Abs(u) < h.side && math.Abs(v) < h.side {
			white, on := 0.0, 0.0
			for k := range 9 {
				u, v := u+(float64(k%3)+0.5)/3, v+(float64(k/3)+0.5)/3
				a := u * far / (far*cosTilt - u*sinTilt) // where the ray meets the paper
				b := v * (far + a*sinTilt) / far
				col, row := module(a*cos+b*sin), module(b*cos-a*sin)
				if min(col, row) < -quiet || max(col, row) >= q.Size+quiet {
					continue
				}
				if on++; !q.Black(col, row) {
					white++
				}
			}
			if on > 0 {
				grey = 45 + 165*white/on
			}
		}
		img.Pix[i] = byte(min(max(grey*(0.75+0.3*x/width)+rng.NormFloat64()*h.noise, 0), 255))
	}
	return img
}

// TestHeld: a code that is small in a large picture, or tilted, is read.
func TestHeld(t *testing.T) {
	url := labelURL(t)
	want := verify.ParseInput(url).Token.Digest()
	q, err := qr.Encode(url, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for name, h := range map[string]held{
		"small":            {side: 240, turned: 5, noise: 6},
		"small and turned": {side: 260, turned: 60, tilt: 25, noise: 6},
		"tilted":           {side: 800, turned: 40, tilt: 35, noise: 8},
	} {
		in, err := photo.Read(context.Background(), jpegOf(t, h.photo(q, rng)))
		if err != nil || in.Problem != nil || in.Token.Digest() != want {
			t.Errorf("%s: %v, %v", name, in.Problem, err)
		}
	}
}

// TestDamaged: a picture with bytes changed is read right or not at all.
func TestDamaged(t *testing.T) {
	url := labelURL(t)
	want := verify.ParseInput(url).Token.Digest()
	good := jpegOf(t, code(t, url, 3))
	read := 0
	for i := 0; i < len(good); i += 1 + len(good)/6 {
		b := bytes.Clone(good)
		b[i] ^= 0x55
		in, err := photo.Read(context.Background(), b)
		if err == nil && in.Problem == nil {
			read++
			if in.Token.Digest() != want {
				t.Errorf("byte %d changed: another label", i)
			}
		}
	}
	if read == 0 {
		t.Error("no damaged picture was read: the test looked at nothing")
	}
}

// BenchmarkNoCode: what a picture of 12 megapixels without a code costs, sparing
// nothing.
func BenchmarkNoCode(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	img := image.NewGray(image.Rect(0, 0, 4000, 3000))
	for i := range img.Pix {
		img.Pix[i] = byte(rng.Uint32())
	}
	raw := jpegOf(b, img)
	for b.Loop() {
		if _, err := photo.Read(context.Background(), raw); !errors.Is(err, photo.ErrNoCode) {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(pngOf(f, code(f, labelURL(f), 1)))
	f.Add(jpegOf(f, code(f, "hello", 2)))
	f.Add(header(100, 100, 8, 2))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		if c, err := png.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height > 1<<16 {
			return // slow, not interesting
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height > 1<<16 {
			return
		}
		in, err := photo.Read(context.Background(), b)
		if err == nil && in.Problem == nil && in.Token.Zero() && !in.Typed {
			t.Error("read nothing without a problem")
		}
	})
}
