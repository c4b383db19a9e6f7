package page

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Time is an expression that says how long something takes or how often it happens.
type Time struct {
	Text  string // as the text has it
	Vague bool   // a time without a measure: promptly, as soon as possible
	// Years and Months measure a period that is counted in them by one number.
	Years, Months int
}

// set makes a set of the words of lists.
func set(lists ...string) map[string]bool {
	m := map[string]bool{}
	for _, l := range lists {
		for w := range strings.FieldsSeq(l) {
			m[w] = true
		}
	}
	return m
}

// The words of times, in English, German and French.
var (
	years  = set("year years", "jahr jahre jahren jahres", "an ans année années")
	ofYear = set("month months", "monat monate monaten monats", "mois")
	units  = set("hour hours hr hrs h day days workday workdays week weeks fortnight fortnights quarter quarters month months year years",
		"stunde stunden werktag werktage werktagen werktags arbeitstag arbeitstage arbeitstagen geschäftstag geschäftstage geschäftstagen",
		"bankarbeitstag bankarbeitstage bankarbeitstagen kalendertag kalendertage kalendertagen tag tage tagen tages woche wochen",
		"quartal quartale monat monate monaten monats jahr jahre jahren jahres",
		"heure heures jour jours semaine semaines mois trimestre trimestres an ans année années")
	// which says which units: working days, volle Tage.
	which = set("working business calendar consecutive full week additional further volle vollen voller weitere weiteren weiterer")
	// article may stand between a word of every and its unit.
	article = set("a an the next other each per pro par un une eines einem einer les")
	every   = set("within in every each once twice times per", "innerhalb binnen jede jeden jeder jedes jedem alle pro einmal zweimal", "sous chaque tous toutes par dans")
	next    = set("next same following", "nächsten nächster folgenden selben gleichen", "prochain suivant")
	between = set("to or and bis oder und à ou et")
	adverbs = []string{
		"daily", "weekly", "biweekly", "fortnightly", "monthly", "bimonthly", "quarterly", "yearly", "annually",
		"täglich*", "wöchentlich*", "zweiwöchentlich*", "monatlich*", "vierteljährlich*", "jährlich*",
		"quotidien*", "hebdomadaire*", "mensuel*", "trimestriel*", "annuel*",
	}
	vagues = []string{
		"as soon as possible", "as soon as practicable", "promptly", "without undue delay", "without delay", "immediately", "timely",
		"in due course", "shortly", "swiftly", "regular", "regularly", "from time to time",
		"unverzüglich*", "umgehend*", "zeitnah*", "schnellstmöglich*", "so bald wie möglich", "so schnell wie möglich", "regelmäßig*", "sofort*",
		"dès que possible", "dans les meilleurs délais", "sans délai", "sans tarder", "rapidement", "régulièrement", "immédiatement",
	}
	numbers = map[string]int{
		"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
		"twelve": 12, "fourteen": 14, "thirty": 30, "sixty": 60, "ninety": 90,
		"ein": 1, "eine": 1, "einem": 1, "einen": 1, "einer": 1, "eines": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5,
		"sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "zwölf": 12, "vierzehn": 14, "dreißig": 30,
		"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
		"douze": 12, "quinze": 15, "trente": 30,
	}
)

// token is a run of letters or of digits, in lower case.
type token struct {
	text     string
	from, to int
}

func tokens(s string) []token {
	var out []token
	class := func(r rune) int {
		switch {
		case unicode.IsLetter(r):
			return 1
		case unicode.IsDigit(r):
			return 2
		}
		return 0
	}
	from, was := 0, 0
	for i, r := range s + " " {
		if c := class(r); c != was {
			if was != 0 {
				out = append(out, token{strings.ToLower(s[from:i]), from, i})
			}
			from, was = i, c
		}
	}
	return out
}

// reader reads the times of one text.
type reader struct {
	s    string
	toks []token
}

// near says that token i and the one before it belong together.
func (r reader) near(i int) bool {
	return i > 0 && i < len(r.toks) && strings.Trim(r.s[r.toks[i-1].to:r.toks[i].from], " -–()") == ""
}

