#!/bin/sh
# trace_test.sh - a seed gives the same trace to the byte, in another process
# and at another time of day; another seed gives another.  Prints TAP.

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
number=0

trace() { # name seed wall
	tests/sim/sim --seed "$2" --trace --wall "$3" >"$work/$1"
}

check() { # what, then a command
	number=$((number + 1))
	what=$1
	shift
	"$@" && echo "ok $number - $what" || echo "not ok $number - $what"
}

is_other() {
	! cmp -s "$work/$1" "$work/$2"
}

for seed in 7 8 9; do
	trace first $seed 1700000000000
	trace again $seed 1700000000000
	trace later $seed 1800000000000
	trace other $((seed + 100)) 1700000000000
	check "seed $seed has a trace" test -s "$work/first"
	check "seed $seed, again" cmp "$work/first" "$work/again"
	check "seed $seed, later" cmp "$work/first" "$work/later"
	check "seed $seed, another" is_other first other
done
echo "1..$number"
