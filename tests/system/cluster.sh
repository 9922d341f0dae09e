# cluster.sh - a private cluster for a system test, and checks that print TAP.
#
# A test is run in the build directory, sources this file, calls check, is and
# skip any number of times, and ends.  What it has started is stopped then, and
# $tmp, a directory of its own, removed.  Nothing sleeps to let something
# happen: wait_until looks, again and again, until its time is up.

set -u
unset MEZZO_MASTER MEZZO_STATE MEZZO_KEY_FILE MEZZO_MASTER_KEY
installed=$PWD/tests/system/installed
PATH=$installed/bin:$installed/sbin:$PATH
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mezzo-test.XXXXXX") || exit 99
chmod 755 "$tmp"
XDG_CONFIG_HOME=$tmp/config XDG_STATE_HOME=$tmp/state
export PATH XDG_CONFIG_HOME XDG_STATE_HOME
test_count=0 test_failed=0
session=$(cut -d ' ' -f 6 /proc/$$/stat)

# result STATUS SENTENCE: what has gone wrong is in $tmp/said.
result() {
	test_count=$((test_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $test_count - $2"
	else
		echo "not ok $test_count - $2"
		sed 's/^/# /' "$tmp/said" | head -n 50
		test_failed=$((test_failed + 1))
	fi
}

# check SENTENCE COMMAND...: the command succeeds.
check() {
	check_sentence=$1
	shift
	"$@" >"$tmp/said" 2>&1
	result $? "$check_sentence"
}

# is SENTENCE ACTUAL EXPECTED: the two are the same text.
is() {
	{
		printf 'is:       %s\n' "$2"
		printf 'expected: %s\n' "$3"
	} >"$tmp/said"
	[ "$2" = "$3" ]
	result $? "$1"
}

# has SENTENCE TEXT PART: the text has that part.
has() {
	{
		printf 'text: %s\n' "$2"
		printf 'lacks: %s\n' "$3"
	} >"$tmp/said"
	case $2 in
	*"$3"*) result 0 "$1" ;;
	*) result 1 "$1" ;;
	esac
}

skip() {
	test_count=$((test_count + 1))
	echo "ok $test_count - $1 # SKIP $2"
}

# wait_until SECONDS COMMAND...: until it succeeds; false when it has not.
wait_until() {
	wait_deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$wait_deadline" ] || return 1
		sleep 0.05
	done
}

# Ports that nobody has, one after the other, below those the system gives out.
free_ports() {
	while :; do
		free_port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 1000 * 10))
		free_taken=no
		for free_each in 0 1 2 3 4 5 6 7 8 9; do
			free_hex=$(printf ':%04X 00000000:0000 0A' $((free_port + free_each)))
			grep -qs "$free_hex" /proc/net/tcp && free_taken=yes
		done
		[ $free_taken = yes ] || break
	done
	echo "$free_port"
}

# cluster_up [OPTION]...: a cluster in $MEZZO_STATE, for all that follows.
cluster_up() {
	MEZZO_STATE=$tmp/cluster
	export MEZZO_STATE
	port=$(free_ports)
	mezzo up --port "$port" "$@" >"$tmp/up.out" 2>"$tmp/up.err" && return
	cat "$tmp/up.err" >&2
	return 1
}

# cluster_needed [OPTION]...: the same; without it the rest makes no sense.
cluster_needed() {
	cluster_up "$@" && return
	echo "Bail out! mezzo up has failed"
	exit 1
}

# pid_of DAEMON: such as agent-1.
pid_of() {
	cut -d ' ' -f 1 "$MEZZO_STATE/run/$1"
}

is_gone() {
	[ ! -e "/proc/$1" ] || grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# task_state TASK: of a task by its id, such as TASK_RUNNING.
task_state() {
	mezzo tasks --json | jq -r --arg id "$1" '.[] | select(.id == $id).state'
}

task_is() {
	[ "$(task_state "$1")" = "$2" ]
}

# frameworks_are COUNT: connected, without those that mezzo up starts itself.
frameworks_are() {
	[ "$(mezzo frameworks --json | jq '[.[] | select(.connected and
		(.name | startswith("mezzo-") or . == "mpi" | not))] |
		length')" = "$1" ]
}

agents_registered() {
	[ "$(mezzo agents --json |
		jq '[.[] | select(.state == "registered")] | length')" = "$1" ]
}

# Every process that has $tmp in its command line, or had it in its environment
# when it was started; but for this shell and what it runs right now.
stragglers() {
	for straggler in /proc/[0-9]*; do
		straggler_pid=${straggler#/proc/}
		[ "$straggler_pid" != "$$" ] || continue
		grep -qsF "$tmp" "$straggler/cmdline" "$straggler/environ" ||
			continue
		straggler_session=$(cut -d ' ' -f 6 "$straggler/stat" 2>/dev/null)
		[ "$straggler_session" = "$session" ] || echo "$straggler_pid"
	done
}

finish() {
	trap - EXIT INT TERM
	[ ! -e "$tmp/cluster/settings" ] ||
		timeout 60 mezzo down --state "$tmp/cluster" >/dev/null 2>&1
	for finish_pid in $(stragglers); do
		kill -9 "$finish_pid" 2>/dev/null
	done
	if [ "$test_failed" -gt 0 ]; then
		for finish_log in "$tmp"/cluster/log/*; do
			[ -e "$finish_log" ] || continue
			echo "# -- ${finish_log##*/}"
			tail -n 40 "$finish_log" | sed 's/^/# /'
		done
	fi
	[ -n "${KEEP:-}" ] && echo "# kept: $tmp" || rm -rf "$tmp"
	echo "1..$test_count"
	[ "$test_failed" -eq 0 ]
	exit
}
trap finish EXIT
trap 'exit 1' INT TERM