func (r reader) number(i int) (int, bool) {
	if i < 0 {
		return 0, false
	}
	w := r.toks[i].text
	if n, ok := numbers[w]; ok {
		return n, true
	}
	return digits(w), len(w) <= 3 && unicode.IsDigit(firstRune(w))
}

// Times lists the times that a text names, in its order.
func Times(text string) []Time {
	r := reader{s: fold(text)}
	r.toks = tokens(r.s)
	var out []Time
	for i, t := range r.toks {
		from, to := -1, i
		x := Time{}
		switch {
		case units[t.text]:
			from = r.measured(i, &x)
		default:
			if to = r.phrase(i, adverbs); to < 0 {
				to = r.phrase(i, vagues)
				x.Vague = to >= 0
			}
			if to >= 0 {
				from = i
			}
		}
		if from >= 0 {
			x.Text = r.s[r.toks[from].from:r.toks[to].to]
			out = append(out, x)
		}
	}
	return out
}

// measured finds the words that measure the unit at i and returns the first, or -1.
func (r reader) measured(i int, x *Time) int {
	j := i
	for r.near(j) && which[r.toks[j-1].text] {
		j--
	}
	if !r.near(j) {
		return -1
	}
	j--
	if n, ok := r.number(j); ok {
		return r.count(i, j, n, x)
	}
	direct := j
	for next[r.toks[j].text] || article[r.toks[j].text] {
		if next[r.toks[j].text] {
			return j
		}
		if !r.near(j) {
			return -1
		}
		j--
	}
	if every[r.toks[j].text] && (j < direct || r.toks[j].text != "in") {
		return j
	}
	return -1
}

// count reads the number at j before the unit at i, with a second one before it: a
// range (1 to 2 days) or the same in words (three (3) days).
func (r reader) count(i, j, n int, x *Time) int {
	first := j
	if m, ok := r.number(j - 1); ok && r.near(j) && strings.ContainsAny(r.s[r.toks[j-1].to:r.toks[j].from], "-–(") {
		first = j - 1
		if m != n {
			return first
		}
	} else if j > 1 && between[r.toks[j-1].text] && r.near(j) && r.near(j-1) {
		if _, ok := r.number(j - 2); ok {
			return j - 2
		}
	}
	switch u := r.toks[i].text; {
	case years[u]:
		x.Years = n
	case ofYear[u]:
		x.Months = n
	}
	return first
}

// phrase returns the last token of a phrase that begins at i, or -1. A word that ends
// in a star has any ending.
func (r reader) phrase(i int, phrases []string) int {
	return slices.Max(append([]int{-1}, r.phrases(i, phrases)...))
}

func (r reader) phrases(i int, phrases []string) []int {
	var out []int
	for _, p := range phrases {
		first := r.toks[i].text
		if stem, ok := strings.CutSuffix(p, "*"); ok {
			if strings.HasPrefix(first, stem) {
				out = append(out, i)
			}
			continue
		}
		if !strings.HasPrefix(p, first) {
			continue
		}
		at := i
		for w := range strings.FieldsSeq(p) {
			if at >= len(r.toks) || r.toks[at].text != w {
				at = -1
				break
			}
			at++
		}
		if at > 0 {
			out = append(out, at-1)
		}
	}
	return out
}

// Timed says whether a sentence names a measured time, or only a vague one.
func Timed(sentence string) (measured, vaguely bool) {
	for _, t := range Times(sentence) {
		measured = measured || !t.Vague
		vaguely = vaguely || t.Vague
	}
	return measured, vaguely
}

// After is the day on which a period ends that begins on a day: the day of the same
// number, and the day before it, because both are meant in practice.
func (t Time) After(begin string) (same, before string, ok bool) {
	b, err := time.Parse(time.DateOnly, begin)
	if err != nil || t.Years+t.Months == 0 {
		return "", "", false
	}
	e := b.AddDate(t.Years, t.Months, 0)
	return e.Format(time.DateOnly), e.AddDate(0, 0, -1).Format(time.DateOnly), true
}

// digits is a number of few decimal digits, 0 for anything else.
func digits(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 9999 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
