package tlog

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Options says which log it is and who vouches for it.
type Options struct {
	Origin string         // the name of the log, such as label.example/log; it never changes
	Signer key.Signer     // the key of the log, Ed25519; its policy.LogKey stands in the policy
	Policy *policy.Policy // what a published checkpoint must satisfy; its witnesses are asked at their URLs

	Client         *http.Client  // for the witnesses; nil: one of its own
	Interval       time.Duration // least time between two checkpoints; 0: 100 ms
	Republish      time.Duration // how often the witnesses cosign a log that does not grow; 0: 10 min
	WitnessTimeout time.Duration // how long they may take; 0: 5 s
	Logger         *slog.Logger  // nil: nowhere
}

const (
	batchSize = 256                  // entries that share one write to disk
	batchAge  = 5 * time.Millisecond // how long the first of them waits for others
	collect   = time.Minute          // how often files that larger ones replace are removed
	never     = 100 * 365 * 24 * time.Hour
)

// Log is a log on disk, open for writing. Its methods may be called at the same
// time.
type Log struct {
	dir      string
	o        Options
	signer   noteSigner
	own      note.Verifiers // the key of the log alone
	asked    []*asked       // the witnesses
	appender *tessera.Appender
	reader   tessera.LogReader
	nodes    *nodes
	lock     *flock.Flock
	end      []func() // what ends the background work, last first
	wake     chan struct{}

	gate     sync.RWMutex // held for reading while an append is let in
	closed   bool
	inflight sync.WaitGroup
	stopped  chan struct{}

	mu         sync.Mutex
	published  *policy.Checkpoint // nil before the first
	changed    chan struct{}      // closed at the next publication
	publishErr error              // why the last attempt did not succeed
	signed     policy.Head        // the largest that was signed in this run
}

// Open opens the log in a folder for writing and makes it when there is none. One
// process at a time may: for another one the error is ErrLocked. The context bounds
// the opening; the log runs until Close.
//
// The witnesses are asked first what they have seen. When one has cosigned more than
// the folder holds, or shows a tree that the key of the log has signed and that the
// folder contradicts, the log does not open: ErrRolledBack, ErrForked. A witness
// that lies about the size can so stop a log from opening, until it is taken out of
// the policy; a log that went on from an old copy could never be mended. The first
// checkpoint of a new log needs the witnesses that the policy asks for.
func Open(ctx context.Context, dir string, o Options) (*Log, error) {
	l, err := newLog(dir, o)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	if err := l.open(ctx); err != nil {
		l.release()
		return nil, fmt.Errorf("opening the log %q: %w", dir, err)
	}
	return l, nil
}

func newLog(dir string, o Options) (*Log, error) {
	if o.Policy == nil || o.Signer == nil {
		return nil, errors.New("it needs a key and a policy")
	}
	vkey, err := policy.LogKey(o.Origin, o.Signer.Public())
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("the key of the log: %w", err)
	}
	if !o.Policy.Knows(v) {
		return nil, fmt.Errorf("nobody could verify it: the policy has no line: log %s", vkey)
	}
	o.Interval, o.Republish = orElse(o.Interval, 100*time.Millisecond), orElse(o.Republish, 10*time.Minute)
	o.WitnessTimeout = orElse(o.WitnessTimeout, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Log{dir: dir, o: o, own: note.VerifierList(v), wake: make(chan struct{}, 1), stopped: make(chan struct{}), changed: make(chan struct{})}
	l.signer = noteSigner{name: v.Name(), hash: v.KeyHash()}
	if l.asked, err = l.askable(); err != nil {
		return nil, err
	}
	return l, nil
}

func orElse(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

func (l *Log) open(ctx context.Context) error {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	l.lock = flock.New(filepath.Join(l.dir, ".lock"))
	if ok, err := l.lock.TryLock(); err != nil {
		return fmt.Errorf("locking the folder: %w", err)
	} else if !ok {
		return ErrLocked
	}
	l.end = append(l.end, func() { _ = l.lock.Unlock() })
	if err := l.readPublished(); err != nil {
		return err
	}
	if l.published == nil { // no tree yet
		if err := l.checkWitnesses(ctx, 0); err != nil {
			return err
		}
		if err := l.publish(ctx, 0); err != nil {
			return fmt.Errorf("making the first checkpoint: %w", err)
		}
	}
	if err := l.startTessera(ctx); err != nil {
		return err
	}
	size, err := l.checkTree(ctx)
	if err != nil {
		return err
	}
	if err := l.checkWitnesses(ctx, size); err != nil {
		return err
	}
	if _, err := l.o.Policy.Open(l.published.Note, l.o.Origin); err != nil {
		// The policy asks for other witnesses than when it was made.
		if err := l.publish(ctx, size); err != nil {
			return fmt.Errorf("having the checkpoint cosigned again: %w", err)
		}
	}
	l.startPublisher()
	return nil
}

// readPublished reads the checkpoint that an earlier run has published.
func (l *Log) readPublished() error {
	f, err := os.Open(filepath.Join(l.dir, layout.CheckpointPath))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(l.dir, "tile")); err == nil {
			return fmt.Errorf("%w: the folder has entries and no checkpoint: bring the checkpoint back from a copy", ErrMissing)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the checkpoint: %w", err)
	}
	defer f.Close()
	raw, err := readBounded(f, layout.CheckpointPath, policy.MaxCheckpoint)
	if err != nil {
		return err
	}
	// An earlier policy may have asked for other witnesses: the log's own key says
	// enough about its own file.
	_, head, err := policy.OpenWith(raw, l.o.Origin, l.own)
	if err != nil {
		return fmt.Errorf("reading the checkpoint: %w: %w", policy.ErrUnsigned, err)
	}
	l.published, l.signed = &policy.Checkpoint{Head: head, Note: raw}, head
	if c, err := l.o.Policy.Open(raw, l.o.Origin); err == nil {
		l.published = c
	}
	return nil
}

