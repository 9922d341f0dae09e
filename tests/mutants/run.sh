#!/bin/sh
# run.sh - plant each bug of tests/mutants/ in a copy of the sources, and see
# which checks find it.
#
#   run.sh SOURCE BUILD [SEEDS [NAME...]]
#
# BUILD is a configured build directory: the copy is configured alike.  In a
# patch, a line "unit: PROGRAM..." names the unit tests that ought to notice;
# the simulator is run with SEEDS seeds in any case.  Ends with 1 if a bug was
# found by neither, does not build, or can no longer be planted.

source=$(cd "$1" && pwd) || exit 99
build=$(cd "$2" && pwd) || exit 99
seeds=${3:-1000}
if [ $# -gt 3 ]; then
	shift 3
else
	set -- $(cd "$source/tests/mutants" && ls *.patch | sed 's/\.patch$//')
fi

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' INT TERM
log=$work/log

quietly() {
	"$@" >"$log" 2>&1
}

# The arguments of the configure that made BUILD, as the shell needs them.
options=$(cd "$build" && ./config.status --config) || exit 99
mkdir "$work/source" "$work/build"
# Without what was built, wherever that is.
(cd "$source" && find . -mindepth 2 -maxdepth 2 -name config.status \
	-exec dirname {} \; >"$work/built" &&
	tar cf - --exclude=.git --exclude-from="$work/built" .) |
	tar xf - -C "$work/source"
cd "$work/build" || exit 99
eval "quietly ../source/configure $options" || {
	tail "$log"
	exit 99
}

builds() { # unit tests
	quietly make -j2 tests/sim/sim "$@"
}

# Who finds something: the unit tests named, the simulator.
find_it() {
	for test in "$@"; do
		quietly timeout 120 "$test" && continue
		found=$(sed -n 's/^not ok [0-9]* - //p' "$log" | head -n 1)
		echo "$test (${found:-it died})"
	done
	quietly timeout 120 tests/sim/sim --seeds "$seeds" && return
	found=$(sed -n 's/^# seed \([0-9]*\):.*/\1/p' "$log" | head -n 1)
	echo "sim (seed ${found:-unknown, it died})"
}

# To pull a patch out again could, where its place has changed, go wrong; and
# SOURCE may have changed meanwhile.
keep() {
	rm -rf "$work/kept"
	for file in $files; do
		mkdir -p "$work/kept/${file%/*}"
		cp "$work/source/$file" "$work/kept/$file"
	done
}

restore() {
	for file in $files; do
		cp "$work/kept/$file" "$work/source/$file"
	done
}

if ! builds || [ -n "$(find_it)" ]; then
	echo "something is wrong without any bug planted:"
	cat "$log"
	exit 99
fi
missed=0
for name in "$@"; do
	patch=$source/tests/mutants/$name.patch
	units=$(sed -n 's/^unit: *//p' "$patch")
	files=$(sed -n 's|^+++ b/||p' "$patch")
	keep
	quietly patch -f -p1 -d "$work/source" -i "$patch" || {
		echo "$name: CANNOT BE PLANTED"
		restore
		missed=1
		continue
	}
	# shellcheck disable=SC2086
	if builds $units; then
		found=$(find_it $units | paste -sd, | sed 's/,/, /g')
		echo "$name: ${found:-NOT FOUND}"
		[ -n "$found" ] || missed=1
	else
		echo "$name: DOES NOT BUILD"
		tail -n 5 "$log"
		missed=1
	fi
	restore
done
exit $missed
