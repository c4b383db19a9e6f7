package keys

import (
	_ "embed"
	"sort"
	"strings"
)

// KnownSource names where the private halves of the listed keys were published.
const KnownSource = "House of Keys (SEC Consult): device keys published with their firmware"

//go:embed known.txt
var knownList string

//go:embed testkeys.txt
var testList string

// Known tells whether the private half of the public key with this SPKI digest (hex SHA-256) is public knowledge, and where.
func Known(spki string) (source string, ok bool) {
	if _, ok := lookup(knownList, spki); ok {
		return KnownSource, true
	}
	return "", false
}

// TestKey tells whether the key is a test vector that a library carries in its code, and of which library.
func TestKey(spki string) (library string, ok bool) { return lookup(testList, spki) }

// KnownCount is the number of keys on the shipped list.
func KnownCount() int { return len(rows(knownList)) }

// rows returns the lines behind the comment, which are sorted.
func rows(list string) []string {
	i := strings.LastIndex(list, "\n# ")
	body := list[i+1:]
	if _, rest, ok := strings.Cut(body, "\n"); ok && strings.HasPrefix(body, "# ") {
		body = rest
	}
	return strings.Split(strings.TrimSpace(body), "\n")
}

func lookup(list, spki string) (string, bool) {
	if len(spki) != 64 {
		return "", false
	}
	all := rows(list)
	i := sort.Search(len(all), func(i int) bool { return all[i] >= spki })
	if i < len(all) && strings.HasPrefix(all[i], spki) {
		return strings.TrimSpace(all[i][64:]), true
	}
	return "", false
}
