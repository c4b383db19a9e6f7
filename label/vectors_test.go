package label_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/plimsoll-iot/plimsoll/label/verify"
)

var update = flag.Bool("update", false, "write testdata/vectors.json again")

const vectorsPath = "testdata/vectors.json"

// TestVectors makes every vector again, asks Verify, and compares with the outcome
// that the case names and with the published file.
func TestVectors(t *testing.T) {
	m := newMaker(t)
	m.all(t)
	seen := map[verify.Outcome]int{}
	for i := range m.file.Vectors {
		v := &m.file.Vectors[i]
		want := v.Want.Outcome
		v.Want = m.file.Judge(*v)
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
