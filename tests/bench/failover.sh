#!/bin/sh
# failover.sh - three masters behind three servers of ZooKeeper before 2,000
# agents' cores, each with a CURVE connection and a session of its own: kill -9
# of the leader until a new task runs.
#
# usage: failover.sh [TIMES], 1 or 2; in the build directory, with `mezzo up --ha` in
# $MEZZO_STATE.
set -u
crowds=4 each=${CROWD:-500} times=${1:-2} session_ms=4000
endpoint=$(sed -n 's/^master //p' "$MEZZO_STATE/cluster")
key=$(sed -n 's/^master_key //p' "$MEZZO_STATE/cluster")
out=$MEZZO_STATE/crowd
pids=
finish() {
	kill $pids 2>/dev/null
}
trap finish EXIT
trap 'exit 1' INT TERM

now_ms() {
	date +%s%3N
}
leader() {
	mezzo masters --json | jq -r '.[] | select(.leader).pid'
}
# await SECONDS COMMAND...
await() {
	await_end=$(($(date +%s) + $1))
	shift
	until "$@" 2>/dev/null; do
		[ "$(date +%s)" -lt "$await_end" ] || return 1
		sleep 0.5
	done
}
are_registered() {
	[ "$(mezzo agents --json | jq '[.[] | select(.state == "registered")] |
		length')" -ge $((crowds * each)) ]
}
have_introduced() {
	for crowd in $(seq $crowds); do
		[ -s "$out.$crowd" ] || return 1
	done
}

kill "$(cut -d ' ' -f 1 "$MEZZO_STATE/run/agent-1")" # it is not one of them
leads=$(leader)
for crowd in $(seq $crowds); do
	tests/bench/crowd "$each" "$endpoint" "$key" "$MEZZO_STATE/master/allow" \
		"$leads" >"$out.$crowd" &
	pids="$pids $!"
done
await 60 have_introduced || exit 1
for master in master master-2 master-3; do # those that stand by read it too
	kill -HUP "$(cut -d ' ' -f 1 "$MEZZO_STATE/run/$master")"
done
await 120 are_registered || exit 1

for run in $(seq "$times"); do
	leads=$(leader)
	began=$(now_ms)
	kill -9 "$leads"
	mezzo run --detach --name "probe-$run" --cpus 0.1 --mem 16 -- probe \
		>/dev/null 2>"$out.err" || {
		cat "$out.err" >&2
		exit 1
	}
	echo "$(($(now_ms) - began - session_ms))" >>"$out.took"
	await 120 are_registered || exit 1
done
sort -n "$out.took" | awk -v agents=$((crowds * each)) '
	{ took[NR] = $1 }
	END {
		printf "{\"name\": \"failover_sockets_over_session_s\", \"value\": "
		printf "%.3f, \"unit\": \"s\", ", took[NR] / 1000
		printf "\"against\": \"<= 1\", \"note\": \"beyond a session of 4 s, "
		printf "%d agents over CURVE; of %d kills the slower, ", agents, NR
		printf "the other %.2f s\"}\n", took[1] / 1000
	}'
