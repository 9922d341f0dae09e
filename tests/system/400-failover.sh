#!/bin/sh
# Two masters behind ZooKeeper: one leads, the other takes over with all that
# runs, also when ZooKeeper is away for a while.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/zookeeper.sh"

zookeeper_is_installed || {
	skip "failover of masters" "no ZooKeeper server (apt install zookeeper)"
	exit 0
}
zookeeper_start
port=$(free_ports)
MEZZO_MASTER=zk://127.0.0.1:$zookeeper_port/mezzo/test
export MEZZO_MASTER

master_start() { # NUMBER
	mkdir -p "$tmp/master-$1"
	setsid mezzo-master --state "$tmp/master-$1" --plain --zk "$MEZZO_MASTER" \
		--listen "tcp://127.0.0.1:$((port + $1))" 2>>"$tmp/master-$1/log" &
	echo $! >"$tmp/master-$1/pid"
}

leads() { # PID
	[ "$(mezzo masters --json | jq -r '.[] | select(.leader).pid')" = "$1" ]
}

master_start 1
first=$(cat "$tmp/master-1/pid")
check "the first master leads" wait_until 60 leads "$first"
master_start 2
second=$(cat "$tmp/master-2/pid")
mkdir "$tmp/agent"
setsid mezzo-agent --state "$tmp/agent" --plain --master "$MEZZO_MASTER" \
	--listen "tcp://127.0.0.1:$((port + 3))" --hostname agent-1 \
	--resources "cpus:4;mem:1024" 2>"$tmp/agent/log" &
check "an agent finds it" wait_until 60 agents_registered 1
check "the second stands by" wait_until 30 \
	grep -q "standing by; .* leads" "$tmp/master-2/log"
is "a task runs" "$(mezzo run -- echo runs)" runs
mezzo run --detach --name stays -- sleep 1000 >/dev/null
before=$(mezzo agents --json | jq -r '.[].id')
epoch=$(mezzo masters --json | jq '.[] | select(.leader).leader_epoch')

kill -9 "$first"
check "the second leads when the first is killed" wait_until 60 leads "$second"
check "the agent finds it" wait_until 60 agents_registered 1
is "which is the same" "$(mezzo agents --json | jq -r '.[].id')" "$before"
check "its epoch is higher" test "$(mezzo masters --json |
	jq '.[] | select(.leader).leader_epoch')" -gt "$epoch"
check "a task from before runs on" wait_until 60 task_is stays TASK_RUNNING
is "new ones run" "$(mezzo run -- echo again)" again

master_start 1
first=$(cat "$tmp/master-1/pid")
check "the first comes back and stands by" wait_until 30 \
	sh -c "tail -n 1 '$tmp/master-1/log' | grep -q 'standing by; .* leads'"
kill -TERM "$second"
check "and leads again when the second stops" wait_until 60 leads "$first"
check "with the task" wait_until 60 task_is stays TASK_RUNNING

zookeeper_kill
check "without ZooKeeper it stops to lead" wait_until 60 \
	grep -q "deposed" "$tmp/master-1/log"
zookeeper_start_again
check "and leads again with it" wait_until 60 leads "$first"
check "with the same task" wait_until 60 task_is stays TASK_RUNNING
check "which can be killed" wait_until 60 mezzo kill stays
check "for good" wait_until 30 task_is stays TASK_KILLED
has "a path of another kind is refused" "$(mezzo-master --plain \
	--state "$tmp/other" --zk zk://127.0.0.1 2>&1)" "it has no path of its own"
