package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{"abc": "abc", "a\r\nb": `a\r\nb`, "\x00\xff\x1b": `\x00\xff\x1b`, `\n`: `\\n`, "abcdefghij": "abcdefgh…"} {
		if got := Printable([]byte(in), 8); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	wrap := func(e error) error {
		return fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", e)})
	}
	tests := []struct {
		err                            error
		refused, unreachable, timedOut bool
	}{
		{wrap(syscall.ECONNREFUSED), true, false, false},
		{wrap(syscall.ECONNRESET), true, false, false},
		{wrap(syscall.EHOSTUNREACH), false, true, false},
		{wrap(os.ErrDeadlineExceeded), false, false, true},
		{context.DeadlineExceeded, false, false, true},
		{io.EOF, false, false, false},
		{nil, false, false, false},
	}
	for _, tt := range tests {
		if Refused(tt.err) != tt.refused || Unreachable(tt.err) != tt.unreachable || TimedOut(tt.err) != tt.timedOut {
			t.Errorf("%v: got %v %v %v", tt.err, Refused(tt.err), Unreachable(tt.err), TimedOut(tt.err))
		}
	}
}

func TestGuardEndsWithItsContext(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	release, err := Guard(ctx, a, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	if _, err := a.Read(make([]byte, 1)); !TimedOut(err) || time.Since(start) > time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}

func TestReadAtMost(t *testing.T) {
	b, more, err := ReadAtMost(strings.NewReader("abcdef"), 4)
	if string(b) != "abcd" || !more || err != nil {
		t.Errorf("got %q, %v, %v", b, more, err)
	}
	b, more, err = ReadAtMost(strings.NewReader("abcd"), 4)
	if string(b) != "abcd" || more || err != nil {
		t.Errorf("got %q, %v, %v", b, more, err)
	}
}

// TestElapsed: whole milliseconds, as evidence has them since its first version.
func TestElapsed(t *testing.T) {
	for _, tt := range []struct {
		in   time.Duration
		json string
		back time.Duration
	}{
		{0, "0", 0},
		{1999 * time.Microsecond, "1", time.Millisecond},
		{90 * time.Second, "90000", 90 * time.Second},
	} {
		b, err := json.Marshal(Elapsed(tt.in))
		var back Elapsed
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if err != nil || string(b) != tt.json || back != Elapsed(tt.back) {
			t.Errorf("%v: got %s and %v, %v; want %s and %v", tt.in, b, back, err, tt.json, tt.back)
		}
	}
	var e Elapsed
	if err := json.Unmarshal([]byte(`"1s"`), &e); err == nil {
		t.Errorf("a text was taken for a time: %v", e)
	}
}
