#!/bin/sh
# What waits says why, to its framework and to operators; walltimes make room.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2 --resources 'cpus:2;mem:512'
ganger=$PWD/tests/system/ganger

mezzo run --cpus 2 --name first -- sleep 1000 >/dev/null 2>&1 &
check "one agent is full" wait_until 20 task_is first TASK_RUNNING
mezzo run --cpus 2 --name second -- sleep 1000 >/dev/null 2>&1 &
check "and the other" wait_until 20 task_is second TASK_RUNNING

# Nothing is hoarded while something waits.
mezzo run --cpus 2 --name third -- true >/dev/null 2>"$tmp/third.err" &
third=$!
framework() {
	mezzo frameworks --json | jq -r --arg n "$1" '.[] | select(.name == $n).id'
}
explains() {
	mezzo explain framework third | grep -q "$1"
}
check "what waits is explained" wait_until 20 explains 'waits for 1 of 1'
has "by agents and reason" "$(mezzo explain framework third)" \
	"     2  cpus: 2 wanted, at most 0 free"
has "with what would have to end" "$(mezzo explain framework third)" \
	"free when first of first ends"
is "as JSON too" "$(mezzo explain --json framework third |
	jq -r '.[0] | "\(.ask) \(.wanted) \(.reasons[0].agents)"')" "run 1 2"
has "by the ask" "$(mezzo explain ask "$(framework third)/run")" "waits for 1"
has "by the role" "$(mezzo explain role '*')" "waits for 1"
has "and without a word" "$(mezzo explain third)" "waits for 1"
has "a task that runs, too" "$(mezzo explain task first)" \
	"first is TASK_RUNNING on agent-"
mezzo explain task nonsense >/dev/null 2>"$tmp/err"
is "what nobody knows fails" $? 1
check "the one who waits is told" wait_until 30 grep -q \
	'2 agents, cpus: 2 wanted, at most 0 free' "$tmp/third.err"
is "and nothing is held back" "$(mezzo offers --json | jq length)" 0
mezzo kill first
wait "$third"
is "it runs when there is room" $? 0

# A gang that waits has a place kept, by the walltime of what runs.
mezzo kill second
check "all is free" wait_until 20 task_is second TASK_KILLED
mezzo run --time 15s --cpus 2 --name short -- sleep 1000 >/dev/null 2>&1 &
short=$!
check "something with a walltime runs" wait_until 20 task_is short TASK_RUNNING
timeout 100 "$ganger" -n 2 -c 2000 true >"$tmp/gang.out" 2>&1 &
gang=$!
is_kept() {
	[ "$(mezzo explain --json framework ganger |
		jq '.[0] | .starts_by_ms > 0 and .place_agents == 2')" = true ]
}
check "a gang has a place kept for it" wait_until 15 is_kept
has "which is shown" "$(mezzo explain framework ganger)" "starts by"
timeout 60 mezzo run --time 600s --cpus 1 --name long -- true 2>"$tmp/err" &
long=$!
check "what would take it waits" wait_until 15 sh -c \
	"mezzo explain framework long | grep -q 'kept for a gang'"
timeout 60 mezzo run --time 1s --cpus 1 --name quick -- true 2>"$tmp/err"
is "what is done before goes ahead" $? 0
wait "$short"
is "the walltime ends what runs" "$(mezzo tasks --json |
	jq -r '.[] | select(.id == "short").reason')" \
	REASON_MAX_COMPLETION_TIME_REACHED
wait "$gang"
is "and the gang has run" $? 0
wait "$long"
is "and then who waited" $? 0

# A warning before the end.
timeout 60 mezzo run --time 30s --name none -- true
is "a walltime that is not used up does no harm" $? 0
timeout 60 "$ganger" -n 1 -t 4 -w 10:2 "trap 'echo warned >$tmp/warned' USR1
	while :; do sleep 0.1; done" >"$tmp/out" 2>&1
check "a signal comes before the walltime is over" [ -s "$tmp/warned" ]
