#!/bin/sh
# Limits where cgroups are of version 2 alone: Linux in user mode, a kernel that
# is a process, on this machine's files.
. "$srcdir/tests/system/cluster.sh"

# Run in there: a cluster of installed daemons.
if [ "${1:-}" = inside ]; then
	cluster_needed --agents 1
	has "the agent has found them" "$(cat "$MEZZO_STATE"/log/agent-1*)" \
		"memory (v2)"
	mezzo run --mem 32 --name hungry -- python3 -c \
		'x = bytearray(200 * 1024 * 1024)' 2>"$tmp/err"
	is "a task that uses more memory is killed" $? 137
	has "and told so" "$(cat "$tmp/err")" CONTAINER_LIMITATION_MEMORY
	full=$(mezzo run --detach --name family -- \
		sh -c 'setsid sleep 987654 & sleep 987654 & wait')
	check "processes of a task" wait_until 20 sh -c \
		'[ "$(pgrep -cf "^sleep 987654")" = 2 ]'
	mezzo kill "$full"
	check "end with it, also those in a session of their own" \
		wait_until 20 sh -c '! pgrep -f "^sleep 987654"'
	kill -9 "$(pid_of agent-1)"
	mezzo run --detach --name later -- sleep 987655 >"$tmp/said" 2>&1 &
	mezzo up >"$tmp/up" 2>&1
	is "an agent that was killed comes back" $? 0
	check "and takes on" wait_until 30 task_is later TASK_RUNNING
	check "mezzo down ends all" mezzo down
	is "and leaves no cgroup" \
		"$(find /sys/fs/cgroup -path '*/mezzo/*' -type d | wc -l)" 0
	exit 0
fi

kernel=$(command -v linux.uml) || {
	skip "limits by cgroups v2" "no linux.uml (package user-mode-linux)"
	exit 0
}

# What has to be written is written to memory.
cat >"$tmp/init" <<EOF
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
srcdir=$(cd "$srcdir" && pwd)
export srcdir
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
cd '$PWD'
run() {
	name=\$1
	shift
	timeout 100 "\$@" 2>&1 </dev/null | sed "s|^|<\$name> |"
}
run limits tests/unit/machine_limits_test
run tasks tests/unit/machine_test
run cluster sh "\$srcdir/tests/system/095-limits-v2.sh" inside
echo o >/proc/sysrq-trigger
exec sleep 60
EOF
chmod 755 "$tmp/init"
timeout 320 "$kernel" mem=1G root=/dev/root rootfstype=hostfs rootflags=/ ro \
	init="$tmp/init" con=null con0=fd:0,fd:1 quiet umid="mezzo-$$" \
	uml_dir="$tmp" </dev/null 2>&1 | tr -d '\r' >"$tmp/console"

# results NAME: what that program printed.
results() {
	sed -n "s|^<$1> ||p" "$tmp/console"
}

# all_good NAME: it came to its end, and none of its checks failed.
all_good() {
	results "$1"
	results "$1" | grep -q '^1\.\.[1-9]' &&
		! results "$1" | grep -q '^not ok'
}

check "the limits of one task hold" all_good limits
# Each is skipped once, where it is tried without any cgroups.
is "with the controllers of v2" \
	"$(results limits | grep -cE '# SKIP no (memory|pids|cpu) ')" 3
check "its life is as it is by v1" all_good tasks
results cluster | sed -n 's/^ok [0-9]* - //p' >"$tmp/good"
while read -r line; do
	result 0 "a cluster: $line"
done <"$tmp/good"
check "and nothing in a cluster fails" all_good cluster
