#!/bin/sh
#
# Copyright (c) 2026 The applikatonid authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
#
# Writes assets.c, the static files as C, to standard output:
#
#	sh embed.sh static >assets.c
#
# The same files give the same output: sorted by name, without times.

set -eu
LC_ALL=C
export LC_ALL

fail() {
	echo "embed.sh: $*" >&2
	exit 1
}

media_type() {
	case $1 in
	*.css)	echo "text/css; charset=utf-8" ;;
	*.html)	echo "text/html; charset=utf-8" ;;
	*.ico)	echo "image/x-icon" ;;
	*.js)	echo "text/javascript; charset=utf-8" ;;
	*.svg)	echo "image/svg+xml" ;;
	*)	fail "$1: no media type is known for this name" ;;
	esac
}

sha256_of() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum <"$1"
	else
		sha256 -q "$1"
	fi | cut -c 1-32
}

# bytes NAME <FILE: an array of what comes in.
bytes() {
	printf 'static const uint8_t %s[] = {\n' "$1"
	od -An -v -tu1 | sed -e 's/^ */	/' -e 's/ *$/,/' -e 's/\([0-9]\)  */\1,/g'
	printf '};\n\n'
}

[ $# -eq 1 ] && [ -d "$1" ] || fail "usage: embed.sh directory"
cd "$1"

cat <<'EOF'
/* Made by web/embed.sh from web/static: change those files, not this one. */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "assets.h"

EOF

n=0
for file in *; do
	[ -s "$file" ] || fail "$file: empty or missing"
	media_type "$file" >/dev/null
	bytes "plain_$n" <"$file"
	gzip -9nc "$file" | bytes "gzip_$n"
	n=$((n + 1))
done

echo "const struct asset assets[] = {"
n=0
for file in *; do
	cat <<EOF
	{ "$file", "$(media_type "$file")",
	    "W/\\"$(sha256_of "$file")\\"",
	    plain_$n, sizeof(plain_$n), gzip_$n, sizeof(gzip_$n) },
EOF
	n=$((n + 1))
done
cat <<'EOF'
};

const size_t nassets = sizeof(assets) / sizeof(assets[0]);

const struct asset *
asset_find(const char *name)
{
	size_t	i;

	for (i = 0; i < nassets; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}
EOF
