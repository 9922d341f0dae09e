#!/bin/sh
# Without root everything but isolation works.
. "$srcdir/tests/system/cluster.sh"

if [ "$(id -u)" -ne 0 ]; then
	skip "an ordinary user" "every test was run by one already"
	exit
fi
mkdir "$tmp/home" && chown nobody "$tmp/home"
as_nobody() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
		env -u XDG_CONFIG_HOME -u XDG_STATE_HOME HOME="$tmp/home" "$@"
}
if ! as_nobody test -x "$installed/bin/mezzo"; then
	skip "an ordinary user" "nobody may not read $installed"
	exit
fi
MEZZO_STATE=$tmp/home/cluster
export MEZZO_STATE
port=$(free_ports)
as_nobody mezzo up --agents 2 --port "$port" 2>"$tmp/err"
is "up succeeds" $? 0
is "a task runs" "$(as_nobody mezzo run -- echo hello)" hello
is "as that user" "$(as_nobody mezzo run -- id -un)" nobody
as_nobody mezzo run --user root -- id -un >"$tmp/out" 2>"$tmp/err"
is "and as no other" "$([ $? -ne 0 ] && wc -c <"$tmp/out")" 0
has "which is told" "$(cat "$tmp/err")" root
as_nobody mezzo run -- sh -c 'exit 6'
is "its status is kept" $? 6
full=$(as_nobody mezzo run --detach --name family -- \
	sh -c 'sleep 987652 & sleep 987652')
as_nobody mezzo kill "$full"
check "its processes end with it" wait_until 20 sh -c \
	'! pgrep -f "^sleep 987652"'
has "that there are no cgroups is said once" \
	"$(cat "$MEZZO_STATE/log/agent-1")" cgroup
kill -9 "$(pid_of agent-1)"
check "an agent that was killed comes back" as_nobody mezzo up
check "down succeeds" as_nobody mezzo down
is "nothing is left of it" "$(stragglers)" ""
