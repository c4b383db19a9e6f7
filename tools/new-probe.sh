#!/bin/sh
# Makes the folder of a new probe: tools/new-probe.sh NAME
set -eu
name=${1:-}
case "$name" in
"" | *[!a-z0-9-]* | -* | *-)
	echo "usage: make new-probe NAME=what-it-observes (lower case, digits, dashes)" >&2
	exit 2
	;;
esac
dir="probe/$name"
[ ! -e "$dir" ] || { echo "$dir is already there" >&2; exit 1; }
pkg=$(printf %s "$name" | tr -d -)
mkdir -p "$dir"
cat >"$dir/$pkg.go" <<EOF
// Package $pkg FILL-IN: the requirement in your own words, with its clause.
// It must never FILL-IN.
package $pkg

import (
	"context"

	"github.com/plimsoll-iot/plimsoll"
	"github.com/plimsoll-iot/plimsoll/evidence"
	"github.com/plimsoll-iot/plimsoll/probe"
)

// Seen is what the probe saw of one device.
type Seen struct {
	Reached bool \`json:"reached"\`
}

var kind = evidence.Kind[Seen]{Name: "$name", Version: 1}

// Probe is the probe $name.
var Probe = &probe.Probe{
	Name:    "$name",
	Version: 1,
	Doc: \`FILL-IN: what it observes, in at most 70 characters
FILL-IN: how it looks, and what it cannot see.\`,
	Needs:   probe.NeedsDevice,
	Makes:   []string{kind.Name},
	Decides: decides,
	Collect: collect,
	Judge:   judge,
}

var decides = []plimsoll.UnitID{"5.6-1-2/b"}

func collect(ctx context.Context, s *probe.Session) error {
	for _, d := range s.Devices() {
		if err := probe.Keep(s, kind, probe.OfDevice(d), Seen{}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func judge(v *probe.View) probe.Result {
	var res probe.Result
	for _, it := range probe.Items(v, kind) {
		res.Add(plimsoll.Finding{
			Unit: decides[0], Verdict: plimsoll.Inconclusive, State: it.State, Sample: it.Sample,
			Reason: "FILL-IN", Remedy: "FILL-IN", Evidence: []plimsoll.Digest{it.Digest},
		})
	}
	return res
}
EOF
cat >"$dir/${pkg}_test.go" <<EOF
package $pkg

import "testing"

func TestJudge(t *testing.T) {
	t.Fatal("FILL-IN: a PASS, a FAIL and an INCONCLUSIVE over probe.MemoryView")
}
EOF
gofmt -l "$dir"
echo "made $dir: replace every FILL-IN, then follow doc/adding-a-probe.md from step 2"
