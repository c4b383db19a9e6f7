package securitytxt

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A rule is what RFC 9116 asks of one field. Fields without a rule are
// extensions and are ignored (2.4).
type rule struct {
	clause string
	value  func(c *checker, f Field)
	once   bool // at most one
	must   bool // at least one
}

// rules by lower-case name. They are made once, by a function, because the
// functions of the table use the table.
var rules = sync.OnceValue(func() map[string]rule {
	return map[string]rule{
		"acknowledgments":     {clause: "2.5.1", value: link("2.5.1")},
		"canonical":           {clause: "2.5.2", value: link("2.5.2")},
		"contact":             {clause: "2.5.3", value: contact, must: true},
		"encryption":          {clause: "2.5.4", value: link("2.5.4")},
		"expires":             {clause: "2.5.5", value: expires, once: true, must: true},
		"hiring":              {clause: "2.5.6", value: link("2.5.6")},
		"policy":              {clause: "2.5.7", value: link("2.5.7")},
		"preferred-languages": {clause: "2.5.8", value: languages, once: true},
	}
})

// link wants an absolute URI; a web address must be https (2.5).
func link(clause string) func(*checker, Field) {
	return func(c *checker, f Field) {
		u, err := url.Parse(f.Value)
		switch {
		case err != nil || u.Scheme == "" || strings.ContainsAny(f.Value, " \t<>"):
			c.problem(f.Line, Error, "not-a-uri", clause, "%s: %q is not a URI", f.Name, show(f.Value))
		case u.Scheme == "http":
			c.problem(f.Line, Error, "http", clause, "%s: %q must begin with https://", f.Name, show(f.Value))
		case u.Scheme == "https" && u.Hostname() == "":
			c.problem(f.Line, Error, "not-a-uri", clause, "%s: %q names no host", f.Name, show(f.Value))
		}
	}
}

var (
	mail = regexp.MustCompile(`^[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+$`)
	// phone is a global number or a local one with its context (RFC 3966, 3).
	phone = regexp.MustCompile(`^(\+[0-9()./-]*[0-9][0-9()./-]*|[0-9A-Fa-f*#()./-]+;phone-context=[^;]+)(;[^;]+)*$`)
	// language is the shape of a tag of RFC 5646, 2.1.
	language = regexp.MustCompile(`^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|[xX](-[A-Za-z0-9]{1,8})+)$`)
)

func contact(c *checker, f Field) {
	scheme, rest, _ := strings.Cut(f.Value, ":")
	switch strings.ToLower(scheme) {
	case "mailto":
		address, _, _ := strings.Cut(rest, "?")
		if !mail.MatchString(address) {
			c.problem(f.Line, Error, "contact-mail", "2.5.3", "Contact: %q has no mail address", show(f.Value))
		}
	case "tel":
		if !phone.MatchString(rest) {
			c.problem(f.Line, Error, "contact-phone", "2.5.3", "Contact: %q has no telephone number of the form +1-201-555-0123", show(f.Value))
		}
	default:
		switch {
		case mail.MatchString(f.Value):
			c.problem(f.Line, Error, "contact-scheme", "2.5.3", "Contact: write mailto:%s", show(f.Value))
		case phone.MatchString(f.Value):
			c.problem(f.Line, Error, "contact-scheme", "2.5.3", "Contact: write tel:%s", show(f.Value))
		default:
			link("2.5.3")(c, f)
		}
	}
}

// year is how far ahead Expires should lie at most (2.5.5).
const year = 366 * 24 * time.Hour

func expires(c *checker, f Field) {
	t, err := time.Parse(time.RFC3339, f.Value)
	switch {
	case err != nil:
		c.problem(f.Line, Error, "expires-format", "2.5.5", "Expires: %q is not a date and time of RFC 3339, for example 2027-06-30T00:00:00Z", show(f.Value))
	case c.at.IsZero():
	case !t.After(c.at):
		c.problem(f.Line, Error, "expires-past", "2.5.5", "Expires: the file is stale since %s", show(f.Value))
	case t.Sub(c.at) > year:
		c.problem(f.Line, Warning, "expires-far", "2.5.5", "Expires: %s is more than a year ahead", show(f.Value))
	}
}

func languages(c *checker, f Field) {
	for tag := range strings.SplitSeq(f.Value, ",") {
		if tag = strings.Trim(tag, " \t"); !language.MatchString(tag) {
			c.problem(f.Line, Error, "language", "2.5.8", "Preferred-Languages: %q is not a language tag", show(tag))
		}
	}
}

// required judges how often fields stand.
func (c *checker) required() {
	if c.html {
		return // a web page lacks everything
	}
	for _, name := range slices.Sorted(maps.Keys(rules())) {
		r := rules()[name]
		var lines []int
		for _, f := range c.file.Fields {
			if strings.EqualFold(f.Name, name) {
				lines = append(lines, f.Line)
			}
		}
		if r.must && len(lines) == 0 {
			c.problem(0, Error, name+"-missing", r.clause, "there is no %s field", strings.ToUpper(name[:1])+name[1:])
		}
		if r.once && len(lines) > 1 {
			c.problem(lines[1], Error, name+"-twice", r.clause, "%s stands %d times, allowed once", strings.ToUpper(name[:1])+name[1:], len(lines))
		}
	}
}

// canonical: a file that names its places must name the one it came from.
func (c *checker) canonical(o Origin) {
	places := c.file.Get("Canonical")
	if len(places) == 0 {
		if c.file.Signed {
			c.problem(0, Warning, "canonical-missing", "2.3", "a signed file should name its place in a Canonical field")
		}
		return
	}
	if o.URL == "" || slices.Contains(places, o.URL) || o.FinalURL != "" && slices.Contains(places, o.FinalURL) {
		return
	}
	c.problem(0, Error, "canonical-other", "2.5.2", "no Canonical field names %q, where the file was fetched", show(o.URL))
}
