package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plimsoll-iot/plimsoll/label"
	"github.com/plimsoll-iot/plimsoll/label/verify"
)

// RecordSchema identifies the form of a Record.
const RecordSchema = "plimsoll.label-record/1"

// Record is the public record of a label, as it stands at /l/NUMBER/record.json.
type Record struct {
	Schema     string               `json:"schema"`
	Number     string               `json:"number"`
	Token      string               `json:"token"` // digits
	Issuer     string               `json:"issuer"`
	Host       string               `json:"host"`
	Mark       string               `json:"mark"` // verify.NoMark, or the law that the scheme stands on
	Assurance  label.Assurance      `json:"assurance"`
	Brand      string               `json:"brand"`
	Model      string               `json:"model"`
	Version    string               `json:"version"` // the one that was assessed
	GTIN       uint64               `json:"gtin,omitempty"`
	Level      uint8                `json:"level"`
	Levels     uint8                `json:"levels"`      // how many the scheme has
	LevelNames map[string]string    `json:"level_names"` // by language
	SupportEnd label.Day            `json:"support_end"` // as the scheme says today
	From       time.Time            `json:"from,omitzero"`
	Until      time.Time            `json:"until"`
	Standing   string               `json:"standing"` // a label.Standing
	LogIndex   uint64               `json:"log_index"`
	Written    time.Time            `json:"written"`            // the moment that all of this is of
	Sheet      map[string][]Section `json:"sheet,omitempty"`    // rights and responsibilities, by language
	Contacts   []Contact            `json:"contacts,omitempty"` // of manufacturer and scheme
}

// Section is a part of the sheet of rights and responsibilities.
type Section struct {
	Heading string   `json:"heading"`
	Lines   []string `json:"lines"`
}

// Contact is where a consumer turns to.
type Contact struct {
	Kind string `json:"kind"` // one of ContactKinds
	URL  string `json:"url"`  // https, mailto or tel
}

// Address is the URL for a template, which knows no tel by itself; Check has held it
// to https, mailto and tel.
func (c Contact) Address() template.URL { return template.URL(c.URL) }

// ContactKinds are what contacts are for.
func ContactKinds() []string {
	return []string{"report", "update", "erase", "complain", "support", "policy"}
}

// Bounds of a record, so that a page in a browser can refuse more.
const (
	maxRecord   = 64 << 10 // bytes
	maxSections = 32
	maxLines    = 32
	maxContacts = 16
)

// NewRecord is the record of a label with what its token, its scheme and a range file
// say; the caller adds Sheet and Contacts. written is the moment of issued.
func NewRecord(t label.Token, s *label.Scheme, issued label.Issued, written time.Time) (Record, error) {
	c := t.Claims()
	if c.Issuer != s.Code || c.Level < 1 || int(c.Level) > len(s.Levels) || len(s.Hosts) == 0 {
		return Record{}, fmt.Errorf("writing the record of label %s: it is not one of %s with a level of it", t.NumberText(), s.Code)
	}
	r := Record{
		Schema: RecordSchema, Number: t.NumberText(), Token: t.Digits(), Issuer: s.Name, Host: s.Hosts[0], Mark: verify.NoMark,
		Assurance: c.Assurance, Brand: c.Brand, Model: c.Model, Version: c.Version, GTIN: c.GTIN,
		Level: c.Level, Levels: uint8(len(s.Levels)), LevelNames: s.Levels[c.Level-1].Names,
		SupportEnd: issued.SupportEnd, From: c.From, Until: c.Until, Standing: issued.Standing.String(),
		LogIndex: issued.LogIndex, Written: written.UTC().Truncate(time.Second),
	}
	if s.Official != "" {
		r.Mark = s.Official
	}
	return r, nil
}

// Check names every reason why a record may not be published.
func (r Record) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	t, err := label.ParseDigits(r.Token)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	c := t.Claims()
	if r.Schema != RecordSchema {
		bad("schema %q: want %s", r.Schema, RecordSchema)
	}
	if r.Number != t.NumberText() || r.Assurance != c.Assurance || r.Brand != c.Brand || r.Model != c.Model || r.Version != c.Version ||
		r.GTIN != c.GTIN || r.Level != c.Level || !r.From.Equal(c.From) || !r.Until.Equal(c.Until) {
		bad("the record differs from its token: want number, product, assurance, level and times of %s", t.NumberText())
	}
	if r.Level > r.Levels || r.Levels > label.MaxLevel || r.LevelNames["en"] == "" {
		bad("level %d of %d: want its name in English too", r.Level, r.Levels)
	}
	if r.SupportEnd == 0 || r.Written.IsZero() || r.Issuer == "" || r.Host == "" || r.Mark == "" {
		bad("support_end, written, issuer, host or mark: missing")
	}
	if !slices.ContainsFunc([]label.Standing{label.Valid, label.Revoked, label.Suspended, label.SupportEnded}, func(s label.Standing) bool { return s.String() == r.Standing }) {
		bad("standing %q: want valid, revoked, suspended or support-ended", r.Standing)
	}
	return errors.Join(append(errs, r.checkSheet()...)...)
}

