#!/bin/sh
# mezzo up --ha: the leader, or a server of ZooKeeper, may be killed.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/zookeeper.sh"

zookeeper_is_installed || {
	skip "mezzo up --ha" "no ZooKeeper server (apt install zookeeper)"
	exit 0
}
cluster_needed --ha --agents 2

leader() {
	mezzo masters --json | jq -r '.[] | select(.leader).pid'
}

another_leads() {
	[ -n "$(leader)" ] && [ "$(leader)" != "$1" ]
}

three_masters() {
	[ "$(mezzo masters --json | jq 'length, ([.[] | select(.leader)] | length),
		([.[].pid, .[].address] | unique | length)' | xargs)" = "3 1 6" ]
}

mezzo run --detach --name stays -- sleep 1000 >/dev/null
check "all masters are shown, one of which leads" wait_until 60 three_masters
first=$(leader)
mezzo run -- sh -c 'while [ ! -e "$0" ]; do sleep 0.1; done; echo through
	exit 7' "$tmp/new" >"$tmp/through" 2>/dev/null &
through=$!
wait_until 30 sh -c 'mezzo tasks | grep -q "sh.*RUNNING"'
mezzo run --name early -- sh -c 'exit 3' 2>/dev/null
standbys_know() { # TASK
	for each in master master-2 master-3; do
		sqlite3 "$MEZZO_STATE/$each/history.db" \
			"SELECT task FROM tasks" 2>/dev/null | grep -qx "$1" || return 1
	done
}
if command -v sqlite3 >/dev/null; then
	check "all masters keep what has ended" wait_until 20 standbys_know early
else
	skip "all masters keep what has ended" "no sqlite3"
fi
kill -9 "$first"
is "a command waits for the next leader" "$(mezzo run -- echo during \
	2>"$tmp/during.err")" during
check "another master leads when the leader is killed" wait_until 60 \
	another_leads "$first"
check "with all agents" wait_until 60 agents_registered 2
check "and all tasks" wait_until 60 task_is stays TASK_RUNNING
is "a new task runs" "$(mezzo run -- echo new)" new
touch "$tmp/new"
wait "$through"
is "one from before ends as it would have" "$?" 7
is "with its output" "$(cat "$tmp/through")" through
is "the next leader knows what ended before" "$(mezzo history --json |
	jq -r '.[] | select(.name == "early").exit_code')" 3
check "mezzo up starts the killed one" mezzo up
is "which stands by" "$(leader | wc -l)" 1
kill -9 "$(pid_of zookeeper-1)"
is "tasks run with two servers of ZooKeeper" "$(mezzo run -- echo two)" two
is "nobody else may write what masters store" "$(ls -l \
	"$MEZZO_STATE/keys/zookeeper" | cut -c 1-10)" "-rw-------"
check "it is taken down" mezzo down
is "and nothing is left" "$(stragglers)" ""
