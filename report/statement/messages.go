package statement

import (
	"strconv"
	"strings"
	"time"

	"github.com/plimsoll-iot/plimsoll/catalog/strictyaml"
)

// messages are the texts of one language.
type messages struct {
	language, name, dir string
	date                string // with {day}, {month}, {year}
	months              []string
	texts               map[string]string
}

func readMessages(o *strictyaml.Object) *messages {
	m := &messages{
		language: o.Need("language").Text(), name: o.Need("name").Text(), dir: strictyaml.OneOf(o.Need("dir"), "ltr", "rtl"),
		date: o.Need("date").Text(), months: strictyaml.Texts[string](o.Need("months")), texts: map[string]string{},
	}
	texts := o.Need("text").Object()
	for _, k := range texts.Names() {
		m.texts[k] = texts.Need(k).Text()
	}
	texts.Done()
	o.Done()
	if len(m.months) != 12 {
		m.months = make([]string, 12) // found by the test of completeness
	}
	return m
}

// text is the text behind a key that begins with "@"; any other text is itself.
func (m *messages) text(s string) string {
	if key, ok := strings.CutPrefix(s, "@"); ok {
		return m.texts[key]
	}
	return s
}

// long writes a day of the form 2006-01-02 as people write it, "" for none.
func (m *messages) long(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return strings.NewReplacer(
		"{day}", strconv.Itoa(t.Day()), "{month}", m.months[t.Month()-1], "{year}", strconv.Itoa(t.Year()),
	).Replace(m.date)
}
