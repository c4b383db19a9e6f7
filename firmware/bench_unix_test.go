//go:build unix

package firmware

import (
	"bytes"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkScan runs the real table over code-like bytes: half text and zeros, half noise. MB/cpu-s is the speed of one
// core whatever else the machine does.
func BenchmarkScan(b *testing.B) {
	data := make([]byte, 0, 64<<20)
	text := bytes.Repeat([]byte("\x10\x00\xa0\xe1 code, text\x00\x00\x00\x00\xff\xff"), 20000)
	rnd := noise(len(text))
	for len(data)+len(text)*2 < 64<<20 {
		data = append(append(data, text...), rnd...)
	}
	s := newScanner()
	b.SetBytes(int64(len(data)))
	start := cpuTime()
	for b.Loop() {
		s.All(data, maxHits)
	}
	b.ReportMetric(float64(b.N)*float64(len(data))/1e6/(cpuTime()-start).Seconds(), "MB/cpu-s")
}
