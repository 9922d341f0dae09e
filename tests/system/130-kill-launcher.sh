#!/bin/sh
# kill -9 of a launcher: its tasks run on, and end once each.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

launcher_of() {
	ps -o ppid= -p "$1" | tr -d ' '
}

mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
mezzo run --name orphan -- sh -c "echo \$\$; read -r line <$tmp/gate; exit 4" \
	>"$tmp/out" 2>"$tmp/err" &
run=$!
check "a task" wait_until 20 grep -q . "$tmp/out"
pid=$(head -n 1 "$tmp/out")
launcher=$(launcher_of "$pid")
is "whose parent is the launcher" "$(ps -o comm= -p "$launcher")" mezzo-launcher
kill -9 "$launcher"
check "runs on when that was killed" kill -0 "$pid"
is "for the master too" "$(task_state orphan)" TASK_RUNNING
is "another task gets another launcher" "$(timeout 60 mezzo run -- echo new)" new
timeout 20 sh -c "echo go >$tmp/gate"
wait_until 30 is_gone "$run"
wait "$run"
check "the end of the first is told" [ -n "$(task_state orphan)" ]
is "once, as failed with its status or without" "$(task_state orphan)" \
	TASK_FAILED
full=$(mezzo run --detach --name victim -- sh -c 'echo $$; exec sleep 1000')
wait_until 20 sh -c "mezzo logs victim | grep -q ."
pid=$(mezzo logs victim)
kill -9 "$(launcher_of "$pid")"
mezzo kill "$full"
check "a task without launcher can be killed" wait_until 30 is_gone "$pid"
check "and is told to be" wait_until 20 sh -c \
	"! mezzo tasks --json | jq -e '.[] | select(.id == \"victim\") |
		select(.state == \"TASK_RUNNING\")'"
check "nothing is held any more" wait_until 20 sh -c \
	'[ "$(mezzo agents --json | jq "[.[].used.cpus] | add")" = 0 ]'
