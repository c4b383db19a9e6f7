package scan

import (
	"bytes"
	"math/rand"
	"reflect"
	"testing"
)

var signatures = []Signature{
	{Name: "a", Magic: []byte("hsqs")},
	{Name: "b", Magic: []byte("\x53\xef"), Offset: 0x38},
	{Name: "c", Magic: []byte("070701"), Anchor: 4},
	{Name: "d", Magic: []byte("070702"), Anchor: 4},
	{Name: "e", Magic: []byte("ustar"), Offset: 257},
	{Name: "f", Magic: []byte("\x00\x00\x01\xba"), Anchor: 2},
	{Name: "short", Magic: []byte("x")},
}

// brute finds the same hits the slow way.
func brute(data []byte) (hits []Hit) {
	for off := range data {
		for i, s := range signatures {
			at := off + s.Offset
			if len(s.Magic) > 1 && at < len(data) && bytes.HasPrefix(data[at:], s.Magic) {
				hits = append(hits, Hit{off, i})
			}
		}
	}
	return hits
}

func TestAgainstBruteForce(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	s := New(signatures)
	const letters = "hsq0712\x00\x01\xbaS\xefustr"
	found := 0
	for size := range 300 {
		data := make([]byte, size)
		for i := range data {
			data[i] = letters[rnd.Intn(len(letters))]
		}
		for range 4 {
			sig := signatures[rnd.Intn(len(signatures))]
			if size > 0 {
				copy(data[rnd.Intn(size):], sig.Magic)
			}
		}
		got, more := s.All(data, 1<<20)
		want := brute(data)
		found += len(want)
		if !reflect.DeepEqual(got, want) || more {
			t.Fatalf("%q:\ngot  %v\nwant %v", data, got, want)
		}
	}
	if found < 300 {
		t.Errorf("only %d hits compared", found)
	}
}

func TestLimit(t *testing.T) {
	got, more := New(signatures).All(bytes.Repeat([]byte("hsqs"), 100), 10)
	if len(got) != 10 || !more {
		t.Errorf("%d hits, more %v", len(got), more)
	}
}
