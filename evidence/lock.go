package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Holder says which process holds an evidence folder.
type Holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// ErrHeld says that another process holds the folder. The caller should tell the
// user who, and that waiting is possible.
var ErrHeld = errors.New("another command works on this folder")

// Lock takes the folder for one process until the returned function is called. It
// waits up to wait for another holder, then returns ErrHeld with who it is. The
// lock dies with the process.
func Lock(ctx context.Context, dir string, me Holder, wait time.Duration) (func() error, error) {
	private := filepath.Join(dir, "private")
	if err := os.MkdirAll(private, 0o700); err != nil {
		return nil, fmt.Errorf("making the evidence folder: %w", err)
	}
	l := flock.New(filepath.Join(private, "lock"))
	who := filepath.Join(private, "holder.json")
	ok, err := l.TryLock() // at least once, however slow the machine
	if err == nil && !ok && wait > 0 {
		ctx, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		ok, err = l.TryLockContext(ctx, 50*time.Millisecond)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), err == nil && !ok:
		return nil, fmt.Errorf("%w: %s", ErrHeld, describe(who))
	case err != nil:
		return nil, fmt.Errorf("locking the evidence folder: %w", err)
	}
	b, err := json.Marshal(me)
	if err == nil {
		err = os.WriteFile(who, b, 0o600)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking the evidence folder: %w", err), l.Unlock())
	}
	return l.Unlock, nil
}

func describe(path string) string {
	var h Holder
	b, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(b, &h) != nil {
		return "it does not say which"
	}
	return fmt.Sprintf("%s, process %d, since %s", h.Command, h.PID, h.Since.UTC().Format(time.RFC3339))
}
