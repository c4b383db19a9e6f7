package openimage

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/firmware"
	"github.com/plimsoll-iot/plimsoll/lab/imagebench"
	"github.com/plimsoll-iot/plimsoll/lab/probetest"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

const rows = "SecParam:\n  - {id: SecParam-1, type: critical}"

var bench = imagebench.Bench{Probe: Probe, Rows: rows}

func TestDark(t *testing.T) { bench.Dark(t) }

func TestEncrypted(t *testing.T) { bench.Encrypted(t) }

func TestJudge(t *testing.T) {
	whole := firmware.Summary{
		SHA256: strings.Repeat("0", 64), Size: 1000, Explained: 990,
		Parts: []firmware.Part{{Format: "squashfs", Parent: -1, Layer: -1, Size: 990, Exact: true}}, Trees: []firmware.TreeSummary{{Format: "squashfs", Files: 9}},
	}
	with := func(f func(*evidence.Image)) evidence.Image {
		v := evidence.Image{Files: 7, Summary: whole}
		v.Summary.Parts = slices.Clone(whole.Parts)
		f(&v)
		return v
	}
	all := []string{"5.1-1-1/a INCONCLUSIVE", "5.4-3-2/a INCONCLUSIVE", "5.4-4-1/b INCONCLUSIVE", "5.6-5-1/a INCONCLUSIVE"}
	tests := []struct {
		name  string
		value evidence.Image
		want  []string
		facts []string
		says  string
	}{
		{"whole", with(func(*evidence.Image) {}), []string{}, []string{"image.opened"}, ""},
		{"encrypted", with(func(v *evidence.Image) { v.Files, v.Summary.Encrypted, v.Summary.Why = 0, true, "gbl" }), all, []string{"image.encrypted"}, "encrypted: supply the plain image (gbl)"},
		{"opaque", with(func(v *evidence.Image) { v.Summary.Opaque = []firmware.Region{{Offset: 16, Size: 4096}} }), all, []string{"image.opened"}, "4096 bytes at 0x10"},
		{"unread part", with(func(v *evidence.Image) {
			v.Summary.Parts = append(v.Summary.Parts, firmware.Part{Format: "jffs2", Unread: true, Offset: 32})
		}), all, []string{"image.opened"}, "jffs2 at 0x20 is not read"},
		{"partial", with(func(v *evidence.Image) { v.Summary.Partial, v.Summary.Notes = true, []string{"squashfs at 0x0 is cut"} }), all, []string{"image.opened"}, "squashfs at 0x0 is cut"},
		{"no files", with(func(v *evidence.Image) { v.Files = 0 }), all, []string{}, "no file system with files"},
		{"mostly unexplained", with(func(v *evidence.Image) { v.Summary.Size = 100_000 }), all, []string{"image.opened"}, "99010 of 100000 bytes"},
		{"unseen", with(func(v *evidence.Image) { v.Summary.Unseen = []string{"something new"} }), all, []string{"image.opened"}, "something new"},
		{"not opened", evidence.Image{Unopened: "reading \"x.bin\": no such file"}, all, []string{}, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := imagebench.Declare(t, "x.bin", rows)
			r := bench.Judge(t, p, probe.MemoryValue{
				Kind: evidence.Images.ID(), Value: tt.value, Target: evidence.Target{Kind: evidence.TargetFirmware, Name: "x.bin"},
			})
			if got := imagebench.Seen(r); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := probetest.Facts(r); !slices.Equal(got, tt.facts) {
				t.Errorf("facts: got %q, want %q", got, tt.facts)
			}
			if got := imagebench.Reasons(r, plimsoll.Inconclusive); !strings.Contains(got, tt.says) {
				t.Errorf("got %q, want %q in it", got, tt.says)
			}
		})
	}
}

// TestVersions: an image of another version than the assessed one decides nothing.
func TestVersions(t *testing.T) {
	p := imagebench.Declare(t, `{file: old.bin, version: "1"}, {file: old.bin, version: "1"}`, rows)
	_, r := bench.Rehearse(t, p, map[string][]byte{"old.bin": make([]byte, 4096)})
	if len(r.Findings) > 0 {
		t.Errorf("got %q", imagebench.Seen(r))
	}
}

