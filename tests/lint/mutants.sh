#!/bin/sh
# mutants.sh - every planted bug can still be planted, and is told of in
# doc/testing.md.  Prints TAP.

cd "$(dirname "$0")/../.." || exit 99

command -v patch >/dev/null || {
	echo "1..0 # SKIP there is no patch(1)"
	exit 0
}
n=0
for patch in tests/mutants/*.patch; do
	n=$((n + 1))
	name=$(basename "$patch" .patch)
	if ! patch --dry-run -f -p1 -i "$patch" >/dev/null 2>&1; then
		echo "not ok $n - $name: does not apply"
	elif ! grep -q "^| $name " doc/testing.md; then
		echo "not ok $n - $name: not in doc/testing.md"
	else
		echo "ok $n - $name"
	fi
done
[ "$n" -ge 10 ] && echo "ok $((n + 1)) - at least ten" ||
	echo "not ok $((n + 1)) - only $n"
echo "1..$((n + 1))"
