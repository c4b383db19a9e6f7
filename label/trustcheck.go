package label

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plimsoll-iot/plimsoll/label/code"
)

// hostForm is a host name in lower case; other spellings are not printed.
var hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// Bounds of what a trust list names.
const (
	maxSchemes  = 512
	maxKeys     = 32
	maxHosts    = 8
	maxLongText = 4096
)

// check names every reason why nobody should sign or use this list.
func (l *TrustList) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case l.Version == 0:
		bad("version 0: want 1 or more")
	case l.Issued == 0 || l.Expires < l.Issued:
		bad("dates: want expires %s on or after issued %s", l.Expires, l.Issued)
	case l.Expires-l.Issued > maxTrustDays:
		bad("dates: %d days, want at most %d", l.Expires-l.Issued, maxTrustDays)
	case len(l.Schemes) > maxSchemes:
		bad("%d schemes, want at most %d", len(l.Schemes), maxSchemes)
	}
	errs = append(errs, l.Roots.check())
	owner, codes := map[string]string{}, map[string]string{}
	for _, k := range l.Roots.Keys {
		owner[string(k)] = "a root"
	}
	for i := range l.Schemes {
		s := &l.Schemes[i]
		if i > 0 && l.Schemes[i-1].Code >= s.Code {
			bad("scheme %q: want the schemes sorted by code, each once", s.Code)
		}
		if other, ok := codes[code.Fold(s.Code)]; ok {
			bad("scheme %q: people would confuse it with %q", s.Code, other)
		}
		codes[code.Fold(s.Code)] = s.Code
		for _, err := range s.check(owner) {
			bad("scheme %q: %w", s.Code, err)
		}
	}
	return errors.Join(errs...)
}

func (r Roots) check() error {
	if len(r.Keys) == 0 || len(r.Keys) > maxSignatures || r.Threshold == 0 || int(r.Threshold) > len(r.Keys) {
		return fmt.Errorf("roots: %d of %d keys: want at least one and at most all of up to %d", r.Threshold, len(r.Keys), maxSignatures)
	}
	for i, k := range r.Keys {
		if _, err := PublicKey(k); err != nil {
			return fmt.Errorf("root %d: %w", i+1, err)
		}
		if slices.ContainsFunc(r.Keys[:i], func(o []byte) bool { return string(o) == string(k) }) {
			return fmt.Errorf("root %d: stands there twice", i+1)
		}
	}
	return nil
}

// check notes the owner of each key, so that none has two uses.
func (s *Scheme) check(owner map[string]string) []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !issuerForm.MatchString(s.Code) {
		bad("code: want 2 to 8 capital letters, digits and inner dashes")
	} else if why := code.Reserved(s.Code); why != "" && s.Official == "" {
		bad("the code is reserved: %s", why)
	}
	errs = append(errs, checkText("name", s.Name, 80), checkLong("official", s.Official), checkLong("log policy", s.LogPolicy), checkLong("log origin", s.LogOrigin))
	if len(s.Hosts) == 0 || len(s.Hosts) > maxHosts {
		bad("%d hosts, want 1 to %d", len(s.Hosts), maxHosts)
	}
	for _, h := range s.Hosts {
		if !hostForm.MatchString(h) || len(h) > 253 {
			bad("host %q: want a host name in lower case", h)
		}
	}
	if len(s.Levels) == 0 || len(s.Levels) > MaxLevel {
		bad("%d levels, want 1 to %d", len(s.Levels), MaxLevel)
	}
	for i, l := range s.Levels {
		for _, err := range l.check() {
			bad("level %d: %w", i+1, err)
		}
	}
	if len(s.Keys) > maxKeys {
		bad("%d keys, want at most %d", len(s.Keys), maxKeys)
	}
	for i, k := range s.Keys {
		if err := k.check(); err != nil {
			bad("key %d: %w", i+1, err)
		}
		if o := owner[string(k.Public)]; o != "" {
			bad("key %d: is already the key of %s: want one use for each key", i+1, o)
		}
		owner[string(k.Public)] = s.Code + " (" + string(k.Use) + ")"
	}
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

func (l Level) check() []error {
	var errs []error
	if l.Names["en"] == "" {
		errs = append(errs, errors.New("want a name in English (en)"))
	}
	for lang, name := range l.Names {
		if !languageForm.MatchString(lang) {
			errs = append(errs, fmt.Errorf("language %q: want a tag such as en or pt-BR", lang))
		}
		if err := checkText("name", name, 80); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (k Key) check() error {
	if k.Use != UseLabel && k.Use != UseStatus {
		return fmt.Errorf("use %q: want %s or %s", k.Use, UseLabel, UseStatus)
	}
	if _, err := PublicKey(k.Public); err != nil {
		return err
	}
	if k.SignFrom == 0 || k.SignUntil < k.SignFrom || k.VerifyUntil < k.SignUntil {
		return fmt.Errorf("dates: want sign_from %s, sign_until %s, verify_until %s in this order", k.SignFrom, k.SignUntil, k.VerifyUntil)
	}
	return nil
}

// checkLong bounds a text for machines: printable, with line ends.
func checkLong(field, s string) error {
	if len(s) > maxLongText {
		return fmt.Errorf("%s: %d bytes, want at most %d", field, len(s), maxLongText)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == '\uFFFD' }); i >= 0 {
		return fmt.Errorf("%s: a control character at byte %d", field, i)
	}
	return nil
}
