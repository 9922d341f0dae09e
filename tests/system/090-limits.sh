#!/bin/sh
# A task gets what it asked for and no more.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

timeout 60 mezzo run --cpus 3 --name fits -- true
is "what an agent has is given" $? 0
timeout 60 mezzo run --cpus 100 --name huge -- true 2>"$tmp/err"
is "what none can ever have is refused" $? 2
has "with the numbers" "$(cat "$tmp/err")" "cpus: 100 wanted, at most 4 there"
mezzo run --wait --cpus 100 --name huge -- true 2>"$tmp/err" &
run=$!
check "with --wait it is waited for, and that is said" \
	wait_until 30 grep -q "cpus:100" "$tmp/err"
kill -TERM "$run"
wait "$run"
is "until it is interrupted" $? 143

if [ "$(id -u)" -ne 0 ]; then
	skip "memory" "not root: no cgroups"
	skip "pids" "not root: no cgroups"
else
	mezzo run --mem 32 --name hungry -- python3 -c \
		'x = bytearray(200 * 1024 * 1024)' 2>"$tmp/err"
	is "a task that uses more memory is killed" $? 137
	has "and told so" "$(cat "$tmp/err")" CONTAINER_LIMITATION_MEMORY
	is "its end says why" "$(mezzo tasks --json | jq -r \
		'.[] | select(.id == "hungry") | .state + " " + .reason')" \
		"TASK_FAILED REASON_CONTAINER_LIMITATION_MEMORY"
	is "a task that uses less is not" "$(mezzo run --mem 64 -- python3 -c \
		'x = bytearray(16 * 1024 * 1024); print(len(x))')" 16777216
	# Bounded by itself as well, should the limit not hold.
	mezzo run --name many --mem 512 -- sh -c \
		'i=0; while [ $i -lt 6000 ]; do sleep 30.987 & i=$((i + 1)); done' \
		>"$tmp/out" 2>"$tmp/err"
	is "a task that starts too many processes fails" \
		"$([ $? -ne 0 ] && echo failed)" failed
	check "and all of them are gone" wait_until 20 sh -c \
		'! pgrep -f "^sleep 30\.987"'
fi
full=$(mezzo run --detach --name family -- \
	sh -c 'setsid sleep 987654 & sleep 987654 & wait')
check "processes of a task" wait_until 20 sh -c '[ "$(pgrep -cf "^sleep 987654")" = 2 ]'
mezzo kill "$full"
check "end with it, also those in a session of their own" \
	wait_until 20 sh -c '! pgrep -f "^sleep 987654"'
mezzo run --name leaver -- sh -c 'setsid sleep 987653 & exit 0'
check "and when it ends by itself" wait_until 20 sh -c \
	'! pgrep -f "^sleep 987653"'
