#!/bin/sh
# What is damaged on disk is refused with file and offset; mezzo fsck shows it,
# and repairs it when it is told to.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

mezzo run --detach --name stays -- sleep 1000 >/dev/null
mezzo run -- true
journal=$MEZZO_STATE/agent-1/journal
store=$MEZZO_STATE/master/master.db
history=$MEZZO_STATE/master/history.db
stop() { # DAEMON
	stop_pid=$(pid_of "$1")
	kill -9 "$stop_pid"
	wait_until 10 is_gone "$stop_pid"
}
# damage FILE OFFSET: some bytes there are others.
damage() {
	printf 'damaged!' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
logged() { # DAEMON TEXT
	tail -n 5 "$MEZZO_STATE/log/$1" | grep -qF "$2"
}
said() {
	mezzo fsck "$@" 2>&1
}
check "all is sound while it runs" mezzo fsck
has "which it says" "$(said)" "3 sound, 0 damaged"

stop agent-1
damage "$journal" 40
mezzo up >/dev/null 2>&1
check "an agent with a damaged journal refuses to start" wait_until 10 \
	logged agent-1 "$journal is damaged at byte"
has "and says what to do" "$(tail -n 1 "$MEZZO_STATE/log/agent-1")" "mezzo fsck"
before=$(cksum <"$journal")
said "$MEZZO_STATE/agent-1" >"$tmp/said"
is "the check fails" "$?" 1
is "and changes nothing" "$(cksum <"$journal")" "$before"
has "it names the place" "$(said)" "$journal: damaged at byte"
check "it is repaired when that is asked for" mezzo fsck --repair \
	"$MEZZO_STATE/agent-1"
is "the damaged one is kept" "$(cksum <"$(ls "$journal".damaged-*)")" "$before"
check "then the agent starts" mezzo up
is "and runs tasks" "$(mezzo run -- echo again)" again

stop master
if command -v sqlite3 >/dev/null; then
	sqlite3 "$store" "UPDATE entries SET value = x'ff'
		WHERE key LIKE '/agents/%'"
	mezzo up >/dev/null 2>&1
	check "so does one that cannot read an entry" logged master \
		"is damaged: entry /agents/"
	check "which is repaired too" mezzo fsck --repair "$MEZZO_STATE/master"
else
	skip "an entry that cannot be read" "no sqlite3"
fi
damage "$history" 0
mezzo up >/dev/null 2>&1
check "or has a damaged history" logged master "$history: damaged at byte 0"
check "of which a new one is begun" mezzo fsck --repair "$MEZZO_STATE/master"
check "then it starts" mezzo up
is "and runs tasks" "$(mezzo run -- echo once more)" "once more"
check "in which is what ends from now on" wait_until 10 sh -c "mezzo history |
	grep -q echo"
check "a daemon that runs is not repaired" test "$(mezzo fsck --repair \
	"$MEZZO_STATE/master" | grep -c sound)" -ge 2
stop master
mezzo fsck "$MEZZO_STATE/master" >/dev/null # SQLite tidies up
damage "$store" 4096
mezzo up >/dev/null 2>&1
check "a master with a damaged store refuses to start" logged master \
	"$store: damaged at byte 4096"
has "it is found" "$(said "$MEZZO_STATE/master")" "$store: damaged at byte 4096"
has "what is lost with it is said" "$(said --repair "$MEZZO_STATE/master")" \
	"the cluster's id is lost"
is "then all is sound" "$(said "$MEZZO_STATE/master" | tail -n 1)" \
	"2 sound, 0 damaged, 0 of them repaired"
check "nothing to look at is an error" sh -c "! mezzo fsck '$tmp'"
rm "$MEZZO_STATE/settings" # nobody is left who could be taken down gently
