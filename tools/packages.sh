#!/bin/sh
# Installs the Debian packages that the tests need, or says which and how.
set -eu
missing=""
for p in "$@"; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q "ok installed" || missing="$missing $p"
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
	echo "the tests need these programs, by the names of their Debian packages:$missing" >&2
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "the tests need these Debian packages:$missing" >&2
	echo "hint: sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
