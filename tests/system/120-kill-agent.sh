#!/bin/sh
# kill -9 of an agent: its tasks run on, and it picks them up again.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/load.sh"
cluster_needed --agents 2

mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
mezzo run --name stays -- sh -c "echo \$\$; read -r line <$tmp/gate; exit 4" \
	>"$tmp/stays.out" 2>"$tmp/stays.err" &
stays=$!
check "a task" wait_until 20 grep -q . "$tmp/stays.out"
pid=$(head -n 1 "$tmp/stays.out")
ids=$(mezzo agents --json | jq -c '[.[].id] | sort')
load_start 100
check "under load" wait_until 60 load_progress 20
kill -9 "$(pid_of agent-1)" "$(pid_of agent-2)"
check "tasks run on without their agent" kill -0 "$pid"
check "the agents are started again" mezzo up
load_check "the agents were killed" 0.1
is "they have the ids they had" "$(mezzo agents --json |
	jq -c '[.[].id] | sort')" "$ids"
check "the task is the same process" kill -0 "$pid"

# It ends while its agent is away: the status is not lost.
kill -9 "$(pid_of agent-1)" "$(pid_of agent-2)"
timeout 20 sh -c "echo go >$tmp/gate"
check "a task ends without its agent" wait_until 20 is_gone "$pid"
check "the agents are started once more" mezzo up
wait_until 60 is_gone "$stays" || kill "$stays"
wait "$stays"
is "its exit status was not lost" $? 4
