#!/bin/sh
# An agent is drained, comes back, and is gone.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2 --resources 'cpus:2;mem:512'
ganger=$PWD/tests/system/ganger

agent_state() {
	mezzo agents --json | jq -r --arg n "$1" \
		'.[] | select(.name == $n).state'
}
agent_is() {
	[ "$(agent_state "$1")" = "$2" ]
}
running_on() {
	mezzo tasks --json | jq -r '.[] | select(.state == "TASK_RUNNING").agent'
}
timeout 120 "$ganger" -n 2 -c 1900 "trap '' TERM; while :; do sleep 0.1; done" \
	>"$tmp/out" 2>&1 &
both=$!
check "a task runs on each" wait_until 20 sh -c \
	"[ \$(grep -c ^TASK_RUNNING $tmp/out) = 2 ]"
mezzo drain nobody 2>"$tmp/err"
is "who is not there cannot be drained" $? 1
check "an agent is drained" mezzo drain agent-1 --grace 1s
check "its framework hears of it" wait_until 10 grep -q \
	'^RECALLED task-. REASON_AGENT_DRAINING' "$tmp/out"
check "what runs is killed" wait_until 30 grep -q \
	'^TASK_KILLED task-. REASON_AGENT_DRAINING' "$tmp/out"
check "then it is drained" wait_until 20 agent_is agent-1 drained
is "the other task runs on" "$(running_on | wc -l)" 1
kill -9 "$(pid_of master)"
check "the master is started again" mezzo up
check "the agent is still drained" wait_until 30 agent_is agent-1 drained
mezzo run --cpus 1 --wait --name waits -- true >/dev/null 2>&1 &
waits=$!
check "nothing is placed there" wait_until 20 sh -c \
	"mezzo explain framework waits | grep -q 'away, drained'"
check "it is used again" mezzo undrain agent-1
wait "$waits"
is "and what waited runs there" $? 0
check "the other is said to be gone" mezzo gone agent-2
check "and its task, too" wait_until 20 grep -q '^TASK_GONE_BY_OPERATOR' \
	"$tmp/out"
wait "$both"
is "its framework has heard of both" $? 1
