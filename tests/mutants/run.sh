#!/bin/sh
# run.sh - plant each bug of tests/mutants/ in a copy of the sources, and see
# which check finds it.
#
#   run.sh SOURCE BUILD [SEEDS [PATCH...]]
#
# BUILD is a configured build directory: the copy is configured alike.  In a
# patch, a line "unit: PROGRAM..." names the unit tests that ought to notice;
# the simulator is run with SEEDS seeds in any case.  Ends with 1 if a bug was
# found by neither.

source=$(cd "$1" && pwd) || exit 99
build=$(cd "$2" && pwd) || exit 99
seeds=${3:-400}
[ $# -gt 3 ] && shift 3 || set -- "$source"/tests/mutants/*.patch

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
log=$work/log

quietly() {
	"$@" >"$log" 2>&1
}

# The arguments of the configure that made BUILD, as the shell needs them.
options=$(cd "$build" && ./config.status --config) || exit 99
mkdir "$work/source" "$work/build"
(cd "$source" && tar cf - --exclude=.git .) | tar xf - -C "$work/source"
cd "$work/build" || exit 99
eval "quietly ../source/configure $options" || {
	tail "$log"
	exit 99
}

build_and_run() { # names of unit tests
	if ! quietly make -j2 tests/sim/sim "$@"; then
		echo "does not build:"
		tail -n 5 "$log"
		return
	fi
	for test in "$@"; do
		quietly timeout 120 "$test" || {
			found=$(sed -n 's/^not ok [0-9]* - //p' "$log" | head -n 1)
			echo "$test: ${found:-it died}"
			return
		}
	done
	quietly timeout 600 tests/sim/sim --seeds "$seeds" || {
		found=$(sed -n 's/^# seed //p' "$log" | head -n 1)
		echo "sim, seed ${found:-unknown: it died}"
	}
}

missed=0
if [ -n "$(build_and_run)" ]; then
	echo "the simulator fails without any bug planted:"
	cat "$log"
	exit 99
fi
for patch in "$@"; do
	name=$(basename "$patch" .patch)
	units=$(sed -n 's/^unit: *//p' "$patch")
	quietly patch -p1 -d "$work/source" -i "$patch" || {
		echo "$name: does not apply"
		missed=1
		continue
	}
	# shellcheck disable=SC2086
	found=$(build_and_run $units)
	quietly patch -R -p1 -d "$work/source" -i "$patch"
	echo "$name: ${found:-NOT FOUND}"
	[ -n "$found" ] || missed=1
done
exit $missed
