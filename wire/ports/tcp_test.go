package ports

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want []Range
	}{
		{"22", []Range{{22, 22}}},
		{"80,22,8000-8100,8100-8200", []Range{{22, 22}, {80, 80}, {8000, 8200}}},
		{"1-65535", []Range{All}},
		{"0", nil},
		{"70000", nil},
		{"9-3", nil},
		{"", nil},
		{"22-", nil},
		{"http", nil},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if (err == nil) != (tt.want != nil) || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Parse(%q): got %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
}

var loopback = netip.MustParseAddr("127.0.0.1")

func refused() error {
	return &net.OpError{Op: "dial", Err: &errnoError{syscall.ECONNREFUSED}}
}

type errnoError struct{ e syscall.Errno }

func (e *errnoError) Error() string { return e.e.Error() }
func (e *errnoError) Unwrap() error { return e.e }

// device is a dialer whose ports are open, silent or flaky; others refuse.
type device struct {
	open, silent map[uint16]bool
}

func (d *device) dial(ctx context.Context, _, address string) (net.Conn, error) {
	p := netip.MustParseAddrPort(address).Port()
	if d.silent[p] {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if d.open[p] {
		a, b := net.Pipe()
		b.Close()
		return a, nil
	}
	return nil, refused()
}

func TestTCPStates(t *testing.T) {
	d := &device{open: map[uint16]bool{23: true, 80: true}, silent: map[uint16]bool{100: true, 101: true}}
	got := TCP(t.Context(), d.dial, loopback, Options{
		Ranges: []Range{{1, 200}}, Timeout: 50 * time.Millisecond, NoIdentify: true,
	})
	if len(got.Open) != 2 || got.Open[0].Port != 23 || got.Open[1].Port != 80 || got.Closed != 196 || got.Filtered != 2 || got.Errors != 0 || got.Incomplete {
		t.Fatalf("got %+v", got)
	}
	if want := []Range{{1, 200}}; !reflect.DeepEqual(got.Scanned, want) {
		t.Errorf("scanned: got %v, want %v", got.Scanned, want)
	}
}

func TestTCPRetriesSilence(t *testing.T) {
	tries := make(chan struct{}, 10)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		tries <- struct{}{}
		if len(tries) == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		a, b := net.Pipe()
		b.Close()
		return a, nil
	}
	got := TCP(t.Context(), dial, loopback, Options{Ranges: []Range{{80, 80}}, Timeout: 30 * time.Millisecond, NoIdentify: true})
	if len(got.Open) != 1 {
		t.Fatalf("a port that answers the second time: got %+v", got)
	}
}

func TestTCPSurvivesExhaustion(t *testing.T) {
	left := make(chan struct{}, 5)
	for range 5 {
		left <- struct{}{}
	}
	dial := func(context.Context, string, string) (net.Conn, error) {
		select {
		case <-left:
			return nil, &net.OpError{Op: "dial", Err: &errnoError{syscall.EMFILE}}
		default:
			return nil, refused()
		}
	}
	got := TCP(t.Context(), dial, loopback, Options{Ranges: []Range{{1, 500}}})
	if got.Closed != 500 || got.Errors != 0 {
		t.Fatalf("got %+v, want 500 closed", got)
	}
}

func TestTCPErrorsAreNotClosed(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("out of scope") }
	got := TCP(t.Context(), dial, loopback, Options{Ranges: []Range{{1, 9}}})
	if got.Errors != 9 || got.Closed != 0 || got.FirstError != "out of scope" {
		t.Fatalf("got %+v", got)
	}
}

func TestTCPCancelKeepsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	silent := map[uint16]bool{}
	for p := uint16(1000); p < 4000; p++ {
		silent[p] = true
	}
	d := &device{open: map[uint16]bool{23: true}, silent: silent}
	time.AfterFunc(200*time.Millisecond, cancel)
	start := time.Now()
	got := TCP(ctx, d.dial, loopback, Options{Ranges: []Range{All}, Timeout: 10 * time.Second, NoIdentify: true})
	if took := time.Since(start); took > 1200*time.Millisecond {
		t.Errorf("returned after %v", took)
	}
	if !got.Incomplete || len(got.Open) != 1 || got.Open[0].Port != 23 || got.Filtered != 0 {
		t.Fatalf("got %+v", got)
	}
	if n := len(each(got.Scanned)); n != got.Closed+len(got.Open) || n >= 65535 {
		t.Errorf("scanned %d ports, closed %d", n, got.Closed)
	}
}

func TestResultJSON(t *testing.T) {
	r := Result{Address: "127.0.0.1", Family: "ipv4", Network: "tcp", Scanned: []Range{{1, 9}}, Took: wire.Elapsed(1500 * time.Millisecond)}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":"127.0.0.1","family":"ipv4","network":"tcp","scanned":["1-9"],"open":[],"closed":0,"filtered":0,"errors":0,"incomplete":false,"took_ms":1500}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	var back Result
	if err := json.Unmarshal(b, &back); err != nil || back.Took != r.Took || !reflect.DeepEqual(back.Scanned, r.Scanned) {
		t.Errorf("back: got %+v, %v", back, err)
	}
	d := json.NewDecoder(strings.NewReader(`{"address":"127.0.0.1","newer":1}`))
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Errorf("a field of a newer program: %v", err)
	}
}

func TestWindow(t *testing.T) {
	grown := func(f func(w *window)) int64 {
		w := newWindow(256)
		for range 5000 {
			f(w)
		}
		return w.size()
	}
	if got := grown(func(w *window) { w.silence() }); got != 256 {
		t.Errorf("silence: got %d, want 256", got)
	}
	if got := grown(func(w *window) { w.answer(5 * time.Millisecond) }); got != 256 {
		t.Errorf("a network: got %d, want 256", got)
	}
	n := 0
	if got := grown(func(w *window) { n++; w.answer(time.Duration(1+n%20) * time.Millisecond) }); got > 2*startLimit {
		t.Errorf("a queue: got %d, want about %d", got, startLimit)
	}
	w := newWindow(256)
	w.shrink()
	for range 5000 {
		w.silence()
	}
	if got := w.size(); got != startLimit/2 {
		t.Errorf("after a shortage: got %d, want %d", got, startLimit/2)
	}
}
