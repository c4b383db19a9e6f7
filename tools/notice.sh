#!/bin/sh
# Prints the third-party part of NOTICE from the modules that the program links.
set -eu
go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/plimsoll | sort -u | while read -r path version dir; do
	f=$(find "$dir" -maxdepth 1 -iname 'LICEN[CS]E*' -o -maxdepth 1 -iname 'COPYING*' -o -maxdepth 1 -iname 'UNLICENSE*' | sort | head -n 1)
	kind="see its licence file"
	if [ -n "$f" ]; then
		if grep -q "Mozilla Public License" "$f"; then kind="MPL-2.0"
		elif grep -q "Apache License" "$f"; then kind="Apache-2.0"
		elif grep -qi "Permission to use, copy, modify, and/or distribute" "$f"; then kind="ISC"
		elif grep -q "Permission is hereby granted, free of charge" "$f"; then kind="MIT"
		elif grep -q "Redistribution and use in source and binary forms" "$f"; then kind="BSD"
		elif grep -q "free and unencumbered software" "$f"; then kind="Unlicense"
		elif grep -q "Creative Commons CC0" "$f"; then kind="CC0-1.0"
		elif grep -qi "public domain" "$f"; then kind="public domain"
		elif grep -q "Eclipse Distribution License" "$f"; then kind="EDL-1.0 (elected)"
		fi
	fi
	printf '  %-55s %-40s %s\n' "$path" "$version" "$kind"
done
