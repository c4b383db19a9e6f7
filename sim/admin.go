package sim

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	sessionCookie = "session"
	maxSessions   = 32
)

// admin is the administration page of the device. The camera asks by a form, the plug by HTTP Basic.
type admin struct {
	unit     *unit
	pages    *template.Template
	secure   bool
	mu       sync.Mutex
	sessions map[string]bool
}

func serveAdminTLS(u *unit, ln net.Listener) (func(), error) {
	h, err := adminHandler(u, true)
	if err != nil {
		return nil, err
	}
	return serveHTTP(u, tls.NewListener(ln, u.adminTLS()), h), nil
}

// serveAdminPlain only points to HTTPS, unless the flaw login-in-clear asks for the page itself.
func serveAdminPlain(u *unit, ln net.Listener) (func(), error) {
	if u.has("login-in-clear") {
		h, err := adminHandler(u, false)
		if err != nil {
			return nil, err
		}
		return serveHTTP(u, ln, h), nil
	}
	return serveHTTP(u, ln, u.banner(http.RedirectHandler(u.adminURL(), http.StatusPermanentRedirect))), nil
}

func adminHandler(u *unit, secure bool) (http.Handler, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	a := &admin{unit: u, pages: pages, secure: secure, sessions: map[string]bool{}}
	mux := http.NewServeMux()
	if u.model.Basic {
		mux.HandleFunc("GET /{$}", a.basic)
	} else {
		mux.HandleFunc("GET /{$}", a.home)
		mux.HandleFunc("GET /login", a.form)
		mux.HandleFunc("POST /login", a.login)
		mux.HandleFunc("POST /logout", a.logout)
	}
	return u.banner(mux), nil
}

// banner adds the Server header of the flaw; without it the device does not name its software.
func (u *unit) banner(next http.Handler) http.Handler {
	if !u.has("banner-leak") {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", leakyServer)
		next.ServeHTTP(w, r)
	})
}

func (a *admin) page(message string) page {
	return page{model: a.unit.model, Show: !a.unit.has("model-hidden"), Message: message, Secure: a.secure, Site: a.unit.siteURL()}
}

func (a *admin) basic(w http.ResponseWriter, r *http.Request) {
	user, password, given := r.BasicAuth()
	if given {
		ok, wait := a.unit.guard["admin-https"].try(func() bool { return a.unit.checkAdmin(user, password) })
		if wait > 0 {
			a.refuse(w, wait)
			return
		}
		if ok {
			render(a.unit, a.pages, w, http.StatusOK, "home.html", a.page(""))
			return
		}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="device", charset="UTF-8"`)
	render(a.unit, a.pages, w, http.StatusUnauthorized, "denied.html", a.page(""))
}

// refuse is the answer while the lock of the brute-force defence holds, whatever the password.
func (a *admin) refuse(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	render(a.unit, a.pages, w, http.StatusTooManyRequests, "locked.html", a.page(""))
}

func (a *admin) form(w http.ResponseWriter, _ *http.Request) {
	render(a.unit, a.pages, w, http.StatusOK, "login.html", a.page(""))
}

func (a *admin) home(w http.ResponseWriter, r *http.Request) {
	if !a.known(r) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	render(a.unit, a.pages, w, http.StatusOK, "home.html", a.page(""))
}

func (a *admin) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form is too large or not a form", http.StatusBadRequest)
		return
	}
	user, password := r.PostForm.Get("username"), r.PostForm.Get("password")
	ok, wait := a.unit.guard["admin-https"].try(func() bool { return a.unit.checkAdmin(user, password) })
	switch {
	case wait > 0:
		a.refuse(w, wait)
	case !ok:
		render(a.unit, a.pages, w, http.StatusUnauthorized, "login.html", a.page("Wrong name or password."))
	default:
		id, err := a.open()
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (a *admin) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		a.mu.Lock()
		delete(a.sessions, c.Value)
		a.mu.Unlock()
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// open makes a session. When too many are open, all are closed: the owner signs in again.
func (a *admin) open() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(a.unit.Rand, b); err != nil {
		return "", fmt.Errorf("making a session: %w", err)
	}
	id := hex.EncodeToString(b)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.sessions) >= maxSessions {
		clear(a.sessions)
	}
	a.sessions[id] = true
	return id, nil
}

func (a *admin) known(r *http.Request) bool {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions[c.Value]
}
