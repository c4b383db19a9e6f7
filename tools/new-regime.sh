#!/bin/sh
# Makes the folder of a new regime: tools/new-regime.sh NAME
set -eu
name=${1:-}
case "$name" in
"" | *[!a-z0-9-]* | -* | *- | *--* | [0-9]*)
	echo "usage: make new-regime NAME=xx-what (lower case, digits, dashes)" >&2
	exit 2
	;;
esac
dir="regime/$name"
[ ! -e "$dir" ] || { echo "$dir is already there" >&2; exit 1; }
mkdir -p "$dir/testdata"
cat >"$dir/regime.yaml" <<EOF
schema: plimsoll.regime/1
id: $name
title: FILL-IN
authority: FILL-IN
instrument: label
jurisdiction: [FI]
markets: [world]
edition: FILL-IN
standard: en303645-2.1.1
confidence: low
events:
- {date: 2026-01-01, state: announced, what: FILL-IN, cite: FILL-IN}
requirements:
- id: r1
  title: FILL-IN
  cite: FILL-IN
  by: ours
  rule: {provision: 5.1-1}
sources: [FILL-IN]
uncertain: [FILL-IN]
EOF
cat >"$dir/README.md" <<EOF
# $name

FILL-IN: what it is.

Sources: FILL-IN

Uncertain: FILL-IN
EOF
cat >"$dir/testdata/met.txtar" <<EOF
FILL-IN: what this product shows.
-- product.yaml --
day: 2026-11-22
editions:
  en303645-2.1.1:
    pass: [5.1-1]
-- answer.txt --
EOF
echo "made $dir: replace every FILL-IN, then follow doc/adding-a-regime.md from step 2"
