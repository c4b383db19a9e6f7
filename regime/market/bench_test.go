package market_test

import (
	"testing"

	"github.com/plimsoll-iot/plimsoll/regime/market"
	"github.com/plimsoll-iot/plimsoll/regime/regimetest"
)

func BenchmarkFind(b *testing.B) {
	cat, set := real(b)
	in, err := regimetest.Parse(cat, "p", []byte(fresh))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := market.Find(set, in, []string{"uk", "eu", "us", "sg", "jp", "au", "de", "kr", "in", "br"}); err != nil {
			b.Fatal(err)
		}
	}
}
