package creds

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// A Pair is a name and a password; both may be empty.
type Pair struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Source   string `json:"source,omitempty"` // where the pair was published
	Kind     string `json:"kind,omitempty"`   // words for maker and kind; "" is generic
}

//go:embed pairs.tsv
var pairsTSV string

// Defaults returns the shipped list of published default pairs in its own
// order. It panics when the embedded list is broken.
func Defaults() []Pair {
	pairs, err := ParsePairs(pairsTSV)
	if err != nil {
		panic(fmt.Sprintf("embedded default passwords: %v", err))
	}
	return pairs
}

// Public says whether a pair stands on the shipped list and where it was
// published; such a pair is no secret.
func Public(user, password string) (source string, ok bool) {
	for _, p := range Defaults() {
		if p.User == user && p.Password == password {
			return p.Source, true
		}
	}
	return "", false
}

// ParsePairs reads a list in the form of pairs.tsv: "@key<TAB>source" lines,
// then lines of name, password, source key and kind. "(none)" is the empty
// password. All problems are reported.
func ParsePairs(text string) ([]Pair, error) {
	sources := map[string]string{}
	var pairs []Pair
	var problems []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		f := strings.Split(line, "\t")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "@") && len(f) == 2 && f[1] != "":
			sources[f[0][1:]] = f[1]
		case len(f) != 4:
			problems = append(problems, fmt.Sprintf("line %d: %d columns, want 4", n, len(f)))
		case sources[f[2]] == "":
			problems = append(problems, fmt.Sprintf("line %d: unknown source %q", n, f[2]))
		default:
			if f[1] == "(none)" {
				f[1] = ""
			}
			pairs = append(pairs, Pair{f[0], f[1], sources[f[2]], f[3]})
		}
	}
	if problems != nil {
		return nil, fmt.Errorf("reading default passwords: %s", strings.Join(problems, "; "))
	}
	return pairs, nil
}

// Order puts the pairs that belong to the device first: those that share most
// words of maker or kind with hints (maker, model, category, banner), then the
// generic ones, then those of other makers. Pairs that stand twice are kept
// once. Within a group the order stays.
func Order(pairs []Pair, hints ...string) []Pair {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(strings.Join(hints, " ")), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		words[w] = true
	}
	score := func(p Pair) int {
		if p.Kind == "" {
			return 0
		}
		n := 0
		for _, k := range strings.Fields(p.Kind) {
			if words[k] {
				n++
			}
		}
		if n == 0 {
			return -1
		}
		return n
	}
	out := slices.Clone(pairs)
	slices.SortStableFunc(out, func(a, b Pair) int { return score(b) - score(a) })
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(out, func(p Pair) bool {
		k := [2]string{p.User, p.Password}
		again := seen[k]
		seen[k] = true
		return again
	})
}
