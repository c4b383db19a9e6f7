package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Source gives the files of a scheme's site by their path from its root, such as
// "trust.cose". One that is not there is fs.ErrNotExist.
type Source interface {
	Get(ctx context.Context, path string) ([]byte, error)
}

// Quiet is a Source that tells nobody what it was asked for.
type Quiet interface {
	Source
	Quiet()
}

// Bounds of what a source gives.
const (
	maxFile   = 2 << 20 // bytes
	maxWait   = 20 * time.Second
	maxFollow = 3 // redirects
)

// From is the source that a person names: the https address of a site, or a folder
// that holds a copy of one. Its name is what the source is remembered by. Plain http
// is for loopback only. A nil transport is that of package net/http.
func From(where string, transport http.RoundTripper) (src Source, name string, err error) {
	if !strings.Contains(where, "://") {
		dir, err := filepath.Abs(where)
		if err != nil {
			return nil, "", fmt.Errorf("reading from %q: %w", where, err)
		}
		st, err := os.Stat(dir)
		if err != nil {
			return nil, "", fmt.Errorf("reading from %q: %w", where, err)
		}
		if !st.IsDir() {
			return nil, "", fmt.Errorf("reading from %q: want a folder or an address that begins with https://", where)
		}
		return Folder(dir), dir, nil
	}
	s, err := newSite(where, transport)
	if err != nil {
		return nil, "", fmt.Errorf("reading from %q: %w", where, err)
	}
	return s, s.base.String(), nil
}

// Folder is a folder with the files of a site.
type Folder string

// Quiet says that nobody learns what is read.
func (Folder) Quiet() {}

// Get reads a file that lies in the folder.
func (d Folder) Get(ctx context.Context, path string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	st, err := root.Stat(filepath.FromSlash(path))
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("opening %q: not a plain file", path)
	}
	f, err := root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded(f, path)
}

func bounded(r io.Reader, path string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("reading %q: more than %d MiB", path, maxFile>>20)
	}
	return b, nil
}

// site is a scheme's site on the web.
type site struct {
	base   *url.URL
	client *http.Client
}

func newSite(base string, transport http.RoundTripper) (*site, error) {
	u, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil {
		return nil, err
	}
	switch {
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("want an address such as https://label.example")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return nil, errors.New("want https; http is for this machine alone")
	}
	u.Host = strings.ToLower(u.Host)
	return &site{base: u, client: &http.Client{
		Transport: transport, Timeout: maxWait,
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			if to.URL.Scheme != u.Scheme || !strings.EqualFold(to.URL.Host, u.Host) {
				return fmt.Errorf("it leads on to %s://%s, which was not asked", to.URL.Scheme, to.URL.Host)
			}
			if len(via) > maxFollow {
				return fmt.Errorf("more than %d redirects", maxFollow)
			}
			return nil
		},
	}}, nil
}

// Close lets go of the connections.
func (s *site) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Get fetches a file of the site. It sends no cookie and says of itself no more
// than "plimsoll".
func (s *site) Get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.JoinPath(path).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetching %q: %w", path, err)
	}
	req.Header.Set("User-Agent", "plimsoll")
	res, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetching %q: %w", path, err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return bounded(res.Body, path)
	case http.StatusNotFound, http.StatusGone:
		return nil, &fs.PathError{Op: "fetching", Path: req.URL.String(), Err: fs.ErrNotExist}
	}
	return nil, fmt.Errorf("fetching %s: the site answered %q", req.URL, res.Status)
}
