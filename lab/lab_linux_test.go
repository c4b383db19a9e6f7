package lab_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab"
)

func TestNamespaceIsSeparate(t *testing.T) {
	a, b := lab.New(t), lab.New(t)
	ln, err := a.Listen(t.Context(), "tcp", "127.0.0.1:23")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := a.Dial(t.Context(), "tcp", "127.0.0.1:23")
	if err != nil {
		t.Fatalf("dialing inside: %v", err)
	}
	conn.Close()
	if _, err := b.Dial(t.Context(), "tcp", "127.0.0.1:23"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dialing the other lab: got %v, want connection refused", err)
	}
	ln6, err := b.Listen(t.Context(), "tcp", "[::1]:23")
	if err != nil {
		t.Fatalf("IPv6 loopback: %v", err)
	}
	ln6.Close()
}

func TestAddress(t *testing.T) {
	l := lab.New(t)
	l.Address(t, "10.77.0.10/24")
	l.Address(t, "fd00:77::10/64")
	for _, addr := range []string{"10.77.0.10:80", "[fd00:77::10]:80"} {
		ln, err := l.Listen(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		ln.Close()
	}
}

func TestFileIsSeenInsideOnly(t *testing.T) {
	l := lab.New(t)
	l.File(t, "/etc/hostname", "in-the-lab\n", 0o644)
	if got := l.Output(t, "/bin/cat", "/etc/hostname"); got != "in-the-lab\n" {
		t.Errorf("inside: got %q", got)
	}
	b, err := os.ReadFile("/etc/hostname")
	if err != nil || string(b) == "in-the-lab\n" {
		t.Errorf("outside: got %q, %v", b, err)
	}
}

func TestStopKillsTheDaemon(t *testing.T) {
	l := lab.New(t)
	d := l.HTTPD(t, "127.0.0.1:80", "Camera", "", "")
	d.Stop()
	if err := syscall.Kill(d.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Fatalf("process %d after Stop: got %v, want no such process", d.PID(), err)
	}
	if _, err := l.Dial(t.Context(), "tcp", "127.0.0.1:80"); err == nil {
		t.Fatal("the port still answers")
	}
}

func TestRecipes(t *testing.T) {
	l := lab.New(t)
	l.Accounts(t, lab.Account{User: "root", Password: "xc3511"}, lab.Account{User: "cam", Password: "cam", UID: 1000})
	l.Telnetd(t, "127.0.0.1:23", "")
	l.HTTPD(t, "127.0.0.1:80", "Camera", "admin", "admin")
	l.Dropbear(t, "127.0.0.1:22")
	l.VSFTPD(t, "127.0.0.1:21", "")
	key, cert := l.SelfSigned(t, "rsa:2048", "sha256", 30, "/CN=lab")
	l.Stunnel(t, "127.0.0.1:443", "127.0.0.1:80", key, cert, "")
	l.Nginx(t, "8080", `server { listen 127.0.0.1:8080; return 200 "plug"; }`)

	for addr, want := range map[string]string{"127.0.0.1:22": "SSH-2.0-dropbear", "127.0.0.1:21": "220 (vsFTPd", "127.0.0.1:23": "\xff\xfd"} {
		if got := firstBytes(t, l, addr, len(want)); got != want {
			t.Errorf("%s: got %q, want %q", addr, got, want)
		}
	}
	client := &http.Client{Transport: &http.Transport{DialContext: l.Dial, DisableKeepAlives: true}}
	for url, want := range map[string]int{"http://127.0.0.1/": 401, "http://127.0.0.1:8080/": 200} {
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", url, resp.StatusCode, want)
		}
	}
	out, err := l.Run(t.Context(), lab.Tool(t, "openssl", "openssl"), "s_client", "-connect", "127.0.0.1:443", "-brief")
	if !strings.Contains(string(out), "CONNECTION ESTABLISHED") {
		t.Errorf("stunnel: got %s, %v", out, err)
	}
}

func firstBytes(t *testing.T, l *lab.Lab, addr string, n int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := l.Dial(ctx, "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	b := make([]byte, n)
	if _, err := io.ReadFull(bufio.NewReader(conn), b); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatalf("%s: %v", addr, err)
	}
	return string(b)
}
