#!/bin/sh
# soak.sh - the simulator's seeds, a thousand at a time; what was begun is gone on
# with.
#
# usage: soak.sh SIM SEEDS FIRST STATE; STATE is a file with the next seed
set -u
sim=$1 seeds=$2 first=$3 state=$4 each=1000
next=$(cat "$state" 2>/dev/null || echo "$first")
end=$((first + seeds))
[ "$next" -lt "$end" ] || echo "soak: all of it was run; remove $state"
while [ "$next" -lt "$end" ]; do
	[ $((end - next)) -ge $each ] || each=$((end - next))
	echo "soak: seeds $next to $((next + each - 1))"
	"$sim" --seeds $each --first "$next" || exit 1
	next=$((next + each))
	echo "$next" >"$state"
done
