#!/bin/sh
# What has ended is kept: who ran it, where, for how long, with what.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

mezzo run --name good --cpus 0.5 --mem 32 -- \
	sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
mezzo run --name bad -- sh -c 'exit 7' 2>/dev/null
mezzo run --name killed -- sh -c 'kill -9 $$' 2>/dev/null
if [ "$(id -u)" -eq 0 ]; then
	mezzo run --name other --user nobody -- true
	all=4
else
	all=3
fi
entries_are() { # COUNT [OPTION]...
	entries_count=$1
	shift
	[ "$(mezzo history --json "$@" | jq length)" = "$entries_count" ]
}
of() { # TASK FILTER
	mezzo history --json | jq -r --arg n "$1" ".[] | select(.name == \$n) | $2"
}
check "all that ended is there" wait_until 20 entries_are "$all"
is "with states and exits" "$(of good '[.state, .exit_code] | @csv')
$(of bad '[.state, .exit_code] | @csv')
$(of killed '[.state, .signal] | @csv')" '"TASK_FINISHED",0
"TASK_FAILED",7
"TASK_FAILED",9'
is "with who and where" "$(of good '.user + " " + .agent_name')" \
	"$(id -un) agent-1"
is "with what was asked for" "$(of good '[.resources.cpus, .resources.mem] |
	@csv')" "0.5,32"
check "with what was used" [ "$(of good '.cpu_ms')" -gt 0 ]
check "and when" [ "$(of good '(.wait_ms >= 0 and .run_ms > 0 and
	.ended_ms >= .started_ms and .started_ms >= .launched_ms)')" = true ]
is "in the order in which they ended" "$(mezzo history --json |
	jq -r '[.[].name][:3] | join(" ")')" "good bad killed"
has "a table for people" "$(mezzo history)" "signal 9"
is "and lines for programs" "$(mezzo history --csv | grep '"bad"' |
	cut -d , -f 2-6)" "\"bad\",\"$(id -un)\",\"agent-1\",\"TASK_FAILED\",7"
if [ "$all" = 4 ]; then
	check "of one user" entries_are 1 --user nobody
fi
check "of the last hour" entries_are "$all" --since 1h
check "of a time to come" entries_are 0 --since "$(date -d '+1 day' +%F)"
has "nonsense is refused" "$(mezzo history --since soon 2>&1)" "'soon' is no time"

kill -9 "$(pid_of master)"
check "another master" mezzo up
check "knows it too" entries_are "$all"
