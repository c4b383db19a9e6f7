package bootservices

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/lab/corpus"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/sim"
)

var (
	loadCatalog = sync.OnceValues(catalog.Load)
	day         = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
)

func parse(t testing.TB, src string) (*product.Product, *catalog.Catalog) {
	t.Helper()
	cat, err := loadCatalog()
	if err != nil {
		t.Fatal(err)
	}
	p, problems := product.Parse(product.FileName, []byte(src), cat, product.Options{SkipSecrets: true})
	if bad := problems.Blocking(); len(bad) > 0 {
		t.Fatal(bad)
	}
	return p, cat
}

// declare parses a small declaration of firmware version 2 with the given images and
// IXIT tables.
func declare(t testing.TB, images, ixit string) (*product.Product, *catalog.Catalog) {
	t.Helper()
	src := "schema: plimsoll.product/1\n" +
		"product: {name: Cam, model: C1, manufacturer: {name: Example}, firmware_version: \"2\", category: ip-camera}\n" +
		"standard: en303645-2.1.1\ntargets: {firmware: [" + images + "]}\n"
	if ixit != "" {
		src += "ixit:\n  " + strings.ReplaceAll(ixit, "\n", "\n  ") + "\n"
	}
	return parse(t, src)
}

// rehearse lets open-image's collection and the probe look at files of a product
// folder.
func rehearse(t testing.TB, p *product.Product, cat *catalog.Catalog, files map[string][]byte) (*probe.View, probe.Result) {
	t.Helper()
	p.Dir = t.TempDir()
	for name, data := range files {
		path := filepath.Join(p.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := probe.Config{
		Product: p, Catalog: cat, Now: func() time.Time { return day },
		PublicSecret: func(s string) bool { return slices.Contains(passwd.Words(), s) },
	}
	v, err := probe.Rehearse(t.Context(), c, filepath.Join(p.Dir, "evidence"), Probe, images)
	if err != nil {
		t.Fatal(err)
	}
	return v, Probe.Judge(v)
}

// simulated lets the probe look at the image of a simulated device.
func simulated(t testing.TB, kind string, flaws ...string) (*probe.View, probe.Result) {
	t.Helper()
	decl, err := sim.Declaration(sim.Config{Kind: kind, Flaws: flaws})
	if err != nil {
		t.Fatal(err)
	}
	img, err := sim.Image(kind, flaws)
	if err != nil {
		t.Fatal(err)
	}
	p, cat := parse(t, string(decl))
	return rehearse(t, p, cat, map[string][]byte{p.Targets.Firmware[0].File: img})
}

// realImage lets the probe look at a real image.
func realImage(t *testing.T, name string) (*probe.View, probe.Result) {
	t.Helper()
	p, cat := declare(t, "image.bin", "")
	return rehearse(t, p, cat, map[string][]byte{"image.bin": corpus.Read(t, "firmware/"+name)})
}

// seen lists the findings as "unit subject VERDICT", each once.
func seen(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s", f.Unit, f.Subject))+" "+string(f.Verdict))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func only(r probe.Result, v plimsoll.Verdict) []string {
	return slices.DeleteFunc(seen(r), func(s string) bool { return !strings.HasSuffix(s, " "+string(v)) })
}

// reasons joins the reasons of the findings with a verdict.
func reasons(r probe.Result, v plimsoll.Verdict) string {
	var out []string
	for _, f := range r.Findings {
		if f.Verdict == v {
			out = append(out, f.Reason)
		}
	}
	return strings.Join(out, "\n")
}

func facts(r probe.Result) []string {
	out := []string{}
	for _, f := range r.Facts {
		out = append(out, string(f.ID))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// complete checks that each finding says what a person needs.
func complete(t *testing.T, r probe.Result) {
	t.Helper()
	for _, u := range Probe.Decides {
		if !slices.ContainsFunc(r.Findings, func(f plimsoll.Finding) bool { return f.Unit == u }) {
			t.Errorf("no finding on %s", u)
		}
	}
	for _, f := range r.Findings {
		if f.Reason == "" || f.Verdict != plimsoll.Pass && f.Remedy == "" || f.Verdict == plimsoll.Fail && len(f.Evidence) == 0 {
			t.Errorf("%s %s: reason %q, remedy %q, evidence %v", f.Unit, f.Subject, f.Reason, f.Remedy, f.Evidence)
		}
	}
	for _, f := range r.Facts {
		if !slices.Contains(Probe.Facts, f.ID) {
			t.Errorf("fact %s is not announced", f.ID)
		}
	}
}

// dark are images of which no PASS may come, whatever probe looks.
func dark(t *testing.T) map[string][]byte {
	t.Helper()
	good, err := sim.Image("camera", nil)
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 64<<10)
	state := uint64(1)
	for i := range noise {
		state = state*6364136223846793005 + 1442695040888963407
		noise[i] = byte(state >> 56)
	}
	return map[string][]byte{
		"empty":         {},
		"one byte":      {0},
		"text":          []byte(strings.Repeat("no image at all\n", 2000)),
		"noise":         noise,
		"truncated":     good[:len(good)/2],
		"header only":   good[:80],
		"good and dark": append(slices.Clone(good), noise...),
		"zeros":         make([]byte, 1<<20),
	}
}

// TestDark: no PASS comes of an image that was not opened whole.
func TestDark(t *testing.T) {
	for name, data := range dark(t) {
		t.Run(name, func(t *testing.T) {
			p, cat := declare(t, "x.bin", rows)
			_, r := rehearse(t, p, cat, map[string][]byte{"x.bin": data})
			complete(t, r)
			if got := only(r, plimsoll.Inconclusive); len(got) == 0 || len(only(r, plimsoll.Pass))+len(only(r, plimsoll.Fail)) > 0 {
				t.Errorf("got %q", seen(r))
			}
		})
	}
	t.Run("missing file", func(t *testing.T) {
		p, cat := declare(t, "x.bin", rows)
		_, r := rehearse(t, p, cat, nil)
		complete(t, r)
		if len(only(r, plimsoll.Pass)) > 0 || !strings.Contains(reasons(r, plimsoll.Inconclusive), "x.bin") {
			t.Errorf("got %q: %s", seen(r), reasons(r, plimsoll.Inconclusive))
		}
	})
	t.Run("folder", func(t *testing.T) {
		p, cat := declare(t, "x.bin", rows)
		_, r := rehearse(t, p, cat, map[string][]byte{"x.bin/y": {1}})
		complete(t, r)
		if len(only(r, plimsoll.Pass)) > 0 || !strings.Contains(reasons(r, plimsoll.Inconclusive), "folder") {
			t.Errorf("got %q: %s", seen(r), reasons(r, plimsoll.Inconclusive))
		}
	})
}

// TestEncrypted: an encrypted image of a real device is INCONCLUSIVE, never PASS.
func TestEncrypted(t *testing.T) {
	for _, name := range []string{"zigbee/bosch-dimmer-enc.ota", "zigbee/danalock-v3-enc.ota", "zigbee/eurotronic-spirit-enc.ota", "zigbee/hue-conflight.ota"} {
		t.Run(name, func(t *testing.T) {
			p, cat := declare(t, "x.ota", rows)
			_, r := rehearse(t, p, cat, map[string][]byte{"x.ota": corpus.Read(t, "firmware/"+name)})
			complete(t, r)
			if len(only(r, plimsoll.Pass))+len(only(r, plimsoll.Fail)) > 0 || !strings.Contains(reasons(r, plimsoll.Inconclusive), "encrypted: supply the plain image") {
				t.Errorf("got %q: %s", seen(r), reasons(r, plimsoll.Inconclusive))
			}
		})
	}
}

// images keeps what the probe reads.
func images(s *probe.Session) error { return probe.KeepImages(context.Background(), s) }
