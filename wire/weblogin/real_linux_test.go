package weblogin_test

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab"
	"github.com/plimsoll-iot/plimsoll/wire/weblogin"
)

func TestBusyboxHTTPD(t *testing.T) {
	l := lab.New(t)
	l.HTTPD(t, "127.0.0.1:80", "IP Camera", "admin", "admin")
	l.HTTPD(t, "127.0.0.1:81", "IP Camera", "", "")
	key, cert := l.SelfSigned(t, "rsa:1024", "sha1", 7300, "/CN=cam")
	l.Stunnel(t, "127.0.0.1:443", "127.0.0.1:80", key, cert, "sslVersionMin = TLSv1\nciphers = ALL:@SECLEVEL=0")
	for _, base := range []string{"http://127.0.0.1/", "https://127.0.0.1/"} {
		site, err := weblogin.New(l.Dial, base, weblogin.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w, without, err := site.Look(t.Context())
		if err != nil || w != weblogin.Basic {
			t.Fatalf("%s: got %s, %v, want basic", base, w, err)
		}
		for password, want := range map[string]weblogin.Outcome{"admin": weblogin.Accepted, "wrong": weblogin.Refused, "": weblogin.Refused} {
			got, err := site.Try(t.Context(), w, "admin", password)
			if out := weblogin.Judge(w, without, weblogin.Trace{}, got); err != nil || out != want {
				t.Errorf("%s admin/%s: got %s, %v, want %s", base, password, out, err, want)
			}
		}
	}
	site, err := weblogin.New(l.Dial, "http://127.0.0.1:81/", weblogin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w, tr, err := site.Look(t.Context()); err != nil || w != weblogin.Open || tr.Title != "IP Camera" {
		t.Errorf("open: got %s, %+v, %v", w, tr, err)
	}
}

// TestNginxThrottle: a server that answers 429 is not a server that refuses.
func TestNginxThrottle(t *testing.T) {
	l := lab.New(t)
	users := l.Write(t, "users", "admin:{PLAIN}admin\n", 0o644)
	l.Nginx(t, "80", `limit_req_zone $binary_remote_addr zone=z:1m rate=6r/m; limit_req_status 429;
server { listen 127.0.0.1:80; limit_req zone=z burst=2 nodelay; auth_basic "plug"; auth_basic_user_file `+users+`; location / { root /; } }`)
	site, err := weblogin.New(l.Dial, "http://127.0.0.1/", weblogin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var last weblogin.Outcome
	for range 5 {
		tr, err := site.Try(t.Context(), weblogin.Basic, "admin", "wrong")
		if err != nil {
			t.Fatal(err)
		}
		last = weblogin.Judge(weblogin.Basic, weblogin.Trace{}, weblogin.Trace{}, tr)
	}
	if last != weblogin.Locked {
		t.Errorf("got %s after five tries, want locked", last)
	}
}
