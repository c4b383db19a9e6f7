package label

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestFromDecimal compares with math/big: every length, at the edges of the pieces
// and of the words, and random digits.
func TestFromDecimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	var cases []string
	for n := 1; n <= maxDigits; n++ {
		random := []byte{'1' + byte(rng.IntN(9))}
		for len(random) < n {
			random = append(random, '0'+byte(rng.IntN(10)))
		}
		cases = append(cases, "1"+strings.Repeat("0", n-1), strings.Repeat("9", n), string(random))
	}
	for bit := uint(0); bit < 1235; bit++ {
		power := new(big.Int).Lsh(big.NewInt(1), bit)
		cases = append(cases, power.String(), new(big.Int).Add(power, big.NewInt(1)).String())
		if bit > 0 {
			cases = append(cases, power.Sub(power, big.NewInt(1)).String())
		}
	}
	for _, s := range cases {
		want, _ := new(big.Int).SetString(s, 10)
		if got, ok := fromDecimal(s); !ok || !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("%s: got %x, %v, want %x", s, got, ok, want.Bytes())
		}
	}
	for _, s := range []string{"1x", "x1", "1" + strings.Repeat("0", 19) + "/", "1:" + strings.Repeat("0", 19), "1 2", "1_000", "+1", "1٣"} {
		if got, ok := fromDecimal(s); ok {
			t.Errorf("%q: got %x", s, got)
		}
	}
}
