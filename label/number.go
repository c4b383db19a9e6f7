package label

import (
	"fmt"
	"math"
	"strings"

	"github.com/plimsoll-iot/plimsoll/label/code"
)

// Number counts the labels of one scheme; it is the index in the status list.
type Number uint32

// numberDigits is the length of a number in base 32, without the check character.
const numberDigits = 7

// NumberText is how the label of a scheme is written for people, such as
// "HARB-0000-1CC4": the code, seven digits of base 32, and a check character over
// all of it. Any one wrong character and any two swapped ones are noticed.
func NumberText(issuer string, n Number) string {
	var d [numberDigits]byte
	for i, v := numberDigits-1, n; i >= 0; i, v = i-1, v/32 {
		d[i] = code.Alphabet[v%32]
	}
	s := string(d[:])
	check := string(code.Alphabet[checkSum(issuer+s)])
	return issuer + "-" + s[:4] + "-" + s[4:] + check
}

// ParseNumber reads what a person typed: capital or small letters, with or
// without dashes and spaces, I and L for 1, O for 0. The code of the issuer comes
// back as it was typed, in capitals: the trust list knows how it is spelled.
func ParseNumber(s string) (issuer string, n Number, err error) {
	if len(s) > 64 {
		return "", 0, fmt.Errorf("label number: longer than 64 bytes")
	}
	s = strings.ToUpper(strings.TrimSpace(s))
	cut, tail := len(s), ""
	for cut > 0 && len(tail) < numberDigits+1 {
		cut--
		if c := s[cut]; c != '-' && c != ' ' {
			tail = string(c) + tail
		}
	}
	issuer = strings.Trim(s[:cut], "- ")
	if !issuerForm.MatchString(issuer) { // so when tail is short, because nothing is left before it
		return "", 0, fmt.Errorf("label number %q: want a code and %d characters, such as HARB-0000-1CC4", s, numberDigits+1)
	}
	v := uint64(0)
	for _, c := range []byte(tail[:numberDigits]) {
		d, ok := code.Symbol(c)
		if !ok {
			return "", 0, fmt.Errorf("label number %q: character %q is not used", s, c)
		}
		v = v<<5 | uint64(d)
	}
	got, ok := code.Symbol(tail[numberDigits])
	if !ok || got != checkSum(issuer+tail[:numberDigits]) {
		return "", 0, fmt.Errorf("label number %q: the check character does not fit: one character is wrong or two are swapped", s)
	}
	if v > math.MaxUint32 {
		return "", 0, fmt.Errorf("label number %q: too large", s)
	}
	return issuer, Number(v), nil
}

// checkSum is the sum of the symbols, counted from the end and each times a
// power of x in GF(32) with x^5 = x^2 + 1, from x^1 on; the check character itself
// has x^0. The first 31 powers differ, so one wrong symbol and one swap of two
// always change it.
func checkSum(s string) byte {
	sum, weight := byte(0), byte(1)
	for i := len(s) - 1; i >= 0; i-- {
		v, ok := code.Symbol(s[i])
		if !ok { // the dash of a code
			continue
		}
		weight = times(weight, 2)
		sum ^= times(v, weight)
	}
	return sum
}

// times multiplies in GF(32).
func times(a, b byte) byte {
	p := byte(0)
	for range 5 {
		if b&1 != 0 {
			p ^= a
		}
		b >>= 1
		if a <<= 1; a&32 != 0 {
			a ^= 0b100101
		}
	}
	return p
}