// startTessera starts what sequences entries and writes tiles. It is given a signer
// that refuses: only publish signs.
func (l *Log) startTessera(ctx context.Context) error {
	// The folder was made by now, and Tessera's work ends with the log, not with ctx.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	driver, err := newDriver(ctx, l.dir)
	if err != nil {
		cancel()
		return err
	}
	refuse := l.signer
	refuse.sign = func([]byte) ([]byte, error) {
		return nil, fmt.Errorf("%w: its tree is not the one of its checkpoint", ErrTampered)
	}
	l.appender, _, l.reader, err = tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(refuse).WithCheckpointInterval(never).WithCheckpointRepublishInterval(0).
		WithBatching(batchSize, batchAge).WithGarbageCollectionInterval(collect))
	if err != nil {
		cancel()
		return fmt.Errorf("reading the tree: %w", err)
	}
	l.end = append(l.end, cancel)
	l.nodes, err = newNodes(l.reader)
	return err
}

// checkTree compares the tree on disk with the checkpoint and returns its size.
func (l *Log) checkTree(ctx context.Context) (uint64, error) {
	size, err := l.Size(ctx)
	if err != nil {
		return 0, err
	}
	if size < l.published.Size {
		return 0, fmt.Errorf("%w: the tree has %d entries, its checkpoint %d", ErrShrunk, size, l.published.Size)
	}
	root, err := l.root(ctx, l.published.Size, size)
	if err != nil {
		return 0, err
	}
	if root != l.published.Root {
		return 0, fmt.Errorf("%w: the tiles do not give the root of the checkpoint", ErrTampered)
	}
	return size, nil
}

// root computes the root of the first size entries of a tree from its tiles, as they
// stand on disk.
func (l *Log) root(ctx context.Context, size, tree uint64) ([sha256.Size]byte, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil // RFC 6962, section 2.1
	}
	fresh, err := newNodes(l.reader)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	return fresh.root(ctx, size, tree)
}

// Append adds an entry to the log and returns its index, counted from 0. The entry
// is durable when it returns. It is published a little later: see Published.
//
// A context that is done is looked at before, not during: an append that was begun
// is awaited. After another error the entry may or may not be in the log, and so it
// is after a crash: before appending again, look for it with Entries.
func (l *Log) Append(ctx context.Context, entry []byte) (uint64, error) {
	l.gate.RLock()
	if l.closed {
		l.gate.RUnlock()
		return 0, fmt.Errorf("appending: %w", ErrClosed)
	}
	l.inflight.Add(1)
	l.gate.RUnlock()
	defer l.inflight.Done()
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("appending: %w", err)
	}
	if len(entry) > MaxEntry {
		return 0, fmt.Errorf("appending: an entry of %d bytes, at most %d", len(entry), MaxEntry)
	}
	i, err := l.appender.Add(context.WithoutCancel(ctx), tessera.NewEntry(entry))()
	if err != nil {
		return 0, fmt.Errorf("appending: %w", err)
	}
	l.poke()
	return i.Index, nil
}

// Size is the number of durable entries, those not yet published too.
func (l *Log) Size(ctx context.Context) (uint64, error) {
	n, err := l.reader.IntegratedSize(ctx)
	if err != nil {
		return 0, fmt.Errorf("reading the size of the log: %w", err)
	}
	return n, nil
}

// Entries hands every durable entry from index from on to fn, those not yet
// published too. After a crash it tells which decisions are in the log already.
func (l *Log) Entries(ctx context.Context, from uint64, fn func(index uint64, entry []byte) error) error {
	size, err := l.Size(ctx)
	if err != nil {
		return err
	}
	for r := range layout.Range(from, size-min(from, size), size) {
		raw, err := l.reader.ReadEntryBundle(ctx, r.Index, r.Partial)
		if err != nil {
			return fmt.Errorf("reading entries: %w", err)
		}
		var b api.EntryBundle
		if err := b.UnmarshalText(raw); err != nil || uint(len(b.Entries)) < r.First+r.N {
			return fmt.Errorf("reading entries: %w: bundle %d has %d entries (%w)", ErrTampered, r.Index, len(b.Entries), err)
		}
		for i, e := range b.Entries[r.First : r.First+r.N] {
			if err := fn(r.Index*layout.EntryBundleWidth+uint64(r.First)+uint64(i), e); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Close refuses new appends, waits for those that were begun, has them published as
// long as ctx lets it, and ends everything. The error says what was not published;
// the log is closed all the same, and the next Open publishes it.
func (l *Log) Close(ctx context.Context) error {
	l.gate.Lock()
	again := l.closed
	l.closed = true
	l.gate.Unlock()
	if again {
		return ErrClosed
	}
	l.inflight.Wait()
	size, err := l.Size(ctx)
	if err == nil && size > 0 {
		l.poke()
		err = l.Published(ctx, size-1)
	}
	close(l.stopped)
	l.release()
	if err != nil {
		return fmt.Errorf("closing the log: %w", err)
	}
	return nil
}

func (l *Log) release() {
	for i := len(l.end) - 1; i >= 0; i-- {
		l.end[i]()
	}
	l.end = nil
}

// TesseraLogs sends what the library underneath says to a logger; it says it to
// stderr otherwise. It is for the start of a program: the library has one logger, and
// changing it while a log is open is a race.
func TesseraLogs(to *slog.Logger) { klog.SetSlogLogger(to) }
