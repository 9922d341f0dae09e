#!/bin/sh
# Tasks are known by name, id and beginning; they are waited for and killed.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2

full=$(mezzo run --detach --name sleeper -- sleep 1000)
is "--detach prints FRAMEWORK/TASK" "${full##*/}" sleeper
is "the task runs" "$(task_state sleeper)" TASK_RUNNING
agent_pid=$(mezzo run -- sh -c 'echo $PPID')
check "mezzo kill by the beginning of its id" mezzo kill slee
check "ends it" wait_until 20 task_is sleeper TASK_KILLED
check "and its framework is gone with it" wait_until 20 \
	frameworks_are 0

full=$(mezzo run --detach --name stubborn -- \
	sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done')
check "a task that ignores TERM" wait_until 20 sh -c \
	'mezzo logs stubborn | grep -qx ready'
check "is killed" mezzo kill --grace 200ms "$full"
mezzo wait "$full" 2>"$tmp/err"
is "by KILL, after its grace" $? 137

mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
full=$(mezzo run --detach --name waited -- \
	sh -c "read -r line <$tmp/gate; exit 9")
mezzo wait waited &
wait=$!
check "mezzo wait waits" kill -0 "$wait"
timeout 20 sh -c "echo go >$tmp/gate"
wait "$wait"
is "and exits as the task" $? 9
mezzo wait "$full"
is "also when it has ended before" $? 9

first=$(mezzo run --detach --name twin -- sleep 1000)
second=$(mezzo run --detach --name twin -- sleep 1000)
mezzo kill twin 2>"$tmp/err"
is "a name that two tasks have is refused" $? 1
has "and it is said what to do" "$(cat "$tmp/err")" "FRAMEWORK/TASK"
check "FRAMEWORK/TASK is taken" mezzo kill "$first"
check "for the one" wait_until 20 sh -c "! mezzo wait '$first'"
is "not for the other" "$(mezzo tasks --json | jq -r --arg id "$second" \
	'.[] | select(.full_id == $id).state')" TASK_RUNNING
mezzo kill "$second"

mezzo kill nothing 2>"$tmp/err"
is "what is no task is refused" $? 1
has "and it is said what to do" "$(cat "$tmp/err")" "mezzo tasks"
mezzo wait nothing 2>"$tmp/err"
is "to wait for as well" $? 1

mezzo run --name interrupted -- sleep 1000 2>"$tmp/err" &
run=$!
check "a task in front" wait_until 20 task_is interrupted TASK_RUNNING
kill -TERM "$run"
wait "$run"
is "that is interrupted makes mezzo run say so" $? 143
is "and is killed" "$(task_state interrupted)" TASK_KILLED
