#!/bin/sh
# Gangs in each other's way, asks that are withdrawn, and a loss after the start.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 3 --resources 'cpus:2;mem:512'
ganger=$PWD/tests/system/ganger

states() { # FILE STATE: how many tasks it names
	awk -v s="$2" '$1 == s { print $2 }' "$1" | sort -u | grep -c .
}
idle() {
	[ "$(mezzo offers --json | jq length)" = 0 ] &&
		[ "$(mezzo agents --json | jq '[.[].used.cpus] | add')" = 0 ]
}

# Each needs four of the six cpus, so no two of them have room at once.
for n in 1 2 3 4; do
	timeout 60 "$ganger" -n 4 -c 1000 "sleep 0.2" >"$tmp/out-$n" 2>&1 &
	eval "gang_$n=$!"
done
for n in 1 2 3 4; do
	eval "wait \$gang_$n"
	is "gang $n of four that overlap succeeds" $? 0
	is "all of it at once" "$(awk '$1 == "LAUNCHED" { print $3 }' \
		"$tmp/out-$n" | sort -u | wc -l)" 1
done
check "and nothing is held any more" wait_until 20 idle

timeout 60 mezzo run --gang --cpus 1 --instances 6 --name all -- true
is "mezzo run starts a gang" $? 0
timeout 60 mezzo run --gang --cpus 1 --instances 7 --name more -- true \
	2>"$tmp/err"
is "one that there is never room for is refused" $? 2
has "with the numbers" "$(cat "$tmp/err")" \
	"7 are wanted at once, and there is never room for more than 6"

timeout 60 "$ganger" -n 6 -c 1000 -o true >"$tmp/out" 2>"$tmp/err"
is "a gang is not accepted one by one" $? 3
has "and it is told why" "$(cat "$tmp/err")" "the offer is of a gang"
timeout 60 "$ganger" -n 6 -c 1000 -q true >"$tmp/out" 2>"$tmp/err"
is "an ask may be withdrawn when it is offered, and made again" $? 0
is "then all of it runs" "$(states "$tmp/out" TASK_FINISHED)" 6
check "and nothing is left of the first" wait_until 20 idle

# An agent is lost with a part of the gang, after its start.
mkdir -m 777 "$tmp/on"
timeout 60 "$ganger" -n 3 -c 1500 "touch $tmp/on/\$MEZZO_TASK_ID
	while [ ! -e $tmp/go ]; do sleep 0.1; done" >"$tmp/out" 2>&1 &
gang=$!
check "a gang runs" wait_until 20 sh -c "[ \$(ls $tmp/on | wc -l) = 3 ]"
check "an agent of it is gone" mezzo gone agent-3
check "the framework hears of the loss" wait_until 20 sh -c \
	"grep -q ^TASK_GONE_BY_OPERATOR $tmp/out"
is "of no other" "$(states "$tmp/out" TASK_GONE_BY_OPERATOR)" 1
touch "$tmp/go"
wait "$gang"
is "the others end as they would" $? 1
is "both of them" "$(states "$tmp/out" TASK_FINISHED)" 2
check "and hold nothing" wait_until 20 idle
