#!/bin/sh
# Executors start processes beside themselves, with descriptors they pass.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2
crew=$PWD/tests/system/crew

out=$(timeout 60 "$crew" 1 spawn 64 2>&1)
has "64 processes, each with its descriptor and its status" "$out" \
	"64 processes, 0 wrong"
echo "# $out"
out=$(timeout 120 "$crew" 2 spawn 1000 2>&1)
is "1000 at once on each of two agents" \
	"$(echo "$out" | grep -c '1000 processes, 0 wrong')" 2
echo "# $out"
is "a signal ends one, and is told" \
	"$(timeout 60 "$crew" 1 signal 9 2>&1)" "crew.0: signal 9"
is "what is not there is refused, in words" "$(timeout 60 "$crew" 1 shell \
	'exec /does/not/exist' 2>&1)" "crew.0: exit 127"

if [ "$(id -u)" = 0 ]; then
	is "a process runs as its executor's user" "$(CREW_USER=nobody \
		timeout 60 "$crew" 1 shell \
		'[ "$(id -un)" = nobody ] && exit 5' 2>&1)" "crew.0: exit 5"
	has "whose descriptors are passed as well" "$(CREW_USER=nobody \
		timeout 60 "$crew" 1 spawn 8 2>&1)" "8 processes, 0 wrong"
else
	skip "a process runs as its executor's user" "not root"
fi

# It runs beside its executor, and dies with it.
timeout 60 "$crew" 1 orphan "exec sleep 1000" >"$tmp/out" 2>&1
pid=$(sed -n 's/.*leaves \([0-9]*\).*/\1/p' "$tmp/out")
check "what an executor leaves behind is ended with it" wait_until 20 \
	is_gone "${pid:-self}"

# The agent is killed: the process goes on, and its status is not lost.
mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
timeout 120 "$crew" 1 shell \
	"echo \$\$ >$tmp/pid; read -r line <$tmp/gate; exit 7" >"$tmp/out" 2>&1 &
run=$!
check "a process" wait_until 20 grep -qs . "$tmp/pid"
pid=$(cat "$tmp/pid")
is "whose parent is the launcher" \
	"$(ps -o comm= -p "$(ps -o ppid= -p "$pid" | tr -d ' ')")" mezzo-launcher
kill -9 "$(pid_of agent-1)" "$(pid_of agent-2)"
check "runs on when its agent is killed" kill -0 "$pid"
timeout 20 sh -c "echo go >$tmp/gate"
check "and ends without it" wait_until 20 is_gone "$pid"
check "the agents are started again" mezzo up
wait "$run"
is "the executor learns its status from the next" "$(cat "$tmp/out")" \
	"crew.0: exit 7"
is "no process is left" "$(mezzo tasks --json |
	jq '[.[] | select(.state == "TASK_RUNNING")] | length')" 0
