package tlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Bounds of a proof in the form of C2SP tlog-proof.
const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	maxPath     = 63       // hashes: a tree of 2^63 entries has no longer path
	maxExtra    = 64 << 10 // characters of the extra line, which is not authenticated and not used
	// MaxProof bounds a whole proof, in bytes.
	MaxProof = policy.MaxCheckpoint + maxExtra + 8<<10
)

// Inclusion is what a proof has shown: the log holds the entry at Index, in the tree
// of the checkpoint.
type Inclusion struct {
	Index uint64
	policy.Checkpoint
}

// CheckProof checks that a proof (C2SP tlog-proof) shows the entry in the log named
// by origin, under a checkpoint that the policy accepts. It reads nothing but its
// arguments. Errors are ErrProof, policy.ErrUnsigned and policy.ErrUnwitnessed.
func CheckProof(proofText, entry []byte, origin string, p *policy.Policy) (Inclusion, error) {
	parts, err := parseProof(proofText)
	if err != nil {
		return Inclusion{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	c, err := p.Open(parts.checkpoint, origin)
	if err != nil {
		return Inclusion{}, fmt.Errorf("checking the proof: %w", err)
	}
	leaf := Hash(entry)
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, parts.index, c.Size, leaf[:], parts.path, c.Root[:]); err != nil {
		return Inclusion{}, fmt.Errorf("%w: entry %d of %d does not lead to the root", ErrProof, parts.index, c.Size)
	}
	return Inclusion{Index: parts.index, Checkpoint: *c}, nil
}

type proofParts struct {
	index      uint64
	path       [][]byte // from the leaf's sibling up (RFC 6962, section 2.1.1)
	checkpoint []byte   // a signed note
}

// formatProof writes a proof without an extra line.
func formatProof(index uint64, path [][]byte, checkpoint []byte) []byte {
	b := fmt.Appendf(nil, "%s\nindex %d\n", proofHeader, index)
	for _, h := range path {
		b = append(base64.StdEncoding.AppendEncode(b, h), '\n')
	}
	return append(append(b, '\n'), checkpoint...)
}

func parseProof(b []byte) (proofParts, error) {
	if len(b) > MaxProof {
		return proofParts{}, fmt.Errorf("longer than %d bytes", MaxProof)
	}
	line, rest, _ := bytes.Cut(b, []byte("\n"))
	if string(line) != proofHeader {
		return proofParts{}, fmt.Errorf("the first line is %.40q, want %q", line, proofHeader)
	}
	line, rest, _ = bytes.Cut(rest, []byte("\n"))
	if extra, ok := bytes.CutPrefix(line, []byte("extra ")); ok {
		if _, err := base64.StdEncoding.Strict().DecodeString(string(extra)); err != nil || len(extra) > maxExtra {
			return proofParts{}, errors.New("the extra line is not base64, or is too long")
		}
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
	}
	num, ok := bytes.CutPrefix(line, []byte("index "))
	var out proofParts
	if out.index, ok = decimal(num, ok); !ok {
		return proofParts{}, fmt.Errorf("the line %.40q is no index", line)
	}
	for {
		line, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return proofParts{}, errors.New("the checkpoint is missing")
		}
		rest = after
		if len(line) == 0 {
			break
		}
		h, err := base64.StdEncoding.Strict().DecodeString(string(line))
		if err != nil || len(h) != sha256.Size {
			return proofParts{}, fmt.Errorf("the line %.60q is no hash", line)
		}
		if out.path = append(out.path, h); len(out.path) > maxPath {
			return proofParts{}, fmt.Errorf("more than %d hashes", maxPath)
		}
	}
	out.checkpoint = rest
	return out, nil
}

// decimal reads a number without sign and leading zeroes; ok passes through.
func decimal(b []byte, ok bool) (uint64, bool) {
	n, err := strconv.ParseUint(string(b), 10, 64)
	return n, ok && err == nil && strconv.FormatUint(n, 10) == string(b)
}
