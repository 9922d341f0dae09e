#!/bin/sh
# Executors of one group talk to each other, past the master.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 3
crew=$PWD/tests/system/crew

out=$(timeout 60 "$crew" 3 ring 100 2>&1)
has "a message goes round three agents" "$out" "crew.0: 100 rounds in"
echo "# $out"
out=$(timeout 60 "$crew" 2 flood 10000 100 2>&1)
has "many come in order" "$out" "10000 messages from crew.0, 0 out of order"
echo "# $out"
out=$(timeout 60 "$crew" 2 flood 500 65536 2>&1)
has "so do large ones" "$out" "500 messages from crew.0, 0 out of order"
echo "# $out"
has "one that has ended is told to be lost" \
	"$(timeout 60 "$crew" 2 leave 2>&1)" "crew.0: lost crew.1:"
