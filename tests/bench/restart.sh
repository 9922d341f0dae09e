#!/bin/sh
# restart.sh - an agent with 1,000 running tasks is killed and started again: how
# long until it watches all of them, and its master has it back.
#
# usage: restart.sh; in the build directory, with a cluster in $MEZZO_STATE.
set -u
tasks=1000 times=5
log=$MEZZO_STATE/log/agent-1
out=$MEZZO_STATE/restart
agent=$(cut -d ' ' -f 1 "$MEZZO_STATE/run/agent-1")
started=
finish() {
	[ -z "$started" ] || kill -9 "$started" 2>/dev/null
	mezzo up >/dev/null 2>&1 # so that all is taken down as it was
}
trap finish EXIT
trap 'exit 1' INT TERM

registrations() {
	grep -c ': registered as' "$log"
}
running() {
	mezzo tasks --json |
		jq '[.[] | select(.state == "TASK_RUNNING")] | length'
}
mezzo run --detach --instances $tasks --name stays --cpus 0.01 --mem 1 \
	-- sleep 100000 >/dev/null || exit 1
xargs -0 printf '%s\n' <"/proc/$agent/cmdline" >"$out.arguments"
for run in $(seq $times); do
	before=$(registrations)
	began=$(date +%s%3N)
	kill -9 "${started:-$agent}"
	tr '\n' '\0' <"$out.arguments" | setsid xargs -0 sh -c 'exec "$@"' \
		agent >>"$log" 2>&1 &
	for try in $(seq 400); do
		[ "$(registrations)" -gt "$before" ] && break
		sleep 0.05
	done
	[ "$(registrations)" -gt "$before" ] || exit 1
	ended=$(grep ': registered as' "$log" | tail -n 1 | cut -d ' ' -f 1)
	echo "$(($(date -d "$ended" +%s%3N) - began))" >>"$out.took"
	started=$(cat "$MEZZO_STATE/agent-1/agent.lock")
	[ "$(running)" = $tasks ] || {
		echo "restart.sh: $(running) of $tasks tasks run" >&2
		exit 1
	}
done
sort -n "$out.took" | awk -v tasks=$tasks '
	{ took[NR] = $1 }
	END {
		printf "{\"name\": \"agent_restart_blind_ms\", \"value\": %d, ",
			took[int((NR + 1) / 2)]
		printf "\"unit\": \"ms\", \"against\": \"<= 200\", \"note\": \"kill -9 "
		printf "to registered, %d tasks running; of %d the ", tasks, NR
		printf "median, %d to %d\"}\n", took[1], took[NR]
	}'
