// Package tlog is the transparency log of a scheme: every decision is an entry, the
// tree is signed and cosigned by witnesses, and anybody can walk it.
//
// The formats are those of C2SP: tlog-tiles for the files, tlog-checkpoint and
// tlog-cosignature for what is signed, tlog-proof for the proof of one entry,
// tlog-policy for who must have signed. Trees and hashes are those of RFC 6962,
// section 2.1. Package policy opens checkpoints; package witness is the other side of
// tlog-witness.
//
// Log writes a log on disk through Tessera, which sequences entries and keeps the
// tiles; what is signed and published is decided here. CheckProof and Walk read logs of anybody: what they are handed is hostile and bounded, and
// nothing counts before its signature and its place in the tree were checked.
//
// The package knows no meaning of an entry. It must never sign two trees that
// contradict each other, never publish a checkpoint that its own policy would
// refuse, and never report an entry as durable before it is.
package tlog

import (
	"crypto/sha256"
	"errors"

	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// What a reader may find, besides policy.ErrUnsigned and policy.ErrUnwitnessed. The
// caller should show the whole error, which says where, and keep the evidence when
// the error carries a Divergence.
var (
	// ErrShrunk: the log is smaller than it has been.
	ErrShrunk = errors.New("the log has shrunk")
	// ErrForked: the log has signed two trees that contradict each other.
	ErrForked = errors.New("the log has forked")
	// ErrTampered: an entry or a tile does not fit the signed root.
	ErrTampered = errors.New("the log was tampered with")
	// ErrMissing: the log does not serve what its checkpoint covers.
	ErrMissing = errors.New("a part of the log is missing")
	// ErrProof: a proof does not show that the log holds the entry.
	ErrProof = errors.New("the proof does not fit")
)

// What a writer may find.
var (
	// ErrLocked: another process has the log open for writing. The caller should
	// tell the user to end it.
	ErrLocked = errors.New("another process writes this log")
	// ErrRolledBack: a witness has cosigned a larger tree than the one on disk. The
	// caller must not write: the user has to bring the newest copy of the folder.
	ErrRolledBack = errors.New("the log on disk is older than what a witness has seen")
	// ErrUnpublished: no published checkpoint covers the entry yet. The caller
	// should wait with Published.
	ErrUnpublished = errors.New("the entry is not published yet")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("the log is closed")
)

// Divergence is an error with its evidence: the two signed checkpoints that cannot
// both be true. The caller should write both out and show them to others.
type Divergence struct {
	Err  error  // wraps ErrForked, ErrShrunk or ErrRolledBack
	Seen []byte // the checkpoint that was known before, a signed note
	Now  []byte // the checkpoint of the log as it stands; empty if it has none
}

// Error is the text of Err.
func (d *Divergence) Error() string { return d.Err.Error() }

// Unwrap is Err.
func (d *Divergence) Unwrap() error { return d.Err }

// MaxEntry is the size of the largest entry in bytes: its length stands in 16 bits
// (tlog-tiles, "Log entries").
const MaxEntry = 1<<16 - 1

// Hash is the leaf hash of an entry (RFC 6962, section 2.1).
func Hash(entry []byte) [sha256.Size]byte {
	return [sha256.Size]byte(rfc6962.DefaultHasher.HashLeaf(entry))
}

// noteSigner signs notes with a key that signs under a context of its own.
type noteSigner struct {
	name string
	hash uint32
	sign func(msg []byte) ([]byte, error)
}

var _ note.Signer = noteSigner{}

func (s noteSigner) Name() string                    { return s.name }
func (s noteSigner) KeyHash() uint32                 { return s.hash }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.sign(msg) }
