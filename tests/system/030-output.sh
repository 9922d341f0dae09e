#!/bin/sh
# What a task writes comes out here while it runs, each stream as its own.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2

is "stdout comes out" "$(mezzo run -- echo hello 2>/dev/null)" hello
is "stderr does not come out with it" \
	"$(mezzo run -- sh -c 'echo out; echo err >&2' 2>"$tmp/err")" out
is "but with stderr" "$(cat "$tmp/err")" err

# The task ends when the test has seen its first line, not before.
mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
mezzo run -- sh -c "echo first; read -r line <$tmp/gate; echo last" \
	>"$tmp/out" 2>&1 &
run=$!
check "a line is seen while the task runs" \
	wait_until 20 grep -qx first "$tmp/out"
is "and what follows is not" "$(cat "$tmp/out")" first
timeout 20 sh -c "echo go >$tmp/gate"
wait "$run"
is "until it was written" "$(tail -n 1 "$tmp/out")" last

is "a line without an end comes out as it is" \
	"$(mezzo run -- printf abc | od -An -c | tr -d ' ')" abc
is "bytes are not changed" "$(mezzo run -- head -c 100000 /dev/zero |
	cksum)" "$(head -c 100000 /dev/zero | cksum)"
is "neither are 20 MB" "$(mezzo run -- seq 2700000 | cksum)" \
	"$(seq 2700000 | cksum)"
is "a reader that begins late loses nothing" \
	"$(mezzo run --name late -- seq 400000 |
	{ wait_until 30 task_is late TASK_FINISHED; cksum; })" "$(seq 400000 | cksum)"

is "several instances have their names before each line" \
	"$(mezzo run --name greet --instances 3 -- sh -c 'echo one; echo two' |
		sort | tr '\n' ',')" \
	"greet-1: one,greet-1: two,greet-2: one,greet-2: two,greet-3: one,greet-3: two,"
is "a line without an end gets one then" \
	"$(mezzo run --name x --instances 2 -- printf abc | sort | tr '\n' ',')" \
	"x-1: abc,x-2: abc,"

mezzo run --name endless -- yes 2>"$tmp/err" | head -n 1 >"$tmp/out"
is "a reader that leaves ends the task" "$(cat "$tmp/out")" y
check "soon" wait_until 20 task_is endless TASK_KILLED
