package art_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/photo"
)

// poppler runs one of the programs of poppler-utils over a PDF.
func poppler(t *testing.T, name string, args ...string) string {
	t.Helper()
	bin, err := exec.LookPath(name)
	if err != nil {
		t.Fatal("install poppler-utils: apt-get install poppler-utils")
	}
	out, err := exec.CommandContext(t.Context(), bin, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

func pdf(t *testing.T, tok label.Token, s *label.Scheme, p art.Print) string {
	t.Helper()
	b, err := art.PDF(context.Background(), tok, s, p)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("/URI")) || bytes.Contains(b, []byte("/JavaScript")) {
		t.Error("the file holds a link or a script")
	}
	f := filepath.Join(t.TempDir(), "l.pdf")
	if err := os.WriteFile(f, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return f
}

// densest is a label in Latin letters that fills the whole budget.
func densest(t *testing.T) label.Token {
	t.Helper()
	k, err := key.Generate(key.P256)
	if err != nil {
		t.Fatal(err)
	}
	c := claims()
	c.GTIN = 4006381333931
	room, err := c.Room()
	if err != nil {
		t.Fatal(err)
	}
	c.Model += strings.Repeat("x", room)
	tok, err := label.Issue(context.Background(), c, k)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestPDFPrinted: what poppler makes of the drawing at 300 and 600 dots an inch is
// read by both decoders, at both sizes, and the code is as wide as it was asked for.
func TestPDFPrinted(t *testing.T) {
	p := publishedLabels(t)
	tok := densest(t)
	for _, mm := range []float64{art.DefaultMM, art.RecommendedMM} {
		file := pdf(t, tok, p.scheme(t, "HARB"), art.Print{MM: mm})
		for _, dpi := range []int{300, 600} {
			shot := strings.TrimSuffix(file, ".pdf") + fmt.Sprint(dpi)
			poppler(t, "pdftoppm", "-png", "-singlefile", "-r", fmt.Sprint(dpi), file, shot)
			b, err := os.ReadFile(shot + ".png")
			if err != nil {
				t.Fatal(err)
			}
			if in, err := photo.Read(context.Background(), b); err != nil || in.Token.Digest() != tok.Digest() {
				t.Errorf("%g mm at %d: gozxing: %v", mm, dpi, err)
			}
			if got := zbar(t, shot+".png")[0]; got != tok.URL("label.example") {
				t.Errorf("%g mm at %d: zbarimg read %q", mm, dpi, got)
			}
		}
		code, err := art.EncodeQR(tok.URL("label.example"))
		if err != nil {
			t.Fatal(err)
		}
		left, right := mm, 0.0
		for x := range inkOf(t, file) {
			if x < mm {
				left, right = min(left, x), max(right, x+1.0/dotsMM)
			}
		}
		if want := code.Module(mm) * art.Quiet; math.Abs(left-want) > 0.05 || math.Abs(mm-right-want) > 0.05 {
			t.Errorf("%g mm: dark from %.2f to %.2f mm, want %.2f to %.2f", mm, left, right, want, mm-want)
		}
	}
}

// inkOf is the dark dots of a page, dotsMM in a millimetre.
func inkOf(t *testing.T, file string) (dark func(yield func(x, y float64) bool)) {
	t.Helper()
	shot := strings.TrimSuffix(file, ".pdf") + "-ink"
	poppler(t, "pdftoppm", "-gray", "-singlefile", "-r", fmt.Sprint(dotsMM*25.4), file, shot)
	b, err := os.ReadFile(shot + ".pgm")
	if err != nil {
		t.Fatal(err)
	}
	var w, h, top int
	if _, err := fmt.Sscanf(string(b[:min(40, len(b))]), "P5\n%d %d\n%d\n", &w, &h, &top); err != nil {
		t.Fatal(err)
	}
	pix := b[len(b)-w*h:]
	return func(yield func(x, y float64) bool) {
		for i, v := range pix {
			if v < 128 && !yield(float64(i%w)/dotsMM, float64(i/w)/dotsMM) {
				return
			}
		}
	}
}

const dotsMM = 50

// TestPDFDots: one dot of three is filled, and the quiet zone is empty.
func TestPDFDots(t *testing.T) {
	p := publishedLabels(t)
	area, quiet := 0.0, 0
	for x, y := range inkOf(t, pdf(t, p.label["live-es256"], p.scheme(t, "HARB"), art.Print{})) {
		switch {
		case x >= 20 && x < 26.7 && y > 3.2 && y < 5.2:
			area += 1.0 / dotsMM / dotsMM
		case x > 18.8 && x < 20:
			quiet++
		}
	}
	ring, full := math.Pi*(0.94*0.94-0.76*0.76), math.Pi*0.94*0.94
	if want := 2*ring + full; math.Abs(area-want) > 0.2 {
		t.Errorf("%.2f square millimetres of ink, want %.2f", area, want)
	}
	if quiet > 0 {
		t.Errorf("%d dots in the quiet zone", quiet)
	}
}

// TestPDF: the text of the SVG in its order, on a page of the label's size, with
// every font embedded, the same bytes twice.
func TestPDF(t *testing.T) {
	p := publishedLabels(t)
	tok, s := p.label["live-es256"], p.scheme(t, "HARB")
	for _, c := range []art.Print{{}, {MM: art.RecommendedMM, Lang: "de"}} {
		svg, err := art.SVG(context.Background(), tok, s, c)
		if err != nil {
			t.Fatal(err)
		}
		file := pdf(t, tok, s, c)
		got := strings.TrimSpace(poppler(t, "pdftotext", "-raw", file, "-"))
		if want := strings.Join(words(t, svg), "\n"); got != want {
			t.Errorf("%+v: got\n%s\nwant\n%s", c, got, want)
		}
		if strings.Contains(got, "Grundschutz") != (c.Lang == "de") {
			t.Errorf("%+v: %s", c, got)
		}
		var width, height float64
		_, size, _ := strings.Cut(poppler(t, "pdfinfo", file), "Page size:")
		if _, err := fmt.Sscanf(size, "%f x %f", &width, &height); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("width=\"%gmm\" height=\"%gmm\"", math.Round(width/72*254)/10, math.Round(height/72*2540)/100)
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("%+v: page of %s, SVG %.120s", c, want, svg)
		}
		for _, l := range strings.Split(strings.TrimSpace(poppler(t, "pdffonts", file)), "\n")[2:] {
			if !strings.Contains(l, " yes ") {
				t.Errorf("a font is not embedded: %s", l)
			}
		}
		if strings.Count(poppler(t, "pdffonts", file), "TrueType") != 2 {
			t.Errorf("fonts: %s", poppler(t, "pdffonts", file))
		}
		if info := poppler(t, "pdfinfo", "-isodates", file); !strings.Contains(info, "2026-06-01T") || !strings.Contains(info, "Harbour Mark: Harbour Plug 2") {
			t.Errorf("not dated by its issue, or without a title:\n%s", info)
		}
	}
	a, err := art.PDF(context.Background(), tok, s, art.Print{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := art.PDF(context.Background(), tok, s, art.Print{})
	if err != nil || !bytes.Equal(a, b) || len(a) > 60<<10 {
		t.Errorf("drawn twice, got other bytes, or %d of them: %v", len(a), err)
	}
	quay := pdf(t, p.label["live-official-scheme"], p.scheme(t, "QUAY"), art.Print{})
	if info := poppler(t, "pdfinfo", "-isodates", quay); !strings.Contains(info, "1970-01-01T") {
		t.Errorf("a label without a day of issue: %s", info)
	}
}

// TestPDFSqueezed: a wide line stays on the page.
func TestPDFSqueezed(t *testing.T) {
	p := publishedLabels(t)
	s := *p.scheme(t, "HARB")
	s.Levels = append([]label.Level{{Names: map[string]string{"en": strings.Repeat("Wide ", 12) + "END"}}}, s.Levels[1:]...)
	file := pdf(t, p.label["live-es256"], &s, art.Print{})
	box := poppler(t, "pdftotext", "-bbox", file, "-")
	i := strings.Index(box, ">END<")
	if i < 0 {
		t.Fatal(box)
	}
	var page, right float64
	if _, err := fmt.Sscanf(box[strings.Index(box, "<page width="):], "<page width=\"%f\"", &page); err != nil {
		t.Fatal(err)
	}
	word := box[strings.LastIndex(box[:i], "xMax="):]
	if _, err := fmt.Sscanf(word, "xMax=\"%f\"", &right); err != nil {
		t.Fatal(err)
	}
	if right > page-1 || right < page-10 {
		t.Errorf("the line ends at %.1f of %.1f points", right, page)
	}
}

// TestPDFRefuses: what does not scan or cannot be shown is not drawn; the SVG shows
// every script.
func TestPDFRefuses(t *testing.T) {
	p := publishedLabels(t)
	tok, s := p.label["live-es256"], *p.scheme(t, "HARB")
	if _, err := art.PDF(context.Background(), tok, &s, art.Print{MM: 12}); !errors.Is(err, art.ErrTooDense) {
		t.Errorf("12 mm: %v", err)
	}
	s.Levels = append([]label.Level{{Names: map[string]string{"en": "Basics", "fr": "Élémentaire à l’œuvre", "ja": "基本", "uk": "Основи"}}}, s.Levels[1:]...)
	for lang, want := range map[string]string{"fr": "Élémentaire à l’œuvre", "uk": "Основи"} {
		if got := poppler(t, "pdftotext", "-raw", pdf(t, tok, &s, art.Print{Lang: lang}), "-"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", lang, got)
		}
	}
	_, err := art.PDF(context.Background(), tok, &s, art.Print{Lang: "ja"})
	if !errors.Is(err, art.ErrScript) || !strings.Contains(err.Error(), "SVG") {
		t.Errorf("Japanese: %v", err)
	}
	svg, err := art.SVG(context.Background(), tok, &s, art.Print{Lang: "ja"})
	if err != nil || !bytes.Contains(svg, []byte("基本")) {
		t.Errorf("Japanese in SVG: %v", err)
	}
}
