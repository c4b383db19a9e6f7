package label_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/label"
)

var update = flag.Bool("update", false, "write testdata/vectors.json again")

// vectorFile is testdata/vectors.json, which verifiers in other languages read too.
// A file that does not open under the trust list of its vector counts as missing,
// and so does one that is older than its "seen".
type vectorFile struct {
	Schema  string            `json:"schema"`
	About   []string          `json:"about"`
	Roots   label.Roots       `json:"roots"`
	Files   map[string][]byte `json:"files"` // base64; trust lists, status lists, range files
	Vectors []vector          `json:"vectors"`
}

type vector struct {
	ID         string       `json:"id"`
	Input      string       `json:"input"`
	At         time.Time    `json:"at"`
	Mode       label.Mode   `json:"mode"`
	Trust      string       `json:"trust"`                // name of a file; "" for none
	TrustSeen  uint64       `json:"trust_seen"`           // the highest version seen before
	List       string       `json:"list,omitempty"`       // status list
	Range      string       `json:"range,omitempty"`      // range file
	StatusSeen time.Time    `json:"status_seen,omitzero"` // the newest status seen before
	Proof      *vectorProof `json:"proof,omitempty"`      // what checking the log's proof gave; absent: there was none
	Want       label.Result `json:"want"`                 // "why" is for people and is not compared by other verifiers
}

type vectorProof struct {
	Fits   bool   `json:"fits"`
	Origin string `json:"origin"`
	Index  uint64 `json:"index"`
}

const vectorsPath = "testdata/vectors.json"

// run judges a vector as a reader would.
func (v vector) run(f *vectorFile) label.Result {
	trust, err := label.OpenTrust(f.Files[v.Trust], f.Roots, v.TrustSeen)
	if err != nil {
		trust = nil
	}
	var st label.Status
	if l, err := label.OpenStatusList(f.Files[v.List], trust, v.StatusSeen); err == nil {
		st.List = l
	}
	if r, err := label.OpenRange(f.Files[v.Range], trust, v.StatusSeen); err == nil {
		st.Range = r
	}
	var proof label.Proof
	if v.Proof != nil {
		proof = func(context.Context, label.Token, *label.Scheme) (label.Inclusion, error) {
			if !v.Proof.Fits {
				return label.Inclusion{}, errors.New("the proof does not fit")
			}
			return label.Inclusion{Origin: v.Proof.Origin, Index: v.Proof.Index}, nil
		}
	}
	return label.Verify(context.Background(), label.ParseInput(v.Input), trust, st, proof, v.At, v.Mode)
}

func readVectors(t testing.TB) *vectorFile {
	t.Helper()
	b, err := os.ReadFile(vectorsPath)
	if err != nil {
		t.Fatal(err)
	}
	var f vectorFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return &f
}

// TestVectors makes every vector again, asks Verify, and compares with the outcome
// that the case names and with the published file.
func TestVectors(t *testing.T) {
	m := newMaker(t)
	m.all(t)
	seen := map[label.Outcome]int{}
	for i := range m.file.Vectors {
		v := &m.file.Vectors[i]
		want := v.Want.Outcome
		v.Want = v.run(&m.file)
		if v.Want.Outcome != want {
			t.Errorf("%s: got %s (%s), want %s", v.ID, v.Want.Outcome, v.Want.Why, want)
		}
		seen[want]++
	}
	for _, o := range label.Outcomes() {
		if seen[o] == 0 {
			t.Errorf("no vector has the outcome %s", o)
		}
	}
	got, err := json.MarshalIndent(m.file, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update && !t.Failed() {
		if err := os.WriteFile(vectorsPath, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(vectorsPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the code makes: read the difference of go test -update", vectorsPath)
	}
}

// TestPublishedVectors judges the file as a stranger would: from its bytes alone.
func TestPublishedVectors(t *testing.T) {
	f := readVectors(t)
	if len(f.Vectors) < 100 || f.Schema != "plimsoll.label-vectors/1" {
		t.Fatalf("%d vectors of schema %q", len(f.Vectors), f.Schema)
	}
	for _, v := range f.Vectors {
		got, err := json.Marshal(v.run(f))
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(v.Want)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", v.ID, got, want)
		}
	}
}
