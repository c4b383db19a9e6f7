#!/bin/sh
# Runs every fuzz target of the project, sharing out the time given (such as 30s).
set -eu
total=${1%s}
list=$(grep -rl --include='*_test.go' '^func Fuzz' . | sort)
n=$(grep -rh --include='*_test.go' '^func Fuzz' . | wc -l)
[ "$n" -gt 0 ] || { echo "no fuzz target found" >&2; exit 1; }
each=$((total / n)); [ "$each" -ge 1 ] || each=1
for f in $list; do
	for t in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$f"); do
		echo "fuzz $(dirname "$f") $t ${each}s"
		go test "$(dirname "$f")" -run '^$' -fuzz "^$t\$" -fuzztime "${each}s" -fuzzminimizetime 10x -parallel 2 >/tmp/fuzz.$$ 2>&1 && continue
		# Before Go 1.27 the end of the time can be told as a failure (golang/go#75804).
		grep -qx ' *context deadline exceeded' /tmp/fuzz.$$ && ! grep -q 'Failing input' /tmp/fuzz.$$ && continue
		cat /tmp/fuzz.$$; rm -f /tmp/fuzz.$$; exit 1
	done
done
rm -f /tmp/fuzz.$$
