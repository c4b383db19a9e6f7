// Package witness cosigns the checkpoints of transparency logs: it remembers the
// last tree that it has seen of each log and signs only what continues it. It is
// the server side of C2SP tlog-witness, with Ed25519 cosignatures of C2SP
// tlog-cosignature.
//
// It serves only the logs that it was told of. What comes in is hostile and bounded.
// It must never cosign a tree that does not contain the last one it has cosigned,
// also not after a crash: what it has seen is on disk before an answer leaves.
package witness

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Options says who the witness is and which logs it watches.
type Options struct {
	Name   string           // of the witness's key, such as witness.example/w1; it never changes
	Signer key.Signer       // Ed25519; for this witness only (tlog-cosignature, "Ed25519 signed message")
	Logs   []string         // verifier keys of the logs (policy.LogKey); several of one origin while its key changes
	Now    func() time.Time // the clock; nil: time.Now
	Logger *slog.Logger     // nil: nowhere
}

// ErrLocked says that another process runs on the same folder. The caller should
// tell the user to end it: two witnesses with one memory would contradict each other.
var ErrLocked = errors.New("another process runs this witness")

// Witness is a witness with its memory on disk. It is an http.Handler whose root is
// the submission prefix and the monitoring prefix.
type Witness struct {
	o    Options
	dir  string
	key  string // the verifier key
	self note.Verifier
	logs map[string]*watched // by origin
	hash map[string]*watched // by the hash of the origin, in hex
	mux  http.ServeMux
	lock *flock.Flock
}

// Open opens the memory of a witness in a folder and makes it when there is none.
// A memory that does not bear the signature of this witness is refused: it was
// spoiled, or belongs to another key.
func Open(dir string, o Options) (*Witness, error) {
	w, err := open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("opening the witness %q: %w", dir, err)
	}
	return w, nil
}

func open(dir string, o Options) (*Witness, error) {
	if o.Signer == nil {
		return nil, errors.New("it needs a key")
	}
	vkey, err := policy.WitnessKey(o.Name, o.Signer.Public())
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Witness{o: o, dir: dir, key: vkey, logs: map[string]*watched{}, hash: map[string]*watched{}}
	if w.self, err = cosigner(vkey); err != nil {
		return nil, err
	}
	if err := w.watch(o.Logs); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder: %w", err)
	}
	w.lock = flock.New(filepath.Join(dir, ".lock"))
	if ok, err := w.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("locking the folder: %w", err)
	} else if !ok {
		return nil, ErrLocked
	}
	for _, l := range w.logs {
		if err := l.load(w.self); err != nil {
			return nil, errors.Join(err, w.lock.Unlock())
		}
	}
	w.mux.HandleFunc("POST /add-checkpoint", w.addCheckpoint)
	w.mux.HandleFunc("GET /{hash}/checkpoint", w.getCheckpoint)
	return w, nil
}

// Key is the verifier key of the witness, for the policies of others.
func (w *Witness) Key() string { return w.key }

// Close lets another process run the witness. The caller ends its HTTP server first.
func (w *Witness) Close() error { return w.lock.Unlock() }

// ServeHTTP answers add-checkpoint and shows the last checkpoint of each log.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.mux.ServeHTTP(rw, r) }

// refusal is an answer that the specification asks for.
type refusal struct {
	status int
	why    string
}

func (r refusal) Error() string { return r.why }

func refuse(status int, format string, args ...any) error {
	return refusal{status, fmt.Sprintf(format, args...)}
}

func (w *Witness) addCheckpoint(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, "the request is too long or was cut off", http.StatusBadRequest)
		return
	}
	lines, err := w.add(r.Context(), body)
	var known conflict
	var no refusal
	switch {
	case err == nil:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = rw.Write(lines)
	case errors.As(err, &known):
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(rw, "%d\n", known.size)
	case errors.As(err, &no):
		http.Error(rw, no.why, no.status)
	default:
		w.o.Logger.Error("the witness could not cosign", "reason", err)
		http.Error(rw, "the witness has trouble of its own", http.StatusInternalServerError)
	}
}

// conflict is the answer to a request that starts from another size than the last
// one cosigned.
type conflict struct{ size uint64 }

