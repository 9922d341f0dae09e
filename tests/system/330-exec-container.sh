#!/bin/sh
# mezzo exec into a container: its root, its user, its environment.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
cluster_needed --agents 1
containers_needed

image_root "$tmp/root"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
image_pack "$tmp/app" 1 \
	'{"Cmd":["/bin/sh"],"Env":["PATH=/bin","A=image"],"User":"web"}' \
	"$tmp/base.tar"
mezzo run --detach --name box --image "oci:$tmp/app:1" -- sleep 1000 \
	>"$tmp/box" 2>&1
check "a container" wait_until 60 task_is box TASK_RUNNING

is "a program sees its root, user and environment" "$(timeout 60 mezzo exec \
	box -- sh -c 'ls -d /etc/passwd /root /work; id -u; echo $A' \
	2>/dev/null </dev/null)" "$(ls -d "$tmp/root/etc/passwd" | sed "s|$tmp/root||")
33
image"
is "and variables of its own" "$(timeout 60 mezzo exec --env B=mine box -- \
	sh -c 'echo $A $B' </dev/null)" "image mine"
is "input goes in, output comes out" \
	"$(echo abc | timeout 60 mezzo exec box -- cat)" abc
timeout 60 mezzo exec box -- sh -c 'exit 7' </dev/null
is "its exit status is ours" $? 7
timeout 60 mezzo exec box -- /no/such/program </dev/null >"$tmp/out" 2>&1
has "what is not there is named" "$(cat "$tmp/out")" /no/such/program
if command -v script >/dev/null; then
	out=$(timeout 60 script -qec "stty rows 33 cols 101; \
		mezzo exec -t box -- sh -c 'tty; stty size; exit 4'" /dev/null \
		</dev/null)
	is "the status comes through a terminal" $? 4
	has "it has a terminal of its own" "$out" /dev/pts/0
	has "of the size of ours" "$out" "33 101"
else
	skip "a terminal" "no script(1)"
fi
mezzo exec box -- sh -c 'echo begun; exec sleep 54321' \
	>"$tmp/out" 2>&1 </dev/null &
client=$!
check "a program runs" wait_until 30 grep -q begun "$tmp/out"
kill -9 $client
check "and ends with its client" wait_until 30 sh -c \
	'! ps -e -o args | grep -q "^sleep 54321"'
check "the container goes on" task_is box TASK_RUNNING
