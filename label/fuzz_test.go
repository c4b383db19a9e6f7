package label_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/plimsoll-iot/plimsoll/lab/vectors"
	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// FuzzInput: whatever is read, nothing panics; a token that parses has one
// spelling and says what may be said; and only what the scheme has signed is called
// genuine.
func FuzzInput(f *testing.F) {
	file := vectors.Read(f, vectorsPath)
	trust, err := label.OpenTrust(file.Files["trust"], file.Roots, 0)
	if err != nil {
		f.Fatal(err)
	}
	judge := func(in verify.Input) verify.Result {
		return verify.Label(context.Background(), in, trust, verify.Status{}, nil, now, verify.Offline)
	}
	signed := map[string]bool{} // what the vectors hold that the scheme's keys have signed
	for _, v := range file.Vectors {
		f.Add(v.Input)
		if in := verify.ParseInput(v.Input); judge(in).Outcome.Genuine() {
			signed[in.Token.Digits()] = true
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := verify.ParseInput(s)
		if in.Problem == nil && !in.Token.Zero() {
			again, err := label.ParseDigits(in.Token.Digits())
			if err != nil || !bytes.Equal(again.Bytes(), in.Token.Bytes()) || in.Token.Claims().Check() != nil {
				t.Errorf("%q: %v", s, err)
			}
		}
		r := judge(in)
		if r.Outcome.Genuine() && !signed[in.Token.Digits()] {
			t.Errorf("%q: %s: %s", s, r.Outcome, r.Why)
		}
	})
}

// FuzzParse reads tokens as bytes, where a fuzzer gets further.
func FuzzParse(f *testing.F) {
	file := vectors.Read(f, vectorsPath)
	for _, v := range file.Vectors {
		if in := verify.ParseInput(v.Input); !in.Token.Zero() {
			f.Add(in.Token.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tok, err := label.Parse(b)
		if err != nil {
			return
		}
		if !bytes.Equal(tok.Bytes(), b) {
			t.Errorf("%x became %x", b, tok.Bytes())
		}
		if err := tok.Claims().Check(); err != nil {
			t.Errorf("%x: %v", b, err)
		}
	})
}

// FuzzFiles reads trust lists, status lists and range files.
func FuzzFiles(f *testing.F) {
	file := vectors.Read(f, vectorsPath)
	for _, b := range file.Files {
		f.Add(b)
	}
	trust, err := label.OpenTrust(file.Files["trust"], file.Roots, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := label.OpenTrust(b, file.Roots, 0); err == nil {
			for _, s := range l.Schemes {
				if _, ok := l.Scheme(s.Code); !ok {
					t.Errorf("scheme %q is not found", s.Code)
				}
			}
		}
		if l, err := label.OpenStatusList(b, trust, time.Time{}); err == nil {
			l.At(0)
			l.At(label.ChunkSize - 1)
		}
		if r, err := label.OpenRange(b, trust, time.Time{}); err == nil {
			r.Find([32]byte{})
		}
	})
}
