#!/bin/sh
# Runs all tests with the given flags of go test. A package that fails is run once
# more, alone and uncached: real daemons and devices with time limits can starve
# while other packages load the machine. What fails alone has failed.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
{
	code=0
	go test "$@" -timeout 30m ./... || code=$?
	echo "$code" >"$dir/code"
} 2>&1 | tee "$dir/log"
[ "$(cat "$dir/code")" = 0 ] && exit 0
failed=$(sed -n 's/^FAIL[[:space:]]\{1,\}\(github\.com[^[:space:]]*\).*/\1/p' "$dir/log" | sort -u)
[ -n "$failed" ] || exit 1
if grep -q '\[build failed\]\|\[setup failed\]\|DATA RACE' "$dir/log"; then
	exit 1
fi
echo "once more, each alone:" $failed
# shellcheck disable=SC2086
go test "$@" -timeout 30m -count=1 -p 1 $failed
