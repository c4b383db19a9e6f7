// Package scan finds byte signatures anywhere in an image, in one pass.
//
// It reports candidates only: a hit is a place worth parsing, never a finding. The package must never
// allocate in proportion to the image, except for the hits it returns, and those are bounded by the caller.
package scan

import (
	"bytes"
	"encoding/binary"
	"sort"
)

// A Signature is a byte string that stands at Offset bytes after the start of what it announces.
type Signature struct {
	Name   string
	Magic  []byte // at least two bytes
	Offset int    // of Magic from the start of the container
	Anchor int    // index in Magic of the two bytes looked up in the window table; choose a rare pair
}

// A Hit is a place where a signature stands.
type Hit struct {
	Offset int // start of the container, never negative
	Sig    int // index into the signatures of the scanner
}

// A Scanner is a compiled set of signatures. It is safe for concurrent use.
type Scanner struct {
	sigs    []Signature
	bucket  [1 << 16]uint8 // window to bucket number, 0 for none
	buckets [][]int        // bucket number to signature indices
}

// New compiles sigs; one with a magic shorter than its anchor pair is left out.
func New(sigs []Signature) *Scanner {
	s := &Scanner{sigs: sigs, buckets: make([][]int, 1)}
	for i, sig := range sigs {
		if len(sig.Magic) < sig.Anchor+2 {
			continue
		}
		w := binary.LittleEndian.Uint16(sig.Magic[sig.Anchor:])
		if s.bucket[w] == 0 {
			if len(s.buckets) > 255 {
				continue
			}
			s.buckets = append(s.buckets, nil)
			s.bucket[w] = uint8(len(s.buckets) - 1)
		}
		b := s.bucket[w]
		s.buckets[b] = append(s.buckets[b], i)
	}
	return s
}

// Signature returns the signature of a hit.
func (s *Scanner) Signature(h Hit) Signature { return s.sigs[h.Sig] }

// Scan calls yield for every hit in data until it returns false. Hits come in order of the anchor pair, not of Offset.
//
// The loop looks at every two-byte window, seven per eight-byte load, in a 64 KiB table; only a set entry is verified.
func (s *Scanner) Scan(data []byte, yield func(Hit) bool) {
	t := &s.bucket
	i, n := 0, len(data)-8
	for i <= n {
		w := binary.LittleEndian.Uint64(data[i:])
		if t[uint16(w)]|t[uint16(w>>8)]|t[uint16(w>>16)]|t[uint16(w>>24)]|
			t[uint16(w>>32)]|t[uint16(w>>40)]|t[uint16(w>>48)] != 0 {
			for k := range 7 {
				if b := t[uint16(w>>(8*k))]; b != 0 && !s.verify(data, i+k, b, yield) {
					return
				}
			}
		}
		i += 7
	}
	for ; i+1 < len(data); i++ {
		if b := t[binary.LittleEndian.Uint16(data[i:])]; b != 0 && !s.verify(data, i, b, yield) {
			return
		}
	}
}

func (s *Scanner) verify(data []byte, at int, b uint8, yield func(Hit) bool) bool {
	for _, i := range s.buckets[b] {
		sig := &s.sigs[i]
		from := at - sig.Anchor
		start := from - sig.Offset
		if start < 0 || !bytes.HasPrefix(data[from:], sig.Magic) {
			continue
		}
		if !yield(Hit{Offset: start, Sig: i}) {
			return false
		}
	}
	return true
}

// All returns at most limit hits in order of offset, then of signature. The second result tells that there were more.
func (s *Scanner) All(data []byte, limit int) ([]Hit, bool) {
	var hits []Hit
	more := false
	s.Scan(data, func(h Hit) bool {
		if len(hits) >= limit {
			more = true
			return false
		}
		hits = append(hits, h)
		return true
	})
	sort.SliceStable(hits, func(i, j int) bool {
		if hits[i].Offset != hits[j].Offset {
			return hits[i].Offset < hits[j].Offset
		}
		return hits[i].Sig < hits[j].Sig
	})
	return hits, more
}
