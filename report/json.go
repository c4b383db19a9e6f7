package report

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/report/strict"
	"github.com/plimsoll-iot/plimsoll/report/view"
)

//go:embed assets/assessment.schema.json
var schema []byte

// mostBytes is the largest assessment that is read.
const mostBytes = 64 << 20

// mostText is how many bytes of a text of the assessment stand in an error.
const mostText = 200

// Schema is the JSON Schema (2020-12) of assessment.json.
func Schema() []byte { return bytes.Clone(schema) }

// JSON writes the bytes of assessment.json: indented, in a fixed order, ended by a
// newline, with absent lists as empty ones. Characters that would act on a
// terminal are written as escapes, so the bytes can be shown and nothing is lost.
func JSON(w io.Writer, a *plimsoll.Assessment) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(view.Remade(a, valid)); err != nil {
		return fmt.Errorf("writing the assessment as JSON: %w", err)
	}
	return writeAll(w, escapeHidden(b.String()))
}

// valid replaces bytes that are no UTF-8, which JSON cannot hold, so that reading
// and writing again gives the same.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// escapeHidden writes hidden characters beyond ASCII as \u escapes. Outside
// strings JSON has none.
func escapeHidden(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r < 0x7f || !view.Hidden(r):
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Parse reads an assessment.json. It refuses what the schema does not allow:
// another version, unknown or missing fields, a key that stands twice, anything
// after the object.
func Parse(b []byte) (*plimsoll.Assessment, error) {
	a, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading the assessment: %w", err)
	}
	return a, nil
}

func parse(b []byte) (*plimsoll.Assessment, error) {
	if len(b) > mostBytes {
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", len(b), mostBytes)
	}
	if !utf8.Valid(b) {
		return nil, errors.New("it is not UTF-8")
	}
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, err
	}
	if head.Schema == nil || *head.Schema != plimsoll.AssessmentSchema {
		got := "none"
		if head.Schema != nil {
			got = fmt.Sprintf("%q", *head.Schema)
		}
		return nil, fmt.Errorf("its schema is %s, want %q", got, plimsoll.AssessmentSchema)
	}
	if err := strict.Keys(b, "", nil); err != nil {
		return nil, err
	}
	if err := validate(b); err != nil {
		return nil, err
	}
	var a plimsoll.Assessment
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return nil, err
	}
	nameUnits(&a)
	return &a, nil
}

// validate holds the bytes against the schema and names the first few problems.
func validate(b []byte) error {
	const url = "assessment.schema.json"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, doc); err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	s, err := c.Compile(url)
	if err != nil {
		return fmt.Errorf("compiling the schema: %w", err)
	}
	in, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	var bad *jsonschema.ValidationError
	if err := s.Validate(in); errors.As(err, &bad) {
		return errors.New(strings.Join(problems(bad), "; "))
	} else if err != nil {
		return err
	}
	return nil
}

// problems lists the first few of the innermost errors, each with its place.
func problems(e *jsonschema.ValidationError) []string {
	const most = 5
	out := leaves(e)
	if len(out) > most {
		out = append(out[:most], fmt.Sprintf("and %d more", len(out)-most))
	}
	return out
}

func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		s := view.Clip(strings.Join(e.InstanceLocation, "/"), mostText)
		return []string{fmt.Sprintf("/%s: %s", s, view.Clip(e.ErrorKind.LocalizedString(message.NewPrinter(language.English)), mostText))}
	}
	var out []string
	for _, c := range e.Causes {
		out = append(out, leaves(c)...)
	}
	return out
}

// nameUnits gives findings the name of their unit, which the file holds once.
func nameUnits(a *plimsoll.Assessment) {
	for _, p := range a.Provisions {
		for _, c := range p.Cases {
			for _, u := range c.Units {
				for i := range u.Findings {
					u.Findings[i].Unit = u.ID
				}
			}
		}
	}
}
