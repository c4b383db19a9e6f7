// Package wire holds what the network instruments share. Each protocol has its
// own folder below this one.
//
// An instrument speaks a protocol and says what it saw. It must never dial by
// itself, resolve a name by itself, or know a provision, a unit or a verdict:
// every function is handed a Dialer, a connection or a packet socket by a
// caller that owns scope, rate, byte caps and transcript. It must never keep a
// goroutine past its context, and bytes from the network must never make it
// panic, hang, or read without a cap.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Dialer opens a connection; network is "tcp" or "udp" and address is
// "host:port". It has the signature of net.Dialer.DialContext.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// A PacketListener opens an unconnected packet socket, for protocols that
// answer from another port than the one asked.
type PacketListener func(ctx context.Context, network, address string) (net.PacketConn, error)

// A Service is something that answers at a port.
type Service struct {
	Network string `json:"network"` // tcp or udp
	Host    string `json:"host"`    // an address or a name, without brackets
	Port    uint16 `json:"port"`
	Name    string `json:"name"`              // protocol spoken, lower case: telnet, ssh, http, https, unknown …
	TLS     bool   `json:"tls,omitempty"`     // the protocol is spoken inside TLS
	Product string `json:"product,omitempty"` // as the service names itself
	Banner  string `json:"banner,omitempty"`  // the first bytes that led to Name, printable
}

// Address is the service's address for a Dialer.
func (s Service) Address() string {
	return net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port)))
}

// Address joins an IP address and a port for a Dialer.
func Address(ip netip.Addr, port uint16) string {
	return netip.AddrPortFrom(ip, port).String()
}

// Guard binds a connection to a context: its deadline is limit from now or the
// context's, whichever is earlier, and cancelling the context ends every read
// and write at once. The caller must call release before it closes conn.
func Guard(ctx context.Context, conn net.Conn, limit time.Duration) (release func(), err error) {
	at := time.Now().Add(limit)
	if d, ok := ctx.Deadline(); ok && d.Before(at) {
		at = d
	}
	if err := conn.SetDeadline(at); err != nil {
		return func() {}, fmt.Errorf("setting a deadline: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // a closed connection needs none
	})
	return func() { stop() }, nil
}

// ReadAtMost reads until the end of r, its deadline or limit bytes, and says
// whether there was more. A deadline is no error when something was read.
func ReadAtMost(r io.Reader, limit int64) (b []byte, more bool, err error) {
	b, err = io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return b[:limit], true, nil
	}
	if len(b) > 0 && TimedOut(err) {
		err = nil
	}
	return b, false, err
}

// TimedOut says that silence, not an answer, ended an operation.
func TimedOut(err error) bool {
	var ne net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &ne) && ne.Timeout()
}

// errnos are the numbers by which Windows reports what the others report under
// the names of package syscall.
var errnos = map[syscall.Errno]uintptr{
	syscall.ECONNREFUSED: 10061,
	syscall.ECONNRESET:   10054,
	syscall.EHOSTUNREACH: 10065,
	syscall.ENETUNREACH:  10051,
}

func is(err error, no syscall.Errno) bool {
	var e syscall.Errno
	if !errors.As(err, &e) {
		return false
	}
	return e == no || runtime.GOOS == "windows" && uintptr(e) == errnos[no]
}

// Refused says that the far end itself said no: a TCP reset or an ICMP
// port-unreachable.
func Refused(err error) bool {
	return is(err, syscall.ECONNREFUSED) || is(err, syscall.ECONNRESET)
}

// Unreachable says that something on the way said no.
func Unreachable(err error) bool {
	return is(err, syscall.EHOSTUNREACH) || is(err, syscall.ENETUNREACH)
}

// Printable makes bytes fit for a report: at most limit of them, every byte
// outside printable ASCII written as \xNN, line ends as \r and \n.
func Printable(b []byte, limit int) string {
	cut := ""
	if len(b) > limit {
		b, cut = b[:limit], "…"
	}
	var s strings.Builder
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		switch {
		case c == '\r':
			s.WriteString(`\r`)
		case c == '\n':
			s.WriteString(`\n`)
		case c == '\\':
			s.WriteString(`\\`)
		case c == utf8.RuneError && n == 1, !unicode.IsPrint(c):
			for _, x := range b[:n] {
				fmt.Fprintf(&s, `\x%02x`, x)
			}
		default:
			s.WriteRune(c)
		}
		b = b[n:]
	}
	return s.String() + cut
}
