// Package site writes the static site of a scheme, which any web server or object
// store can serve: the verifier page, a page for each label, status lists, range
// files, the trust list, the log, and open data. Everything follows from the log
// and can be written again.
//
// The order of writing keeps what is half done out of sight: the log first, then
// what readers check, then the pages. The package must never write a private file,
// a bundle or a key, and never remove what the log still speaks of.
package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/art"
	"github.com/plimsoll-iot/plimsoll/label/page"
	"github.com/plimsoll-iot/plimsoll/scheme"
)

// languages are those of the pages of a label.
var languages = []string{"en", "de", "fr", "ja"}

type writer struct {
	f      *scheme.Folder
	sc     *label.Scheme
	dir    string
	now    time.Time
	status key.Signer
}

// Write brings the site up to the state of the scheme, with a status as of now.
func Write(ctx context.Context, f *scheme.Folder) error {
	sc, err := f.State.Scheme()
	if err != nil {
		return err
	}
	w := &writer{f: f, sc: sc, dir: filepath.Join(f.Dir, scheme.SiteDir), now: f.Now()}
	if err := evidence.Sweep(w.dir); err != nil {
		return fmt.Errorf("writing the site: %w", err)
	}
	if w.status, err = f.SignerFor(ctx, label.UseStatus); err != nil {
		return fmt.Errorf("writing the site: %w", err)
	}
	for _, step := range []func(context.Context) error{w.log, w.trust, w.statusLists, w.ranges, w.labels, w.openData, w.verifier} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("writing the site: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file of the site unless it holds these bytes already.
func (w *writer) put(name string, b []byte) error {
	target := filepath.Join(w.dir, filepath.FromSlash(name))
	if old, err := os.ReadFile(target); err == nil && bytes.Equal(old, b) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return evidence.WriteFile(target, b, 0o644)
}

func (w *writer) has(name string) bool {
	_, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(name)))
	return err == nil
}

// log copies the tiles, and the checkpoint last: what it covers is there before it.
// A full tile never changes, and a partial one is written whole under a name of its
// own, so what is there is not copied again.
func (w *writer) log(context.Context) error {
	from := os.DirFS(w.f.LogDir())
	err := fs.WalkDir(from, "tile", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() || !d.Type().IsRegular() || w.has(name):
			return nil
		}
		b, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return w.put(name, b)
	})
	if err != nil {
		return err
	}
	return w.put("checkpoint", w.f.Log().Checkpoint().Note)
}

func (w *writer) trust(context.Context) error { return w.put("trust.cose", w.f.State.Signed) }

// statusLists writes a list for each chunk of numbers that labels have.
func (w *writer) statusLists(ctx context.Context) error {
	chunks := map[uint32]map[label.Number]label.Standing{0: {}}
	for n, l := range w.f.State.Labels {
		c, _ := n.Chunk()
		if chunks[c] == nil {
			chunks[c] = map[label.Number]label.Standing{}
		}
		chunks[c][n] = l.Standing
	}
	for _, c := range slices.Sorted(maps.Keys(chunks)) {
		b, err := label.SignStatusList(ctx, w.sc, c, chunks[c], w.now, w.status)
		if err != nil {
			return err
		}
		if err := w.put(path.Join("s", strconv.Itoa(int(c))), b); err != nil {
			return err
		}
	}
	return nil
}

// ranges writes every bucket, then how many bits choose one, and then removes the
// buckets of another number of bits.
func (w *writer) ranges(ctx context.Context) error {
	bits := label.RangeBits(len(w.f.State.Labels))
	buckets := map[uint32][]label.Issued{}
	for i := range uint32(1) << bits {
		buckets[i] = nil
	}
	for _, l := range w.f.State.Labels {
		is := issued(l)
		p := label.RangePrefix(is.Digest, bits)
		buckets[p] = append(buckets[p], is)
	}
	for _, p := range slices.Sorted(maps.Keys(buckets)) {
		b, err := label.SignRange(ctx, w.sc, bits, p, buckets[p], w.now, w.status)
		if err != nil {
			return err
		}
		if err := w.put(path.Join("r", label.RangeName(p, bits)), b); err != nil {
			return err
		}
	}
	if err := w.put("r/bits", []byte(strconv.Itoa(int(bits))+"\n")); err != nil {
		return err
	}
	for b := range bits {
		if err := os.RemoveAll(filepath.Join(w.dir, "r", strconv.Itoa(int(b)))); err != nil {
			return err
		}
	}
	return nil
}

