#!/bin/sh
# What would follow: agents drained, or more asked for; and nothing follows.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 3 --resources 'cpus:2;mem:512'

running() {
	[ "$(mezzo tasks --json | jq '[.[] |
		select(.state == "TASK_RUNNING")] | length')" = "$1" ]
}
outcomes() {
	jq -r '.[] | "\(.what) \(.wanted) \(.placed_now) \(.placed_then)"'
}
mezzo whatif drain nobody 2>"$tmp/err"
is "who is not there cannot be thought away" $? 1
mezzo whatif submit --cpus none 2>"$tmp/err"
is "what is no amount is refused" $? 2
mezzo whatif wait 2>"$tmp/err"
is "so is another word" $? 2

is "what fits would be placed" "$(mezzo whatif submit --count 5 --cpus 1 \
	--json | outcomes)" "placed 5 0 5"
is "or a part of it" "$(mezzo whatif submit --count 7 --cpus 1 --json |
	outcomes)" "placed in part 7 0 6"
is "but nothing of a gang" "$(mezzo whatif submit --count 7 --cpus 1 --gang \
	--json | outcomes)" "waits 7 0 0"
is "a constraint counts" "$(mezzo whatif submit --cpus 1 --count 3 \
	--constraint hostname=agent-2 --json | jq -r '.[].places')" "agent-2 2"
has "and what can never be is told" "$(mezzo whatif submit --cpus 9)" \
	"impossible: no agent can ever take it"

mezzo run --cpus 1.5 --instances 2 --name base -- sleep 1000 \
	>/dev/null 2>&1 &
check "two agents are in use" wait_until 20 running 2
used=$(mezzo tasks --json | jq -r '[.[] |
	select(.state == "TASK_RUNNING").agent] | sort | join(" ")')
first=${used%% *}
mezzo whatif drain "$first" --json >"$tmp/drain"
is "a task would move" "$(jq -r '.[] | "\(.what) \(.placed_then)"' \
	"$tmp/drain")" "moved 1"
is "away from there" "$(jq -r '.[0].leaves' "$tmp/drain")" \
	"$(mezzo agents --json | jq -r --arg id "$first" \
		'.[] | select(.id == $id).name')"
mezzo whatif drain agent-1 agent-2 agent-3 --json >"$tmp/drain"
is "or both would starve" "$(jq -r '.[].what' "$tmp/drain" | sort -u)" starved
mezzo run --cpus 1.5 --instances 2 --name waits -- sleep 1000 \
	>/dev/null 2>&1 &
check "one more runs, and one waits" wait_until 20 running 3
is "more of the same would take nothing from it" "$(mezzo whatif submit \
	--cpus 0.5 --json | outcomes)" "placed 1 0 1"
is "all of them still run" "$(running 3 && echo yes)" yes
check "and no agent is drained" agents_registered 3
