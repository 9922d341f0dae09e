#!/bin/sh
# headers.sh - each header compiles alone, and twice.  Runs in the build
# directory; CC and LINT_CPPFLAGS say how to compile.  Prints TAP.

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 99
said=$(mktemp) && trap 'rm -f "$said"' EXIT

n=0
for header in $(cd "$top" && find . -name .git -prune -o -path './_*' -prune -o -path './build*' -prune \
	-o -path ./tests -prune -o -name '*.pb-c.h' -o -name config.h \
	-o -name '*.h' -print |
	sed 's|^\./||' | LC_ALL=C sort); do
	n=$((n + 1))
	# shellcheck disable=SC2086
	if printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		${CC:-cc} -std=gnu11 -Wall -Werror -fsyntax-only -I"$top" -I. \
			-I"$top/libframework" $LINT_CPPFLAGS -x c - 2>"$said"; then
		echo "ok $n - $header"
	else
		sed 's/^/# /' "$said"
		echo "not ok $n - $header"
	fi
done
echo "1..$n"
