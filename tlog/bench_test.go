package tlog_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plimsoll-iot/plimsoll/tlog"
)

// BenchmarkAppend64Writers: durable appends, 64 writers that each wait for theirs.
func BenchmarkAppend64Writers(b *testing.B) {
	l := open(b, b.TempDir(), alone(b))
	defer closing(b, l)
	e := entry(299)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := l.Append(context.Background(), e); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// BenchmarkPublish: one entry, from the call of Append until a checkpoint covers it.
func BenchmarkPublish(b *testing.B) {
	for name, witnesses := range map[string]int{"alone": 0, "witnesses=3": 3} {
		b.Run(name, func(b *testing.B) {
			o, _ := watchedBy(b, witnesses, "2")
			l := open(b, b.TempDir(), o)
			defer closing(b, l)
			b.ResetTimer()
			for range b.N {
				i, err := l.Append(b.Context(), entry(1))
				if err == nil {
					err = l.Published(b.Context(), i)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkProof: build the proof of an entry from the files and check it with its
// signature, in a log of 10,000 entries; on all processors, and on one.
func BenchmarkProof(b *testing.B) {
	o := alone(b)
	l := open(b, b.TempDir(), o)
	defer closing(b, l)
	at := fill(b, l, 0, 10_000)
	prove := func(i int) {
		p, err := l.Proof(b.Context(), uint64(i))
		if err == nil {
			_, err = tlog.CheckProof(p, at[uint64(i)], origin, o.Policy)
		}
		if err != nil {
			b.Error(err)
		}
	}
	b.Run("one", func(b *testing.B) {
		for i := range b.N {
			prove(i * 7919 % 10_000)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proofs/s")
	})
	b.Run("parallel", func(b *testing.B) {
		var next atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				prove(int(next.Add(7919) % 10_000))
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proofs/s")
	})
	b.Run("check", func(b *testing.B) {
		p, err := l.Proof(b.Context(), 4242)
		if err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		for range b.N {
			if _, err := tlog.CheckProof(p, at[4242], origin, o.Policy); err != nil {
				b.Fatal(err)
			}
		}
	})
}
