#!/bin/sh
# Gangs: all tasks start, on several agents, or none does.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 3 --resources 'cpus:2;mem:512'
ganger=$PWD/tests/system/ganger

states() { # FILE STATE: how many tasks it names
	awk -v s="$2" '$1 == s { print $2 }' "$1" | sort -u | grep -c .
}

# Six that each need most of a cpu: two on each agent.
mkdir -m 777 "$tmp/here"
timeout 60 "$ganger" -n 6 -c 900 "echo \$MEZZO_HOSTNAME \$MEZZO_AGENT_ID \
	>$tmp/here/\$MEZZO_TASK_ID" >"$tmp/out" 2>"$tmp/err"
is "a gang of six succeeds" $? 0
is "all of it has run" "$(ls "$tmp/here" | wc -l)" 6
is "on all agents" "$(awk '{ print $NF }' "$tmp/here"/* | sort -u | wc -l)" 3
is "as one gang" "$(awk '$1 == "LAUNCHED" { print $3 }' "$tmp/out" |
	sort -u | wc -l)" 1

# One cannot be prepared: nothing of the others runs.
timeout 60 "$ganger" -n 6 -c 900 -s 4 "touch $tmp/ran" >"$tmp/out" 2>"$tmp/err"
is "a gang with a task that cannot be prepared fails" $? 1
is "all of it is dropped" "$(states "$tmp/out" TASK_DROPPED)" 6
is "and nothing has run" "$(ls "$tmp/ran" 2>/dev/null)" ""
has "the reason is told to the others" "$(grep 'TASK_DROPPED task-0' \
	"$tmp/out")" "its gang was not started, task task-4"

# With an executor of its own.
timeout 60 "$ganger" -n 6 -c 500 -x >"$tmp/out" 2>"$tmp/err"
is "a gang of an executor's tasks succeeds" $? 0
is "all of them finish" "$(states "$tmp/out" TASK_FINISHED)" 6

# An agent is lost with a part of the gang, before all have answered.
kill -STOP "$(pid_of agent-3)"
timeout 120 "$ganger" -n 6 -c 900 "touch $tmp/ran" >"$tmp/out" 2>"$tmp/err"
is "a gang with an agent that does not answer fails" $? 1
is "all of it is dropped, on all agents" \
	"$(states "$tmp/out" TASK_DROPPED)" 6
kill -CONT "$(pid_of agent-3)"
check "the agent comes back" wait_until 60 agents_registered 3
is "and has started nothing" "$(ls "$tmp/ran" 2>/dev/null)" ""
timeout 60 "$ganger" -n 6 -c 900 true >"$tmp/out" 2>"$tmp/err"
is "what the gang held is free again" $? 0

# The master is killed between the two steps.
kill -STOP "$(pid_of agent-3)"
timeout 120 "$ganger" -n 6 -c 900 "touch $tmp/ran" >"$tmp/killed" 2>"$tmp/err" &
ganger_pid=$!
check "a gang is being prepared" wait_until 20 grep -q LAUNCHED "$tmp/killed"
kill -9 "$(pid_of master)"
kill -CONT "$(pid_of agent-3)"
check "the master is started again" mezzo up
wait "$ganger_pid"
is "a gang whose master was killed before its start fails" $? 1
is "and nothing of it has run" "$(ls "$tmp/ran" 2>/dev/null)" ""
timeout 60 "$ganger" -n 6 -c 900 true >"$tmp/out" 2>"$tmp/err"
is "what it held is free once more" $? 0

# A loss after the start is the framework's to judge.
mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
timeout 120 "$ganger" -n 3 -c 1900 "touch $tmp/here/\$MEZZO_TASK_ID.on; \
	[ \$MEZZO_TASK_ID = task-1 ] && exit 7; read -r line <$tmp/gate" \
	>"$tmp/loss" 2>"$tmp/err" &
ganger_pid=$!
check "one of a gang fails" wait_until 20 grep -q 'TASK_FAILED task-1' \
	"$tmp/loss"
check "the others run" wait_until 20 [ -e "$tmp/here/task-2.on" ]
timeout 20 sh -c "exec 3<>$tmp/gate; echo >&3; echo >&3;
	while kill -0 $ganger_pid 2>/dev/null; do sleep 0.05; done"
wait "$ganger_pid"
is "the framework hears of the failure" $? 1
is "and that two have finished" "$(states "$tmp/loss" TASK_FINISHED)" 2
