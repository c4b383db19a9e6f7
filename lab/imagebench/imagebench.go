// Package imagebench lets tests of the probes that look into firmware images put
// images before them: those of the simulated devices, real ones of the corpus, and
// such as no probe can see into.
//
// Only tests may import it, and it must never judge: what a probe should find stands
// in the test of that probe.
package imagebench

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/firmware/passwd"
	"github.com/plimsoll-iot/plimsoll/lab/corpus"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/product"
	"github.com/plimsoll-iot/plimsoll/sim"
)

// Bench is where one probe looks into images.
type Bench struct {
	Probe *probe.Probe
	Rows  string // IXIT tables that images which cannot be opened are declared with
}

// Declare parses a small declaration of firmware version 2 with the given images and
// IXIT tables.
func Declare(t testing.TB, images, ixit string) *product.Product {
	t.Helper()
	src := "schema: plimsoll.product/1\n" +
		"product: {name: Cam, model: C1, manufacturer: {name: Example}, firmware_version: \"2\", category: ip-camera}\n" +
		"standard: en303645-2.1.1\ntargets: {firmware: [" + images + "]}\n"
	if ixit != "" {
		src += "ixit:\n  " + strings.ReplaceAll(ixit, "\n", "\n  ") + "\n"
	}
	return probetest.Parse(t, src)
}

// Rehearse lets the probe look at files of a product folder, after the image is
// opened where it reads opened images. The evidence stands in the folder "evidence"
// below the product's.
func (b Bench) Rehearse(t testing.TB, p *product.Product, files map[string][]byte) (*probe.View, probe.Result) {
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
		Product: p, Catalog: probetest.Catalog(t), Now: probetest.Day,
		PublicSecret: func(s string) bool { return slices.Contains(passwd.Words(), s) },
	}
	var before []func(*probe.Session) error
	if slices.Contains(b.Probe.Reads, evidence.Images.Name) {
		before = append(before, func(s *probe.Session) error { return probe.KeepImages(t.Context(), s) })
	}
	v, err := probe.Rehearse(t.Context(), c, filepath.Join(p.Dir, "evidence"), b.Probe, before...)
	if err != nil {
		t.Fatal(err)
	}
	return v, b.Probe.Judge(v)
}

// Simulated lets the probe look at the image of a simulated device.
func (b Bench) Simulated(t testing.TB, kind string, flaws ...string) (*probe.View, probe.Result) {
	t.Helper()
	decl, err := sim.Declaration(sim.Config{Kind: kind, Flaws: flaws})
	if err != nil {
		t.Fatal(err)
	}
	img, err := sim.Image(kind, flaws)
	if err != nil {
		t.Fatal(err)
	}
	p := probetest.Parse(t, string(decl))
	return b.Rehearse(t, p, map[string][]byte{p.Targets.Firmware[0].File: img})
}

// Real lets the probe look at a real image of the corpus.
func (b Bench) Real(t testing.TB, name string) (*probe.View, probe.Result) {
	t.Helper()
	return b.Rehearse(t, Declare(t, "image.bin", ""), map[string][]byte{"image.bin": corpus.Read(t, "firmware/"+name)})
}

// Judge judges values held in memory and checks that the result is complete.
func (b Bench) Judge(t testing.TB, p *product.Product, values ...probe.MemoryValue) probe.Result {
	t.Helper()
	r := b.Probe.Judge(probetest.View(t, p, values...))
	b.Complete(t, r)
	return r
}

// Complete checks that a result says what a person needs.
func (b Bench) Complete(t testing.TB, r probe.Result) {
	t.Helper()
	probetest.Complete(t, b.Probe, r)
}

// Opened is the evidence of an image named file that was opened whole, and the digest
// of its bytes.
func Opened(file string) (probe.MemoryValue, plimsoll.Digest) {
	sum := strings.Repeat(string("0123456789abcdef"[len(file)%16]), 64)
	return probe.MemoryValue{
		Kind: evidence.Images.ID(), Target: evidence.Target{Kind: evidence.TargetFirmware, Name: file},
		Value: evidence.Image{Files: 9, Summary: firmware.Summary{
			SHA256: sum, Size: 100, Explained: 100, Parts: []firmware.Part{{Format: "squashfs", Offset: 64, Parent: -1, Layer: -1}},
			Trees: []firmware.TreeSummary{{Format: "squashfs", Files: 12}},
		}},
	}, plimsoll.Digest("sha256:" + sum)
}

// Seen lists the findings as "unit subject VERDICT", each once.
func Seen(r probe.Result) []string { return slices.Compact(probetest.Seen(r)) }

// Only lists the findings with a verdict as Seen does.
func Only(r probe.Result, v plimsoll.Verdict) []string {
	return slices.DeleteFunc(Seen(r), func(s string) bool { return !strings.HasSuffix(s, " "+string(v)) })
}

// Reasons joins the reasons of the findings with one of the verdicts.
func Reasons(r probe.Result, vs ...plimsoll.Verdict) string {
	var out []string
	for _, f := range r.Findings {
		if slices.Contains(vs, f.Verdict) {
			out = append(out, f.Reason)
		}
	}
	return strings.Join(out, "\n")
}

// Expect checks the findings as Seen lists them, and that the reasons of any verdict
// hold the words of says.
func Expect(t testing.TB, r probe.Result, want []string, says string) {
	t.Helper()
	if got := Seen(r); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if all := Reasons(r, plimsoll.Fail, plimsoll.Inconclusive, plimsoll.Pass); !strings.Contains(all, says) {
		t.Errorf("got %q, want %q in it", all, says)
	}
}

// Newc packs files as a cpio archive in the format newc.
func Newc(files map[string]string) []byte {
	var b strings.Builder
	entry := func(name, data string, mode int) {
		fmt.Fprintf(&b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
		b.WriteString(name + "\x00" + strings.Repeat("\x00", (4-(110+len(name)+1)%4)%4))
		b.WriteString(data + strings.Repeat("\x00", (4-len(data)%4)%4))
	}
	for _, n := range slices.Sorted(maps.Keys(files)) {
		entry(n, files[n], 0o100644)
	}
	entry("TRAILER!!!", "", 0)
	return []byte(b.String())
}
