#!/bin/sh
# sockets.sh - a real master before 2,000 agents' cores, each with a CURVE
# connection of its own.
#
# usage: sockets.sh seconds: until each has been offered and has run a task
#        sockets.sh memory: of the master for a task, from 100,000 to 1,000,000
#
# In the build directory, with a cluster in $MEZZO_STATE.
set -u
crowds=4 each=500
master=$(cut -d ' ' -f 1 "$MEZZO_STATE/run/master")
endpoint=$(sed -n 's/^master //p' "$MEZZO_STATE/cluster")
key=$(sed -n 's/^master_key //p' "$MEZZO_STATE/cluster")
out=$MEZZO_STATE/crowd
pids=
finish() {
	kill $pids 2>/dev/null
}
trap finish EXIT
trap 'exit 1' INT TERM

# The agent that `mezzo up` has started has nothing to do with it.
kill "$(cut -d ' ' -f 1 "$MEZZO_STATE/run/agent-1")"
gather() {
	for crowd in $(seq $crowds); do
		tests/bench/crowd $each "$endpoint" "$key" \
			"$MEZZO_STATE/master/allow" "$master" >"$out.$crowd" &
		pids="$pids $!"
	done
}

case $1 in
seconds)
	tests/bench/many ends $((crowds * each)) >"$out.ended" &
	many=$!
	pids=$many
	gather
	wait $many || exit 1
	cat "$out".[0-9] "$out.ended" | sort -n |
		awk -v agents=$((crowds * each)) '
			NR == 1 { began = $1 }
			END {
				printf "{\"name\": \"agents_2k_sockets_seconds\", "
				printf "\"value\": %.3f, \"unit\": \"s\", ", $1 - began
				printf "\"against\": \"\", \"note\": \"%d agents over ", agents
				print "CURVE, connected, offered, a task of each ended\"}"
			}'
	;;
memory)
	gather
	tests/bench/many stays "$master" 100000 1000000
	;;
esac
