#!/bin/sh
# kill -9 of a framework: what it had ends, and is given back.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2

mezzo run --name batch --instances 20 -- sleep 1000 >/dev/null 2>&1 &
run=$!
check "twenty tasks run" wait_until 30 sh -c '[ "$(mezzo tasks --json |
	jq "map(select(.state == \"TASK_RUNNING\")) | length")" = 20 ]'
kill -9 "$run"
wait "$run" 2>/dev/null
check "they run on at first" sh -c '[ "$(mezzo tasks --json |
	jq "map(select(.state == \"TASK_RUNNING\")) | length")" = 20 ]'
check "and are killed when it was away for 30 s" wait_until 60 sh -c \
	'[ "$(mezzo tasks --json |
		jq "map(select(.state == \"TASK_KILLED\")) | length")" = 20 ]'
check "what they held is free" wait_until 20 sh -c \
	'[ "$(mezzo agents --json | jq "[.[].used.cpus] | add")" = 0 ]'
is "and can be used" "$(mezzo run --cpus 4 -- echo all)" all
