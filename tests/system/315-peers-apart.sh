#!/bin/sh
# Peers on agents that have networks of their own: their agents meet.
. "$srcdir/tests/system/cluster.sh"
crew=$PWD/tests/system/crew

if ! unshare -n true 2>/dev/null || ! command -v ip >/dev/null; then
	skip "peers in two networks" "no namespaces: not root, or not permitted"
	exit
fi

# machine NAME: a network namespace, held by a process.
machine() {
	setsid unshare -n sh -c 'exec sleep 600' "$tmp" </dev/null >/dev/null 2>&1 &
	echo $! >"$tmp/$1.pid"
	wait_until 10 sh -c "[ \"\$(readlink /proc/$!/ns/net)\" != \
		\"\$(readlink /proc/self/ns/net)\" ]"
}
on() {
	on_pid=$(cat "$tmp/$1.pid")
	shift
	nsenter -t "$on_pid" -n "$@"
}
for each in head a b; do
	machine $each
	on $each ip link set lo up
done
on head ip link add switch type bridge
on head ip address add 10.79.0.1/24 dev switch
on head ip link set switch up
for each in a:2 b:3; do
	name=${each%:*} number=${each#*:}
	on head ip link add "port-$name" type veth peer name eth0 netns \
		"$(cat "$tmp/$name.pid")"
	on head ip link set "port-$name" master switch up
	on "$name" ip address add "10.79.0.$number/24" dev eth0
	on "$name" ip link set eth0 up
done

state=$tmp/apart
mkdir -p "$state/master" "$state/a" "$state/b" "$state/user"
trap 'kill $(cat "$tmp"/*.pid) 2>/dev/null; finish' EXIT
mezzo keygen --kind master "$state/master/master.keys" >/dev/null
{
	mezzo keygen --kind agent --name a "$state/a/agent.keys"
	mezzo keygen --kind agent --name b "$state/b/agent.keys"
	mezzo keygen --kind operator --name me "$state/user/operator.keys"
	mezzo keygen --kind framework --name me --users '*' \
		"$state/user/framework.keys"
} >"$state/master/allow"
key=$(sed -n 's/^public //p' "$state/master/master.keys")
setsid nsenter -t "$(cat "$tmp/head.pid")" -n mezzo-master \
	--state="$state/master" --listen=tcp://10.79.0.1:5050 \
	</dev/null >"$tmp/master.log" 2>&1 &
for each in a:2 b:3; do
	name=${each%:*}
	setsid nsenter -t "$(cat "$tmp/$name.pid")" -n mezzo-agent \
		--state="$state/$name" --hostname="$name" \
		--listen="tcp://10.79.0.${each#*:}:5051" --resources='cpus:2;mem:512' \
		--master=tcp://10.79.0.1:5050 --master-key="$key" \
		</dev/null >"$tmp/$name.log" 2>&1 &
done
MEZZO_STATE=$state/user MEZZO_MASTER=10.79.0.1:5050 MEZZO_MASTER_KEY=$key
export MEZZO_STATE MEZZO_MASTER MEZZO_MASTER_KEY
agents_are_two() {
	[ "$(MEZZO_KEY_FILE=$state/user/operator.keys on head \
		mezzo agents --json | jq length)" = 2 ]
}
check "two agents, each with a network of its own" wait_until 30 agents_are_two
out=$(MEZZO_KEY_FILE=$state/user/framework.keys on head timeout 60 \
	"$crew" 2 ring 50 2>&1)
has "a message goes round between them" "$out" "crew.0: 50 rounds in"
echo "# $out"
out=$(MEZZO_KEY_FILE=$state/user/framework.keys on head timeout 60 \
	"$crew" 2 where 2>&1)
is "executors are told which networks they are in" \
	"$(echo "$out" | sed 's/.*network //' | sort -u | wc -l)" 2
is "and that it is one machine" \
	"$(echo "$out" | sed 's/.*boot \([^ ]*\) .*/\1/' | sort -u | wc -l)" 1
[ -z "$(cat "$tmp"/*.log | grep -i refused)" ] || cat "$tmp"/*.log | sed 's/^/# /'