func TestTwins(t *testing.T) {
	for _, kind := range sim.Kinds() {
		v, r := bench.Simulated(t, kind)
		if len(r.Findings) > 0 || !slices.Equal(probetest.Facts(r), []string{"image.opened"}) {
			t.Errorf("%s: got %q, %q", kind, imagebench.Seen(r), probetest.Facts(r))
		}
		items := probe.Items(v, evidence.Images)
		if len(items) != 1 || items[0].Note != "" || items[0].Value.Files < 20 {
			t.Errorf("%s: got %+v", kind, items)
		}
		if recs := v.Records(); len(recs) != 1 || recs[0].Input == "" || recs[0].Target.Kind != evidence.TargetFirmware {
			t.Errorf("%s: records %+v", kind, recs)
		}
	}
}

// TestInterrupted: an ended context keeps a value that passes nothing.
func TestInterrupted(t *testing.T) {
	img, err := sim.Image("camera", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := imagebench.Declare(t, "x.bin", rows)
	bench.Rehearse(t, p, map[string][]byte{"x.bin": img})
	store, err := evidence.OpenStore(p.Dir + "/second")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutRun(plimsoll.Run{ID: "r", Firmware: "2"}); err != nil {
		t.Fatal(err)
	}
	s := probe.NewSession(probe.Config{Product: p, Catalog: probetest.Catalog(t), Store: store, Run: "r", Now: probetest.Day})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Probe.Collect(ctx, s.For(Probe, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	r := Probe.Judge(s.View())
	if got := imagebench.Reasons(r, plimsoll.Inconclusive); !strings.Contains(got, "interrupted") {
		t.Errorf("got %q", got)
	}
}

// TestShared: one run opens the same bytes once, and gives the same evidence again.
func TestShared(t *testing.T) {
	img, err := sim.Image("plug", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := imagebench.Declare(t, "a.bin, b.bin", rows)
	v, _ := bench.Rehearse(t, p, map[string][]byte{"a.bin": img, "b.bin": img})
	if items := probe.Items(v, evidence.Images); len(items) != 2 || items[0].Digest != items[1].Digest {
		t.Errorf("got %d values", len(items))
	}
	s := probe.NewSession(probe.Config{Product: p, Catalog: probetest.Catalog(t), Now: time.Now})
	a, d, err := s.Image(t.Context(), "a.bin")
	if err != nil {
		t.Fatal(err)
	}
	b, e, err := s.For(Probe, nil).Image(t.Context(), "b.bin")
	if err != nil || a != b || d != e || d != evidence.DigestOf(img) {
		t.Errorf("opened twice: %p %p, %s %s, %v", a, b, d, e, err)
	}
}

// TestCorpus opens real images whole, and names what of others stays dark.
func TestCorpus(t *testing.T) {
	for name, dark := range map[string]string{
		"router/tplink-wr841n-v14-eu.bin": "", "camera/escam-g02-rootfs.sqfs": "", "camera/spycam-rootfs.sqfs": "", "camera/wyze-v2-rootfs.sqfs": "",
		"router/lede-17.01.4-wr841v11-factory.bin": "", "camera/digoo-system.jffs2": "", "mcu/openbeken-bk7231n.ug.bin": "encrypted", "hub/aqara-g3-linux.bin": "no file system",
	} {
		t.Run(name, func(t *testing.T) {
			v, r := bench.Real(t, name)
			items := probe.Items(v, evidence.Images)
			if len(items) != 1 {
				t.Fatalf("%d values", len(items))
			}
			got := imagebench.Reasons(r, plimsoll.Inconclusive)
			if strings.HasSuffix(name, ".jffs2") { // opened, or named as not read
				if items[0].Value.Files == 0 && !strings.Contains(got, "jffs2") {
					t.Errorf("got %q", got)
				}
				return
			}
			if dark == "" && got != "" || !strings.Contains(got, dark) {
				b, _ := json.Marshal(items[0].Value.Summary)
				t.Errorf("got %q, want %q\n%.2000s", got, dark, b)
			}
		})
	}
}
