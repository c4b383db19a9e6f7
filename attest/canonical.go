package attest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll"
)

// BodyType is the DSSE type under which attestations are signed: the signature is
// over key.Message(BodyType, canonical form).
const BodyType = "application/vnd.plimsoll.attestation+json"

// maxEntry bounds one attestation in bytes of its canonical form.
const maxEntry = 64 << 10

// Canonical is what is signed: the attestation as JSON in the canonical form of RFC
// 8785. Keys are sorted, there is no white space, empty fields are left out, the
// date is in UTC and whole seconds.
func Canonical(a Attestation) ([]byte, error) {
	f, err := fields(a)
	if err != nil {
		return nil, err
	}
	return canonical(f)
}

func digest(canon []byte) plimsoll.Digest {
	sum := sha256.Sum256(canon)
	return plimsoll.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// canonical encodes v with sorted keys. encoding/json writes strings and numbers as
// RFC 8785 does, but for U+2028 and U+2029, which check refuses, and minus zero.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding an attestation: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// fields is v as a JSON object whose values are in canonical form.
func fields(v any) (map[string]json.RawMessage, error) {
	b, err := canonical(v)
	if err != nil {
		return nil, err
	}
	var loose map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&loose); err != nil {
		return nil, fmt.Errorf("encoding an attestation: %w", err)
	}
	out := make(map[string]json.RawMessage, len(loose))
	for k, val := range loose {
		if out[k], err = canonical(val); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// normal brings what a person typed into the form that is signed.
func normal(a Attestation) (Attestation, error) {
	a.Date = a.Date.UTC().Truncate(time.Second)
	a.Note = strings.ReplaceAll(a.Note, "\r\n", "\n")
	if a.Fact == nil {
		return a, nil
	}
	f := *a.Fact
	a.Fact = &f
	switch v := f.Value.(type) {
	case bool, float64:
	case string:
		f.Value = strings.ReplaceAll(v, "\r\n", "\n")
	case int:
		f.Value = float64(v)
	default:
		return a, fmt.Errorf("value of fact %q: want true or false, a number or text", f.ID)
	}
	if f.Value == 0.0 {
		f.Value = 0.0 // minus zero has no canonical form
	}
	a.Fact.Value = f.Value
	return a, nil
}

// check says everything that is wrong with the form of an attestation.
func check(a Attestation) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	about := 0
	for _, set := range []bool{a.Unit != "", a.External != "", a.Fact != nil, a.Countersigns != ""} {
		if set {
			about++
		}
	}
	if about != 1 {
		bad("want exactly one of unit, external, fact and countersigns, have %d", about)
	}
	if a.Unit != "" && (a.Verdict == "") == (a.Step == "") {
		bad("unit %q: want either a verdict or a step", a.Unit)
	}
	if a.Unit == "" && a.External == "" && (a.Verdict != "" || a.Step != "") {
		bad("a verdict or a step belongs to a unit")
	}
	if a.Verdict != "" && !a.Verdict.Valid() {
		bad("verdict %q: want PASS, FAIL or INCONCLUSIVE", a.Verdict)
	}
	if a.Step != "" && a.Step != StepDone && a.Step != StepCouldNot {
		bad("step %q: want %s or %s", a.Step, StepDone, StepCouldNot)
	}
	if a.Overrules != "" && strings.TrimSpace(a.Note) == "" {
		bad("overruling a finding needs a note with the reason")
	}
	if strings.TrimSpace(a.Person.Name) == "" || strings.TrimSpace(a.Person.Role) == "" {
		bad("person: want a name and a role")
	}
	if y := a.Date.Year(); a.Date.IsZero() || y < 1970 || y > 9999 {
		bad("date: want one from 1970 to 9999")
	}
	if a.Fact != nil {
		errs = append(errs, checkFact(*a.Fact))
	}
	errs = append(errs, checkDigests(a), checkTexts(a))
	return errors.Join(errs...)
}

func checkFact(f Fact) error {
	if f.ID == "" {
		return errors.New("fact: want an id")
	}
	switch v := f.Value.(type) {
	case bool, string:
		return nil
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return nil
		}
	}
	return fmt.Errorf("value of fact %q: want true or false, a number or text", f.ID)
}

func checkDigests(a Attestation) error {
	var errs []error
	for _, d := range append([]plimsoll.Digest{a.Seen, a.Confirms, a.Overrules, a.Countersigns, a.Previous}, a.Evidence...) {
		h, ok := strings.CutPrefix(string(d), "sha256:")
		b, err := hex.DecodeString(h)
		if d != "" && (!ok || err != nil || len(b) != sha256.Size || strings.ToLower(h) != h) {
			errs = append(errs, fmt.Errorf("digest %q: want sha256: and 64 hexadecimal digits", d))
		}
	}
	for _, d := range a.Evidence {
		if d == "" {
			errs = append(errs, errors.New("evidence: an empty digest"))
		}
	}
	return errors.Join(errs...)
}

// checkTexts refuses what has two spellings in canonical JSON, and characters that
// would act on the terminal of a reader.
func checkTexts(a Attestation) error {
	texts := append([]string{
		string(a.Unit), a.Subject, a.Note, string(a.External),
		a.Person.Name, a.Person.Role, a.Person.Organisation,
	}, a.Looked...)
	if a.Fact != nil {
		texts = append(texts, string(a.Fact.ID), a.Fact.Subject, a.Fact.Model, a.Fact.Firmware)
		if s, ok := a.Fact.Value.(string); ok {
			texts = append(texts, s)
		}
	}
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return fmt.Errorf("text %q: not UTF-8", s)
		}
		for _, r := range s {
			if r != '\n' && r != '\t' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
				return fmt.Errorf("text %q: the character %U is not allowed", s, r)
			}
		}
	}
	return nil
}
