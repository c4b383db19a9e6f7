package policy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	checkpoint "github.com/transparency-dev/formats/log"
	cosignature "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// ErrUnsigned: no valid signature of the log on the checkpoint. The caller must not
// use anything of it.
var ErrUnsigned = errors.New("the checkpoint is not signed by the log")

// ErrUnwitnessed: fewer witnesses than the policy asks for have cosigned. The log may
// be honest and its witnesses away, or it shows this tree to some only.
var ErrUnwitnessed = errors.New("the checkpoint lacks the witnesses that the policy asks for")

// MaxCheckpoint bounds a signed checkpoint, in bytes.
const MaxCheckpoint = 64 << 10

// maxSize bounds the number of entries that a checkpoint may claim, so that no
// index of a tree overflows 64 bits.
const maxSize = 1 << 60

// Head is the state that a checkpoint states: a log, the number of its entries and
// the root of their tree.
type Head struct {
	Origin string
	Size   uint64
	Root   [sha256.Size]byte
}

// Checkpoint is a head that was signed and whose signatures a policy has accepted.
type Checkpoint struct {
	Head
	Note         []byte        // as it was read: a signed note
	Cosignatures []Cosignature // of the policy's witnesses, by their times
	// Time is when the policy's quorum had cosigned: the earliest second by which
	// enough witnesses say they saw this tree. Zero when the policy needs none.
	Time time.Time
}

// Cosignature says which witness has cosigned, by its name in the policy, and when
// by its own clock.
type Cosignature struct {
	Witness string
	Time    time.Time
}

// ErrEmptyRoot: an empty tree whose root is not the hash of nothing (RFC 6962, section
// 2.1). A witness has an answer of its own for it.
var ErrEmptyRoot = errors.New("the root of the empty tree is not the hash of nothing")

// ParseHead reads the text of a checkpoint, the part of the note that is signed. It
// accepts one spelling only. Extension lines are passed over: they mean nothing here.
func ParseHead(text string) (Head, error) {
	var cp checkpoint.Checkpoint
	rest, err := cp.Unmarshal([]byte(text))
	extension := string(rest)
	switch {
	case err != nil:
		return Head{}, fmt.Errorf("reading the checkpoint: %w", err)
	case string(cp.Marshal())+extension != text, extension != "" && (!strings.HasSuffix(extension, "\n") || strings.Contains("\n"+extension, "\n\n")):
		return Head{}, errors.New("reading the checkpoint: it is not written as tlog-checkpoint says")
	case len(cp.Hash) != sha256.Size:
		return Head{}, fmt.Errorf("reading the checkpoint: a root of %d bytes, want %d", len(cp.Hash), sha256.Size)
	case cp.Size > maxSize:
		return Head{}, fmt.Errorf("reading the checkpoint: %d entries, at most %d", cp.Size, uint64(maxSize))
	case cp.Size == 0 && string(cp.Hash) != string(rfc6962.DefaultHasher.EmptyRoot()):
		return Head{}, fmt.Errorf("reading the checkpoint: %w", ErrEmptyRoot)
	}
	return Head{Origin: cp.Origin, Size: cp.Size, Root: [sha256.Size]byte(cp.Hash)}, nil
}

// Text is what a checkpoint of that head signs: three lines.
func (h Head) Text() string {
	return string(checkpoint.Checkpoint{Origin: h.Origin, Size: h.Size, Hash: h.Root[:]}.Marshal())
}

// Open verifies a signed checkpoint of the log named by origin: a key of that log in
// the policy must have signed it, and enough witnesses must have cosigned it. Errors
// are ErrUnsigned and ErrUnwitnessed. Signatures of unknown keys are passed over; a
// bad one of a known key spoils the note (signed-note, "Signatures").
func (p *Policy) Open(signed []byte, origin string) (*Checkpoint, error) {
	known, ok := p.known[origin]
	if !ok {
		return nil, fmt.Errorf("%w: the policy has no log line for %q", ErrUnsigned, origin)
	}
	n, head, err := OpenWith(signed, origin, known)
	if bad := new(note.InvalidSignatureError); errors.As(err, &bad) && !p.isLog(origin, bad.Name, bad.Hash) {
		return nil, fmt.Errorf("%w: the cosignature of %q is not valid", ErrUnwitnessed, bad.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	if !slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return p.isLog(origin, s.Name, s.Hash) }) {
		return nil, fmt.Errorf("%w: no key of %q has signed", ErrUnsigned, origin)
	}
	c := &Checkpoint{Head: head, Note: signed}
	if err := p.count(c, n.Sigs); err != nil {
		return nil, err
	}
	return c, nil
}

// OpenWith verifies a signed checkpoint under keys of the caller's choice and reads
// its head. One of them at least has signed; which ones the note says.
func OpenWith(signed []byte, origin string, known note.Verifiers) (*note.Note, Head, error) {
	if len(signed) > MaxCheckpoint {
		return nil, Head{}, fmt.Errorf("longer than %d bytes", MaxCheckpoint)
	}
	n, err := note.Open(signed, known)
	if unverified := new(note.UnverifiedNoteError); errors.As(err, &unverified) {
		if h, err := ParseHead(unverified.Note.Text); err == nil && h.Origin != origin {
			return nil, Head{}, fmt.Errorf("it is of the log %q, not of %q", h.Origin, origin)
		}
		return nil, Head{}, errors.New("no known key has signed")
	}
	if err != nil {
		return nil, Head{}, err
	}
	h, err := ParseHead(n.Text)
	if err == nil && h.Origin != origin {
		err = fmt.Errorf("it is of the log %q, not of %q", h.Origin, origin)
	}
	return n, h, err
}

func (p *Policy) isLog(origin, name string, hash uint32) bool {
	return slices.ContainsFunc(p.logs, func(l Party) bool {
		return l.Name == origin && keyOf(l.Verifier) == nameHash{name, hash}
	})
}

// count collects the cosignatures and finds the time by which they were enough.
func (p *Policy) count(c *Checkpoint, sigs []note.Signature) error {
	type signed struct {
		Cosignature
		key nameHash
	}
	var found []signed
	for _, w := range p.witnesses {
		k := keyOf(w.Verifier)
		i := slices.IndexFunc(sigs, func(s note.Signature) bool { return s.Name == k.name && s.Hash == k.hash })
		if i < 0 {
			continue
		}
		at, err := cosignature.CoSigV1Timestamp(sigs[i])
		// tlog-cosignature: a checkpoint's timestamp is not zero and fits 63 bits.
		if err != nil || at.Unix() <= 0 {
			return fmt.Errorf("%w: the cosignature of %q has no time", ErrUnwitnessed, w.Name)
		}
		found = append(found, signed{Cosignature{w.Name, at.UTC()}, k})
	}
	slices.SortStableFunc(found, func(a, b signed) int { return a.Time.Compare(b.Time) })
	have := map[nameHash]bool{}
	enough := p.quorum.satisfied(have)
	for _, s := range found {
		c.Cosignatures = append(c.Cosignatures, s.Cosignature)
		have[s.key] = true
		if !enough && p.quorum.satisfied(have) {
			enough, c.Time = true, s.Time
		}
	}
	if !enough {
		names := []string{}
		for _, s := range found {
			names = append(names, s.Witness)
		}
		return fmt.Errorf("%w: %d of %d witnesses have cosigned %q", ErrUnwitnessed, len(found), len(p.witnesses), names)
	}
	return nil
}
