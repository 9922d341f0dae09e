#!/bin/sh
# mezzo exec: programs beside tasks, with pipes or a terminal.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

mezzo run --detach --name host --env "MARK=7" -- \
	sh -c 'echo begun; exec sleep 1000' >"$tmp/host" 2>&1
check "a task" wait_until 20 task_is host TASK_RUNNING

is "what a program writes is shown" \
	"$(timeout 30 mezzo exec host -- echo hello </dev/null)" hello
timeout 30 mezzo exec host -- sh -c 'echo oops >&2; exit 3' \
	>"$tmp/out" 2>"$tmp/err" </dev/null
is "its exit status is ours" $? 3
is "its stderr is apart" "$(cat "$tmp/err")" oops
timeout 30 mezzo exec host -- sh -c 'kill -9 $$' </dev/null
is "a signal is 128 and its number" $? 137
is "it sees the task's environment and sandbox" \
	"$(timeout 30 mezzo exec host --  sh -c \
		'echo $MARK; cat stdout; echo "$MORE"' </dev/null)" "7
begun"
is "and variables of its own" "$(timeout 30 mezzo exec --env MORE=too host -- \
	sh -c 'echo "$MORE"' </dev/null)" too
is "input goes to it, to its end" \
	"$(printf 'a\nb\n' | timeout 30 mezzo exec host -- wc -l)" 2
head -c 20000000 /dev/zero | tr '\0' x | timeout 60 mezzo exec host -- cat |
	sha256sum >"$tmp/sum"
is "20 MB go there and back" "$(cat "$tmp/sum")" \
	"$(head -c 20000000 /dev/zero | tr '\0' x | sha256sum)"
timeout 30 mezzo exec host -- /no/such/program </dev/null >"$tmp/out" 2>&1
is "what is not there never ran" $? 125
has "and is named" "$(cat "$tmp/out")" "execute /no/such/program"

# A terminal: script(1) makes one for us.
if command -v script >/dev/null; then
	out=$(timeout 30 script -qec "stty rows 33 cols 101; \
		mezzo exec -t host -- sh -c 'tty; stty size; exit 4'" /dev/null \
		</dev/null)
	is "the status comes through a terminal" $? 4
	has "it has a terminal" "$out" /dev/pts/
	has "of the size of ours" "$out" "33 101"
	out=$( (sleep 1; printf 'echo ty''ped $((40+2))\r'; sleep 1; printf 'exit 5\r') |
		timeout 30 script -qec "mezzo exec -t host -- sh" /dev/null)
	is "a shell is typed to" $? 5
	has "and answers" "$out" "typed 42"
else
	skip "a terminal" "no script(1)"
fi

# Whoever goes takes the program along.
mezzo exec host -- sh -c 'echo $$; exec sleep 1000' >"$tmp/pid" </dev/null &
client=$!
check "a program runs" wait_until 20 grep -q . "$tmp/pid"
kill -9 $client
check "it ends with its client" wait_until 20 is_gone "$(cat "$tmp/pid")"

timeout 60 mezzo exec host -- sh -c "trap '' TERM; echo begun; sleep 1000" \
	</dev/null >"$tmp/out" 2>&1 &
client=$!
check "another" wait_until 20 grep -q begun "$tmp/out"
mezzo kill "$(cat "$tmp/host")"
wait $client
check "it ends with its task too" [ $? -gt 124 ]
timeout 30 mezzo exec host -- true </dev/null >"$tmp/out" 2>&1
is "beside a task that has ended nothing runs" $? 125
