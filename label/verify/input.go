package verify

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/plimsoll-iot/plimsoll/label"
)

// maxInput bounds what is read as one label, in bytes.
const maxInput = 2048

// Input is what was read: a token, or only a number, and the host of the URL it
// stood in. An Input that could not be read says why in Problem.
type Input struct {
	Token   label.Token
	Issuer  string       // of a number, as it was typed
	Number  label.Number // of a number
	Typed   bool         // a number was read
	Host    string       // of the URL; empty when there was none
	Problem error
}

// ParseInput reads the URL of a label, its digits alone, its number, or the URL of
// its page (https://host/l/NUMBER). What is none of these has a Problem, which
// Label answers with Malformed.
func ParseInput(s string) Input {
	s = strings.TrimSpace(s)
	if len(s) > maxInput {
		return Input{Problem: fmt.Errorf("reading a label: %d bytes, want at most %d", len(s), maxInput)}
	}
	in := Input{}
	rest := s
	if i := strings.Index(s, "://"); i >= 0 {
		if !strings.EqualFold(s[:i], "https") {
			return Input{Problem: fmt.Errorf("reading a label: scheme %.40q: want https", s[:i])}
		}
		rest = s[i+3:]
		end := strings.IndexAny(rest, "/?#")
		if end <= 0 {
			return Input{Problem: fmt.Errorf("reading a label: the address has no host, or ends with it")}
		}
		// With a port or a user name it is another origin, and no host of a scheme.
		in.Host, rest = strings.ToLower(rest[:end]), rest[end:]
		switch {
		case strings.HasPrefix(rest, "/#"):
			rest = rest[2:]
		case strings.HasPrefix(rest, "#"):
			rest = rest[1:]
		case strings.HasPrefix(rest, "/l/"):
			return in.number(pageForm.ReplaceAllString(rest[3:], "$1"))
		default:
			return Input{Host: in.Host, Problem: fmt.Errorf("reading a label: the path %.40q is not that of a label", rest)}
		}
	} else if rest == "" || strings.Trim(rest, "0123456789") != "" {
		return in.number(rest)
	}
	in.Token, in.Problem = label.ParseDigits(rest)
	return in
}

// pageForm is what stands behind /l/ in the address of a label's page: the number,
// and perhaps a language.
var pageForm = regexp.MustCompile(`^([^/]*)/([a-z]{2}/?)?$`)

func (in Input) number(s string) Input {
	in.Issuer, in.Number, in.Problem = label.ParseNumber(s)
	in.Typed = in.Problem == nil
	return in
}

// Find gives the token of a number, from a scheme's records. It reports false when
// the records do not hold the number.
type Find func(ctx context.Context, scheme *label.Scheme, n label.Number) (label.Token, bool, error)

// Resolve turns a number into the token that find has for it. The token must carry
// that number: records are not trusted either. An input that is not a number, or
// whose scheme the trust list does not name, comes back as it is.
func Resolve(ctx context.Context, in Input, trust *label.TrustList, find Find) (Input, error) {
	if !in.Typed || trust == nil || find == nil {
		return in, nil
	}
	s, ok := trust.Resolve(in.Issuer)
	if !ok {
		return in, nil
	}
	t, ok, err := find(ctx, s, in.Number)
	if err != nil {
		return in, fmt.Errorf("looking up label %s: %w", label.NumberText(s.Code, in.Number), err)
	}
	if !ok {
		return in, nil
	}
	if c := t.Claims(); c.Issuer != s.Code || c.Number != in.Number {
		return in, fmt.Errorf("looking up label %s: the record is that of label %s", label.NumberText(s.Code, in.Number), t.NumberText())
	}
	in.Token = t
	return in, nil
}
