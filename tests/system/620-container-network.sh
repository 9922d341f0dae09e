#!/bin/sh
# Containers with addresses of their own, on the bridges of two agents, and
# ports of the machine that lead to them; of all that nothing stays.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
cluster_needed --agents 2
containers_needed
bridge_needed
bridges() {
	ip -o link show type bridge | grep -o 'mezzo[0-9a-f]*' | sort
}
before=$(bridges)

image_root "$tmp/root"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
image_pack "$tmp/app" 1 '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' \
	"$tmp/base.tar"
app=oci:$tmp/app:1
first=$(agent_port)

# serve NAME OPTION...: its address is its first line of output.
serve() {
	serve_name=$1
	shift
	mezzo run --name "$serve_name" --image "$app" --network bridge \
		--health-port 80 --health-interval 200ms "$@" -- sh -c \
		"mkdir /tmp/www; echo page of $serve_name >/tmp/www/page
		ip -4 -o addr show eth0 | grep -o '10[.0-9]*' | head -n 1
		exec httpd -f -p 80 -h /tmp/www" \
		>"$tmp/$serve_name.out" 2>"$tmp/$serve_name.err" &
}
serve one --publish "$first:80"
check "a container on a bridge has an address and is healthy there" \
	wait_until 60 grep -q "one: healthy" "$tmp/one.err"
address=$(head -n 1 "$tmp/one.out")
has "of the pool's range" "$address" 10.88.
is "its port of the machine leads to it" \
	"$(busybox wget -q -O - "http://127.0.0.1:$first/page")" "page of one"
is "another container reaches it by its address" \
	"$(timeout 60 mezzo run --image "$app" --network bridge -- \
		wget -q -O - "http://$address/page" 2>"$tmp/err")" "page of one"
is "and by the machine's port" \
	"$(timeout 60 mezzo run --image "$app" --network bridge -- sh -c \
		"wget -q -O - http://$(ip -4 -o addr show scope global |
			grep -v mezzo | awk '{ print $4 }' | cut -d / -f 1 |
			head -n 1):$first/page" 2>"$tmp/err")" "page of one"
is "its name is its own" "$(timeout 60 mezzo run --name named --image "$app" \
	--network bridge -- sh -c 'grep -c "10.88.*named" /etc/hosts')" 1
mezzo kill one
wait
check "nothing is left of its container" wait_until 20 no_containers_left
port_is_closed() {
	! timeout 1 busybox wget -q -O - "http://127.0.0.1:$first/page"
}
check "nor of its port" wait_until 20 port_is_closed
bridges_are_gone() {
	[ "$(bridges | wc -l)" -le "$(echo "$before" | grep -c .)" ] &&
		! find "$MEZZO_STATE"/agent-*/network -name '10.88.*' | grep -q .
}
check "nor of the network, a moment later" wait_until 30 bridges_are_gone

# The agent is killed while a container is on its bridge.
serve two
check "a container" wait_until 60 grep -q "two: healthy" "$tmp/two.err"
address=$(head -n 1 "$tmp/two.out")
kill -9 "$(pid_of agent-1)" "$(pid_of agent-2)"
is "keeps its network without its agent" \
	"$(busybox wget -q -O - "http://$address/page")" "page of two"
check "which is started again" mezzo up
mezzo kill two
wait
check "and gives all of it back in the end" wait_until 40 bridges_are_gone
