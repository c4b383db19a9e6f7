package passwd

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

//go:embed words.txt
var wordList string

// Words returns the shipped list of publicly known device passwords, in the order of the file, without duplicates.
func Words() []string {
	seen := map[string]bool{}
	var out []string
	for _, line := range strings.Split(wordList, "\n") {
		if line == "" || strings.HasPrefix(line, "# ") || seen[line] {
			continue
		}
		seen[line] = true
		out = append(out, line)
	}
	return out
}

// A Result tells how the search for one password ended.
type Result struct {
	Password string
	Found    bool
	Tried    int    // words tested
	Of       int    // words there were
	Why      string // when not all were tested, or none could be
}

// budget is the work one Crack may spend, in units of about a microsecond.
const budget = 4_000_000

type cracker struct{ sp [8][64]uint32 }

func (c *cracker) tables() *[8][64]uint32 { return &c.sp }

// Crack tests the user's own name and then words against a. An empty or locked account is not tested. The number of words
// is cut when the cost that the hash declares would take more than a few seconds; Why says so. The search is over when
// ctx is.
func Crack(ctx context.Context, a Account, words []string) Result {
	if a.Empty || a.Locked {
		return Result{}
	}
	verify := verifiers[a.Scheme]
	if verify == nil {
		return Result{Of: len(words), Why: fmt.Sprintf("scheme %q cannot be tested", a.Scheme)}
	}
	list := candidates(a.User, words)
	r := Result{Of: len(list)}
	each := cost(a)
	if each < 0 || each > budget {
		r.Why = "the cost that the hash declares is too high to test"
		return r
	}
	most := budget / max(each, 1)
	c := &cracker{}
	if a.Scheme == DES || a.Scheme == BSDi {
		c.sp = desSP()
	}
	for _, w := range list {
		if err := ctx.Err(); err != nil {
			r.Why = err.Error()
			return r
		}
		if r.Tried >= most {
			r.Why = "the cost that the hash declares is too high for the whole list"
			return r
		}
		r.Tried++
		if verify(c, a, w) {
			r.Password, r.Found = w, true
			return r
		}
	}
	return r
}

// CrackAll runs Crack for every account on workers goroutines and returns the results in the order of accounts. Accounts
// with the same stored field and user share one search.
func CrackAll(ctx context.Context, accounts []Account, words []string, workers int) []Result {
	out := make([]Result, len(accounts))
	first := map[string]int{}
	same := make([]int, len(accounts))
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range max(1, workers) {
		wg.Go(func() {
			for i := range jobs {
				out[i] = Crack(ctx, accounts[i], words)
			}
		})
	}
	for i, a := range accounts {
		k := string(a.Scheme) + "\x00" + a.User + "\x00" + a.Realm + "\x00" + a.Hash
		if j, ok := first[k]; ok {
			same[i] = j
			continue
		}
		first[k], same[i] = i, i
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	for i, j := range same {
		out[i] = out[j]
	}
	return out
}

func candidates(user string, words []string) []string {
	var own []string
	if user != "" {
		own = []string{user, strings.ToUpper(user), user + "123", user + "1234"}
	}
	seen := map[string]bool{}
	out := make([]string, 0, len(own)+len(words))
	for _, list := range [][]string{own, words} {
		for _, w := range list {
			if w != "" && !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// cost estimates one test of a in microseconds on a small machine; -1 when the parameters cannot be read.
func cost(a Account) int {
	switch a.Scheme {
	case MD5, APR1:
		return 300
	case DES:
		return 60
	case BSDi:
		if len(a.Hash) < 9 {
			return -1
		}
		return bsdiCount(a.Hash) * 2
	case SHA256, SHA512:
		rounds, _, _, ok := shaSetting(a.Hash[:3], a.Hash)
		if !ok {
			return -1
		}
		return rounds
	case Bcrypt:
		n, err := bcrypt.Cost([]byte(a.Hash))
		if err != nil || n > 20 {
			return -1
		}
		return 150 << n
	case Yescrypt:
		return yescryptCost(a.Hash)
	case MosquittoV2:
		parts := strings.Split(a.Hash, "$")
		if len(parts) < 3 {
			return -1
		}
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			return -1
		}
		return n * 2
	}
	return 1
}

// yescryptCost reads $y$jNr$: memory is 128·r·2^N bytes.
func yescryptCost(h string) int {
	if len(h) < 7 || !strings.HasPrefix(h, "$y$j") {
		return -1
	}
	n, r := int(atoi64(h[4]))+1, int(atoi64(h[5]))+1
	if n > 15 || r > 32 { // 128 MiB and more
		return -1
	}
	return r << n
}
