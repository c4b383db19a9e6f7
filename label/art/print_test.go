package art_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/photo"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// published is what the tests take from the published vectors: a trust list, and
// labels by the name of their vector.
type published struct {
	trust *label.TrustList
	label map[string]label.Token
}

func publishedLabels(t testing.TB) published {
	t.Helper()
	f := vectors.Read(t, "../testdata/vectors.json")
	trust, err := label.OpenTrust(f.Files["trust"], f.Roots, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := published{trust: trust, label: map[string]label.Token{}}
	for _, v := range f.Vectors {
		p.label[v.ID] = verify.ParseInput(v.Input).Token
	}
	return p
}

func (p published) scheme(t testing.TB, code string) *label.Scheme {
	t.Helper()
	s, ok := p.trust.Scheme(code)
	if !ok {
		t.Fatalf("no scheme %q", code)
	}
	return s
}

// zbar decodes pictures with zbarimg and returns the text of each, "" for none.
func zbar(t testing.TB, files ...string) []string {
	t.Helper()
	bin, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatal("install zbar-tools: apt-get install zbar-tools")
	}
	texts := make([]string, len(files))
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"--quiet", "--xml", "--nodbus", "-Sdisable", "-Sqrcode.enable"}, files...)...)
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 4 { // 4: some picture has no code
		t.Fatalf("zbarimg: %v", err)
	}
	for i, f := range files {
		_, rest, ok := strings.Cut(string(out), "<source href='"+f+"'>")
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, "</source>")
		_, rest, ok = strings.Cut(rest, "<![CDATA[")
		if ok {
			texts[i], _, _ = strings.Cut(rest, "]]>")
		}
	}
	return texts
}

// sight is how a print is seen.
type sight struct {
	mm       float64 // width of the print with its quiet zone
	density  float64 // pixels in a millimetre
	degrees  float64
	blur     float64 // sigma in pixels
	noise    float64 // sigma in grey levels
	low, top float64 // grey of ink and paper
	slope    float64 // how much darker the paper is at one side
	scratch  float64 // width of a white diagonal line in millimetres
	fold     bool    // the line runs upright between the finder patterns
	jpeg     int     // quality; 0: PNG
}

// clear is a camera at 15 cm in a room.
var clear = sight{mm: 20, density: 10, degrees: 7, blur: 0.9, noise: 7, low: 40, top: 220}

// see draws a QR code as a camera would see it.
func (s sight) see(q *art.QR, rng *rand.Rand) *image.Gray {
	side := int(s.mm * s.density * 1.7)
	img := image.NewGray(image.Rect(0, 0, side, side))
	sin, cos := math.Sincos(s.degrees * math.Pi / 180)
	ink := make([]float64, side*side)
	const sub = 3
	modules := float64(q.Size + 2*art.Quiet)
	for y := range side {
		for x := range side {
			sum := 0.0
			for k := range sub * sub {
				px := float64(x) + (float64(k%sub)+0.5)/sub - float64(side)/2
				py := float64(y) + (float64(k/sub)+0.5)/sub - float64(side)/2
				mx, my := (px*cos+py*sin)/s.density, (py*cos-px*sin)/s.density // millimetres from the middle
				col := int(math.Floor((mx/s.mm + 0.5) * modules))
				row := int(math.Floor((my/s.mm + 0.5) * modules))
				if q.Black(col-art.Quiet, row-art.Quiet) && s.offLine(mx, my) > s.scratch/2 {
					sum++
				}
			}
			ink[y*side+x] = sum / (sub * sub)
		}
	}
	ink = gauss(ink, side, s.blur)
	for i, v := range ink {
		paper := s.top - s.slope*float64(i%side)/float64(side)
		img.Pix[i] = byte(min(max(paper-v*(s.top-s.low)+rng.NormFloat64()*s.noise, 0), 255))
	}
	return img
}

// offLine is how far a place is from the middle of the white line.
func (s sight) offLine(mx, my float64) float64 {
	if s.fold {
		return math.Abs(mx - 1.3)
	}
	return math.Abs(mx-my*0.7+1.3) / 1.22 // from corner to corner, through a finder pattern
}

func gauss(in []float64, side int, sigma float64) []float64 {
	if sigma == 0 {
		return in
	}
	r := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float64, 2*r+1), 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-r)*(i-r)) / (2 * sigma * sigma))
		sum += kernel[i]
	}
	pass := func(in []float64, dx, dy int) []float64 {
		out := make([]float64, len(in))
		for y := range side {
			for x := range side {
				v := 0.0
				for i, k := range kernel {
					px, py := min(max(x+(i-r)*dx, 0), side-1), min(max(y+(i-r)*dy, 0), side-1)
					v += k * in[py*side+px]
				}
				out[y*side+x] = v / sum
			}
		}
		return out
	}
	return pass(pass(in, 1, 0), 0, 1)
}

func (s sight) encode(t testing.TB, img image.Image) ([]byte, string) {
	t.Helper()
	var b bytes.Buffer
	if s.jpeg > 0 {
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: s.jpeg}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes(), "jpg"
	}
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), "png"
}

