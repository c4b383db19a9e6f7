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
	"github.com/plimsoll-iot/plimsoll/label/verify"
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
	ID         string        `json:"id"`
	Input      string        `json:"input"`
	At         time.Time     `json:"at"`
	Mode       verify.Mode   `json:"mode"`
	Trust      string        `json:"trust"`                // name of a file; "" for none
	TrustSeen  uint64        `json:"trust_seen"`           // the highest version seen before
	List       string        `json:"list,omitempty"`       // status list
	Range      string        `json:"range,omitempty"`      // range file
	StatusSeen time.Time     `json:"status_seen,omitzero"` // the newest status seen before
	Proof      *vectorProof  `json:"proof,omitempty"`      // what checking the log's proof gave; absent: there was none
	Want       verify.Result `json:"want"`                 // "why" is for people and is not compared by other verifiers
}

type vectorProof struct {
	Fits   bool   `json:"fits"`
	Origin string `json:"origin"`
	Index  uint64 `json:"index"`
}

const vectorsPath = "testdata/vectors.json"

// run judges a vector as a reader would.
func (v vector) run(f *vectorFile) verify.Result {
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
	seen := map[verify.Outcome]int{}
	for i := range m.file.Vectors {
		v := &m.file.Vectors[i]
		want := v.Want.Outcome
		v.Want = v.run(&m.file)
		if v.Want.Outcome != want {
			t.Errorf("%s: got %s (%s), want %s", v.ID, v.Want.Outcome, v.Want.Why, want)
		}
		seen[want]++
	}
	for _, o := range verify.Outcomes() {
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
