package tlsserver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/suite"
	"github.com/plimsoll-iot/plimsoll/wire/tlsserver"
)

// weakness is something seen that the catalogue rules out.
type weakness struct {
	seen string
	rule suite.Rule
}

func (w weakness) String() string {
	return fmt.Sprintf("%s: %s (%s, %s)", w.seen, w.rule.Why, w.rule.Source, w.rule.Date)
}

// order is that of the versions, oldest first, by the names of a declaration.
var order = []string{"SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"}

// declaredName turns the name of the wire into that of the declaration.
func declaredName(v tlsserver.Version) string { return strings.Replace(v.String(), "TLSv", "TLS", 1) }

// accepted lists the versions that a server takes, oldest first.
func accepted(r tlsserver.Result) []string {
	var out []string
	for _, name := range order {
		for _, o := range r.Offers {
			if o.Accepted && declaredName(o.Version) == name {
				out = append(out, name)
			}
		}
	}
	return out
}

// suites lists the names of the suites that a server takes, each once.
func suites(r tlsserver.Result) []string {
	var out []string
	for _, o := range r.Offers {
		for _, s := range o.Suites {
			if !slices.Contains(out, s.Name) {
				out = append(out, s.Name)
			}
		}
	}
	return out
}

// weaknesses compares what was seen at a time with the catalogue.
func weaknesses(r tlsserver.Result, at time.Time) []weakness {
	var out []weakness
	for _, v := range accepted(r) {
		if rule, ok := suite.Version(v); ok {
			out = append(out, weakness{v + " is accepted", rule})
		}
	}
	byRule := map[string][]string{}
	rules := []suite.Rule{}
	for _, o := range r.Offers {
		for _, s := range o.Suites {
			for _, trait := range s.Traits {
				rule, ok := suite.Trait(trait)
				if !ok {
					continue
				}
				if byRule[rule.ID] == nil {
					rules = append(rules, rule)
				}
				if !slices.Contains(byRule[rule.ID], s.Name) {
					byRule[rule.ID] = append(byRule[rule.ID], s.Name)
				}
			}
		}
	}
	for _, rule := range rules {
		names := byRule[rule.ID]
		text := names[0]
		if len(names) > 1 {
			text = fmt.Sprintf("%s and %d more", names[0], len(names)-1)
		}
		out = append(out, weakness{fmt.Sprintf("%s accepted (%s)", rule.What, text), rule})
	}
	for _, c := range r.Certificates {
		out = append(out, certificate(c, at)...)
	}
	return out
}

func certificate(c tlsserver.Certificate, at time.Time) []weakness {
	var out []weakness
	if rule, ok := suite.Key(c.KeyType, c.Bits); ok {
		out = append(out, weakness{fmt.Sprintf("the certificate has an %s key of %d bits", c.KeyType, c.Bits), rule})
	}
	if rule, ok := suite.Signature(c.Signature); ok {
		out = append(out, weakness{"the certificate is signed with " + c.Signature, rule})
	}
	switch {
	case c.Error != "":
	case at.After(c.NotAfter):
		out = append(out, weakness{"the certificate ended on " + c.NotAfter.UTC().Format(time.DateOnly), suite.Expired()})
	case at.Before(c.NotBefore):
		out = append(out, weakness{"the certificate begins on " + c.NotBefore.UTC().Format(time.DateOnly), suite.Early()})
	}
	return out
}