// TestPrintMatrix: two decoders that share nothing read the print under every
// condition, one changed at a time. The numbers are the share that each must read.
// Where one is weak (zbarimg in poor contrast and on few pixels, gozxing with a
// scratch through a finder pattern), the other is not.
func TestPrintMatrix(t *testing.T) {
	p := publishedLabels(t)
	tok := p.label["live-gtin-japanese-lab-tested"]
	url := tok.URL("label.example")
	q, err := art.EncodeQR(url)
	if err != nil {
		t.Fatal(err)
	}
	if q.Version != 9 {
		t.Fatalf("version %d: the matrix is to be that of the densest symbol", q.Version)
	}
	for _, c := range []struct {
		name        string
		change      func(*sight)
		zbar, photo float64
	}{
		{"clear", func(*sight) {}, 0.9, 0.9},
		{"straight", func(s *sight) { s.degrees = 0 }, 0.9, 0.9},
		{"17 degrees", func(s *sight) { s.degrees = 17 }, 0.9, 0.9},
		{"45 degrees", func(s *sight) { s.degrees = -45 }, 0.5, 0.9},
		{"upside down", func(s *sight) { s.degrees = 183 }, 0.9, 0.9},
		{"6 pixels a millimetre", func(s *sight) { s.density = 6 }, 0, 0.9},
		{"8 pixels a millimetre", func(s *sight) { s.density = 8 }, 0.3, 0.9},
		{"12 pixels a millimetre", func(s *sight) { s.density = 12 }, 0.9, 0.9},
		{"14 pixels a millimetre", func(s *sight) { s.density = 14 }, 0.9, 0.9},
		{"16 pixels a millimetre", func(s *sight) { s.density = 16 }, 0.9, 0.9},
		{"scanner at 300 dpi", func(s *sight) { s.density, s.blur, s.noise, s.degrees = 11.81, 0.5, 2, 1 }, 0.9, 0.9},
		{"25 mm", func(s *sight) { s.mm = 25 }, 0.9, 0.9},
		{"25 mm scratched", func(s *sight) { s.mm, s.scratch = 25, 0.6 }, 0.9, 0},
		{"25 mm, 6 pixels a millimetre", func(s *sight) { s.mm, s.density = 25, 6 }, 0.3, 0.9},
		{"25 mm, 8 pixels a millimetre", func(s *sight) { s.mm, s.density = 25, 8 }, 0.9, 0.9},
		{"25 mm scratched, 8 pixels a millimetre", func(s *sight) { s.mm, s.density, s.scratch = 25, 8, 0.6 }, 0.9, 0},
		{"25 mm scratched, 14 pixels a millimetre", func(s *sight) { s.mm, s.density, s.scratch = 25, 14, 0.6 }, 0.9, 0},
		{"25 mm folded", func(s *sight) { s.mm, s.scratch, s.fold = 25, 0.6, true }, 0.9, 0.9},
		{"finely scratched", func(s *sight) { s.scratch = 0.3 }, 0.9, 0},
		{"folded", func(s *sight) { s.scratch, s.fold = 0.6, true }, 0.9, 0.9},
		{"folded, 14 pixels a millimetre", func(s *sight) { s.density, s.scratch, s.fold = 14, 0.6, true }, 0.9, 0.9},
		{"more blur", func(s *sight) { s.density, s.blur = 12, 1.5 }, 0.8, 0.8},
		{"faint", func(s *sight) { s.low, s.top = 80, 190 }, 0.9, 0.9},
		{"very faint", func(s *sight) { s.low, s.top = 110, 170 }, 0, 0.9},
		{"dark", func(s *sight) { s.low, s.top = 15, 120 }, 0.9, 0.9},
		{"very dark", func(s *sight) { s.low, s.top = 10, 70 }, 0, 0.9},
		{"light from one side", func(s *sight) { s.slope = 90 }, 0.8, 0.8},
		{"noise", func(s *sight) { s.noise = 15 }, 0.8, 0.6},
		{"jpeg 75", func(s *sight) { s.jpeg = 75 }, 0.9, 0.9},
		{"jpeg 40", func(s *sight) { s.jpeg = 40 }, 0.8, 0.8},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir, n := clear, t.TempDir(), 4
			c.change(&s)
			rng := rand.New(rand.NewPCG(7, 9))
			var files []string
			own := 0
			for i := range n {
				turned := s
				turned.degrees += 2*float64(i) - 3
				b, ext := turned.encode(t, turned.see(q, rng))
				f := filepath.Join(dir, fmt.Sprintf("%d.%s", i, ext))
				if err := os.WriteFile(f, b, 0o644); err != nil {
					t.Fatal(err)
				}
				files = append(files, f)
				if in, err := photo.Read(context.Background(), b); err == nil && in.Token.Digest() == tok.Digest() && in.Host == "label.example" {
					own++
				}
			}
			other := 0
			for _, text := range zbar(t, files...) {
				if text == url {
					other++
				} else if text != "" {
					t.Errorf("zbarimg read %q", text)
				}
			}
			t.Logf("zbarimg %d of %d, gozxing %d of %d", other, n, own, n)
			if max(own, other) < n {
				t.Errorf("neither decoder read all %d", n)
			}
			if float64(other) < c.zbar*float64(n) {
				t.Errorf("zbarimg read %d of %d, want %.0f %%", other, n, c.zbar*100)
			}
			if float64(own) < c.photo*float64(n) {
				t.Errorf("gozxing read %d of %d, want %.0f %%", own, n, c.photo*100)
			}
		})
	}
}
