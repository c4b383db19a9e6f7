package imagebench

import (
	"slices"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/lab/corpus"
	"github.com/plimsoll-iot/plimsoll/probe"
	"github.com/plimsoll-iot/plimsoll/sim"
)

// Dark shows that no PASS comes of an image that was not opened whole.
func (b Bench) Dark(t *testing.T) {
	for name, data := range darkImages(t) {
		t.Run(name, func(t *testing.T) {
			r := b.dark(t, "x.bin", map[string][]byte{"x.bin": data}, "")
			if len(Only(r, plimsoll.Inconclusive)) == 0 || len(Only(r, plimsoll.Fail)) > 0 {
				t.Errorf("got %q", Seen(r))
			}
		})
	}
	t.Run("missing file", func(t *testing.T) { b.dark(t, "x.bin", nil, "x.bin") })
	t.Run("folder", func(t *testing.T) { b.dark(t, "x.bin", map[string][]byte{"x.bin/y": {1}}, "folder") })
}

// Encrypted shows that an encrypted image of a real device is INCONCLUSIVE, never
// PASS.
func (b Bench) Encrypted(t *testing.T) {
	for _, name := range []string{"zigbee/bosch-dimmer-enc.ota", "zigbee/danalock-v3-enc.ota", "zigbee/eurotronic-spirit-enc.ota", "zigbee/hue-conflight.ota"} {
		t.Run(name, func(t *testing.T) {
			r := b.dark(t, "x.ota", map[string][]byte{"x.ota": corpus.Read(t, "firmware/"+name)}, "encrypted: supply the plain image")
			if len(Only(r, plimsoll.Fail)) > 0 {
				t.Errorf("got %q", Seen(r))
			}
		})
	}
}

// dark lets the probe look at a declared image that it cannot see into, which it must
// say in the words of says.
func (b Bench) dark(t *testing.T, image string, files map[string][]byte, says string) probe.Result {
	t.Helper()
	_, r := b.Rehearse(t, Declare(t, image, b.Rows), files)
	b.Complete(t, r)
	if why := Reasons(r, plimsoll.Inconclusive); len(Only(r, plimsoll.Pass)) > 0 || !strings.Contains(why, says) {
		t.Errorf("got %q: %s", Seen(r), why)
	}
	return r
}

// darkImages are bytes of which no PASS may come, whatever probe looks.
func darkImages(t *testing.T) map[string][]byte {
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
