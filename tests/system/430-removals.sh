#!/bin/sh
# Agents that do not come back are given up one by one, and none when too many
# vanish at once; a framework that does not is torn down at its deadline, also
# by another master.
. "$srcdir/tests/system/cluster.sh"
port=$(free_ports)
MEZZO_MASTER=tcp://127.0.0.1:$port
export MEZZO_MASTER

master_start() {
	mkdir -p "$tmp/master"
	setsid mezzo-master --state "$tmp/master" --plain --listen "$MEZZO_MASTER" \
		--agent-timeout 2s 2>>"$tmp/master/log" &
	master=$!
}
agents_start() { # NUMBER...
	for each; do
		mkdir -p "$tmp/agent-$each"
		setsid mezzo-agent --state "$tmp/agent-$each" --plain \
			--listen "tcp://127.0.0.1:$((port + each))" \
			--hostname "agent-$each" --resources 'cpus:1;mem:64' \
			2>>"$tmp/agent-$each/log" &
		eval "agent_$each=\$!"
	done
}

agents_are() { # COUNT STATE
	[ "$(mezzo agents --json | jq --arg s "$2" \
		'[.[] | select(.state == $s)] | length')" = "$1" ]
}
framework_id() {
	mezzo frameworks --json | jq -r '.[] | select(.name == "lodger").id'
}
kill_agents() { # NUMBER...
	for each; do
		eval "kill -9 \$agent_$each"
	done
}
is_not_held() {
	[ "$(mezzo masters --json | jq '.[].held')" = 0 ]
}
master_start
agents_start 1 2 3 4 5 6 7
check "agents register" wait_until 30 agents_are 7 registered
tests/system/lodger 4000 2>/dev/null &
lodger=$!
check "a framework has a task" wait_until 30 task_is lodger TASK_RUNNING

kill_agents 1 2 3 4 5 6 7
check "when all agents vanish none is given up" wait_until 30 agents_are 7 held
is "it is shown with the masters" "$(mezzo masters --json | jq '.[].held')" 7
is "the task is left as it is" "$(task_state lodger)" TASK_RUNNING
check "the log says so" grep -q "removals are held: 7 of 7 agents do not answer" \
	"$tmp/master/log"
agents_start 1 2 3 4 5 6 7
check "they come back as who they were" wait_until 30 agents_are 7 registered
check "and nothing is held" wait_until 10 is_not_held

# Not the one that has the task.
host=$(mezzo tasks --json | jq -r '.[] | select(.id == "lodger").agent_name')
kill_agents $(seq 7 | grep -vxF "${host#agent-}" | head -n 2)
check "few are given up" wait_until 30 agents_are 2 unreachable
check "the others stay" agents_are 5 registered
kill -9 "$lodger"
kill -9 "$master"
master_start
framework_is_known() {
	[ -n "$(framework_id)" ]
}
check "another master knows the framework" wait_until 10 framework_is_known
framework_is_gone() {
	[ -z "$(framework_id)" ]
}
check "and tears it down at its deadline" wait_until 30 framework_is_gone
check "with its task" wait_until 30 task_is lodger TASK_KILLED
