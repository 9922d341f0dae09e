#!/bin/sh
# Of two wordcounts one works; when it is killed the other goes on, with what
# was counted and what ran, and the total is that of wc.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/zookeeper.sh"

zookeeper_is_installed || {
	skip "wordcount --ha" "no ZooKeeper server (apt install zookeeper)"
	exit 0
}
cluster_needed --agents 1 --resources 'cpus:1;mem:1024'
zookeeper_start
address=zk://127.0.0.1:$zookeeper_port/count

# One task at a time finds room, so that the count takes a while.
hold() {
	mezzo run --detach --name hold --cpus 0.9 --mem 16 -- sleep 1000
}
check "most of the pool is taken" hold
mkdir "$tmp/files"
for i in $(seq 40); do
	seq "$i" >"$tmp/files/$i"
done
count() { # NAME
	mezzo-wordcount --ha "$address" "$tmp"/files/* >"$tmp/$1" 2>"$tmp/$1.err" &
	eval "$1=\$!"
}
frameworks() {
	mezzo frameworks --json | jq -r '.[] | select(.name == "wordcount").id'
}
has_begun() {
	mezzo tasks --json |
		jq -e '[.[] | select(.state == "TASK_FINISHED")] | length > 4'
}
count first
check "the first counts" wait_until 60 has_begun
id=$(frameworks)
count second
kill -STOP "$first"
check "the second stands by" [ -z "$(cat "$tmp/second")" ]
is "there is one framework" "$(frameworks | wc -l)" 1
kill -9 "$first"
wait "$first" 2>/dev/null
is "the first has not finished" "$(grep -c total "$tmp/first")" 0
check "most of the pool is free again" mezzo kill hold
wait "$second"
is "the second succeeds" "$? $(cat "$tmp/second.err")" "0 "
is "its total is that of wc" \
	"$(awk '$1 == "total" { print $NF }' "$tmp/second")" \
	"$(cat "$tmp"/files/* | wc -w)"
is "it is the same framework" "$(mezzo tasks --json |
	jq -r '[.[] | select(.name != "hold").framework] | unique[]')" "$id"
check "it began with what the first had counted" \
	[ "$(grep -c files/ "$tmp/second")" -lt 40 ]
timeout 60 mezzo-wordcount --ha "$address" "$tmp"/files/* >"$tmp/third"
is "whoever comes later finds the total" \
	"$(awk '$1 == "total" { print $NF }' "$tmp/third")" \
	"$(cat "$tmp"/files/* | wc -w)"
