package label_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
)

func TestStatusList(t *testing.T) {
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[label.Number]label.Standing{label.ChunkSize: label.Valid, 2*label.ChunkSize - 1: label.Suspended}
	for range 2000 {
		want[label.Number(label.ChunkSize+rng.IntN(label.ChunkSize))] = label.Standing(rng.IntN(4))
	}
	b, err := label.SignStatusList(context.Background(), w.scheme(t, "HARB"), 1, want, now, w.status)
	if err != nil {
		t.Fatal(err)
	}
	l, err := label.OpenStatusList(b, w.trust, now)
	if err != nil {
		t.Fatal(err)
	}
	if l.Scheme != "HARB" || l.Chunk != 1 || !l.Issued.Equal(now) || !l.Expires.Equal(now.Add(label.StatusLife)) {
		t.Errorf("got %s %d %s %s", l.Scheme, l.Chunk, l.Issued, l.Expires)
	}
	for i := range label.ChunkSize {
		st, ok := want[label.Number(label.ChunkSize+i)]
		if !ok {
			st = label.Revoked // never issued
		}
		if got := l.At(i); got != st {
			t.Fatalf("index %d: %s, want %s", i, got, st)
		}
	}
	if _, err := label.OpenStatusList(b, w.trust, now.Add(time.Second)); !errors.Is(err, label.ErrRolledBack) {
		t.Errorf("rolled back: %v", err)
	}
	if _, err := label.OpenStatusList(make([]byte, 64<<10+1), w.trust, now); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("long: %v", err)
	}
	if _, err := label.OpenStatusList(b, nil, now); err == nil {
		t.Error("opened without a trust list")
	}
	for name, m := range map[string]map[label.Number]label.Standing{"other chunk": {5: label.Valid}, "no standing": {label.ChunkSize: 4}} {
		if _, err := label.SignStatusList(context.Background(), w.scheme(t, "HARB"), 1, m, now, w.status); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	if _, err := label.SignStatusList(context.Background(), w.scheme(t, "HARB"), 1, nil, now, badSigner{w.status, nil}); err == nil {
		t.Error("signed by a key that cannot")
	}
}

func TestRange(t *testing.T) {
	w := newWorld(t)
	s := w.scheme(t, "HARB")
	bits := label.RangeBits(5000)
	buckets := map[uint32][]label.Issued{}
	var all []label.Issued
	for i := range uint32(5000) {
		e := label.Issued{Digest: sha256.Sum256(binary.BigEndian.AppendUint32(nil, i)), Standing: label.Standing(i % 4), LogIndex: 1<<39 + uint64(i), SupportEnd: label.Day(20000 + i)}
		all = append(all, e)
		p := label.RangePrefix(e.Digest, bits)
		buckets[p] = append(buckets[p], e)
	}
	if bits != 4 || len(buckets) != 16 {
		t.Fatalf("%d bits, %d buckets", bits, len(buckets))
	}
	files := map[uint32]*label.RangeFile{}
	for p, es := range buckets {
		b, err := label.SignRange(context.Background(), s, bits, p, es, now, w.status)
		if err != nil {
			t.Fatal(err)
		}
		if files[p], err = label.OpenRange(b, w.trust, now); err != nil {
			t.Fatal(err)
		}
		if files[p].Len() < label.BucketMin {
			t.Errorf("bucket %s has %d labels", label.RangeName(p, bits), files[p].Len())
		}
	}
	for _, e := range all {
		got, held, found := files[label.RangePrefix(e.Digest, bits)].Find(e.Digest)
		if !held || !found || got.Standing != e.Standing || got.LogIndex != e.LogIndex || got.SupportEnd != e.SupportEnd {
			t.Fatalf("%x: %v %v %+v", e.Digest, held, found, got)
		}
		if _, held, found = files[label.RangePrefix(e.Digest, bits)^1].Find(e.Digest); held || found {
			t.Fatalf("%x: in another bucket", e.Digest)
		}
		no := e.Digest
		no[31]++
		if _, held, found = files[label.RangePrefix(e.Digest, bits)].Find(no); !held || found {
			t.Fatalf("%x: held %v found %v", no, held, found)
		}
	}
}

func TestRangeRefused(t *testing.T) {
	w := newWorld(t)
	s := w.scheme(t, "HARB")
	e := entry(issue(t, plug(), w.es), label.Valid, 1)
	far, odd, endless := e, e, e
	far.LogIndex, odd.Standing, endless.SupportEnd = 1<<40, 4, 0
	for name, es := range map[string][]label.Issued{"log index": {far}, "standing": {odd}, "support": {endless}, "twice": {e, e}} {
		if _, err := label.SignRange(context.Background(), s, 0, 0, es, now, w.status); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	if _, err := label.SignRange(context.Background(), s, 1, label.RangePrefix(e.Digest, 1)^1, []label.Issued{e}, now, w.status); err == nil {
		t.Error("other bucket: signed")
	}
	if _, err := label.SignRange(context.Background(), s, 0, 0, nil, now, badSigner{w.status, nil}); err == nil {
		t.Error("signed by a key that cannot")
	}
	bucket := func(bits int, prefix uint32) error {
		raw := rawCose{tag: 18, protected: en(t, map[int]any{1: -7, 4: hint(t, w.status), 16: label.RangeType}), signer: w.status, payload: en(t, map[any]any{
			1: "HARB", 4: uint64(now.Unix() + 60), 6: uint64(now.Unix()), -65537: map[any]any{0: bits, 1: prefix, 2: []byte{}},
		})}
		_, err := label.OpenRange(raw.bytes(t), w.trust, now)
		return err
	}
	if err := bucket(24, 1<<24-1); err != nil {
		t.Errorf("24 bits: %v", err)
	}
	for bits, prefix := range map[int]uint32{25: 0, 0: 1, 8: 256} {
		if err := bucket(bits, prefix); err == nil || !strings.Contains(err.Error(), "24 bits") {
			t.Errorf("%d bits, prefix %d: %v", bits, prefix, err)
		}
	}
	b, err := label.SignRange(context.Background(), s, 0, 0, []label.Issued{e}, now, w.status)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := label.OpenRange(b, w.trust, now.Add(time.Second)); !errors.Is(err, label.ErrRolledBack) {
		t.Errorf("rolled back: %v", err)
	}
	if _, err := label.OpenRange(make([]byte, 256<<10+1), w.trust, now); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("long: %v", err)
	}
}

func TestRangeBits(t *testing.T) {
	for n, want := range map[int]uint8{0: 0, 399: 0, 400: 1, 1_000_000: 12, 1 << 40: 24} {
		if got := label.RangeBits(n); got != want {
			t.Errorf("%d labels: %d bits, want %d", n, got, want)
		}
	}
	if d := [32]byte{0xab, 0xcd, 0xef}; label.RangePrefix(d, 0) != 0 || label.RangePrefix(d, 12) != 0xabc || label.RangePrefix(d, 24) != 0xabcdef || label.RangeName(0xabc, 12) != "12/abc" {
		t.Error("prefix or name")
	}
}
