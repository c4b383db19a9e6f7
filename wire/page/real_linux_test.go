package page_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// certificate makes a certificate for a loopback address, valid until the given time.
func certificate(t *testing.T, l *lab.Lab, address string, until time.Time) (conf string, cert []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: address}, IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	k := l.Write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: kder})), 0o600)
	c := l.Write(t, "cert.pem", string(cert), 0o644)
	return "ssl_certificate " + c + "; ssl_certificate_key " + k + ";", cert
}

const sentence = "We acknowledge every report of a vulnerability within 3 working days."

func zip(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// web starts a real nginx with good and bad pages.
func web(t *testing.T) (l *lab.Lab, roots []*x509.Certificate) {
	t.Helper()
	l = lab.New(t)
	good, root := certificate(t, l, "127.0.0.1", time.Now().AddDate(0, 6, 0))
	late, expired := certificate(t, l, "127.0.0.1", time.Now().AddDate(0, -1, 0))
	roots, err := page.Certificates(append(root, expired...))
	if err != nil {
		t.Fatal(err)
	}
	html := "<html><head><title>Policy</title></head><body><p>" + sentence + "</p></body></html>"
	dir := filepath.Dir(l.Write(t, "policy.html", html, 0o644))
	big, err := os.Create(filepath.Join(dir, "big.html"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(big, html)
	if err := big.Truncate(100 << 20); err != nil {
		t.Fatal(err)
	}
	big.Close()
	// A gzip file may have many members: two hundred times a megabyte of spaces.
	bomb := append(zip(t, []byte(html)), bytes.Repeat(zip(t, bytes.Repeat([]byte(" "), 1<<20)), 200)...)
	for name, b := range map[string][]byte{"bomb.html": bomb, "latin.html": []byte("<p>Schwachstellen: Antwort innerhalb von f\xfcnf Tagen, immer."), "file.pdf": []byte("%PDF-1.7")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l.Nginx(t, "21443", `reset_timedout_connection on;
types { text/html html; application/pdf pdf; }
server { listen 127.0.0.1:21443 ssl; `+good+` root `+dir+`; charset utf-8;
location = /moved { return 301 https://127.0.0.1:21443/moved2; } location = /moved2 { return 302 /policy.html; }
location = /loop { return 302 /loop; }
location = /away { return 302 https://127.0.0.2:21443/policy.html; }
location = /down { return 302 http://127.0.0.1:21080/policy.html; }
location = /login-wall { return 302 /account/login; }
location = /account/login { return 200 '<h1>Sign in</h1><form><input name=u><input type=password name=p></form>'; }
location = /basic { return 401; } location = /forbidden { return 403; } location = /gone { return 410; }
location = /broken { return 500; } location = /busy { return 429; } location = /empty { return 200 '<div id=app></div><script src=a.js></script>'; }
location = /reset { return 444; }
location = /slow.html { alias `+dir+`/policy.html; limit_rate 1; }
location = /bomb.html { add_header Content-Encoding gzip; }
location = /latin.html { charset iso-8859-1; }
location = /cookie { add_header Set-Cookie "s=$request_id"; add_header Content-Type text/html; return 200 '<p>`+sentence+`</p>'; } }
server { listen 127.0.0.2:21443 ssl; `+good+` root `+dir+`; }
server { listen 127.0.0.1:21444 ssl; `+late+` root `+dir+`; }
server { listen 127.0.0.1:21080; root `+dir+`; }`)
	return l, roots
}

func TestTake(t *testing.T) {
	l, roots := web(t)
	const base = "https://127.0.0.1:21443"
	for _, c := range []struct {
		path  string
		speak bool
		want  page.Reach
		seen  string
	}{
		{"/policy.html", true, page.Shown, "fetched without any login"},
		{"/moved", true, page.Shown, "redirected to https://127.0.0.1:21443/policy.html"},
		{"/cookie", true, page.Shown, "without any login"},
		{"/down", true, page.Shown, "http://127.0.0.1:21080/policy.html"},
		{"/big.html", true, page.Shown, ""},
		{"/bomb.html", true, page.Shown, ""},
		{"/latin.html", true, page.Shown, ""},
		{"/login-wall", false, page.Walled, "asks for a password"},
		{"/login-wall", true, page.Walled, "asks for a password"},
		{"/account/login", false, page.Walled, "asks for a password"},
		{"/basic", false, page.Walled, "401"},
		{"/forbidden", false, page.Walled, "403"},
		{"/nowhere", false, page.Missing, "404"},
		{"/gone", false, page.Missing, "410"},
		{"/away", false, page.Elsewhere, "https://127.0.0.2:21443/policy.html, in another domain"},
		{"/loop", false, page.Unreached, "more than 5 redirects"},
		{"/broken", false, page.Unreached, "500"},
		{"/busy", false, page.Unreached, "429"},
		{"/reset", false, page.Unreached, "127.0.0.1:21443/reset"},
		{"/slow.html", false, page.Unreached, "did not answer in time"},
		{"/file.pdf", false, page.Unread, "application/pdf"},
		{"/empty", false, page.Unread, "no text without scripts"},
		{"https://127.0.0.1:21444/policy.html", true, page.Unreached, "expired"},
		{"https://127.0.0.1:21445/", false, page.Unreached, "refused"},
		{"https://127.0.0.1:21080/", false, page.Unreached, "https://127.0.0.1:21080/: tls: first record does not look like a TLS handshake"},
		{"ftp://127.0.0.1/", false, page.Unreached, "want https or http"},
	} {
		t.Run(strings.Trim(c.path, "/"), func(t *testing.T) {
			address := c.path
			if strings.HasPrefix(address, "/") {
				address = base + address
			}
			opt := page.Options{Roots: roots, Limit: 3 * time.Second}
			s, body := page.Take(t.Context(), l.Dial, address, opt)
			reach, seen := s.Reach(c.speak)
			if reach != c.want || !strings.Contains(seen, c.seen) {
				t.Errorf("got %s %q, want %s %q", reach, seen, c.want, c.seen)
			}
			if len(body) > 2<<20 {
				t.Errorf("%d bytes were kept", len(body))
			}
			if _, ok := s.Page.Find(sentence); ok != (reach == page.Shown && c.path != "/latin.html") && c.path != "https://127.0.0.1:21444/policy.html" && c.path != "/away" {
				t.Errorf("the sentence stands on the page: %v; text %q", ok, s.Page.Text[:min(len(s.Page.Text), 200)])
			}
			if c.path == "/slow.html" || s.Page.Cut {
				return // a second time would cost the suite more than it tells
			}
			if again, _ := page.Take(t.Context(), l.Dial, address, opt); !reflect.DeepEqual(s, again) {
				t.Errorf("not the same again:\n%+v\n%+v", s, again)
			}
		})
	}
}

func TestTakeRecords(t *testing.T) {
	l, roots := web(t)
	const base = "https://127.0.0.1:21443"
	s, _ := page.Take(t.Context(), l.Dial, base+"/moved", page.Options{Roots: roots})
	want := []page.Redirect{{base + "/moved", 301, base + "/moved2"}, {base + "/moved2", 302, base + "/policy.html"}}
	if !reflect.DeepEqual(s.Redirects, want) || s.FinalURL != base+"/policy.html" || s.Status != 200 || !strings.HasPrefix(s.Body, "sha256:") {
		t.Errorf("got %+v", s)
	}
	if s, _ := page.Take(t.Context(), l.Dial, base+"/policy.html", page.Options{}); s.TLSError == "" || s.Page.Text == "" {
		t.Errorf("a root that nobody knows: got %+v", s)
	}
	if s, _ := page.Take(t.Context(), l.Dial, base+"/latin.html", page.Options{Roots: roots}); !strings.Contains(s.Page.Text, "fünf Tagen") {
		t.Errorf("latin-1: got %q", s.Page.Text)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, p := range []string{"/big.html", "/bomb.html"} {
		if s, body := page.Take(t.Context(), l.Dial, base+p, page.Options{Roots: roots}); !s.Page.Cut || len(body) != 2<<20 {
			t.Errorf("%s: cut %v, %d bytes", p, s.Page.Cut, len(body))
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 {
		t.Errorf("two huge pages took %d MiB", used>>20)
	}
}
