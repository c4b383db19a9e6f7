package sim

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

const (
	maxForm   = 4 << 10
	maxHeader = 16 << 10
)

// serveHTTP runs a web server on ln. The function it returns ends every connection and waits for it.
func serveHTTP(u *unit, ln net.Listener, handler http.Handler) func() {
	var conns sync.WaitGroup
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(u.Log.Handler(), slog.LevelDebug),
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				conns.Done()
			}
		},
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			u.Log.Error("simulated web server ended", "error", err)
		}
	})
	return func() {
		// A short grace lets answers under way reach the client.
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			if err := srv.Close(); err != nil {
				u.Log.Debug("stopping a simulated web server", "error", err)
			}
		}
		accepting.Wait()
		conns.Wait()
	}
}

// page is what the templates of pages/ may show.
type page struct {
	model
	Show     bool   // show the model designation
	Message  string // of the login page
	Secure   bool   // the admin page came over TLS
	Site     string // URL of the web site, ending in a slash
	Until    string
	UntilISO string
	Times    bool // the policy promises times
	Ack      string
	Updates  string
	Fix      string
	Contact  string
}

func parsePages() (*template.Template, error) {
	t, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the embedded pages: %w", err)
	}
	return t, nil
}

// render writes one page. A client that has left is no error of ours.
func render(u *unit, t *template.Template, w http.ResponseWriter, status int, name string, p page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	w.WriteHeader(status)
	if err := t.ExecuteTemplate(w, name, p); err != nil {
		u.Log.Debug("writing a page", "page", name, "error", err)
	}
}
