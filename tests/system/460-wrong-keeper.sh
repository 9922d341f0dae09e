#!/bin/sh
# A path in ZooKeeper that is not ours to use: one clear line each.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/zookeeper.sh"

zookeeper_is_installed || {
	skip "wrong paths" "no ZooKeeper server (apt install zookeeper)"
	exit 0
}
zookeeper_start
port=$(free_ports)
hosts=127.0.0.1:$zookeeper_port

node() { # PATH VALUE
	tests/system/zknode "$hosts" "$@" 2>/dev/null
}
# The last line of a master's, which must end by itself.
refusal() { # ADDRESS
	timeout 20 mezzo-master --plain --state "$tmp/master" --zk "$1" \
		--listen "tcp://127.0.0.1:$port" >"$tmp/log" 2>&1
	echo "$? $(tail -n 1 "$tmp/log")"
}
check "ZooKeeper is there" wait_until 30 node /used x
node /used.store "something else"
has "a store that is something else's" "$(refusal "zk://$hosts/used")" \
	"/used.store in ZooKeeper is used by something else"
node /newer x
node /newer.store "mezzo store 9"
has "a store of another version" "$(refusal "zk://$hosts/newer")" \
	'was made by another version of Mezzo ("mezzo store 9", not'

own=zk://anna:secret@$hosts/own
timeout 20 mezzo-master --plain --state "$tmp/own" --zk "$own" \
	--listen "tcp://127.0.0.1:$port" 2>"$tmp/own.log" &
owner=$!
check "a path is Anna's" wait_until 30 grep -q "leading cluster" "$tmp/own.log"
has "and nobody else's" "$(refusal "zk://$hosts/own")" \
	"in ZooKeeper belongs to another user; give user and password"
kill "$owner"
node /open x
node /open/json.info_0000000000 "process 7 on h"
has "a path where others contend" "$(refusal "zk://$hosts/open")" \
	"/open in ZooKeeper is where others than masters contend"
timeout 20 mezzo-master --plain --state "$tmp/file" \
	--listen "tcp://127.0.0.1:$port" 2>"$tmp/file.log" &
owner=$!
check "a master has a file of its own" wait_until 30 \
	grep -q "leading cluster" "$tmp/file.log"
has "which no other may use" "$(mezzo-master --plain --state "$tmp/other" \
	--store "sqlite:$tmp/file/master.db" 2>&1)" "is locked by process"
kill "$owner"
