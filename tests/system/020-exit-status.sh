#!/bin/sh
# The exit status of mezzo run is its task's.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

status_of() {
	"$@" >"$tmp/out" 2>"$tmp/err"
	echo $?
}

is "true is 0" "$(status_of mezzo run -- true)" 0
is "and writes nothing" "$(cat "$tmp/out" "$tmp/err")" ""
is "false is 1" "$(status_of mezzo run -- false)" 1
is "any other status is kept" "$(status_of mezzo run -- sh -c 'exit 42')" 42
is "-- may be left out" "$(status_of mezzo run sh -c 'exit 7')" 7
is "a signal is 128 and its number" \
	"$(status_of mezzo run -- sh -c 'kill -9 $$')" 137
has "and is told" "$(cat "$tmp/err")" "TASK_FAILED"
is "a command that is not there never ran" \
	"$(status_of mezzo run -- /no/such/command)" 125
has "and is told" "$(cat "$tmp/err")" "/no/such/command"
is "of several, it is that of the first that failed" \
	"$(status_of mezzo run --instances 3 -- \
		sh -c 'case $MEZZO_TASK_ID in *-2) exit 5;; *-3) exit 6;; esac')" 5
check "five of them left no framework connected" frameworks_are 0
