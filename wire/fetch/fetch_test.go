package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

// hosts is a dialer that maps names to test servers, as a Session would.
func hosts(m map[string]*httptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(address)
		s, ok := m[host]
		if !ok {
			return nil, fmt.Errorf("%q is out of scope", address)
		}
		var d net.Dialer
		return d.DialContext(ctx, network, s.Listener.Addr().String())
	}
}

func site(t *testing.T, secure bool, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func TestGet(t *testing.T) {
	var got http.Header
	s := site(t, true, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		fmt.Fprint(w, "policy")
	})
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	p, err := Get(t.Context(), hosts(map[string]*httptest.Server{"example.com": s}), "https://example.com/policy",
		Options{Extra: []*x509.Certificate{s.Certificate()}, Now: func() time.Time { return at }})
	if err != nil || string(p.Body) != "policy" || p.Status != 200 || p.TLS == nil || !p.TLS.Verified || len(p.TLS.Chain) != 1 || !p.At.Equal(at) || p.LoginWall != nil {
		t.Fatalf("got %+v, %+v, %v", p, p.TLS, err)
	}
	for _, h := range []string{"Cookie", "Authorization", "Referer"} {
		if got.Get(h) != "" {
			t.Errorf("sent %s: %s", h, got.Get(h))
		}
	}
}

func TestUnverifiedIsRecorded(t *testing.T) {
	s := site(t, true, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") })
	dial := hosts(map[string]*httptest.Server{"example.com": s, "other.test": s})
	tests := []struct {
		url  string
		opt  Options
		want string
	}{
		{"https://example.com/", Options{Roots: x509.NewCertPool()}, "unknown authority"},
		{"https://other.test/", Options{Extra: []*x509.Certificate{s.Certificate()}}, "not other.test"},
		{"https://example.com/", Options{Extra: []*x509.Certificate{s.Certificate()}, Now: func() time.Time { return time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC) }}, "expired"},
	}
	for _, tt := range tests {
		p, err := Get(t.Context(), dial, tt.url, tt.opt)
		if err != nil || string(p.Body) != "x" || p.TLS.Verified || !strings.Contains(p.TLS.Error, tt.want) {
			t.Errorf("%s: got %+v, %v, want %q", tt.url, p.TLS, err, tt.want)
		}
	}
}

func TestRedirects(t *testing.T) {
	plain := site(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/loop" {
			http.Redirect(w, r, "/loop", http.StatusFound)
			return
		}
		if r.URL.Path == "/file" {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
			return
		}
		http.Redirect(w, r, "https://www.example.co.uk/a#x", http.StatusMovedPermanently)
	})
	secure := site(t, true, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "//cdn.example.net/b", http.StatusSeeOther)
		case "/b":
			fmt.Fprint(w, "end")
		case "/down":
			http.Redirect(w, r, "http://example.co.uk/loop", http.StatusFound)
		}
	})
	dial := hosts(map[string]*httptest.Server{"example.co.uk": plain, "www.example.co.uk": secure, "cdn.example.net": secure})
	p, err := Get(t.Context(), dial, "http://example.co.uk/", Options{})
	if err != nil || p.FinalURL != "https://cdn.example.net/b" || !p.LeftDomain || string(p.Body) != "end" {
		t.Fatalf("got %+v, %v", p, err)
	}
	var hops []string
	for _, h := range p.Redirects {
		hops = append(hops, fmt.Sprintf("%s %d %s %v %v", h.URL, h.Status, h.To, h.OtherDomain, h.Downgrade))
	}
	want := []string{
		"http://example.co.uk/ 301 https://www.example.co.uk/a false false",
		"https://www.example.co.uk/a 303 https://cdn.example.net/b true false",
	}
	if !reflect.DeepEqual(hops, want) {
		t.Errorf("got  %q\nwant %q", hops, want)
	}
	if p, err := Get(t.Context(), dial, "http://example.co.uk/loop", Options{}); !errors.Is(err, ErrRedirects) || len(p.Redirects) != 5 {
		t.Errorf("loop: got %d hops, %v", len(p.Redirects), err)
	}
	if p, err := Get(t.Context(), dial, "http://example.co.uk/file", Options{}); err == nil || len(p.Body) != 0 {
		t.Errorf("file: got %+v", p)
	}
	if p, err := Get(t.Context(), dial, "https://www.example.co.uk/down", Options{}); !errors.Is(err, ErrRedirects) || !p.Redirects[0].Downgrade {
		t.Errorf("downgrade: got %+v, %v", p.Redirects, err)
	}
}

func TestLimits(t *testing.T) {
	s := site(t, false, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			for range 1000 {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		case "/short":
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, "cut")
		case "/slow":
			<-r.Context().Done()
		}
	})
	dial := hosts(map[string]*httptest.Server{"example.com": s})
	if p, err := Get(t.Context(), dial, "http://example.com/long", Options{BodyCap: 5000}); err != nil || !p.Truncated || len(p.Body) != 5000 {
		t.Errorf("long: got %d bytes, truncated %v, %v", len(p.Body), p.Truncated, err)
	}
	if p, err := Get(t.Context(), dial, "http://example.com/short", Options{}); err == nil || string(p.Body) != "cut" {
		t.Errorf("short: got %q, %v", p.Body, err)
	}
	start := time.Now()
	if _, err := Get(t.Context(), dial, "http://example.com/slow", Options{Limit: 100 * time.Millisecond}); err == nil || time.Since(start) > 2*time.Second {
		t.Errorf("slow: got %v after %v", err, time.Since(start))
	}
	for _, bad := range []string{"", "ftp://example.com/", "https://", "https://user:pw@example.com/", "example.com"} {
		if _, err := Get(t.Context(), dial, bad, Options{}); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestLoginWall(t *testing.T) {
	tests := []struct {
		status int
		header http.Header
		body   string
		want   []string
	}{
		{200, nil, "<p>Our policy</p>", nil},
		{200, nil, `<form><INPUT TYPE="Password" name=p></form>`, []string{"password field"}},
		{200, nil, `<!-- <input type=password> --><script>"<input type=password>"</script>`, nil},
		{401, http.Header{"Www-Authenticate": {`Basic realm="x"`}}, "", []string{"status 401", `challenge Basic realm="x"`}},
		{403, nil, "", []string{"status 403"}},
	}
	for _, tt := range tests {
		if got := loginWall(tt.status, tt.header, []byte(tt.body)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%d %q: got %q, want %q", tt.status, tt.body, got, tt.want)
		}
	}
}

func TestRegistrable(t *testing.T) {
	for host, want := range map[string]string{"www.example.co.uk": "example.co.uk", "EXAMPLE.com.": "example.com", "a.github.io": "a.github.io", "192.0.2.1": "192.0.2.1", "localhost": "localhost", "co.uk": "co.uk", "": ""} {
		if got := Registrable(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add("https://example.com/", []byte(`<input type="password">`))
	f.Add("//x", []byte("<a b c d=e><input type"))
	f.Fuzz(func(t *testing.T, raw string, b []byte) {
		loginWall(200, nil, b)
		if u, err := address(raw); err == nil && (u.Hostname() == "" || u.User != nil) {
			t.Errorf("address(%q) = %v", raw, u)
		}
		Registrable(raw)
	})
}
