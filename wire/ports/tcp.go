package ports

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

// Options shape a scan. The zero value scans every port and identifies what is
// open.
type Options struct {
	Ranges  []Range       // nil: All
	Timeout time.Duration // for one connect, at most; 0: 1 s
	Retries int           // of a port that stayed silent; 0: 1, negative: none
	Workers int           // connects under way at once, at most; 0: 512
	// NoIdentify leaves the services of open ports unnamed.
	NoIdentify bool
	Identify   IdentifyOptions
	Now        func() time.Time // nil: time.Now; for Took only
}

func (o Options) withDefaults() Options {
	if o.Ranges == nil {
		o.Ranges = []Range{All}
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Second
	}
	if o.Retries == 0 {
		o.Retries = 1
	}
	if o.Workers <= 0 {
		o.Workers = 512
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// state of a port after a try. The zero value is a port not yet tried.
type state uint8

const (
	untried state = iota
	open
	closed
	filtered // silence, or something on the way refused
	failed
)

// TCP connects to every port asked for. It returns within a second of the
// context's end and then says so in Incomplete.
func TCP(ctx context.Context, dial wire.Dialer, ip netip.Addr, opt Options) Result {
	opt = opt.withDefaults()
	start := opt.Now()
	res := newResult(ip, "tcp")
	s := &scan{dial: dial, ip: ip, opt: opt, window: newWindow(opt.Workers), timeout: opt.Timeout, adapt: true}
	ports := each(opt.Ranges)
	s.pass(ctx, ports)
	for range max(opt.Retries, 0) {
		silent := s.with(ports, filtered)
		if len(silent) == 0 || ctx.Err() != nil || !s.retry(ctx, silent) {
			break
		}
	}
	s.fill(&res, ports)
	res.Incomplete = ctx.Err() != nil && len(s.with(ports, untried)) > 0
	if !opt.NoIdentify {
		identifyAll(ctx, dial, &res, opt.Identify)
	}
	res.Took = wire.Elapsed(opt.Now().Sub(start))
	return res
}

// scan is the shared state of the workers of one scan.
type scan struct {
	dial    wire.Dialer
	ip      netip.Addr
	opt     Options
	window  *window
	timeout time.Duration // in the first pass shortened to what answers took
	adapt   bool
	slowest atomic.Int64 // nanoseconds of the slowest answer

	mu     sync.Mutex
	states [1 << 16]state
	err    error // the first of those that made a port failed
}

// pass tries every port of the list once. Workers start workers while the
// window grows and end while it shrinks.
func (s *scan) pass(ctx context.Context, ports []uint16) {
	var (
		wg      sync.WaitGroup
		next    atomic.Int64
		started atomic.Int64
		worker  func(id int64)
	)
	spawn := func() {
		for {
			n := started.Load()
			if n >= s.window.size() || n >= int64(len(ports)) {
				return
			}
			if started.CompareAndSwap(n, n+1) {
				wg.Go(func() { worker(n) })
			}
		}
	}
	worker = func(id int64) {
		for id < s.window.size() {
			i := next.Add(1) - 1
			if i >= int64(len(ports)) || ctx.Err() != nil {
				return
			}
			s.try(ctx, ports[i])
			spawn()
		}
	}
	spawn()
	wg.Wait()
}

// sampleSize is how many silent ports are asked again before all of them are,
// when there are many: when none of the sample answers, the silence is a
// filter's and not a loss.
const sampleSize = 4096

// retry asks silent ports again with the full time-out. An answer means that
// the first pass was too fast for the device, so it is also gentler.
func (s *scan) retry(ctx context.Context, silent []uint16) (changed bool) {
	s.timeout = s.opt.Timeout
	s.adapt = false
	sample := silent
	if len(silent) > sampleSize {
		sample = nil
		for i := 0; i < len(silent); i += len(silent)/sampleSize + 1 {
			sample = append(sample, silent[i])
		}
	}
	s.pass(ctx, sample)
	if len(s.with(sample, filtered)) == len(sample) {
		return false
	}
	s.window.shrink()
	s.pass(ctx, s.with(silent, filtered))
	return true
}

// resourceWait is how long a worker steps back when the machine itself has run
// out of sockets or ports.
const resourceWait = 20 * time.Millisecond

func (s *scan) try(ctx context.Context, p uint16) {
	for ctx.Err() == nil {
		st, err := s.connect(ctx, p)
		if st == failed && exhausted(err) {
			s.window.shrink()
			pause(ctx, resourceWait)
			continue
		}
		s.states[p] = st // each port belongs to one worker
		if st == failed {
			s.fail(err)
		}
		if st == filtered {
			s.window.silence()
		}
		return
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func (s *scan) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// patience is how many times longer than the slowest answer so far the first
// pass waits, and leastWait its lower bound.
const (
	patience  = 10
	leastWait = 250 * time.Millisecond
)

func (s *scan) wait() time.Duration {
	slowest := time.Duration(s.slowest.Load())
	if !s.adapt || slowest == 0 {
		return s.timeout
	}
	return min(s.timeout, max(patience*slowest, leastWait))
}

func (s *scan) connect(parent context.Context, p uint16) (state, error) {
	ctx, cancel := context.WithTimeout(parent, s.wait())
	defer cancel()
	start := time.Now()
	conn, err := s.dial(ctx, "tcp", wire.Address(s.ip, p))
	if err == nil {
		conn.Close()
		s.answered(time.Since(start))
		return open, nil
	}
	switch {
	case wire.Refused(err):
		s.answered(time.Since(start))
		return closed, nil
	case parent.Err() != nil:
		return untried, err
	case wire.TimedOut(err), wire.Unreachable(err), errors.Is(err, syscall.EACCES):
		return filtered, nil
	default:
		return failed, err
	}
}

func (s *scan) answered(took time.Duration) {
	s.window.answer(took)
	for {
		old := s.slowest.Load()
		if int64(took) <= old || s.slowest.CompareAndSwap(old, int64(took)) {
			return
		}
	}
}

// exhausted says that this machine, not the target, lacked something.
func exhausted(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.EADDRNOTAVAIL, syscall.EAGAIN} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (s *scan) with(ports []uint16, want state) []uint16 {
	var out []uint16
	for _, p := range ports {
		if s.states[p] == want {
			out = append(out, p)
		}
	}
	return out
}

func (s *scan) fill(res *Result, ports []uint16) {
	var done []uint16
	for _, p := range ports {
		switch s.states[p] {
		case untried:
			continue
		case open:
			res.Open = append(res.Open, Port{p, wire.Service{Network: "tcp", Host: res.Address, Port: p, Name: "unknown"}})
		case closed:
			res.Closed++
		case filtered:
			res.Filtered++
		case failed:
			res.Errors++
		}
		done = append(done, p)
	}
	res.Scanned = scanned(done)
	if s.err != nil {
		res.FirstError = s.err.Error()
	}
}

// window bounds the connects under way. It starts small and doubles while that
// helps: after a window of silences, since waiting costs nothing, and after a
// window of answers that came about as fast as the fastest one. Answers that
// come later than that wait for a processor or a queue, here or there, and more
// connects would only make the queue longer. Once the machine ran short it
// halves and never grows past that again.
type window struct {
	limit   atomic.Int64
	mu      sync.Mutex
	most    int64
	fastest time.Duration
	sum     time.Duration // of the answers in the current window
	answers int64
	silent  int64
}

// startLimit is the first size of a window, slack how many times slower than
// the fastest answer the mean of a window may be for it to grow.
const (
	startLimit = 16
	slack      = 3
)

func newWindow(limit int) *window {
	w := &window{most: int64(limit)}
	w.limit.Store(min(startLimit, w.most))
	return w
}

func (w *window) size() int64 { return w.limit.Load() }

// answer counts a connect that was answered after some time.
func (w *window) answer(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fastest == 0 || took < w.fastest {
		w.fastest = took
	}
	w.sum += took
	w.answers++
	if w.answers < w.limit.Load() {
		return
	}
	if w.sum <= slack*w.fastest*time.Duration(w.answers) {
		w.double()
	}
	w.sum, w.answers = 0, 0
}

// silence counts a connect that was not answered.
func (w *window) silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent++; w.silent >= w.limit.Load() {
		w.silent = 0
		w.double()
	}
}

func (w *window) double() { w.limit.Store(min(2*w.limit.Load(), w.most)) }

func (w *window) shrink() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = max(w.limit.Load()/2, 1)
	w.limit.Store(w.most)
}
