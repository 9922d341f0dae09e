#!/bin/sh
# kill -9 of the master: it comes back knowing agents, frameworks and tasks.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/load.sh"
cluster_needed --agents 3

mezzo run --detach --name stays -- sleep 1000 >/dev/null
before=$(mezzo agents --json | jq -c '[.[].id] | sort')
framework=$(mezzo tasks --json | jq -r '.[] | select(.id == "stays").framework')
load_start 150
check "under load" wait_until 60 load_progress 30
kill -9 "$(pid_of master)"
check "the master is started again" mezzo up
check "and killed once more" wait_until 60 load_progress 70
kill -9 "$(pid_of master)"
check "and started once more" mezzo up
load_check "the master was killed" 0.1
is "the agents are the same" "$(mezzo agents --json |
	jq -c '[.[].id] | sort')" "$before"
is "a task from before runs on" "$(task_state stays)" TASK_RUNNING
is "of the same framework" "$(mezzo tasks --json |
	jq -r '.[] | select(.id == "stays").framework')" "$framework"
check "which is connected again" wait_until 20 frameworks_are 1
check "and can be killed" mezzo kill stays
check "for good" wait_until 20 task_is stays TASK_KILLED
