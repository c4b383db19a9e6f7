package page

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/plimsoll-iot/plimsoll/label/code"
)

// visible reports whether label.Claims may hold a character other than a space. The
// script gets it as a table, so that a browser with another edition of Unicode
// judges as the Go code does.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r)
}

func mark(r rune) bool { return unicode.Is(unicode.M, r) }

// tablesModule gives the script what the Go code takes from the unicode package, and
// the codes that no scheme may have.
func tablesModule() []byte {
	countries, words := code.ReservedCodes()
	for _, list := range [][]string{countries, words} {
		for i, c := range list {
			list[i] = code.Fold(c)
		}
	}
	return fmt.Appendf(nil, `// Tables of package label, made from its Go code, Unicode %s.

// table gives alternating gaps and lengths in base 36 as [first, last, ...], unpacked
// when they are first asked for.
const table = (packed) => () => {
  if (typeof packed !== "string") return packed;
  let at = 0;
  return packed = packed.split(" ").map((n, i) => (at += parseInt(n, 36)) - i %% 2);
};

// Characters that a name may hold, the space aside, and those that are marks.
export const visible = table(%q);
export const marks = table(%q);

// Codes of countries, and of schemes, marks and authorities, folded.
export const countryCodes = %q;
export const reservedWords = %q;
`, unicode.Version, pack(visible), pack(mark), strings.Join(countries, " "), strings.Join(words, " "))
}

// pack writes the code points that f takes as alternating gaps and lengths.
func pack(f func(rune) bool) string {
	var b strings.Builder
	from, in := rune(0), false
	for r := rune(0); r <= unicode.MaxRune+1; r++ {
		now := r <= unicode.MaxRune && f(r)
		if now == in {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(r-from), 36))
		from, in = r, now
	}
	return b.String()
}
