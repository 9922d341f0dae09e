#!/bin/sh
# The agent finds out whether a container is well, and says so when that
# changes; and volumes outlive the containers that have them.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
cluster_needed --agents 1
containers_needed

image_root "$tmp/root"
mkdir -p "$tmp/root/seeded/deep"
echo image >"$tmp/root/seeded/deep/file"
ln -s /etc "$tmp/root/escape"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
image_pack "$tmp/app" 1 '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' \
	"$tmp/base.tar"
app=oci:$tmp/app:1

# health NAME OPTION... -- COMMAND: it runs until it is killed.
health() {
	health_name=$1
	shift
	mezzo run --name "$health_name" --image "$app" --health-interval 200ms \
		"$@" >"$tmp/$health_name.out" 2>"$tmp/$health_name.err" &
}
health command --health-command 'test -e /tmp/well' -- \
	sh -c 'echo up; while [ ! -e /tmp/end ]; do sleep 0.1; done'
check "a container that is looked at by a command" \
	wait_until 30 grep -q up "$tmp/command.out"
pid=$(pgrep -f '^sh -c echo up; while')
check "is found unhealthy" wait_until 30 grep -q "command: unhealthy" \
	"$tmp/command.err"
touch "/proc/$pid/root/tmp/well"
check "and healthy when it is" wait_until 30 grep -q "command: healthy" \
	"$tmp/command.err"
rm "/proc/$pid/root/tmp/well"
check "and unhealthy again" wait_until 30 sh -c \
	"grep -c unhealthy $tmp/command.err | grep -q 2"
touch "/proc/$pid/root/tmp/end"
wait

web_port=$(free_ports)
set -- "$web_port" $((web_port + 1))
health http --health-port "$1" --health-path /page -- sh -c \
	"mkdir /tmp/www; echo page >/tmp/www/page; exec httpd -f -p $1 -h /tmp/www"
check "one that answers over HTTP is healthy" \
	wait_until 30 grep -q "http: healthy" "$tmp/http.err"
health none --health-port "$2" --health-path /none -- sh -c \
	"mkdir /tmp/www; exec httpd -f -p $2 -h /tmp/www"
check "one that answers with 404 is not" \
	wait_until 30 grep -q "none: unhealthy: HTTP status 404" "$tmp/none.err"
mezzo kill http
mezzo kill none
wait

run() {
	timeout 60 mezzo run --image "$app" "$@" 2>"$tmp/err"
}
is "a new volume has what the image has there" \
	"$(run --volume data:/seeded -- cat /seeded/deep/file)" image
run --volume data:/seeded -- sh -c 'echo kept >/seeded/deep/file'
is "and keeps what is written" \
	"$(run --volume data:/other -- cat /other/deep/file)" kept
run --volume data:/other:ro -- sh -c 'echo no >/other/file'
is "unless it is read-only" $? 1
is "what the image links to is the image's" \
	"$(run --volume links:/escape -- sh -c 'ls /escape/group')" /escape/group
check "and nothing of the machine's" \
	test ! -e "$MEZZO_STATE/agent-1/volumes/root/links/shadow"
is "a tmpfs is in memory" "$(run --volume tmpfs:/fast -- \
	sh -c 'grep -c " /fast tmpfs" /proc/mounts')" 1
run --volume "$tmp:/machine" -- ls /machine
is "the machine's paths are not for all" $? 125
has "unless the agent allows them" "$(cat "$tmp/err")" "--allow-path"
check "nothing is left" wait_until 20 no_containers_left
