#!/bin/sh
# library_test.sh - what the library shows the world: the symbols of its map and
# no others, headers that compile alone in C11 and in C++, and an example that
# needs nothing else.  Runs in the build directory.  Prints TAP.

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 99
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
library=libframework/.libs/libmezzo-framework.so
n=0

check() { # check WHAT COMMAND...
	what=$1
	shift
	n=$((n + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $n - $what"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $n - $what"
	fi
}

nm -D --defined-only "$library" | awk '$2 == "T" { print $3 }' |
	LC_ALL=C sort >"$work/exported"
grep -o 'mezzo_[a-z_]*' "$top/libframework/mezzo.map" |
	sed 's/$/@@MEZZO_0.1/' | LC_ALL=C sort >"$work/mapped"
check "the map's symbols are exported, and no others" \
	diff "$work/mapped" "$work/exported"

cat "$top"/libframework/mezzo/*.h | tr '\n' ' ' |
	grep -o '[ *]mezzo_[a-z_]* *(' | grep -o 'mezzo_[a-z_]*[a-z]' |
	grep -v '_f$' | LC_ALL=C sort -u >"$work/declared"
sed 's/@@.*//' "$work/exported" | LC_ALL=C sort >"$work/names"
check "what is exported is declared" \
	sh -c "! comm -23 '$work/names' '$work/declared' | grep ."

check "the soname has a number" \
	sh -c "readelf -d $library | grep -q 'soname: .libmezzo-framework.so.0.'"

for header in cluster executor framework guest operator task; do
	printf '#include <mezzo/%s.h>\n' $header >"$work/$header.c"
	check "$header.h alone in C11" ${CC:-cc} -std=c11 -pedantic -Wall \
		-Wextra -Werror -fsyntax-only -I"$top/libframework" \
		"$work/$header.c"
	command -v c++ >/dev/null && check "$header.h alone in C++" \
		c++ -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only \
		-I"$top/libframework" -x c++ "$work/$header.c"
done

example=$top/frameworks/example/wordcount.c
check "the example has 80 lines at most" \
	test "$(wc -l <"$example")" -le 80
check "the example needs the library and its headers only" \
	${CC:-cc} -o "$work/wordcount" -I"$top/libframework" \
	"$example" -Llibframework/.libs -lmezzo-framework
echo "1..$n"
