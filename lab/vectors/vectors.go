// Package vectors reads the published test vectors of labels, label/testdata/vectors.json,
// and judges them. Only tests import it; it must never be part of a program.
package vectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// File is vectors.json, which verifiers in other languages read too; the README beside
// it tells its form.
type File struct {
	Schema  string            `json:"schema"`
	About   []string          `json:"about"`
	Roots   label.Roots       `json:"roots"`
	Files   map[string][]byte `json:"files"` // base64; trust lists, status lists, range files
	Vectors []Vector          `json:"vectors"`
}

// Vector is an input, what its reader knows, and the answer. A file that does not open
// under the trust list of its vector counts as missing, and so does one that is older
// than its "seen".
type Vector struct {
	ID         string        `json:"id"`
	Input      string        `json:"input"`
	At         time.Time     `json:"at"`
	Mode       verify.Mode   `json:"mode"`
	Trust      string        `json:"trust"`                // name of a file; "" for none
	TrustSeen  uint64        `json:"trust_seen"`           // the highest version seen before
	List       string        `json:"list,omitempty"`       // status list
	Range      string        `json:"range,omitempty"`      // range file
	StatusSeen time.Time     `json:"status_seen,omitzero"` // the newest status seen before
	Proof      *Proof        `json:"proof,omitempty"`      // what checking the log's proof gave; absent: there was none
	Want       verify.Result `json:"want"`                 // "why" is for people and is not compared by other verifiers
}

// Proof is what checking a proof of the log gave.
type Proof struct {
	Fits   bool   `json:"fits"`
	Origin string `json:"origin"`
	Index  uint64 `json:"index"`
}

// Read reads the file at path strictly.
func Read(tb testing.TB, path string) *File {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	var f File
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		tb.Fatal(err)
	}
	return &f
}

// Input is what the vector of that id reads.
func (f *File) Input(tb testing.TB, id string) string {
	tb.Helper()
	for _, v := range f.Vectors {
		if v.ID == id {
			return v.Input
		}
	}
	tb.Fatalf("there is no vector %q", id)
	return ""
}

// Digits are those of the label of a vector.
func (f *File) Digits(tb testing.TB, id string) string {
	tb.Helper()
	s := f.Input(tb, id)
	return s[strings.LastIndexByte(s, '#')+1:]
}

// Judge answers a vector as a reader would who knows its files.
func (f *File) Judge(v Vector) verify.Result {
	trust, err := label.OpenTrust(f.Files[v.Trust], f.Roots, v.TrustSeen)
	if err != nil {
		trust = nil
	}
	var st verify.Status
	if l, err := label.OpenStatusList(f.Files[v.List], trust, v.StatusSeen); err == nil {
		st.List = l
	}
	if r, err := label.OpenRange(f.Files[v.Range], trust, v.StatusSeen); err == nil {
		st.Range = r
	}
	var proof verify.Proof
	if v.Proof != nil {
		proof = func(context.Context, label.Token, *label.Scheme) (verify.Inclusion, error) {
			if !v.Proof.Fits {
				return verify.Inclusion{}, errors.New("the proof does not fit")
			}
			return verify.Inclusion{Origin: v.Proof.Origin, Index: v.Proof.Index}, nil
		}
	}
	return verify.Label(context.Background(), verify.ParseInput(v.Input), trust, st, proof, v.At, v.Mode)
}
