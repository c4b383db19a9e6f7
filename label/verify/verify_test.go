package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// TestPublishedVectors judges the file as a stranger would: from its bytes alone.
func TestPublishedVectors(t *testing.T) {
	f := vectors.Read(t, "../testdata/vectors.json")
	if len(f.Vectors) < 100 || f.Schema != "plimsoll.label-vectors/1" {
		t.Fatalf("%d vectors of schema %q", len(f.Vectors), f.Schema)
	}
	for _, v := range f.Vectors {
		got, err := json.Marshal(f.Judge(v))
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

func TestNamesRoundTrip(t *testing.T) {
	for _, o := range verify.Outcomes() {
		var got verify.Outcome
		if err := got.UnmarshalText([]byte(o.String())); err != nil || got != o || o.Sentence() == "" {
			t.Errorf("%s: %s, %v", o, got, err)
		}
	}
	for _, m := range []verify.Mode{verify.Offline, verify.Private, verify.Full} {
		var got verify.Mode
		if err := got.UnmarshalText([]byte(m.String())); err != nil || got != m {
			t.Errorf("%s: %s, %v", m, got, err)
		}
	}
	for _, a := range []label.Assurance{label.SelfDeclared, label.LabTested, label.AuthorityChecked} {
		var got label.Assurance
		if err := got.UnmarshalText([]byte(a.String())); err != nil || got != a {
			t.Errorf("%s: %s, %v", a, got, err)
		}
	}
	var o verify.Outcome
	var m verify.Mode
	var a label.Assurance
	for _, s := range []string{"", "green", "LIVE"} {
		if o.UnmarshalText([]byte(s)) == nil || m.UnmarshalText([]byte(s)) == nil || a.UnmarshalText([]byte(s)) == nil {
			t.Errorf("%q was read", s)
		}
	}
	if verify.Outcome(200).String() != "stale" || verify.Outcome(200).Sentence() == "" || verify.Mode(9).String() != "full" || label.Assurance(9).String() != "" {
		t.Error("out of range")
	}
}

// TestGenuine: which answers say that the scheme made the label.
func TestGenuine(t *testing.T) {
	want := map[verify.Outcome]bool{
		verify.Live: true, verify.Signed: true, verify.SupportEnded: true, verify.Expired: true, verify.NotYetValid: true, verify.Suspended: true, verify.Revoked: true,
	}
	for _, o := range verify.Outcomes() {
		if o.Genuine() != want[o] {
			t.Errorf("%s: %v", o, o.Genuine())
		}
	}
}

// TestResult: the assurance comes first, and a label that is not the scheme's says
// nothing about a product.
func TestResult(t *testing.T) {
	for _, v := range vectors.Read(t, "../testdata/vectors.json").Vectors {
		b, err := json.Marshal(v.Want)
		if err != nil {
			t.Fatal(err)
		}
		described := strings.Contains(string(b), `"brand"`)
		switch v.Want.Outcome {
		case verify.Malformed, verify.UnknownScheme, verify.BadSignature:
			if described {
				t.Errorf("%s: describes a product: %s", v.ID, b)
			}
		case verify.Stale:
		default:
			if !described || !strings.Contains(string(b), `"mark":`) {
				t.Errorf("%s: does not describe the product: %s", v.ID, b)
			}
		}
		if described && strings.Index(string(b), `"assurance"`) > strings.Index(string(b), `"brand"`) {
			t.Errorf("%s: the assurance is not first: %s", v.ID, b)
		}
	}
}

func TestBulkFaults(t *testing.T) {
	ok := func(context.Context, string) (verify.Result, error) { return verify.Result{}, nil }
	for name, in := range map[string]string{
		"empty": "", "wide": strings.Repeat("a,", 64) + "label\n", "ragged": "label\na\nb,c\n", "quote": "label\n\"a\n",
	} {
		if _, err := verify.Bulk(context.Background(), strings.NewReader(in), &strings.Builder{}, ok); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	var out strings.Builder
	if _, err := verify.Bulk(context.Background(), strings.NewReader("label\na\n"), &out, func(context.Context, string) (verify.Result, error) {
		return verify.Result{Number: "N", Assurance: label.LabTested}, nil
	}); err != nil || !strings.HasSuffix(out.String(), ",N,\n") {
		t.Errorf("a status that was not looked at: %q, %v", out.String(), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := verify.Bulk(ctx, strings.NewReader("label\na\n"), &strings.Builder{}, ok); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var part strings.Builder
	ctx, cancel = context.WithCancel(context.Background())
	if counts, err := verify.Bulk(ctx, strings.NewReader("label\na\nb\nc\n"), &part, func(ctx context.Context, s string) (verify.Result, error) {
		if s == "b" {
			cancel()
		}
		return verify.Result{Outcome: verify.Malformed}, ctx.Err()
	}); !errors.Is(err, context.Canceled) || counts[verify.Malformed] != 1 || !strings.Contains(part.String(), "\na,malformed,") || strings.Contains(part.String(), "\nb") {
		t.Errorf("cancelled at the second row: %v, %v, %q", counts, err, part.String())
	}
	gone := errors.New("the disk is gone")
	if _, err := verify.Bulk(context.Background(), strings.NewReader("label\na\n"), &strings.Builder{}, func(context.Context, string) (verify.Result, error) { return verify.Result{}, gone }); !errors.Is(err, gone) {
		t.Errorf("check fails: %v", err)
	}
	if _, err := verify.Bulk(context.Background(), strings.NewReader("label\n"+strings.Repeat("a\n", 1_000_001)), &strings.Builder{}, ok); err == nil || !strings.Contains(err.Error(), "rows") {
		t.Errorf("a million and one rows: %v", err)
	}
}
