package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	sumdb "golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// ahead is how many entry bundles a walk reads at once: at most 16 MiB each.
const ahead = 4

// WalkOptions says which log to walk and what is known about it.
type WalkOptions struct {
	Origin string
	Policy *policy.Policy
	// Seen is a checkpoint of this log that the caller has believed before, a signed
	// note; nil when there is none. The log must hold that tree still.
	Seen []byte
	// From is the first entry to hand out. A monitor that has checked all entries
	// of Seen starts at its size; a verifier starts at 0.
	From uint64
}

// Walk reads the checkpoint of a log and every entry from From on, and hands each to
// check once its place in the signed tree is proven: in order, index by index. It
// reads every tile that the tree of these entries stands on. The checkpoint that it
// returns is the one to remember.
//
// Errors are policy.ErrUnsigned, policy.ErrUnwitnessed, ErrShrunk, ErrForked, ErrTampered and
// ErrMissing, then what check returned, or trouble in reaching the log. Shrunk and
// forked come as a Divergence.
func Walk(ctx context.Context, src Source, o WalkOptions, check func(index uint64, entry []byte) error) (*policy.Checkpoint, error) {
	raw, err := src.Read(ctx, layout.CheckpointPath, policy.MaxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: there is no checkpoint", ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("walking the log: %w", err)
	}
	c, err := o.Policy.Open(raw, o.Origin)
	if err != nil {
		return nil, fmt.Errorf("walking the log: %w", err)
	}
	var seen *policy.Checkpoint
	if len(o.Seen) > 0 {
		if seen, err = o.Policy.Open(o.Seen, o.Origin); err != nil {
			return nil, fmt.Errorf("opening the remembered checkpoint: %w", err)
		}
		if seen.Size > c.Size {
			return nil, diverges(fmt.Errorf("%w: %d entries, it had %d", ErrShrunk, c.Size, seen.Size), seen.Note, raw)
		}
	}
	if o.From > c.Size {
		return nil, fmt.Errorf("walking the log: it has %d entries, none from %d on", c.Size, o.From)
	}
	w := &walker{src: src, head: c.Head, proven: map[sumdb.Tile][]byte{}}
	if seen != nil {
		if err := w.holds(ctx, seen.Head); errors.Is(err, ErrForked) {
			return nil, diverges(err, seen.Note, raw)
		} else if err != nil {
			return nil, fmt.Errorf("walking the log: %w", err)
		}
	}
	for i := o.From; i < c.Size; {
		if i, err = w.step(ctx, i, check); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func diverges(err error, seen, now []byte) error {
	return &Divergence{Err: err, Seen: bytes.Clone(seen), Now: bytes.Clone(now)}
}

// walker reads one tree. It keeps proven tiles that the next call needs again.
type walker struct {
	src    Source
	head   policy.Head
	proven map[sumdb.Tile][]byte
}

// keepTiles bounds the proven tiles that are kept: 8 KiB each.
const keepTiles = 64

// holds checks that the tree of old is the beginning of the walked tree.
func (w *walker) holds(ctx context.Context, old policy.Head) error {
	if old.Size == 0 {
		return nil
	}
	root := w.head.Root
	if old.Size < w.head.Size {
		h, err := sumdb.TreeHash(int64(old.Size), sumdb.HashReaderFunc(func(index []int64) ([]sumdb.Hash, error) {
			return w.hashes(ctx, index)
		}))
		if err != nil {
			return err
		}
		root = h
	}
	if root != old.Root {
		return fmt.Errorf("%w: two roots for its first %d entries", ErrForked, old.Size)
	}
	return nil
}

// hashes returns stored hashes that are proven to be in the tree.
func (w *walker) hashes(ctx context.Context, index []int64) ([]sumdb.Hash, error) {
	r := &tileReader{w: w}
	r.read = func(tiles []sumdb.Tile) ([][]byte, error) { return w.readTiles(ctx, tiles) }
	tree := sumdb.Tree{N: int64(w.head.Size), Hash: w.head.Root}
	hs, err := sumdb.TileHashReader(tree, r).ReadHashes(index)
	switch {
	case r.err != nil:
		return nil, r.err
	case err != nil:
		return nil, fmt.Errorf("%w: %w among %s", ErrTampered, err, r.asked)
	}
	return hs, nil
}

// step checks the entries of the next bundles and returns where to go on.
func (w *walker) step(ctx context.Context, from uint64, check func(uint64, []byte) error) (uint64, error) {
	first := from / layout.EntryBundleWidth
	end := min((first+ahead)*layout.EntryBundleWidth, w.head.Size)
	bundles := make([]bundle, (end+layout.EntryBundleWidth-1)/layout.EntryBundleWidth-first)
	g, gctx := errgroup.WithContext(ctx)
	for i := range bundles {
		g.Go(func() (err error) {
			bundles[i], err = w.bundle(gctx, first+uint64(i))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, fmt.Errorf("walking the log: %w", err)
	}
	index := make([]int64, 0, end-from)
	for i := from; i < end; i++ {
		index = append(index, sumdb.StoredHashIndex(0, int64(i)))
	}
	leaves, err := w.hashes(ctx, index)
	if err != nil {
		return 0, fmt.Errorf("walking the log, entries %d to %d: %w", from, end-1, err)
	}
	for i := from; i < end; i++ {
		b := bundles[i/layout.EntryBundleWidth-first]
		entry := b.entries[i%layout.EntryBundleWidth]
		if Hash(entry) != leaves[i-from] {
			return 0, fmt.Errorf("walking the log: %w: entry %d in %s does not fit the tree", ErrTampered, i, b.name)
		}
		if err := check(i, entry); err != nil {
			return 0, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return end, nil
}

type bundle struct {
	name    string
	entries [][]byte
}

func (w *walker) bundle(ctx context.Context, n uint64) (bundle, error) {
	width := int(min(w.head.Size-n*layout.EntryBundleWidth, layout.EntryBundleWidth))
	raw, name, full, err := readPart(ctx, w.src, func(p uint8) string { return layout.EntriesPath(n, p) }, width, maxBundle)
	if err != nil {
		return bundle{}, err
	}
	var b api.EntryBundle
	if err := b.UnmarshalText(raw); err != nil {
		return bundle{}, fmt.Errorf("%w: %s: %w", ErrTampered, name, err)
	}
	want := width
	if full {
		want = layout.EntryBundleWidth
	}
	if len(b.Entries) != want {
		return bundle{}, fmt.Errorf("%w: %s has %d entries, want %d", ErrTampered, name, len(b.Entries), want)
	}
	return bundle{name, b.Entries[:width]}, nil
}

// readTiles reads tiles that are not yet proven, several at once.
func (w *walker) readTiles(ctx context.Context, tiles []sumdb.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * ahead)
	for i, t := range tiles {
		if b, ok := w.proven[t]; ok {
			data[i] = b
			continue
		}
		g.Go(func() error {
			b, name, full, err := readPart(ctx, w.src, func(p uint8) string { return tilePath(t, p) }, t.W, maxTile)
			if err != nil {
				return err
			}
			want := t.W * sumdb.HashSize
			if full {
				want = maxTile
			}
			if len(b) != want {
				return fmt.Errorf("%w: %s has %d bytes, want %d", ErrTampered, name, len(b), want)
			}
			data[i] = b[:t.W*sumdb.HashSize]
			return nil
		})
	}
	return data, g.Wait()
}

// tileReader is what sumdb.TileHashReader reads tiles through before it proves them.
type tileReader struct {
	w     *walker
	read  func([]sumdb.Tile) ([][]byte, error)
	asked []string // what was read, for the error
	err   error    // why it could not be read
}

func (r *tileReader) Height() int { return layout.TileHeight }

func (r *tileReader) ReadTiles(tiles []sumdb.Tile) (data [][]byte, err error) {
	for _, t := range tiles {
		r.asked = append(r.asked, tilePath(t, uint8(t.W%layout.TileWidth)))
	}
	data, r.err = r.read(tiles)
	return data, r.err
}

// SaveTiles is called with tiles that were proven.
func (r *tileReader) SaveTiles(tiles []sumdb.Tile, data [][]byte) {
	if len(r.w.proven)+len(tiles) > keepTiles {
		clear(r.w.proven)
	}
	for i, t := range tiles {
		r.w.proven[t] = data[i]
	}
}

func tilePath(t sumdb.Tile, p uint8) string {
	return layout.TilePath(uint64(t.L), uint64(t.N), p)
}