// CheckSheet names every reason why a record may not hold a sheet and contacts: for
// those who approve them before there is a label.
func CheckSheet(sheet map[string][]Section, contacts []Contact) error {
	return errors.Join(Record{Sheet: sheet, Contacts: contacts}.checkSheet()...)
}

func (r Record) checkSheet() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for lang, sections := range r.Sheet {
		if len(sections) > maxSections {
			bad("sheet %q: %d sections, want at most %d", lang, len(sections), maxSections)
		}
		for i, s := range sections {
			if len(s.Lines) > maxLines || !readable(s.Heading) || slices.ContainsFunc(s.Lines, func(l string) bool { return !readable(l) }) {
				bad("sheet %q, section %d: want a heading and at most %d lines, without control characters and marks of direction", lang, i+1, maxLines)
			}
		}
	}
	if len(r.Contacts) > maxContacts {
		bad("%d contacts, want at most %d", len(r.Contacts), maxContacts)
	}
	for _, c := range r.Contacts {
		if !slices.Contains(ContactKinds(), c.Kind) {
			bad("contact %q: want one of %s", c.Kind, strings.Join(ContactKinds(), ", "))
		}
		if !reachable(c.URL, "https", "mailto", "tel") {
			bad("contact %s: address %q: want https, mailto or tel", c.Kind, c.URL)
		}
	}
	return errs
}

// readable reports whether a line of the sheet shows what it holds.
func readable(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && r != '\u00a0' && r != '\u202f' && r != '\u3000' && !visible(r) })
}

// JSON writes the record as it is published.
func (r Record) JSON() ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("writing the record of label %s: %w", r.Number, err)
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return nil, fmt.Errorf("writing the record of label %s: %w", r.Number, err)
	}
	if len(b) >= maxRecord {
		return nil, fmt.Errorf("writing the record of label %s: %d bytes, want less than %d: shorten the sheet", r.Number, len(b), maxRecord)
	}
	return append(b, '\n'), nil
}

// ParseRecord reads what JSON writes. A record is not signed: only its token is, and
// Check holds the record to it.
func ParseRecord(b []byte) (Record, error) {
	if len(b) > maxRecord {
		return Record{}, fmt.Errorf("reading a label record: %d bytes, want at most %d", len(b), maxRecord)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var r Record
	if err := d.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("reading a label record: %w", err)
	}
	if d.More() {
		return Record{}, errors.New("reading a label record: more than one value")
	}
	if err := r.Check(); err != nil {
		return Record{}, fmt.Errorf("reading a label record: %w", err)
	}
	return r, nil
}

// state is what the record says of its label at the moment it was written: the last
// questions of verify.Label, without those of signatures.
func (r Record) state() string {
	switch {
	case r.Standing == label.Revoked.String() || r.Standing == label.Suspended.String():
		return r.Standing
	case r.Written.Before(r.From):
		return verify.NotYetValid.String()
	case !r.Written.Before(r.Until):
		return verify.Expired.String()
	case r.Standing == label.SupportEnded.String() || label.DayOf(r.Written) > r.SupportEnd:
		return verify.SupportEnded.String()
	}
	return label.Valid.String()
}

// Write writes the page of a label that reads without a script, in English (en),
// German (de), French (fr) or Japanese (ja).
func Write(r Record, lang string) ([]byte, error) {
	if !slices.ContainsFunc(languages, func(l language) bool { return l.Tag == lang }) {
		return nil, fmt.Errorf("writing the page of label %s: language %q: want en, de, fr or ja", r.Number, lang)
	}
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("writing the page of label %s: %w", r.Number, err)
	}
	sheet, sheetLang := r.Sheet[lang], lang
	if sheet == nil {
		sheet, sheetLang = r.Sheet["en"], "en"
	}
	level, levelLang := r.LevelNames[lang], lang
	if level == "" {
		level, levelLang = r.LevelNames["en"], "en"
	}
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, "record.html.tmpl", struct {
		Record
		Lang, State, LevelName, LevelLang, SheetLang string
		Languages                                    []language
		Sections                                     []Section
		NoMark, EndedEarly                           bool
	}{r, lang, r.state(), level, levelLang, sheetLang, languages, sheet, r.Mark == verify.NoMark, r.Standing == label.SupportEnded.String()})
	if err != nil {
		return nil, fmt.Errorf("writing the page of label %s: %w", r.Number, err)
	}
	return b.Bytes(), nil
}
