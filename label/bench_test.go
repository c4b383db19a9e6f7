package label_test

import (
	"context"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// BenchmarkBare is what the signatures alone cost on this machine at this time, by the
// standard library: a floor under BenchmarkIssue, and what BenchmarkVerify is held against.
func BenchmarkBare(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	w := newWorld(b)
	msg := make([]byte, 140)
	for name, k := range map[string]*key.FileKey{"es256": w.es, "eddsa": w.ed} {
		sig, err := k.Sign(context.Background(), msg)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("verify/"+name, func(b *testing.B) {
			for b.Loop() {
				if err := key.Verify(k.Public(), msg, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("sign/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Sign(context.Background(), msg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerify: from the URL to the answer, with a fresh range file, of 300 labels in turn.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	for name, k := range map[string]key.Signer{"es256": w.es, "eddsa": w.ed} {
		urls, r := shelf(b, w, k)
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // per core
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				live(b, w, urls[i%len(urls)], r)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// shelf is 300 labels of one key, by their URLs, and the range file that holds them.
func shelf(b *testing.B, w *world, k key.Signer) (urls []string, r *label.RangeFile) {
	b.Helper()
	c := plug()
	var all []label.Issued
	for range 300 {
		c.Number++
		tok := issue(b, c, k)
		urls = append(urls, url(tok))
		all = append(all, entry(tok, label.Valid, 1))
	}
	raw, err := label.SignRange(context.Background(), w.scheme(b, "HARB"), 0, 0, all, now.Add(-time.Hour), w.status)
	if err != nil {
		b.Fatal(err)
	}
	if r, err = label.OpenRange(raw, w.trust, time.Time{}); err != nil {
		b.Fatal(err)
	}
	return urls, r
}

func live(b *testing.B, w *world, u string, r *label.RangeFile) {
	b.Helper()
	if got := verify.Label(context.Background(), verify.ParseInput(u), w.trust, verify.Status{Range: r}, nil, now, verify.Private); got.Outcome != verify.Live {
		b.Fatal(got.Why)
	}
}

// BenchmarkVerifyPeer compares whole labels with bare signatures in one run, as a
// shared machine is never twice as fast: with those of this program and with those
// of openssl.
func BenchmarkVerifyPeer(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	w := newWorld(b)
	urls, r := shelf(b, w, w.es)
	msg := make([]byte, 140)
	sig, err := w.es.Sign(context.Background(), msg)
	if err != nil {
		b.Fatal(err)
	}
	var whole, bare time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		live(b, w, urls[i%len(urls)], r)
		middle := time.Now()
		if err := key.Verify(w.es.Public(), msg, sig); err != nil {
			b.Fatal(err)
		}
		whole, bare = whole+middle.Sub(start), bare+time.Since(middle)
	}
	tokens := float64(b.N) / whole.Seconds()
	out, err := exec.Command("openssl", "speed", "-seconds", "2", "-mr", "ecdsap256").Output()
	if err != nil {
		b.Fatalf("openssl: %v", err)
	}
	_, line, _ := strings.Cut(string(out), "+F4:")
	f := strings.Split(strings.TrimSpace(line), ":") // number, bits, signatures and verifications in a second
	if len(f) < 4 {
		b.Fatalf("openssl says %q", out)
	}
	peer, err := strconv.ParseFloat(f[3], 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(tokens, "tokens/s")
	b.ReportMetric(tokens*bare.Seconds()/float64(b.N), "of-bare")
	b.ReportMetric(tokens/peer, "of-openssl")
}

func BenchmarkIssue(b *testing.B) {
	w := newWorld(b)
	for name, k := range map[string]key.Signer{"es256": w.es, "eddsa": w.ed} {
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			b.ReportAllocs()
			c := plug()
			for b.Loop() {
				c.Number++
				if _, err := label.Issue(context.Background(), c, k); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

func BenchmarkParse(b *testing.B) {
	u := url(issue(b, plug(), newWorld(b).es))
	for b.Loop() {
		if in := verify.ParseInput(u); in.Problem != nil {
			b.Fatal(in.Problem)
		}
	}
}

func BenchmarkSignStatusList(b *testing.B) {
	w := newWorld(b)
	st := map[label.Number]label.Standing{}
	for i := range label.Number(label.ChunkSize) {
		if st[i] = label.Valid; i%100 == 0 {
			st[i] = label.Revoked
		}
	}
	for b.Loop() {
		raw, err := label.SignStatusList(context.Background(), w.scheme(b, "HARB"), 0, st, now, w.status)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(raw)), "bytes")
	}
}
