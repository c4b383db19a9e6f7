package weblogin

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

const formPage = `<html><head><title>Camera</title></head><body><form action="/login" method="post">
<input type="hidden" name="csrf" value="%s"><input name="user"><input type="password" name="pw"><input type="submit" name="go" value="Login"></form>%s</body></html>`

const mainPage = `<html><head><title>Live</title></head><body><h1>Live view</h1><ul><li>Motion detection<li>Storage<li>Network<li>Users</ul></body></html>`

// device is a web interface in Go with one account, admin/admin; answer writes
// what follows a submitted form.
func device(answer func(w http.ResponseWriter, r *http.Request, ok bool)) http.Handler {
	mux := http.NewServeMux()
	n := 0
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("session"); err == nil && c.Value == "in" {
			fmt.Fprint(w, mainPage)
			return
		}
		n++
		token := fmt.Sprintf("t%d", n)
		http.SetCookie(w, &http.Cookie{Name: "pre", Value: token})
		fmt.Fprintf(w, formPage, token, "")
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		pre, err := r.Cookie("pre")
		if err != nil || r.FormValue("csrf") != pre.Value || r.FormValue("go") != "Login" {
			http.Error(w, "bad token", http.StatusBadRequest)
			return
		}
		answer(w, r, r.FormValue("user") == "admin" && r.FormValue("pw") == "admin")
	})
	mux.HandleFunc("/main", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, mainPage) })
	return mux
}

func TestForm(t *testing.T) {
	again := func(w http.ResponseWriter) { fmt.Fprintf(w, formPage, "x", "<p>Wrong password</p>") }
	tests := []struct {
		name      string
		answer    func(w http.ResponseWriter, r *http.Request, ok bool)
		right     Outcome
		different Outcome // of another wrong password
	}{
		{"redirect and cookie", func(w http.ResponseWriter, r *http.Request, ok bool) {
			if ok {
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "in"})
			}
			http.Redirect(w, r, "/", http.StatusFound)
		}, Accepted, Refused},
		{"page in place", func(w http.ResponseWriter, _ *http.Request, ok bool) {
			if ok {
				fmt.Fprint(w, mainPage)
				return
			}
			again(w)
		}, Accepted, Refused},
		{"script", func(w http.ResponseWriter, _ *http.Request, ok bool) {
			if ok {
				fmt.Fprint(w, `<script>window.location.href = "/main";</script>`)
				return
			}
			fmt.Fprint(w, `<script>alert("wrong");window.location.href = "/";</script>`)
		}, Accepted, Refused},
		{"401 for a wrong one", func(w http.ResponseWriter, _ *http.Request, ok bool) {
			if !ok {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, mainPage)
		}, Accepted, Refused},
		{"always the form", func(w http.ResponseWriter, _ *http.Request, _ bool) { again(w) }, Refused, Refused},
		{"always welcome", func(w http.ResponseWriter, _ *http.Request, _ bool) { fmt.Fprint(w, mainPage) }, Refused, Refused},
		{"always another session cookie", func(w http.ResponseWriter, r *http.Request, _ bool) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "out" + r.FormValue("pw")})
			again(w)
		}, Refused, Refused},
		{"locks", func(w http.ResponseWriter, _ *http.Request, ok bool) {
			if ok {
				http.Error(w, "slow down", http.StatusTooManyRequests)
				return
			}
			again(w)
		}, Locked, Refused},
		{"any password", func(w http.ResponseWriter, r *http.Request, _ bool) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "in"})
			http.Redirect(w, r, "/", http.StatusFound)
		}, Accepted, Accepted},
		{"clock on the error page", func(w http.ResponseWriter, r *http.Request, _ bool) {
			fmt.Fprintf(w, "<html><body>"+strings.Repeat("<p>some text of the page</p>", 20)+"<i>%s</i> wrong name or word</body></html>", r.FormValue("csrf"))
		}, Refused, Refused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(device(tt.answer))
			defer srv.Close()
			site, err := New(dial, srv.URL+"/", Options{})
			if err != nil {
				t.Fatal(err)
			}
			w, without, err := site.Look(t.Context())
			if err != nil || w != Form {
				t.Fatalf("look: got %s, %v, want form", w, err)
			}
			try := func(password string) Trace {
				tr, err := site.Try(t.Context(), w, "admin", password)
				if err != nil {
					t.Fatal(err)
				}
				return tr
			}
			wrong, right, different := try("k3te6zkumlw"), try("admin"), try("6tymvi3wg5o")
			if got := Judge(w, without, wrong, right); got != tt.right {
				t.Errorf("right: got %s, want %s\nwrong %+v\ngot   %+v", got, tt.right, wrong, right)
			}
			if got := Judge(w, without, wrong, different); got != tt.different {
				t.Errorf("another wrong one: got %s, want %s\n%+v", got, tt.different, different)
			}
		})
	}
}

