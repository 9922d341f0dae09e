#!/bin/sh
# Whoever misbehaves is put out, and nobody else notices.
. "$srcdir/tests/system/cluster.sh"
rogue=tests/system/rogue

public() {
	sed -n 's/^public //p' "$1"
}

# try SENTENCE ARGUMENT...: all that the rogue tries is refused.
try() {
	try_sentence=$1
	shift
	timeout 120 "$rogue" "$@" >"$tmp/said" 2>&1
	result $? "$try_sentence"
}

cluster_needed --agents 1
master_key=$(public "$MEZZO_STATE/keys/master.keys")
master=$(pid_of master)
mezzo run --name witness --detach -- sleep 600 >/dev/null 2>&1
wait_until 20 task_is witness TASK_RUNNING

for who in framework operator agent-1; do
	try "what $who must not send is refused" "tcp://127.0.0.1:$port" \
		"$MEZZO_STATE/keys/$who.keys" "$master_key"
done
mezzo keygen "$tmp/stranger.keys" >"$tmp/line"
timeout 120 "$rogue" "tcp://127.0.0.1:$port" "$tmp/stranger.keys" "$master_key" \
	>"$tmp/out" 2>&1
is "a stranger is cut off before a word" \
	"$(grep '^# ' "$tmp/out" | sort -u)" "# cut off"
has "and the operator knows of it" "$(cat "$MEZZO_STATE"/log/master*)" \
	"$(public "$tmp/stranger.keys")"
timeout 120 "$rogue" "tcp://127.0.0.1:$port" >"$tmp/out" 2>&1
is "so is who has no key" "$(grep '^# ' "$tmp/out" | sort -u)" "# cut off"

is "the master is the same" "$(pid_of master)" "$master"
check "its agent is there" agents_registered 1
check "and so is the task" task_is witness TASK_RUNNING
is "and others run" "$(mezzo run -- echo well 2>/dev/null)" well
