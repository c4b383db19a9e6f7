// Package label holds the token that a label prints, and what a reader needs to
// judge one: numbers, the trust list, status lists and range files. Package verify
// judges.
//
// A token is a CBOR Web Token (RFC 8392) in COSE_Sign1 (RFC 9052): who issued the
// label, for which product and version, at which level, on whose word, until when.
// It is written in decimal digits after the # of a URL, so that a phone opens it
// and no server learns it.
//
// Everything that comes in is hostile: sizes and depths are bounded, and only the
// one encoding that Issue would write is accepted. The package reads no file, no
// clock and no network. It must never give out what it has opened before its
// signature was verified, tokens aside, and must never widen what a key may sign.
package label

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Day counts days since 1970-01-01 in UTC.
type Day uint16

// DayOf is the day in UTC in which t lies. Days outside 1970 to 2149 become the
// nearest one that can be written.
func DayOf(t time.Time) Day {
	d := t.Unix() / 86400
	return Day(min(max(d, 0), 1<<16-1))
}

// Time is the first moment of the day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is the day as 2006-01-02.
func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText writes the day as 2006-01-02.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day written as 2006-01-02.
func (d *Day) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("day %q: want year-month-day", b)
	}
	*d = DayOf(t)
	if d.Time() != t {
		return fmt.Errorf("day %q: want one from 1970 to 2149", b)
	}
	return nil
}

// Assurance says on whose word a label stands. The zero value is none and is
// refused.
type Assurance uint8

// The assurances.
const (
	SelfDeclared Assurance = iota + 1
	LabTested
	AuthorityChecked
)

var assurances = [...]string{SelfDeclared: "self-declared", LabTested: "lab-tested", AuthorityChecked: "authority-checked"}

func (a Assurance) valid() bool { return a >= SelfDeclared && a <= AuthorityChecked }

// String names the assurance, such as "lab-tested".
func (a Assurance) String() string {
	if !a.valid() {
		return ""
	}
	return assurances[a]
}

// Sentence says the assurance to people, in English.
func (a Assurance) Sentence() string {
	return [...]string{"", "Self-declared by the maker", "Tested by a laboratory", "Checked by the authority"}[a&3]
}

// MarshalText writes the name.
func (a Assurance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the name.
func (a *Assurance) UnmarshalText(b []byte) error {
	for i, s := range assurances {
		if s != "" && s == string(b) {
			*a = Assurance(i)
			return nil
		}
	}
	return fmt.Errorf("assurance %q: want self-declared, lab-tested or authority-checked", b)
}

// Claims are what a label says. Brand and Model stand in it because that is the
// only defence offline against a genuine label moved to another product: a person
// compares them with the box.
type Claims struct {
	Issuer     string    `json:"issuer"`         // code of the scheme in the trust list
	Number     Number    `json:"number"`         // also the index in the status list
	Level      uint8     `json:"level"`          // 1 to MaxLevel; the trust list says what it means
	Assurance  Assurance `json:"assurance"`      // on whose word
	SupportEnd Day       `json:"support_end"`    // last day of security updates
	Brand      string    `json:"brand"`          // as printed on the box
	Model      string    `json:"model"`          // as printed on the box
	Version    string    `json:"version"`        // the software version that was assessed
	GTIN       uint64    `json:"gtin,omitempty"` // 0: none
	From       time.Time `json:"from,omitzero"`  // valid from and day of issue; zero: from the start
	Until      time.Time `json:"until"`          // valid until this moment, not included
}

// MaxLevel is the highest level that a scheme can have.
const MaxLevel = 9

// Bounds of the texts, in bytes of UTF-8. All of them together must fit MaxToken.
const (
	maxName    = 40
	maxVersion = 16
)

// latest is the end of the days that Day can hold.
var latest = Day(1<<16 - 1).Time()

var issuerForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,6}[A-Z0-9]$`)

// Check names every reason why a label may not say this.
func (c Claims) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !issuerForm.MatchString(c.Issuer) {
		bad("issuer %q: want 2 to 8 capital letters, digits and inner dashes", c.Issuer)
	}
	if c.Level < 1 || c.Level > MaxLevel {
		bad("level %d: want 1 to %d", c.Level, MaxLevel)
	}
	if !c.Assurance.valid() {
		bad("assurance %d: want self-declared, lab-tested or authority-checked", uint8(c.Assurance))
	}
	if c.SupportEnd == 0 {
		bad("support end: missing")
	}
	errs = append(errs, checkText("brand", c.Brand, maxName), checkText("model", c.Model, maxName), checkText("version", c.Version, maxVersion))
	if c.GTIN != 0 && !validGTIN(c.GTIN) {
		bad("GTIN %d: the check digit does not fit", c.GTIN)
	}
	errs = append(errs, c.checkTimes()...)
	return errors.Join(errs...)
}

func (c Claims) checkTimes() []error {
	var errs []error
	for _, t := range []struct {
		name string
		at   time.Time
		must bool
	}{{"from", c.From, false}, {"until", c.Until, true}} {
		switch {
		case t.at.IsZero() && !t.must:
		case t.at.Unix() <= 0 || t.at.After(latest):
			errs = append(errs, fmt.Errorf("%s: want a time from 1970 to 2149", t.name))
		case t.at.Nanosecond() != 0:
			errs = append(errs, fmt.Errorf("%s: want whole seconds", t.name))
		}
	}
	if !c.From.IsZero() && !c.From.Before(c.Until) {
		errs = append(errs, fmt.Errorf("from %s: want it before until %s", c.From.Format(time.RFC3339), c.Until.Format(time.RFC3339)))
	}
	return errs
}

// checkText holds a text that people compare by eye to characters that they can
// see, in one spelling: Unicode form C, no controls, no marks of direction, no
// invisible characters, plain single spaces, no towers of accents.
func checkText(field, s string, most int) error {
	switch {
	case s == "":
		return fmt.Errorf("%s: missing", field)
	case len(s) > most:
		return fmt.Errorf("%s: %d bytes, want at most %d", field, len(s), most)
	case !utf8.ValidString(s) || !norm.NFC.IsNormalString(s):
		return fmt.Errorf("%s %q: want UTF-8 in Unicode form C", field, s)
	case s != strings.TrimSpace(s) || strings.Contains(s, "  "):
		return fmt.Errorf("%s %q: spaces at an end or two in a row", field, s)
	}
	marks := 0
	for i, r := range s {
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r != ' ' && (!unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)):
			return fmt.Errorf("%s %q: the character %U cannot be seen", field, s, r)
		case marks > 2 || marks > 0 && i == 0:
			return fmt.Errorf("%s %q: an accent without its letter, or too many", field, s)
		}
	}
	return nil
}

// validGTIN checks the length (8, 12, 13 or 14 digits) and the check digit of the
// GS1 General Specifications.
func validGTIN(g uint64) bool {
	if g > 99999999999999 {
		return false
	}
	sum := uint64(0)
	for i, n := 0, g; n > 0; i, n = i+1, n/10 {
		w := uint64(1)
		if i%2 == 1 {
			w = 3
		}
		sum += w * (n % 10)
	}
	return sum%10 == 0
}
