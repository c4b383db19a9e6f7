package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPorts(t *testing.T) {
	d := start(t, Config{Kind: "camera"})
	if want := []int{testBase + portHTTPS, testBase + portHTTP, testBase + portMQTT}; !slices.Equal(sorted(d.Ports), sorted(want)) {
		t.Errorf("ports of the well-built camera: got %v, want %v", d.Ports, want)
	}
	if !slices.IsSorted(d.Ports) {
		t.Errorf("ports not ascending: %v", d.Ports)
	}
	for _, s := range d.Services {
		if s.Port < testBase || s.Port >= testBase+allPorts || !strings.HasPrefix(s.Addr, "127.0.0.1:") {
			t.Errorf("service %+v outside of its range", s)
		}
	}
	for offset := range allPorts {
		if got, want := answers(offset), slices.Contains([]int{portHTTPS, portHTTP, portMQTT, portSite}, offset); got != want {
			t.Errorf("port %d answers: got %v, want %v", testBase+offset, got, want)
		}
	}
}

func sorted(s []int) []int { s = slices.Clone(s); slices.Sort(s); return s }

func TestPortInUse(t *testing.T) {
	ln, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", itoa(testBase+portMQTT)))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	d, err := Start(t.Context(), Config{Kind: "plug", Base: testBase})
	if err == nil {
		d.Close()
		t.Fatal("started although a port is in use")
	}
	if want := "port " + itoa(testBase+portMQTT); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "stop it and start again") {
		t.Errorf("got %q, want the port and what to do", err)
	}
	if answers(portHTTPS) {
		t.Error("a listener was left open")
	}
}

// TestStops holds connections of every kind open and checks that nothing outlives the context.
func TestStops(t *testing.T) {
	for _, how := range []string{"context", "close"} {
		t.Run(how, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			d, err := Start(ctx, Config{Kind: "camera", Flaws: []string{"telnet-open", "ssh-default-password", "mqtt-anonymous", "undeclared-port"}, Base: testBase})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range d.Services {
				c, err := net.Dial("tcp", s.Addr)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
			}
			began := time.Now()
			if how == "context" {
				cancel()
			}
			d.Close()
			d.Close()
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("stopping took %v", took)
			}
			for _, s := range d.Services {
				if answers(s.Port - testBase) {
					t.Errorf("%s still answers", s.Name)
				}
			}
		})
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	d := start(t, Config{Kind: "plug", Dir: dir})
	for _, name := range []string{RootFile, PasswordFile, TokenFile, "firmware/qp-1-1.7.0.bin"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d.Image != filepath.Join(dir, "firmware", "qp-1-1.7.0.bin") {
		t.Errorf("image at %q", d.Image)
	}
	pem, err := os.ReadFile(filepath.Join(dir, RootFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in the root file")
	}
	for _, path := range []string{"", pathPolicy, pathSecurity, pathSupport, pathPrivacy, pathGuide} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.SiteURL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := send(t, client(roots), req); a.status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.SiteURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client(x509.NewCertPool()).Do(req); err == nil {
		resp.Body.Close()
		t.Error("the web site is trusted without its root")
	}
}

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestLockOut(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			c := &clock{at: time.Now()}
			d := start(t, Config{Kind: kind, Now: c.now})
			for i := range guardAttempts {
				if got := signIn(t, d, kind, "admin", "wrong"+itoa(i)).status; got != http.StatusUnauthorized {
					t.Fatalf("guess %d: status %d, want 401", i+1, got)
				}
			}
			a := signIn(t, d, kind, "admin", secret(kind))
			if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "30" {
				t.Errorf("right password while locked: status %d, Retry-After %q; want 429 and 30", a.status, a.header.Get("Retry-After"))
			}
			c.add(guardLock + time.Second)
			if !letIn(t, d, kind, "admin", secret(kind)) {
				t.Error("the lock does not recover")
			}
			for range 2 * guardAttempts {
				if got := signIn(t, d, kind, "admin", "wrong").status; got != http.StatusUnauthorized {
					t.Fatalf("slow guesses: status %d, want 401", got)
				}
				c.add(guardWindow)
			}
		})
	}
}

func TestSession(t *testing.T) {
	d := start(t, Config{Kind: "camera"})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := client(nil)
	c.Jar, c.CheckRedirect = jar, nil
	for _, step := range []struct{ path, form, want string }{
		{"", "", "Sign in"},
		{"login", "username=admin&password=" + secret("camera"), "You are signed in"},
		{"", "", "You are signed in"},
		{"logout", "x=y", "Sign in"},
		{"", "", "Sign in"},
	} {
		method := http.MethodGet
		if step.form != "" {
			method = http.MethodPost
		}
		req, err := http.NewRequestWithContext(t.Context(), method, d.AdminURL+step.path, strings.NewReader(step.form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := send(t, c, req); a.status != http.StatusOK || !strings.Contains(a.body, step.want) {
			t.Errorf("%s %q: status %d, want a page with %q", method, step.path, a.status, step.want)
		}
	}
}

func TestWellBuiltMQTT(t *testing.T) {
	m, _ := modelOf("plug")
	d := start(t, Config{Kind: "plug"})
	for _, test := range []struct {
		user, token string
		want        bool
	}{{"", "", false}, {"hub", "wrong", false}, {"hub", m.Token, true}} {
		c, err := tls.Dial("tcp", addr(t, d, "mqtt"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := mqttConnect(c, test.user, test.token); (err == nil) != test.want {
			t.Errorf("user %q: got %v, want accepted %v", test.user, err, test.want)
		}
		c.Close()
	}
}

func TestWellBuiltTLS(t *testing.T) {
	start(t, Config{Kind: "camera"})
	if _, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", itoa(testBase+portHTTPS)), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 is accepted")
	}
	c := leaf(t)
	if c.PublicKeyAlgorithm != x509.ECDSA || c.SignatureAlgorithm != x509.ECDSAWithSHA256 || c.NotAfter.Sub(c.NotBefore) > 400*day {
		t.Errorf("certificate: %v, %v, %v to %v", c.PublicKeyAlgorithm, c.SignatureAlgorithm, c.NotBefore, c.NotAfter)
	}
}

// TestHostile sends what no client should, to every raw service; the device must go on.
func TestHostile(t *testing.T) {
	d := start(t, Config{Kind: "camera", Flaws: []string{"telnet-open", "ssh-default-password", "mqtt-anonymous", "undeclared-port"}})
	junk := [][]byte{
		[]byte(strings.Repeat("A", 100_000)),
		{0xff, 0xfa, 1, 2, 3},
		[]byte(strings.Repeat("\xff\xfa", 5000)),
		{0x10, 0xff, 0xff, 0xff, 0x7f},
		{0x16, 0x03, 0x01, 0xff, 0xff},
		{0, 0, 0, 0},
	}
	for _, s := range d.Services {
		for _, b := range junk {
			c, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if _, err := c.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
				t.Logf("%s closed early: %v", s.Name, err)
			}
			c.Close()
		}
	}
	if !letIn(t, d, "camera", "admin", secret("camera")) || !answers(portTelnet) || plainMQTT() != nil {
		t.Error("the device does not go on")
	}
}
