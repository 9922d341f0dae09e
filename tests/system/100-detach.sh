#!/bin/sh
# A detached run goes on without its terminal; one that is lost is torn down.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

full=$(mezzo run --detach --instances 2 --name pair -- sleep 1000)
is "a name for each instance" "$(echo "$full" | sed 's|.*/||' | tr '\n' ' ')" \
	"pair-1 pair-2 "
is "both run" "$(task_state pair-1) $(task_state pair-2)" \
	"TASK_RUNNING TASK_RUNNING"
scheduler=$(pgrep -f "mezzo run --detach --instances 2")
check "its scheduler is in the background" [ -n "$scheduler" ]
is "in a session of its own" "$(ps -o sid= -p "$scheduler" | tr -d ' ')" \
	"$scheduler"
kill -9 "$scheduler"
check "its tasks are ended when it was lost for 30 s" \
	wait_until 60 task_is pair-1 TASK_KILLED
check "all of them" wait_until 20 task_is pair-2 TASK_KILLED
mezzo run --detach --name fails -- sh -c 'exit 3' >"$tmp/out"
is "a task that ends at once was begun" $? 0
mezzo wait fails
is "and its status is kept" $? 3
mezzo run --detach --name last -- sleep 1000 >/dev/null
scheduler=$(pgrep -f "mezzo run --detach --name last")
check "mezzo down" mezzo down
check "ends the schedulers in the background too" \
	wait_until 20 sh -c "! kill -0 $scheduler"
