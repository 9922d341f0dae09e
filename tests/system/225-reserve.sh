#!/bin/sh
# Parts of agents are kept for a role: by the agent's options, by an operator.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2 --resources 'cpus:2;mem:512'

running() {
	[ "$(mezzo tasks --json | jq --arg f "$1" '[.[] |
		select(.state == "TASK_RUNNING" and (.id | startswith($f)))] |
		length')" = "$2" ]
}
reserved() {
	mezzo reserve --json | jq -r '.[] | "\(.agent) \(.reserved)"'
}
is "nothing is reserved" "$(mezzo reserve --json)" "[]"
mezzo reserve db agent-1 cpus:3 2>"$tmp/err"
is "more than there is cannot be reserved" $? 1
has "with the numbers" "$(cat "$tmp/err")" \
	"cpus:3 is more than the agent has: cpus:2"
mezzo reserve db nowhere cpus:1 2>"$tmp/err"
is "nor of an agent that is not there" $? 1
mezzo reserve db agent-1 'cpus(db):1' 2>"$tmp/err"
is "the role is said once" $? 2
check "a part is reserved" mezzo reserve db agent-1 'cpus:1.5;mem:100'
is "and shown" "$(reserved)" \
	"agent-1 cpus(db,dynamic):1.5;mem(db,dynamic):100"

kill -9 "$(pid_of master)"
check "the master is started again" mezzo up
check "the agents are back" wait_until 30 agents_registered 2
is "and it is still reserved" "$(reserved)" \
	"agent-1 cpus(db,dynamic):1.5;mem(db,dynamic):100"
is "the agent has as much as before" "$(mezzo agents --json |
	jq -r '.[] | select(.name == "agent-1").resources |
		"\(.cpus) \(.mem)"')" "2 512"

mezzo run --cpus 2 --instances 2 --name wide -- sleep 1000 >/dev/null 2>&1 &
check "others have what is left" wait_until 20 running wide 1
explained() {
	mezzo explain framework wide | grep -q "1  reserved for role db"
}
check "and are told why they wait" wait_until 20 explained
mezzo run --role db/night --cpus 1.5 --name base -- sleep 1000 \
	>/dev/null 2>"$tmp/base.err" &
base=$!
check "the role below has it" wait_until 20 running base 1
mezzo unreserve db agent-1 cpus:1 2>"$tmp/err"
is "what is in use stays reserved" $? 1
has "with these numbers" "$(cat "$tmp/err")" "is more than is not in use"
mezzo reserve web agent-2 cpus:1 2>"$tmp/err"
is "nor is what others use reserved" $? 1
mezzo unreserve db agent-1 cpus:4 2>"$tmp/err"
is "no more is given back than was reserved" $? 1
kill "$base"
wait "$base" 2>/dev/null
check "it ends" wait_until 20 running base 0
check "now it is given back" mezzo unreserve db agent-1 'cpus:1.5;mem:100'
is "all of it" "$(mezzo reserve --json)" "[]"
check "and is for everybody" wait_until 20 running wide 2
