#!/bin/sh
# mezzo logs shows what a task has written, and follows it.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2

mezzo run --name spoken -- sh -c 'echo out; echo err >&2' >/dev/null 2>&1
is "output is kept after the task's end" "$(mezzo logs spoken 2>"$tmp/err")" out
is "so is stderr" "$(cat "$tmp/err")" err

mkfifo "$tmp/gate" && chmod 666 "$tmp/gate"
mezzo run --detach --name talks -- \
	sh -c "echo one; read -r line <$tmp/gate; echo two" >"$tmp/name"
check "the beginning is there" wait_until 20 sh -c \
	'[ "$(mezzo logs talks)" = one ]'
mezzo logs -f talks >"$tmp/out" &
logs=$!
check "-f shows it" wait_until 20 grep -qx one "$tmp/out"
check "and does not end" kill -0 "$logs"
timeout 20 sh -c "echo go >$tmp/gate"
wait "$logs"
is "until the task has" "$(tr '\n' , <"$tmp/out")" one,two,

mezzo run --name files -- sh -c 'echo kept >note; mkdir d; echo x >d/y' >/dev/null
is "another file of the sandbox" "$(mezzo logs --file note files)" kept
is "also in a directory" "$(mezzo logs --file d/y files)" x
mezzo logs --file ../../../../../../../etc/passwd files >"$tmp/out" 2>"$tmp/err"
is "but none outside of it" "$?,$(wc -c <"$tmp/out")" 1,0
mezzo run --name link -- ln -s /etc/passwd out >/dev/null
mezzo logs --file out link >"$tmp/out" 2>"$tmp/err"
is "nor through a link" "$?,$(wc -c <"$tmp/out")" 1,0

mezzo logs nothing >"$tmp/out" 2>"$tmp/err"
is "no such task is status 1" $? 1
has "and it is said what to do" "$(cat "$tmp/err")" "mezzo tasks"
