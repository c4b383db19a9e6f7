// Package trust makes keys and log policies for tests. Only tests import it; it must
// never be part of a program.
package trust

import (
	"strings"
	"testing"

	"github.com/plimsoll-iot/plimsoll/key"
	"github.com/plimsoll-iot/plimsoll/tlog/policy"
)

// Key is a new Ed25519 key.
func Key(tb testing.TB) *key.FileKey {
	tb.Helper()
	k, err := key.Generate(key.Ed25519)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// Policy reads the lines of a policy that must be good.
func Policy(tb testing.TB, lines ...string) *policy.Policy {
	tb.Helper()
	p, err := policy.Parse(strings.Join(lines, "\n") + "\n")
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
