package page

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Quote is a place of a text at which a quoted one stands.
type Quote struct {
	// Sentence is the whole sentence, or sentences, around it.
	Sentence string
	// Whole says that the quote is all of them, so that nothing around it can turn
	// its meaning.
	Whole bool
}

// fold makes texts comparable: composed characters, plain quotation marks and
// hyphens, one space for any run of them. Line ends stay.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '‘', '’', '‛', 'ʼ':
			return '\''
		case '“', '”', '„', '‟':
			return '"'
		case '‐', '‑':
			return '-'
		case '\u00a0', '\u202f', '\u2009':
			return ' '
		}
		return r
	}, norm.NFC.String(s))
}

// Find looks for a quote, word for word. Of several places one where it stands whole
// is taken.
func (p Page) Find(quote string) (Quote, bool) {
	text := fold(p.Text)
	flat := strings.ReplaceAll(text, "\n", " ")
	want := strings.Join(strings.Fields(fold(quote)), " ")
	if want == "" {
		return Quote{}, false
	}
	var found Quote
	ok := false
	var ends []int
	for at := 0; at <= len(flat)-len(want); {
		i := strings.Index(flat[at:], want)
		if i < 0 {
			break
		}
		from := at + i
		to := from + len(want)
		at = to
		if !edges(flat, from, to) {
			continue
		}
		if ends == nil {
			ends = sentenceEnds(text)
		}
		q := around(text, ends, from, to)
		if !ok || q.Whole {
			found, ok = q, true
		}
		if q.Whole {
			break
		}
	}
	return found, ok
}

// edges says that a match neither begins nor ends within a word or a number.
func edges(s string, from, to int) bool {
	return apart(lastRune(s[:from]), firstRune(s[from:])) && apart(lastRune(s[:to]), firstRune(s[to:]))
}

func apart(a, b rune) bool { return !word(a) || !word(b) }

func word(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }

// numbering is what may stand before a sentence in a list.
var numbering = regexp.MustCompile(`^[^\pL\pN]*(\d{1,2}[.)])?[^\pL\pN]*$`)

func around(text string, ends []int, from, to int) Quote {
	start, end := 0, len(text)
	for _, e := range ends {
		if e <= from {
			start = e
		}
		if e >= to {
			end = e
			break
		}
	}
	return Quote{
		Sentence: strings.Join(strings.Fields(text[start:end]), " "),
		Whole:    numbering.MatchString(text[start:from]) && !strings.ContainsFunc(text[to:end], word),
	}
}

// Sentences splits the text into sentences. Each line ends one.
func (p Page) Sentences() []string {
	text := fold(p.Text)
	var out []string
	start := 0
	for _, e := range append(sentenceEnds(text), len(text)) {
		if s := strings.TrimSpace(text[start:e]); s != "" {
			out = append(out, s)
		}
		start = e
	}
	return out
}

// sentenceEnds lists where the next sentence begins.
func sentenceEnds(text string) []int {
	var ends []int
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			ends = append(ends, i+1)
		case '.', '!', '?':
			if next, ok := after(text, i); ok && !(text[i] == '.' && unfinished(text[:i], text[next:])) {
				ends = append(ends, next)
			}
		}
	}
	return ends
}

// after returns where the text goes on behind a full stop, when it goes on with what
// can begin a sentence.
func after(text string, i int) (int, bool) {
	j := i + 1
	for j < len(text) && strings.IndexByte(`"')]`, text[j]) >= 0 {
		j++
	}
	if j >= len(text) || text[j] != ' ' {
		return 0, false
	}
	j++
	r := firstRune(text[j:])
	return j, !unicode.IsLower(r)
}

// abbreviations after which a full stop ends nothing.
var abbreviations = map[string]bool{
	"approx": true, "ca": true, "e.g": true, "i.e": true, "max": true, "min": true, "no": true, "nr": true, "art": true,
	"dr": true, "mr": true, "ms": true, "st": true, "inc": true, "z.b": true, "d.h": true, "bzw": true, "vs": true,
	"std": true, "env": true, "resp": true, "inkl": true, "incl": true, "ggf": true, "u.a": true, "m": true, "mme": true,
}

// unfinished says that the full stop between before and behind is part of an
// abbreviation, of a German date, or of an ordinal number.
func unfinished(before, behind string) bool {
	last := before[strings.LastIndexAny(before, " \n(")+1:]
	if abbreviations[strings.ToLower(last)] {
		return true
	}
	if last == "" || len(last) > 2 || strings.Trim(last, "0123456789") != "" {
		return false
	}
	next := strings.ToLower(behind[:wordEnd(behind)])
	_, month := months[next]
	return month
}

func wordEnd(s string) int {
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		return i
	}
	return len(s)
}

// negation finds a denial; limits finds what only looks like one.
var (
	negation = regexp.MustCompile(`(?i)(^|[^\pL])(not|never|cannot|can't|don't|doesn't|won't|isn't|no longer|no guarantee|no obligation|unable|nicht|kein\pL*|nie|niemals|ne|n'\pL+|jamais|aucune?)($|[^\pL])`)
	limits   = regexp.MustCompile(`(?i)\b(no|not) (later|more|longer) than|\bnot (to )?exceed\pL*|nicht später als|nicht länger als|nicht mehr als|ne dépass\pL* pas|if (we|you) (do|have|did) not|not only|nicht nur`)
)

// Negated says that a sentence denies something, so that only a person can tell what
// it promises.
func Negated(sentence string) bool {
	return negation.MatchString(limits.ReplaceAllString(fold(sentence), " "))
}

// frequent words of the languages that are read here.
var frequent = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`the of and to in is that for we you our your are with on this be or will any
		der die das und in zu den ist von mit für auf wir sie ein eine nicht uns ihre werden oder bei
		le la les de des du et à en un une est pour que nous vous notre votre dans sur par ou aux`) {
		m[w] = true
	}
	return m
}()

// Readable says that the text is in a language that is read here, as far as its
// frequent words tell. Of other languages nothing can be said.
func (p Page) Readable() bool {
	total, known := 0, 0
	for w := range strings.FieldsFuncSeq(strings.ToLower(p.Text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if total++; frequent[w] {
			known++
		}
		if total >= 5000 {
			break
		}
	}
	return total >= 8 && known*100 >= total*12
}
