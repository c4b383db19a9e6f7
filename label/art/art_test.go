package art_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/photo"
)

// words are the texts of a drawing, which must be well-formed.
func words(t *testing.T, svg []byte) []string {
	t.Helper()
	var out []string
	d := xml.NewDecoder(bytes.NewReader(svg))
	for in := ""; ; {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			in = e.Name.Local
		case xml.CharData:
			if in == "text" && strings.TrimSpace(string(e)) != "" {
				out = append(out, string(e))
			}
		}
	}
}

func TestSVG(t *testing.T) {
	p := publishedLabels(t)
	tok := p.label["live-es256"]
	svg, err := art.SVG(context.Background(), tok, p.scheme(t, "HARB"), art.Print{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(words(t, svg), "\n")
	want := `Self-declared by the maker
Level 1 of 3: Basics
Harbour Plug 2
Assessed version 2.4.1
Security updates until 2031-01-15
Issued 2026-06-01, valid until 2028-06-01
No. HARB-0000-1CC4 by Harbour Mark
Check only at label.example
Not a CE or government mark`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	again, err := art.SVG(context.Background(), tok, p.scheme(t, "HARB"), art.Print{})
	if err != nil || !bytes.Equal(svg, again) {
		t.Errorf("drawn twice, got other bytes: %v", err)
	}
	german, err := art.SVG(context.Background(), tok, p.scheme(t, "HARB"), art.Print{MM: 25, Lang: "de"})
	if err != nil || !strings.Contains(string(german), "Grundschutz") {
		t.Errorf("german: %v", err)
	}
	if n := bytes.Count(svg, []byte(`fill="#000" stroke`)); n != 1 {
		t.Errorf("%d load lines filled, want 1 of 3", n)
	}
	for _, s := range []string{"http://", "https://label", "href", "<script", "style="} {
		if strings.Contains(strings.ReplaceAll(string(svg), "http://www.w3.org/2000/svg", ""), s) {
			t.Errorf("the drawing holds %q", s)
		}
	}
}

// TestSVGOfficial: a scheme with a law says so, and markup in names stays text.
func TestSVGOfficial(t *testing.T) {
	p := publishedLabels(t)
	svg, err := art.SVG(context.Background(), p.label["live-official-scheme"], p.scheme(t, "QUAY"), art.Print{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(words(t, svg), "\n")
	for _, w := range []string{"Checked by the authority", "Q&A <b>Lamp</b>", "Quayside Products Act 2025, section 3", "Valid until 2027-01-01"} {
		if !strings.Contains(got, w) {
			t.Errorf("no %q in\n%s", w, got)
		}
	}
	if strings.Contains(got, "Issued") || strings.Contains(got, "Not a CE") {
		t.Errorf("says too much:\n%s", got)
	}
}

// TestSVGPrinted: what a browser makes of the drawing at 300 and 600 dots an inch is
// read by both decoders.
func TestSVGPrinted(t *testing.T) {
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("install chromium: apt-get install chromium")
	}
	p := publishedLabels(t)
	tok := p.label["live-gtin-japanese-lab-tested"]
	for _, c := range []struct{ mm, dpi float64 }{{art.DefaultMM, 300}, {art.DefaultMM, 600}, {art.RecommendedMM, 300}, {art.RecommendedMM, 600}} {
		mm := c.mm
		svg, err := art.SVG(context.Background(), tok, p.scheme(t, "HARB"), art.Print{MM: mm})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		page, shot := filepath.Join(dir, "p.html"), filepath.Join(dir, "p.png")
		html := "<!doctype html><meta charset=utf-8><body style='margin:20px'>" + string(svg)
		if err := os.WriteFile(page, []byte(html), 0o644); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, bin, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+dir+"/u",
			fmt.Sprintf("--force-device-scale-factor=%g", c.dpi/96), "--window-size=400,200", "--screenshot="+shot, "file://"+page)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("chromium: %v\n%s", err, out)
		}
		b, err := os.ReadFile(shot)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := photo.Read(context.Background(), b); err != nil || in.Token.Digest() != tok.Digest() {
			t.Errorf("%g mm at %g: gozxing: %v", mm, c.dpi, err)
		}
		if got := zbar(t, shot)[0]; got != tok.URL("label.example") {
			t.Errorf("%g mm at %g: zbarimg read %q", mm, c.dpi, got)
		}
	}
}

// TestPNG: whole dots, never smaller than asked for, read by both decoders.
func TestPNG(t *testing.T) {
	p := publishedLabels(t)
	dir := t.TempDir()
	for name, tok := range p.label {
		if tok.Zero() || !strings.HasPrefix(name, "live-") {
			continue
		}
		q, err := art.EncodeQR(tok.URL("label.example"))
		if err != nil {
			t.Fatal(err)
		}
		if q.Version > 9 {
			t.Errorf("%s: version %d", name, q.Version)
		}
		b, mm, err := q.PNG(20, 600)
		if err != nil || mm < 20 || mm > 24 {
			t.Fatalf("%s: %.2f mm, %v", name, mm, err)
		}
		c, err := png.DecodeConfig(bytes.NewReader(b))
		if err != nil || c.Width%(q.Size+8) != 0 {
			t.Errorf("%s: %d dots for %d modules, %v", name, c.Width, q.Size+8, err)
		}
		f := filepath.Join(dir, name+".png")
		if err := os.WriteFile(f, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := zbar(t, f)[0]; got != tok.URL("label.example") {
			t.Errorf("%s: zbarimg read %q", name, got)
		}
	}
	tok, s := p.label["live-es256"], p.scheme(t, "HARB")
	b, mm, err := art.PNG(context.Background(), tok, s, art.Print{MM: art.RecommendedMM}, 600)
	if err != nil || mm < 25 || mm > 28 {
		t.Errorf("a label at 25 mm: %.2f mm, %v", mm, err)
	}
	if in, err := photo.Read(context.Background(), b); err != nil || in.Token.Digest() != tok.Digest() {
		t.Errorf("a label at 25 mm: %v", err)
	}
	if _, _, err := art.PNG(context.Background(), tok, s, art.Print{MM: 12}, 600); !errors.Is(err, art.ErrTooDense) {
		t.Errorf("a label at 12 mm: %v", err)
	}
	q, err := art.EncodeQR("https://label.example/#1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mm  float64
		dpi int
	}{{9, 600}, {201, 600}, {20, 71}, {20, 2401}} {
		if _, _, err := q.PNG(c.mm, c.dpi); err == nil {
			t.Errorf("%g mm at %d: drawn", c.mm, c.dpi)
		}
	}
}

func TestEncodeQRLimits(t *testing.T) {
	if _, err := art.EncodeQR("https://a.example/#" + strings.Repeat("1", 8000)); !errors.Is(err, art.ErrTooDense) {
		t.Errorf("8000 digits: %v", err)
	}
	if _, err := art.EncodeQR("https://a.example/#12x"); err == nil {
		t.Error("a letter among the digits was written")
	}
	// The whole budget with a host of 13 characters is version 9.
	q, err := art.EncodeQR("https://label.example/#" + strings.Repeat("1", 372))
	if err != nil || q.Version != 9 || fmt.Sprintf("%.3f", q.Module(20)) != "0.328" {
		t.Errorf("372 digits: %+v, %v", q, err)
	}
}

func claims() label.Claims {
	return label.Claims{
		Issuer: "HARB", Number: 5, Level: 2, Assurance: label.LabTested, SupportEnd: label.DayOf(now.AddDate(4, 0, 0)),
		Brand: "Harbour", Model: "Cam", Version: "1.0", From: now, Until: now.AddDate(2, 0, 0),
	}
}

func TestLint(t *testing.T) {
	s := publishedLabels(t).scheme(t, "HARB")
	r, err := art.Lint(context.Background(), claims(), s, art.Print{}, now)
	if err != nil {
		t.Fatal(err)
	}
	if r.Bytes+r.Room != label.MaxToken || r.Version > 9 || r.Module < 0.327 {
		t.Errorf("report %+v", r)
	}
	future := claims()
	future.From = now.AddDate(0, 1, 0)
	if _, err := art.Lint(context.Background(), future, s, art.Print{}, now); err != nil {
		t.Errorf("valid from next month: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*label.Claims, *label.Scheme, *art.Print)
		want   string
	}{
		"claims":                {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.Brand = "" }, "brand: missing"},
		"other scheme":          {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.Issuer = "QUAY" }, `issuer "QUAY"`},
		"level":                 {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.Level = 4 }, "level 4 of 3"},
		"over":                  {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.From = time.Time{}; c.Until = now }, "has passed"},
		"support over":          {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.SupportEnd = label.DayOf(now) - 1 }, "has passed"},
		"outlives its key":      {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.Until = now.AddDate(4, 0, 0) }, "no key"},
		"dated back":            {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.From = now.AddDate(-1, 0, 0) }, "no key"},
		"dated ahead":           {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.From = now.AddDate(0, 3, 0) }, "no key"},
		"only status keys":      {func(_ *label.Claims, s *label.Scheme, _ *art.Print) { s.Keys = s.Keys[len(s.Keys)-1:] }, "no key"},
		"only a distrusted key": {func(_ *label.Claims, s *label.Scheme, _ *art.Print) { s.Keys = s.Keys[3:4] }, "no key"},
		"too long":              {func(c *label.Claims, _ *label.Scheme, _ *art.Print) { c.Model = strings.Repeat("x", 35) }, "too many"},
		"long host": {func(_ *label.Claims, s *label.Scheme, _ *art.Print) {
			s.Hosts = []string{strings.Repeat("long-", 8) + "host.example"}
		}, "print it"},
		"small print": {func(_ *label.Claims, _ *label.Scheme, p *art.Print) { p.MM = 15 }, "too dense"},
		"large print": {func(_ *label.Claims, _ *label.Scheme, p *art.Print) { p.MM = 61 }, "at most 60"},
		"scheme":      {func(_ *label.Claims, s *label.Scheme, _ *art.Print) { s.Hosts = []string{"Label.example"} }, "host name"},
	} {
		t.Run(name, func(t *testing.T) {
			c1, s1, p1 := claims(), *s, art.Print{}
			c.change(&c1, &s1, &p1)
			_, err := art.Lint(context.Background(), c1, &s1, p1, now)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	long := *s
	long.Hosts = []string{strings.Repeat("long-", 8) + "host.example"}
	if _, err := art.Lint(context.Background(), claims(), &long, art.Print{MM: art.RecommendedMM}, now); err != nil {
		t.Errorf("a long host at 25 mm: %v", err)
	}
}

// TestSVGRefuses: what does not scan is not drawn.
func TestSVGRefuses(t *testing.T) {
	p := publishedLabels(t)
	s := p.scheme(t, "HARB")
	if _, err := art.SVG(context.Background(), p.label["live-es256"], s, art.Print{MM: 12}); !errors.Is(err, art.ErrTooDense) {
		t.Errorf("12 mm: %v", err)
	}
	if _, err := art.SVG(context.Background(), label.Token{}, s, art.Print{}); err == nil {
		t.Error("nothing was drawn")
	}
	none := *s
	none.Hosts = nil
	if _, err := art.SVG(context.Background(), p.label["live-es256"], &none, art.Print{}); err == nil {
		t.Error("drawn without a host")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := art.SVG(ctx, p.label["live-es256"], s, art.Print{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