// issued is a label as a range file has it. Support that ended early ended on the
// day of that decision.
func issued(l *scheme.Label) label.Issued {
	end := l.Grant.Claims.SupportEnd
	for _, c := range l.History {
		if c.Kind == scheme.KindSupportEnded {
			end = min(end, label.DayOf(c.At))
		}
	}
	return label.Issued{Digest: l.Token.Digest(), Standing: l.Standing, LogIndex: l.Index, SupportEnd: end}
}

// labels writes the folder of each label.
func (w *writer) labels(ctx context.Context) error {
	for _, n := range w.f.State.Order {
		if err := w.label(ctx, w.f.State.Labels[n]); err != nil {
			return fmt.Errorf("label %s: %w", label.NumberText(w.sc.Code, n), err)
		}
	}
	return nil
}

func (w *writer) label(ctx context.Context, l *scheme.Label) error {
	dir := path.Join("l", l.Token.NumberText())
	if err := w.print(ctx, dir, l); err != nil {
		return err
	}
	rec, err := page.NewRecord(l.Token, w.sc, issued(l), w.now)
	if err != nil {
		return err
	}
	rec.Sheet, rec.Contacts = l.Grant.Sheet, l.Grant.Contacts
	b, err := rec.JSON()
	if err != nil {
		return err
	}
	if err := w.put(path.Join(dir, "record.json"), b); err != nil {
		return err
	}
	for _, lang := range languages {
		b, err := page.Write(rec, lang)
		if err != nil {
			return err
		}
		name := path.Join(dir, lang, "index.html")
		if lang == "en" {
			name = path.Join(dir, "index.html")
		}
		if err := w.put(name, b); err != nil {
			return err
		}
	}
	return nil
}

// print writes what does not change of a label. The log is asked only for a label
// that is new, or whose proof lacks the witnesses that the trust list asks for now.
func (w *writer) print(ctx context.Context, dir string, l *scheme.Label) error {
	files := map[string]func() ([]byte, error){
		"label.svg": func() ([]byte, error) { return art.SVG(ctx, l.Token, w.sc, art.Print{}) },
		"label.pdf": func() ([]byte, error) { return art.PDF(ctx, l.Token, w.sc, art.Print{}) },
	}
	for name := range files {
		if w.has(path.Join(dir, name)) {
			delete(files, name)
		}
	}
	if !w.proven(ctx, dir, l) {
		files["statement.cose"] = func() ([]byte, error) { return w.f.Statement(ctx, l.Index) }
		files["proof.tlog-proof"] = func() ([]byte, error) { return w.f.Log().Proof(ctx, l.Index) }
	}
	for name, make := range files {
		b, err := make()
		if err != nil {
			return err
		}
		if err := w.put(path.Join(dir, name), b); err != nil {
			return err
		}
	}
	return nil
}

// proven reports whether the site proves the label already.
func (w *writer) proven(ctx context.Context, dir string, l *scheme.Label) bool {
	at := filepath.Join(w.dir, filepath.FromSlash(dir))
	statement, err := os.ReadFile(filepath.Join(at, "statement.cose"))
	if err != nil {
		return false
	}
	proof, err := os.ReadFile(filepath.Join(at, "proof.tlog-proof"))
	if err != nil {
		return false
	}
	_, err = Prove(statement, proof)(ctx, l.Token, w.sc)
	return err == nil
}

func (w *writer) verifier(context.Context) error {
	files, err := page.Site(page.Config{Roots: w.f.State.Trust.Roots, Code: w.sc.Code, Name: w.sc.Name, Host: w.sc.Hosts[0]})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.put(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}
