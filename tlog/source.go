package tlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/transparency-dev/tessera/api/layout"
)

// Source serves the files of a log (C2SP tlog-tiles): FS and HTTP make one.
type Source interface {
	// Read returns a whole file, at most limit bytes. A file that is not there is
	// an error that is fs.ErrNotExist.
	Read(ctx context.Context, path string, limit int64) ([]byte, error)
}

type dirSource struct{ files fs.FS }

// FS is a log in a folder: os.DirFS, or the FS of an os.Root where the folder may
// hold links that lead elsewhere.
func FS(files fs.FS) Source { return dirSource{files} }

func (s dirSource) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := s.files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f, path, limit)
}

func readBounded(r io.Reader, path string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("reading %q: %w: larger than %d bytes", path, ErrTampered, limit)
	}
	return b, nil
}

type httpSource struct {
	base   string
	client *http.Client
}

// readTimeout bounds one request when the caller hands in no client.
const readTimeout = 30 * time.Second

// HTTP is a log at a URL prefix, http or https. A nil client is one with a time
// limit of 30 s for each request. The bound of a file holds for what comes out of
// content encodings.
func HTTP(base string, client *http.Client) (Source, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("log address %q: want http:// or https://, a host and a path", base)
	}
	if client == nil {
		client = &http.Client{Timeout: readTimeout}
	}
	return httpSource{strings.TrimSuffix(u.String(), "/") + "/", client}, nil
}

func (s httpSource) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("asking for %q: %w", path, err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking for %q: %w", path, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return readBounded(resp.Body, path, limit)
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("asking for %q: %s: %w", path, resp.Status, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("asking for %q: the server answers %s", path, resp.Status)
}

// The largest files of a log, in bytes (tlog-tiles): 256 hashes, and 256 entries
// with their lengths.
const (
	maxTile   = layout.TileWidth * 32
	maxBundle = layout.EntryBundleWidth * (2 + MaxEntry)
)

// readPart reads a file of which width parts are wanted, from 1 to 256. A log may
// have removed the partial file once the full one is there: full then says so.
func readPart(ctx context.Context, src Source, path func(p uint8) string, width int, limit int64) (b []byte, name string, full bool, err error) {
	p := uint8(width % layout.TileWidth) // 0 names the full file
	name = path(p)
	b, err = src.Read(ctx, name, limit)
	if p != 0 && errors.Is(err, fs.ErrNotExist) {
		p = 0
		b, err = src.Read(ctx, path(0), limit)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %s", ErrMissing, name)
	}
	return b, name, p == 0, err
}
