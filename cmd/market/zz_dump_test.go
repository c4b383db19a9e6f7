package market_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestDump(t *testing.T) {
	f := unpack(t, os.Getenv("P"))
	for _, id := range strings.Split(os.Getenv("R"), ",") {
		fmt.Println("==", id)
		for _, l := range lines(find(t, f.answers("--all "+os.Getenv("F")), id)) {
			fmt.Println("  " + l)
		}
	}
}
