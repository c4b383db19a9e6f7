package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/wire/page"
)

// Contradiction is two sources that give one value differently. A caller should
// show both places and make no document.
type Contradiction struct {
	What   string
	First  Stated
	Second Stated
}

// Stated is a value and where it stands.
type Stated struct{ Place, Value string }

func (c *Contradiction) Error() string {
	return fmt.Sprintf("%s: %s says %s, %s says %s", c.What, c.First.Place, c.First.Value, c.Second.Place, c.Second.Value)
}

const (
	entryPeriod = "support_period"
	entryQuote  = "publication_of_support_period.quote"
)

// labelsWithin are the schemes whose labels end with the support period at the
// latest, with the source that says so.
var labelsWithin = map[string]string{"sg-cls": "CLS labels are valid for the support period, and at most 3 years"}

// ends lists what the sources say of the end of support, first the declaration.
func ends(in Input) []Stated {
	p := in.Product
	fl := &filler{in: in}
	out := []Stated{{"product.support.until", p.Info.Support.Until}, {"ixit.UserInfo.support_period.until", fl.entry(entryPeriod + ".until")}}
	for _, e := range []string{entryPeriod, entryQuote, "publication_of_support_period"} {
		for _, day := range dated(in, fl.entry(e)) {
			out = append(out, Stated{"ixit.UserInfo." + e, day})
		}
	}
	if a := in.Assessment; a != nil {
		out = append(out, Stated{"assessment.product.support_until", a.Product.SupportUntil})
		for _, f := range a.Facts {
			if s, ok := f.Value.(string); ok && f.ID == "support.until" {
				out = append(out, Stated{fmt.Sprintf("fact support.until (%s, by %s)", f.Source, clean(f.By)), s})
			}
		}
	}
	var given []Stated
	for _, s := range out {
		if s.Value = strings.TrimSpace(s.Value); s.Value != "" {
			given = append(given, s)
		}
	}
	return given
}

// dated lists the days that a sentence on the period gives, without those on which
// it begins. A month or a year is no end date (SI 2023/1007, reg. 2 asks for one).
func dated(in Input, sentence string) []string {
	var out []string
	for _, d := range page.Dates(sentence) {
		if d.Precision != "day" || d.Or != "" || d.Day == in.Product.Info.Support.From || d.Day == in.Product.Info.PlaceOnMarket {
			continue
		}
		out = append(out, d.Day)
	}
	return out
}

// agree reports the first contradiction between the sources.
func agree(in Input) error {
	all := ends(in)
	if len(all) == 0 {
		return nil
	}
	for _, s := range all[1:] {
		if s.Value != all[0].Value {
			return &Contradiction{"end of support", all[0], s}
		}
	}
	labels := in.Product.Labels
	if in.Assessment != nil {
		labels = append(labels[:len(labels):len(labels)], in.Assessment.Labels...)
	}
	for _, l := range labels {
		until, err := time.Parse(time.DateOnly, l.Until)
		end, err2 := time.Parse(time.DateOnly, all[0].Value)
		if why := labelsWithin[l.Scheme]; why != "" && err == nil && err2 == nil && until.After(end) {
			return &Contradiction{"end of support (" + why + ")", all[0], Stated{fmt.Sprintf("label %s %s", clean(l.Scheme), clean(l.ID)), l.Until}}
		}
	}
	return nil
}

// supportUntil is the one end of support: agree has seen that the sources are at
// one. What only a probe or the assessment says is no declaration.
func supportUntil(fl *filler) string {
	for _, v := range []string{fl.in.Product.Info.Support.Until, fl.entry(entryPeriod + ".until")} {
		if _, err := time.Parse(time.DateOnly, v); err == nil {
			return v
		}
	}
	return ""
}

func supportURL(fl *filler) string {
	for _, v := range []string{fl.in.Product.Info.Support.URL, fl.entry("publication_of_support_period.url"), fl.in.Product.Targets.Web.Support} {
		if v != "" {
			return v
		}
	}
	return ""
}

// supportSentence is the declared sentence where it names the day, so that the page
// says what the declaration quotes, else our own.
func supportSentence(fl *filler) string {
	until := supportUntil(fl)
	if until == "" {
		return ""
	}
	if q := fl.entry(entryQuote); len(dated(fl.in, q)) > 0 {
		return q
	}
	i := fl.in.Product.Info
	return fmt.Sprintf("%s provides security updates for the %s (model %s) until %s.", i.Manufacturer.Name, i.Name, i.Model, fl.msg.long(until))
}
