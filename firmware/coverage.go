package firmware

import (
	"math"
	"sort"
)

const (
	entropyBlock = 4096 // bytes
	entropyLeast = 512  // a shorter tail says nothing
	entropyFloor = 7.95 // bits per byte, bias of the short block corrected
	paddingRun   = 64   // equal bytes (00 or ff) from which on a run counts as padding
)

// finish computes coverage and the opaque regions from the stretches recorded while opening.
func (o *opener) finish() {
	img := o.img
	merged := merge(o.covered, img.Size)
	var gaps []stretch
	at := int64(0)
	for _, s := range merged {
		if s.from > at {
			gaps = append(gaps, stretch{at, s.from})
		}
		img.Explained += s.to - s.from
		at = s.to
	}
	if at < img.Size {
		gaps = append(gaps, stretch{at, img.Size})
	}
	for _, g := range gaps {
		img.Explained += padding(img.data[g.from:g.to])
		img.Opaque = append(img.Opaque, opaque(img.data[g.from:g.to], g.from)...)
	}
}

// merge sorts stretches and joins those that touch.
func merge(in []stretch, size int64) []stretch {
	sort.Slice(in, func(i, j int) bool { return in[i].from < in[j].from })
	var out []stretch
	for _, s := range in {
		s.to = min(s.to, size)
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		if s.to > s.from {
			out = append(out, s)
		}
	}
	return out
}

// padding counts the bytes that lie in long runs of 00 or ff.
func padding(b []byte) int64 {
	var n int64
	for i := 0; i < len(b); {
		c := b[i]
		if c != 0 && c != 0xff {
			i++
			continue
		}
		j := i + 1
		for j < len(b) && b[j] == c {
			j++
		}
		if j-i >= paddingRun {
			n += int64(j - i)
		}
		i = j
	}
	return n
}

// opaque returns the stretches of b, which lies at base in the image, whose blocks all look random.
func opaque(b []byte, base int64) []Region {
	var out []Region
	for at := 0; at < len(b); at += entropyBlock {
		block := b[at:min(at+entropyBlock, len(b))]
		if len(block) < entropyLeast {
			break
		}
		h := entropy(block)
		if h < entropyFloor {
			continue
		}
		off, size := base+int64(at), int64(len(block))
		if n := len(out); n > 0 && out[n-1].Offset+out[n-1].Size == off {
			out[n-1].Size += size
			out[n-1].Entropy = min(out[n-1].Entropy, h)
			continue
		}
		out = append(out, Region{Offset: off, Size: size, Entropy: h})
	}
	return out
}

// entropy is Shannon's, in bits per byte, with the Miller-Madow correction: a short block of random bytes would
// otherwise measure too low. Two decimals, so that it reads and compares the same everywhere.
func entropy(b []byte) float64 {
	var counts [256]int
	for _, c := range b {
		counts[c]++
	}
	n := float64(len(b))
	h, used := 0.0, 0
	for _, c := range counts {
		if c == 0 {
			continue
		}
		used++
		p := float64(c) / n
		h -= p * math.Log2(p)
	}
	h += float64(used-1) / (2 * n * math.Ln2)
	return math.Round(min(h, 8)*100) / 100
}
