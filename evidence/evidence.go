// Package evidence keeps what was observed: content-addressed blobs, an
// append-only index, runs, and the secrets that never leave the private folder.
// It also packs all that into a portable signed bundle and opens one again.
//
// Writing is crash-safe: a process killed at any moment leaves a folder that
// opens and holds everything that was kept before. It judges nothing, dials
// nothing, and must never write a secret outside evidence/private.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll"
)

// TargetKind says what sort of thing was looked at.
type TargetKind string

// The kinds of targets.
const (
	TargetDevice   TargetKind = "device"
	TargetFirmware TargetKind = "firmware"
	TargetCapture  TargetKind = "capture"
	TargetApp      TargetKind = "app"
	TargetWeb      TargetKind = "web"
	TargetDocument TargetKind = "document"
	TargetProduct  TargetKind = "product" // the product as a whole
)

// Target is the thing that was looked at: a device by its address, a file by its
// name in the product folder, a page by its URL.
type Target struct {
	Kind TargetKind `json:"kind"`
	Name string     `json:"name"`
}

// Protection says who can read a blob.
type Protection string

// The protections. Withheld bytes are in evidence/private only; the index keeps
// their digest.
const (
	Open     Protection = "open"
	Sealed   Protection = "sealed"
	Withheld Protection = "withheld"
)

// Record is one line of the index: a typed observation and the raw bytes behind it.
type Record struct {
	Digest   plimsoll.Digest `json:"digest"` // of the typed value, a JSON blob
	Kind     string          `json:"kind"`   // name/version
	Run      string          `json:"run"`
	Probe    string          `json:"probe"` // name@version
	Target   Target          `json:"target"`
	State    plimsoll.State  `json:"state,omitempty"`
	Sample   string          `json:"sample,omitempty"` // serial of the sample
	Time     time.Time       `json:"time"`
	Input    plimsoll.Digest `json:"input,omitempty"`   // of the file that was looked at
	Options  string          `json:"options,omitempty"` // what the collection was asked for, when it changes what is seen
	Note     string          `json:"note,omitempty"`    // why the observation is incomplete
	Attached []Attachment    `json:"attached,omitempty"`
}

// Attachment is a raw blob that a record rests on.
type Attachment struct {
	Name       string          `json:"name"`
	Digest     plimsoll.Digest `json:"digest"`
	Media      string          `json:"media"`
	Size       int             `json:"size"`
	Protection Protection      `json:"protection"`
}

// Kind is a type of evidence. Exactly one probe makes a kind; any number read it.
type Kind[T any] struct {
	Name    string
	Version int
}

// ID is the name and version as the index writes it, such as "open-ports/1".
func (k Kind[T]) ID() string { return fmt.Sprintf("%s/%d", k.Name, k.Version) }

// Decode reads a value of the kind. Unknown fields are refused: a blob of another
// version has another id.
func (k Kind[T]) Decode(b []byte) (T, error) {
	var v T
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, fmt.Errorf("decoding evidence of kind %q: %w", k.ID(), err)
	}
	return v, nil
}

// DigestOf is the content address of b.
func DigestOf(b []byte) plimsoll.Digest {
	sum := sha256.Sum256(b)
	return plimsoll.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// ValidDigest reports whether d has the form of a content address.
func ValidDigest(d plimsoll.Digest) bool {
	h, ok := strings.CutPrefix(string(d), "sha256:")
	if !ok || len(h) != 64 || strings.ToLower(h) != h {
		return false
	}
	_, err := hex.DecodeString(h)
	return err == nil
}

// Incident is the value of the kind Incidents: the device stopped answering.
type Incident struct {
	Target    string    `json:"target"`
	During    string    `json:"during"` // the probe that ran
	At        time.Time `json:"at"`
	Recovered bool      `json:"recovered"`
	Seconds   float64   `json:"seconds"` // until it answered again, or until the wait ended
}

// Attempt says whether a probe that a run asked for did run, and if not, what it
// needs. The newest attempt of a probe counts.
type Attempt struct {
	Probe string `json:"probe"`
	Ran   bool   `json:"ran"`
	Needs string `json:"needs,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// Kinds that the engine itself makes.
var (
	Incidents = Kind[Incident]{Name: "incident", Version: 1}
	Attempts  = Kind[[]Attempt]{Name: "attempts", Version: 1}
	Outside   = Kind[OutsideEvidence]{Name: "outside", Version: 1}
)

// OutsideEvidence is a file that a person brought: a scan by another tool, a
// photo, a certificate. It decides nothing by itself; an attestation may rest on it.
type OutsideEvidence struct {
	File  string            `json:"file"`
	Units []plimsoll.UnitID `json:"units"`
	Tool  string            `json:"tool,omitempty"`   // the program that made it
	From  string            `json:"origin,omitempty"` // who made it, where
}