func (c conflict) Error() string { return fmt.Sprintf("the last cosigned size is %d", c.size) }

// add checks a request and returns the cosignature line, in the order of tlog-witness,
// "add-checkpoint".
func (w *Witness) add(ctx context.Context, body []byte) ([]byte, error) {
	req, err := parseRequest(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	origin, _, _ := strings.Cut(string(req.signed), "\n")
	l := w.logs[origin]
	if l == nil {
		return nil, refuse(http.StatusNotFound, "the log %.200q is not watched here", origin)
	}
	n, err := note.Open(req.signed, l.verifiers)
	if err != nil {
		return nil, refuse(http.StatusForbidden, "the checkpoint is not signed by a key of the log: %s", err)
	}
	head, err := policy.ParseHead(n.Text)
	if errors.Is(err, policy.ErrEmptyRoot) {
		return nil, refuse(http.StatusUnprocessableEntity, "%s", err)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	if req.old > head.Size {
		return nil, refuse(http.StatusBadRequest, "the old size %d is larger than the checkpoint's %d", req.old, head.Size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if req.old != l.last.Size {
		return nil, conflict{l.last.Size}
	}
	if err := w.continues(l, head, req); err != nil {
		return nil, err
	}
	line, err := w.cosign(ctx, n.Text)
	if err != nil {
		return nil, err
	}
	// The log's own signatures that were verified, and ours: what monitors get.
	if err := l.store(head, withSignatures(n, line)); err != nil {
		return nil, err
	}
	return line, nil
}

// continues checks that the new tree begins with the last cosigned one.
func (w *Witness) continues(l *watched, head policy.Head, req request) error {
	switch {
	case req.old == 0 && len(req.path) > 0:
		return refuse(http.StatusUnprocessableEntity, "a proof from the empty tree must be empty")
	case req.old == 0:
		return nil
	case req.old == head.Size && head.Root != l.last.Root:
		w.o.Logger.Error("a log has forked: it has signed two roots for one size", "log", head.Origin, "size", head.Size,
			"seen", string(l.note), "now", string(req.signed))
		return refuse(http.StatusUnprocessableEntity, "another root was cosigned for the size %d", head.Size)
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, req.old, head.Size, req.path, l.last.Root[:], head.Root[:]); err != nil {
		w.o.Logger.Warn("a log does not prove that it continues", "log", head.Origin, "from", req.old, "to", head.Size,
			"seen", string(l.note), "now", string(req.signed))
		return refuse(http.StatusUnprocessableEntity, "the proof from %d to %d does not fit", req.old, head.Size)
	}
	return nil
}

// cosign returns a signature line of type cosignature/v1 on the text of a
// checkpoint.
func (w *Witness) cosign(ctx context.Context, text string) ([]byte, error) {
	now := w.o.Now().Unix()
	if now <= 0 {
		return nil, fmt.Errorf("cosigning: the clock says %d", now)
	}
	sig, err := w.o.Signer.Sign(ctx, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", now, text))
	if err != nil {
		return nil, fmt.Errorf("cosigning: %w", err)
	}
	if len(sig) != ed25519.SignatureSize {
		return nil, fmt.Errorf("cosigning: a signature of %d bytes, want %d", len(sig), ed25519.SignatureSize)
	}
	sig = append(binary.BigEndian.AppendUint64(nil, uint64(now)), sig...)
	return signatureLine(w.self.Name(), w.self.KeyHash(), sig), nil
}

func (w *Witness) getCheckpoint(rw http.ResponseWriter, r *http.Request) {
	l := w.hash[r.PathValue("hash")]
	if l == nil {
		http.Error(rw, "this log is not watched here", http.StatusNotFound)
		return
	}
	l.mu.Lock()
	b := l.note
	l.mu.Unlock()
	if b == nil {
		http.Error(rw, "nothing of this log was cosigned yet", http.StatusNotFound)
		return
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-cache")
	_, _ = rw.Write(b)
}

// watched is one log and what was last cosigned of it.
type watched struct {
	verifiers note.Verifiers
	path      string // its file

	mu   sync.Mutex // held from the look at last until the new one is on disk
	last policy.Head
	note []byte // the signed note of last; nil when there is none
}
