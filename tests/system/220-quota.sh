#!/bin/sh
# Guarantees and limits: checked, stored, obeyed.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2 --resources 'cpus:2;mem:512'
ganger=$PWD/tests/system/ganger

mezzo quota set web --guarantee cpus:5 2>"$tmp/err"
is "a guarantee of more than there is is refused" $? 1
has "with the numbers" "$(cat "$tmp/err")" \
	"a guarantee of 5, with 0 of others, is more than the 4 there are"
check "but can be forced" mezzo quota set web --guarantee cpus:5 --force
mezzo quota set web --guarantee cpus:2 --limit cpus:1 2>"$tmp/err"
is "a guarantee above the limit is refused" $? 1
check "a limit is set" mezzo quota set web --guarantee cpus:1 --limit cpus:2
is "and shown" "$(mezzo quota show --json |
	jq -r '.[0] | "\(.name) \(.guarantee) \(.limit)"')" "web cpus:1 cpus:2"
mezzo quota set web --limit 'ports:[1-2]' 2>"$tmp/err"
is "what is no amount is refused" $? 2
check "a weight is set" mezzo weight web 2.5
is "and shown as well" "$(mezzo roles --json |
	jq -r '.[] | select(.name == "web").weight')" 2.5
mezzo weight web 0 2>"$tmp/err"
is "a weight is above 0" $? 2

kill -9 "$(pid_of master)"
check "the master is started again" mezzo up
is "and knows the quota" "$(mezzo quota show --json |
	jq -r '.[0] | "\(.name) \(.guarantee) \(.limit)"')" "web cpus:1 cpus:2"
is "and the weight" "$(mezzo roles --json |
	jq -r '.[] | select(.name == "web").weight')" 2.5

check "all agents are back" wait_until 30 agents_registered 2
mezzo run --role web --cpus 1 --instances 4 --name page -- sleep 1000 \
	>/dev/null 2>&1 &
running() {
	[ "$(mezzo tasks --json | jq '[.[] |
		select(.state == "TASK_RUNNING")] | length')" = "$1" ]
}
check "the limit is reached" wait_until 20 running 2
explained() {
	mezzo explain framework page | grep -q "2  its role, or one above it, has"
}
check "and is why the rest waits" wait_until 20 explained
timeout 60 mezzo run --role batch --cpus 1 --name other -- true
is "others are not in its way" $? 0
mezzo quota set web --limit cpus:1 2>"$tmp/err"
is "a limit below what is in use is refused" $? 1
has "with these numbers" "$(cat "$tmp/err")" \
	"a limit of 1 is less than the 2 in use"
check "but for --force" mezzo quota set web --limit cpus:1 --force
check "and nothing is taken back for it" running 2
check "the quota is removed" mezzo quota rm web
check "and all run" wait_until 20 running 4
is "no quota is left" "$(mezzo quota show --json)" "[]"