// TestShutForEverybody: a device that hides its form after an attempt, in words
// that nobody knows, has let nobody in.
func TestShutForEverybody(t *testing.T) {
	shut := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			shut = true
		}
		if shut {
			fmt.Fprint(w, "<html><body>Bitte warten</body></html>")
			return
		}
		fmt.Fprintf(w, formPage, "x", "")
	}))
	defer srv.Close()
	site, err := New(dial, srv.URL+"/", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := site.Try(t.Context(), Form, "admin", "admin")
	if err != nil || got.Entered {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWay(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    Way
	}{
		{"open", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, mainPage) }, Open},
		{"basic", challenge(`Basic realm="cam"`), Basic},
		{"digest", challenge(`Digest realm="cam", nonce="x"`), Digest},
		{"both", challenge(`Basic realm="cam", Digest realm="cam", nonce="x"`), Digest},
		{"bearer", challenge(`Bearer realm="basic digest"`), Other},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, Other},
		{"script login", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<input id="user"><input type="password" id="pw"><button onclick="login()">`)
		}, Other},
		{"change password", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<form><input type=password name=a><input type=password name=b></form>`)
		}, Other},
		{"off the host", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.invalid/login", http.StatusFound)
		}, Other},
	}
	for _, tt := range tests {
		srv := httptest.NewServer(tt.handler)
		site, err := New(dial, srv.URL, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, tr, err := site.Look(t.Context())
		if err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v, want %s: %+v", tt.name, got, err, tt.want, tr)
		}
		srv.Close()
	}
}

func challenge(c string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", c)
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// TestDigestAnswer: the example of RFC 2617, 3.5.
func TestDigestAnswer(t *testing.T) {
	got, err := digestAnswer(`Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		"GET", "/dir/index.html", "Mufasa", "Circle Of Life", "0a4f113b")
	if err != nil || !strings.Contains(got, `response="6629fae49393a05397450978507c4ef1"`) {
		t.Errorf("got %s, %v", got, err)
	}
	for _, bad := range []string{"", "Basic realm=x", "Digest realm=x", `Digest nonce="a", algorithm=SHA-512-256-sess`} {
		if got, err := digestAnswer(bad, "GET", "/", "a", "b", "c"); err == nil {
			t.Errorf("%q: got %s", bad, got)
		}
	}
}

func TestNoLeak(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	srv := httptest.NewServer(challenge(`Basic realm="x"`))
	site, _ := New(dial, srv.URL, Options{})
	for range 20 {
		if _, err := site.Try(t.Context(), Basic, "a", "b"); err != nil {
			t.Fatal(err)
		}
	}
	srv.Close()
	http.DefaultClient.CloseIdleConnections()
}

func TestNew(t *testing.T) {
	for _, bad := range []string{"", "ftp://x/", "http://", "/login", "http://a b/"} {
		if _, err := New(dial, bad, Options{}); err == nil {
			t.Errorf("New(%q): no error", bad)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(formPage, "x", "")))
	f.Add([]byte(`<form action="javascript:x"><input type=password name=p></form>`))
	f.Add([]byte(strings.Repeat("<form><input type=password name=", 300)))
	at, _ := url.Parse("http://192.0.2.1/")
	f.Fuzz(func(t *testing.T, b []byte) {
		if form, ok := findForm(b, at); ok {
			if _, err := form.request(context.Background(), "u", "p"); err != nil {
				t.Logf("request: %v", err)
			}
			if form.values.Get(form.pass) != "p" {
				t.Errorf("the password is not sent: %v", form.values)
			}
		}
		scriptLocation(b)
		digestAnswer(string(b), "GET", "/", "a", "b", "c")
		if s := Similarity(b, b); s != 1 {
			t.Errorf("similarity with itself: %v", s)
		}
	})
}
