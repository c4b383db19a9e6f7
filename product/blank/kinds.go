package blank

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/plimsoll-iot/plimsoll/catalog"
	"github.com/plimsoll-iot/plimsoll/product/form"
)

// Range is a range of ports, both ends included.
type Range struct{ First, Last uint16 }

// Contains reports whether port lies in the range.
func (r Range) Contains(port uint16) bool { return r.First <= port && port <= r.Last }

// Kinds makes the kinds of values that only this form has. The zero value checks
// their form; with Exists and Resolve set it looks into the product folder and
// the environment too.
type Kinds struct {
	Exists  func(file string) *form.Issue
	Resolve func(reference string) *form.Issue // of a secret
}

// typed makes the spec of a typed field, by its type.
func (k *Kinds) typed(f catalog.TypedField) *form.Spec {
	specs := map[string]func() *form.Spec{
		"bool":     func() *form.Spec { return scalar(form.Bool()) },
		"int":      func() *form.Spec { return scalar(form.Int(0, 1<<31-1)) },
		"port":     func() *form.Spec { return scalar(form.Int(1, 65535)) },
		"duration": func() *form.Spec { return scalar(form.Duration()) },
		"date":     func() *form.Spec { return scalar(form.Date()) },
		"url":      func() *form.Spec { return scalar(k.url()) },
		"text":     func() *form.Spec { return scalar(form.Known()) },
		"enum":     func() *form.Spec { return scalar(form.Enum(f.Values...)) },
		"refs":     func() *form.Spec { return list(scalar(form.Known())) },
		"list": func() *form.Spec {
			if len(f.Values) > 0 {
				return list(scalar(form.Enum(f.Values...)))
			}
			return list(scalar(form.Known()))
		},
	}
	return specs[f.Type]()
}

func (k *Kinds) url() *form.Scalar {
	const want = "an address such as https://example.com/security"
	return &form.Scalar{
		Want: want,
		Check: func(text string) *form.Issue {
			u, err := url.Parse(text)
			if strings.Contains(text, "@") && (err != nil || u.User != nil) {
				return &form.Issue{Message: "the address holds a user name or a password", Remedy: "write the address without it: pages are fetched by anybody", Hide: true}
			}
			if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				return form.Wrong(text, want)
			}
			if u.Scheme == "http" {
				return &form.Issue{Message: "a page fetched by plain http can be changed on the way", Remedy: "publish it under https:// and write that address", Warning: true}
			}
			return nil
		},
		Schema: map[string]any{"type": "string", "pattern": "^https?://"},
	}
}

func (k *Kinds) mac() *form.Scalar {
	const want = "a hardware address such as 02:00:5e:10:00:01"
	return &form.Scalar{
		Want: want,
		Check: func(text string) *form.Issue {
			if _, err := net.ParseMAC(text); err != nil {
				return form.Wrong(text, want)
			}
			return nil
		},
		Schema: map[string]any{"type": "string", "pattern": "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2})+$"},
	}
}

// address is an IP address of version 4 or 6, or of either when version is 0.
func (k *Kinds) address(want string, version int) *form.Scalar {
	return &form.Scalar{
		Want: want,
		Check: func(text string) *form.Issue {
			a, err := netip.ParseAddr(text)
			if err != nil || version == 4 && !a.Is4() || version == 6 && (!a.Is6() || a.Is4In6()) {
				return form.Wrong(text, want)
			}
			return nil
		},
		Schema: map[string]any{"type": "string"},
	}
}

func (k *Kinds) ports() *form.Scalar {
	const want = "a port or a range of ports from 1 to 65535, such as 443 or 20000-20099"
	return &form.Scalar{
		Want: want,
		Check: func(text string) *form.Issue {
			if _, ok := ParsePorts(text); !ok {
				return form.Wrong(text, want)
			}
			return nil
		},
		Schema: map[string]any{"type": []any{"integer", "string"}, "minimum": 1, "maximum": 65535, "pattern": "^[0-9]+(-[0-9]+)?( *, *[0-9]+(-[0-9]+)?)*$"},
	}
}

// ParsePorts reads "443", "20000-20099", and several of them with commas.
func ParsePorts(text string) ([]Range, bool) {
	var out []Range
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
		last, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
		if err1 != nil || err2 != nil || first == 0 || last < first {
			return nil, false
		}
		out = append(out, Range{First: uint16(first), Last: uint16(last)})
	}
	return out, true
}

// file is a file in the product folder.
func (k *Kinds) file() *form.Scalar {
	return &form.Scalar{
		Want: "a file in the product folder, such as documents/guide.pdf",
		Check: func(text string) *form.Issue {
			if issue := outside(text); issue != nil {
				return issue
			}
			if k.Exists == nil {
				return nil
			}
			return k.Exists(text)
		},
		Schema: map[string]any{"type": "string"},
	}
}

// outside reports a path that is not plainly inside the product folder, on any
// operating system.
func outside(file string) *form.Issue {
	switch {
	case strings.Contains(file, `\`):
		return &form.Issue{Message: fmt.Sprintf("the path %q is written with a backslash", file), Remedy: "write it with /, such as documents/guide.pdf"}
	case file == "" || strings.Contains(file, ":") || path.IsAbs(file) || !filepath.IsLocal(file) || path.Clean(file) == ".":
		return &form.Issue{Message: fmt.Sprintf("the path %q does not lead to a file in the product folder", file), Remedy: "copy the file into the folder and write its path from there, such as documents/guide.pdf"}
	}
	return nil
}

// secret is a password: "${env:NAME}", "@file", or, unwisely, the value itself.
func (k *Kinds) secret() *form.Scalar {
	return &form.Scalar{
		Want: `a secret, written "${env:NAME}" or "@file"`,
		Hide: true,
		Check: func(text string) *form.Issue {
			if issue := secretForm(text); issue != nil {
				return issue
			}
			if k.Resolve == nil {
				return nil
			}
			return k.Resolve(text)
		},
		Schema: map[string]any{"type": []any{"string", "number", "boolean"}},
	}
}

func secretForm(text string) *form.Issue {
	const remedy = `write "${env:NAME}" and set that variable, or "@secrets/NAME" and put the secret into that file`
	if file, ok := strings.CutPrefix(text, "@"); ok {
		return outside(file)
	}
	if _, ok := EnvName(text); ok || text == "" {
		return nil
	}
	if strings.HasPrefix(text, "${") {
		return &form.Issue{Message: "the reference to a variable is malformed", Remedy: remedy}
	}
	return &form.Issue{Message: "a secret stands in the file itself", Remedy: remedy, Warning: true}
}

// EnvName takes the name out of "${env:NAME}".
func EnvName(text string) (string, bool) {
	name, ok := strings.CutPrefix(text, "${env:")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, "}")
	valid := ok && name != "" && !strings.ContainsAny(name, "${}= \t")
	return name, valid
}
