package passwd

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"

	"github.com/go-crypt/x/crypt"
	"github.com/go-crypt/x/yescrypt"
	"golang.org/x/crypto/bcrypt"
)

// A verifier tests one word against one account.
type verifier func(c *cracker, a Account, word string) bool

// verifiers lists the schemes that can be tested.
var verifiers = map[Scheme]verifier{
	DES: func(c *cracker, a Account, w string) bool {
		return len(a.Hash) == 13 && same(desHash(c.tables(), []byte(w), a.Hash), a.Hash)
	},
	BSDi: func(c *cracker, a Account, w string) bool {
		return len(a.Hash) == 20 && same(bsdiHash(c.tables(), []byte(w), a.Hash), a.Hash)
	},
	MD5:    func(_ *cracker, a Account, w string) bool { return md5Matches("$1$", a.Hash, w) },
	APR1:   func(_ *cracker, a Account, w string) bool { return md5Matches("$apr1$", a.Hash, w) },
	SHA256: func(_ *cracker, a Account, w string) bool { return shaMatches("$5$", sha256.New, a.Hash, w) },
	SHA512: func(_ *cracker, a Account, w string) bool { return shaMatches("$6$", sha512.New, a.Hash, w) },
	Bcrypt: func(_ *cracker, a Account, w string) bool {
		return bcrypt.CompareHashAndPassword([]byte(a.Hash), []byte(w)) == nil
	},
	Yescrypt: func(_ *cracker, a Account, w string) bool {
		h, err := yescrypt.Hash([]byte(w), []byte(a.Hash))
		return err == nil && same(string(h), a.Hash)
	},
	SHA1: func(_ *cracker, a Account, w string) bool {
		s := sha1.Sum([]byte(w))
		return same("{SHA}"+base64.StdEncoding.EncodeToString(s[:]), a.Hash)
	},
	Digest: func(_ *cracker, a Account, w string) bool {
		s := md5.Sum([]byte(a.User + ":" + a.Realm + ":" + w))
		return same(hex.EncodeToString(s[:]), a.Hash)
	},
	MosquittoV1: mosquittoV1,
	MosquittoV2: mosquittoV2,
	Plain:       func(_ *cracker, a Account, w string) bool { return same(w, a.Hash) },
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// md5Matches is the MD5-based crypt of FreeBSD, with magic $1$ or $apr1$; the salt may be empty.
func md5Matches(magic, stored, word string) bool {
	rest := strings.TrimPrefix(stored, magic)
	salt, want, ok := strings.Cut(rest, "$")
	if !ok {
		return false
	}
	return same(md5Crypt(magic, []byte(word), []byte(salt[:min(8, len(salt))])), want)
}

func md5Crypt(magic string, pw, salt []byte) string {
	inner := md5.New()
	inner.Write(pw)
	inner.Write(salt)
	inner.Write(pw)
	alt := inner.Sum(nil)
	h := md5.New()
	h.Write(pw)
	h.Write([]byte(magic))
	h.Write(salt)
	for n := len(pw); n > 0; n -= 16 {
		h.Write(alt[:min(16, n)])
	}
	for n := len(pw); n > 0; n >>= 1 {
		if n&1 != 0 {
			h.Write([]byte{0})
		} else {
			h.Write(pw[:1])
		}
	}
	sum := h.Sum(nil)
	for i := range 1000 {
		sum = md5Round(i, pw, salt, sum)
	}
	var out []byte
	for _, g := range [][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		out = append24(out, uint32(sum[g[0]])<<16|uint32(sum[g[1]])<<8|uint32(sum[g[2]]), 4)
	}
	return string(append24(out, uint32(sum[11]), 2))
}

func md5Round(i int, pw, salt, sum []byte) []byte {
	h := md5.New()
	first, last := sum, pw
	if i&1 != 0 {
		first, last = pw, sum
	}
	h.Write(first)
	if i%3 != 0 {
		h.Write(salt)
	}
	if i%7 != 0 {
		h.Write(pw)
	}
	h.Write(last)
	return h.Sum(nil)
}

func append24(out []byte, v uint32, n int) []byte {
	for range n {
		out = append(out, itoa64[v&63])
		v >>= 6
	}
	return out
}

// shaSetting splits $5$ and $6$ fields: rounds, salt, and what is stored.
func shaSetting(magic, stored string) (rounds int, salt, want string, ok bool) {
	rest := strings.TrimPrefix(stored, magic)
	rounds = 5000
	if r, after, found := strings.Cut(rest, "$"); found && strings.HasPrefix(r, "rounds=") {
		n, err := strconv.ParseUint(r[len("rounds="):], 10, 32)
		if err != nil {
			return 0, "", "", false
		}
		rounds, rest = int(min(max(n, 1000), 999999999)), after
	}
	salt, want, ok = strings.Cut(rest, "$")
	return rounds, salt[:min(16, len(salt))], want, ok
}

func shaMatches(magic string, h func() hash.Hash, stored, word string) bool {
	rounds, salt, want, ok := shaSetting(magic, stored)
	if !ok {
		return false
	}
	got := crypt.KeySHACrypt(h, []byte(word), []byte(salt), rounds)
	return same(string(got), want)
}

// isMosquitto tells the broker's own $6$ rows (base64 of 64 bytes) from sha512crypt.
func isMosquitto(field string) bool {
	parts := strings.Split(field, "$")
	return len(parts) == 4 && len(parts[3]) == 88 && strings.HasSuffix(parts[3], "==")
}

func mosquittoV1(_ *cracker, a Account, w string) bool {
	parts := strings.Split(a.Hash, "$")
	if len(parts) != 4 {
		return false
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	s := sha512.Sum512(append([]byte(w), salt...))
	return same(base64.StdEncoding.EncodeToString(s[:]), parts[3])
}

func mosquittoV2(_ *cracker, a Account, w string) bool {
	parts := strings.Split(a.Hash, "$")
	if len(parts) != 5 {
		return false
	}
	n, err := strconv.Atoi(parts[2])
	salt, err2 := base64.StdEncoding.DecodeString(parts[3])
	if err != nil || err2 != nil || n < 1 {
		return false
	}
	return same(base64.StdEncoding.EncodeToString(pbkdf2Block(w, salt, n)), parts[4])
}

// pbkdf2Block is the first block of PBKDF2 with HMAC-SHA-512 (RFC 8018), which is all that 64 bytes need.
func pbkdf2Block(word string, salt []byte, n int) []byte {
	m := hmac.New(sha512.New, []byte(word))
	m.Write(salt)
	m.Write([]byte{0, 0, 0, 1})
	u := m.Sum(nil)
	out := append([]byte(nil), u...)
	for range n - 1 {
		m.Reset()
		m.Write(u)
		u = m.Sum(u[:0])
		for i := range out {
			out[i] ^= u[i]
		}
	}
	return out
}
