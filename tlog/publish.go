package tlog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"

	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// retry is how long to wait after a publication that did not succeed.
const retry = time.Second

// Checkpoint is the newest published checkpoint.
func (l *Log) Checkpoint() *policy.Checkpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.published
}

// Published waits until a published checkpoint, one that the policy accepts, covers
// the entry at index. When the context ends first the error says what is in the way.
func (l *Log) Published(ctx context.Context, index uint64) error {
	for {
		l.mu.Lock()
		done, changed := l.published.Size > index, l.changed
		l.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			l.mu.Lock()
			why := l.publishErr
			l.mu.Unlock()
			if why != nil {
				return fmt.Errorf("waiting until entry %d is published: %w; the last attempt: %w", index, ctx.Err(), why)
			}
			return fmt.Errorf("waiting until entry %d is published: %w", index, ctx.Err())
		case <-l.stopped:
			return fmt.Errorf("waiting until entry %d is published: %w", index, ErrClosed)
		}
	}
}

// Proof is the proof of a published entry in the form of C2SP tlog-proof, with the
// newest checkpoint and its cosignatures. CheckProof checks it.
func (l *Log) Proof(ctx context.Context, index uint64) ([]byte, error) {
	c := l.Checkpoint()
	if index >= c.Size {
		return nil, fmt.Errorf("proving entry %d: %w: %d are", index, ErrUnpublished, c.Size)
	}
	path, err := l.nodes.inclusion(ctx, index, c.Head)
	if err != nil {
		return nil, fmt.Errorf("proving entry %d: %w", index, err)
	}
	return formatProof(index, path, c.Note), nil
}

// poke tells the publisher that the tree has grown.
func (l *Log) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Log) startPublisher() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.publisher(ctx)
	}()
	l.end = append(l.end, func() { cancel(); <-done })
	l.poke() // entries of an earlier run may wait for it
}

// publisher publishes after every change, at most once in an interval, and again
// after a while so that the cosignatures do not grow old.
func (l *Log) publisher(ctx context.Context) {
	again := time.NewTicker(l.o.Republish)
	defer again.Stop()
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-rest.C: // the least time between two is over
		case <-ctx.Done():
			return
		}
		fresh := false
		select {
		case <-l.wake:
		case <-again.C:
			fresh = len(l.asked) > 0
		case <-ctx.Done():
			return
		}
		err := l.advance(ctx, fresh)
		l.mu.Lock()
		l.publishErr = err
		l.mu.Unlock()
		if err != nil {
			l.o.Logger.Warn("no checkpoint published", "log", l.o.Origin, "reason", err)
			rest.Reset(max(retry, l.o.Interval))
			l.poke()
			continue
		}
		rest.Reset(l.o.Interval)
	}
}

// advance publishes the tree as it stands when it has grown, or when fresh
// cosignatures are wanted.
func (l *Log) advance(ctx context.Context, fresh bool) error {
	size, err := l.Size(ctx)
	if err != nil || size == l.Checkpoint().Size && !fresh {
		return err
	}
	return l.publish(ctx, size)
}

// publish signs the tree of the first size entries, has it cosigned, and makes it
// the checkpoint of the log.
func (l *Log) publish(ctx context.Context, size uint64) error {
	root, err := l.root(ctx, size, size)
	if err != nil {
		return err
	}
	head := policy.Head{Origin: l.o.Origin, Size: size, Root: root}
	if err := l.follows(ctx, head); err != nil {
		return err
	}
	s := l.signer
	s.sign = func(msg []byte) ([]byte, error) { return l.o.Signer.Sign(ctx, msg) }
	signed, err := note.Sign(&note.Note{Text: head.Text()}, s)
	if err != nil {
		return fmt.Errorf("signing the checkpoint: %w", err)
	}
	l.signed = head
	c, err := l.cosign(ctx, head, signed)
	if err != nil {
		return err
	}
	if err := evidence.WriteFile(filepath.Join(l.dir, layout.CheckpointPath), c.Note, 0o644); err != nil {
		return fmt.Errorf("writing the checkpoint: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.published = c
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

// follows checks that a tree begins with the one that was signed last: a tile that
// rotted on disk must not make a log sign two trees that contradict each other.
func (l *Log) follows(ctx context.Context, head policy.Head) error {
	if l.signed.Size == 0 {
		return nil
	}
	if head.Size < l.signed.Size {
		return fmt.Errorf("%w: the tree has %d entries, %d were signed", ErrShrunk, head.Size, l.signed.Size)
	}
	path, err := l.consistency(ctx, l.signed.Size, head.Size)
	if err != nil {
		return err
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, l.signed.Size, head.Size, path, l.signed.Root[:], head.Root[:]); err != nil {
		return fmt.Errorf("%w: the tiles do not continue the tree that was signed", ErrTampered)
	}
	return nil
}

// consistency is the proof that the tree of size begins with that of old (RFC 6962,
// section 2.1.2).
func (l *Log) consistency(ctx context.Context, old, size uint64) ([][]byte, error) {
	if old == 0 || old == size {
		return nil, nil
	}
	b, err := client.NewProofBuilder(ctx, size, l.reader.ReadTile)
	if err != nil {
		return nil, fmt.Errorf("proving consistency: %w", err)
	}
	path, err := b.ConsistencyProof(ctx, old, size)
	if err != nil {
		return nil, fmt.Errorf("proving consistency from %d to %d: %w", old, size, errors.Join(ErrTampered, err))
	}
	return path, nil
}
