#!/bin/sh
# What a role has beyond its guarantee is taken back for one that has less.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2 --resources 'cpus:2;mem:512'
ganger=$PWD/tests/system/ganger

# The same master again, in more of a hurry.
tr '\0' '\n' <"/proc/$(pid_of master)/cmdline" >"$tmp/arguments"
kill "$(pid_of master)"
check "the master ends" wait_until 20 is_gone "$(pid_of master)"
set -f
IFS='
'
set -- $(cat "$tmp/arguments")
unset IFS
set +f
"$@" --recall-grace 4s --run-min 1s >"$tmp/master.log" 2>&1 &
master=$!
check "the agents are back" wait_until 30 agents_registered 2

check "web is to have a half" mezzo quota set web --guarantee cpus:2
timeout 120 "$ganger" -n 4 -m 1 -c 1000 -r batch -t 600 -w 10:3 \
	"trap 'echo \$MEZZO_TASK_ID >>$tmp/warned' USR1; touch $tmp/\$MEZZO_TASK_ID
	while :; do sleep 0.1; done" >"$tmp/batch.out" 2>"$tmp/batch.err" &
batch=$!
running() { # FRAMEWORK COUNT
	[ "$(mezzo tasks --json | jq --arg n "$1" '[.[] |
		select(.state == "TASK_RUNNING" and
		(.id | startswith($n)))] | length')" = "$2" ]
}
check "batch has all" wait_until 30 running task- 4
started=$(date +%s)
timeout 120 mezzo run --role web --cpus 1 --instances 2 --name page -- \
	sleep 1000 >/dev/null 2>"$tmp/page.err" &
page=$!
check "batch is told what is wanted back" wait_until 30 grep -q \
	'RECALLED task-. REASON_CONTAINER_PREEMPTED' "$tmp/batch.out"
check "its tasks are warned" wait_until 30 [ -s "$tmp/warned" ]
check "web gets what it is to have" wait_until 30 running page 2
[ $(($(date +%s) - started)) -ge 4 ]
result $? "but not before the grace is over"
is "no more than that is taken" "$(grep -c '^RECALLED' "$tmp/batch.out")" 2
has "the end says why" "$(grep TASK_KILLED "$tmp/batch.out")" \
	REASON_CONTAINER_PREEMPTED
check "the others run on" running task- 2

# One more is beyond the guarantee: nobody is killed for it.
timeout 60 mezzo run --role web --cpus 1 --name third -- true \
	>/dev/null 2>&1 &
third=$!
explained() {
	mezzo explain framework third | grep -q 'waits for 1'
}
check "what is beyond the guarantee waits" wait_until 20 explained
kill "$third"
wait "$third"
is "and nobody else was recalled" "$(grep -c '^RECALLED' "$tmp/batch.out")" 2
kill "$page" "$batch"
wait "$page" "$batch"

# In a role, who has more priority takes from who has less; others do not.
check "the guarantee is removed" mezzo quota rm web
mezzo tasks --json | jq -r '.[] | select(.state == "TASK_RUNNING") |
	"\(.framework)/\(.id)"' | xargs -n 1 mezzo kill >"$tmp/kill.out" 2>&1
timeout 120 "$ganger" -n 4 -m 1 -c 1000 -r batch "while :; do sleep 0.1; done" \
	>"$tmp/low.out" 2>&1 &
low=$!
check "all is in use" wait_until 30 sh -c \
	"[ \$(grep -c ^TASK_RUNNING $tmp/low.out) = 4 ]"
timeout 120 "$ganger" -n 2 -m 1 -c 1000 -r web -p 9 "true" \
	>"$tmp/other.out" 2>&1 &
other=$!
timeout 120 "$ganger" -n 2 -m 2 -c 1000 -r batch -p 5 "true" \
	>"$tmp/high.out" 2>&1 &
high=$!
check "what waits in another role takes nothing" wait_until 20 sh -c \
	"mezzo explain role web | grep -q 'waits for 2 of 2'"
kill "$other"
wait "$other"
wait "$high"
is "a gang of more priority runs" $? 0
is "for it two were recalled" "$(grep -c '^RECALLED' "$tmp/low.out")" 2
kill "$low"
wait "$low"
kill -9 "$master" # of this session: nobody else ends it
