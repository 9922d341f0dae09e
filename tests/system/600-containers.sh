#!/bin/sh
# A task in an OCI image: its own root, command, environment, user and limits;
# and nothing of it is left when it has ended, however it did.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
cluster_needed --agents 1
containers_needed

image_root "$tmp/root"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
# A second layer: one file replaced, one hidden, a directory emptied.
mkdir -p "$tmp/upper/etc" "$tmp/upper/data"
echo second >"$tmp/upper/etc/layer"
: >"$tmp/upper/etc/.wh.group"
: >"$tmp/upper/data/.wh..wh..opq"
echo new >"$tmp/upper/data/fresh"
tar -C "$tmp/upper" -cf "$tmp/upper.tar" .
image_pack "$tmp/app" 1 '{"Entrypoint":["/bin/sh","-c"],"Cmd":["echo hello from $A"],"Env":["PATH=/bin","A=image"],"User":"web","WorkingDir":"/tmp"}' "$tmp/base.tar"
image_pack "$tmp/two" 1 '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' \
	"$tmp/base.tar" "$tmp/upper.tar"
app=oci:$tmp/app:1 two=oci:$tmp/two:1
run() {
	timeout 60 mezzo run "$@" 2>"$tmp/err"
}

is "an image has a command of its own" "$(run --image "$app")" \
	"hello from image"
is "arguments replace it" "$(run --image "$app" -- 'echo $A; pwd; id -u; id -g')" \
	"image
/tmp
33
34"
is "variables are added" "$(run --env A=task --image "$app")" \
	"hello from task"
run --image "$two" -- sh -c 'exit 7'
is "its exit status is the task's" $? 7
run --image "$two" -- sh -c 'kill -9 1; kill -TERM $$; exit 3'
is "a first process is not killed by itself" $? 3
is "layers are one over the other" "$(run --image "$two" -- sh -c \
	'cat /etc/layer; ls /etc/group; ls /data')" "second
fresh"
has "what is hidden is not there" "$(cat "$tmp/err")" "/etc/group"
is "it sees its own processes only" "$(run --image "$two" -- sh -c \
	'ps | grep -c "{[m]ezzo\|[m]ezzo-agent"')" 0
is "another user may be chosen" "$(run --image "$two" --inner-user web -- \
	id -un)" web
is "an init begins it when asked" "$(run --image "$two" --init -- \
	sh -c 'cat /proc/1/comm')" "mezzo-init"
run --image "$two" --read-only -- touch /new
is "a root may be read-only" $? 1
is "without a network there is loopback" "$(run --image "$two" --network none \
	-- sh -c 'ip link | grep -c mtu')" 1
run --image "$two" --mem 32 --name hungry -- sh -c 'x=$(yes | head -c 200000000)'
is "using more memory than it may ends it" $? 137
has "and that is said" "$(cat "$tmp/err")" CONTAINER_LIMITATION_MEMORY

# Bad input: a message with the remedy.
run --image "$two" -- nosuch
is "a command that is not there" $? 125
has "is said to be none" "$(cat "$tmp/err")" "nosuch"
run --image "oci:$tmp/nowhere:1"
is "an image that is not there" $? 125
has "is named" "$(cat "$tmp/err")" "oci:$tmp/nowhere:1 cannot be found"
run --image 127.0.0.1:1/app
has "a registry that does not answer" "$(cat "$tmp/err")" "connection refused"
run --image docker-daemon:app
has "what agents do not fetch" "$(cat "$tmp/err")" "use a registry's name"
run --image "$two" --inner-user nobody-there -- true
has "a user the image does not have" "$(cat "$tmp/err")" \
	"its image has no user nobody-there"
mkdir "$tmp/odd" && head -c 50000 /dev/urandom >"$tmp/odd/file"
tar -C "$tmp/odd" -cf "$tmp/odd.tar" .
image_pack "$tmp/bad" 1 '{"Cmd":["/bin/true"]}' "$tmp/odd.tar"
echo more >>"$(ls -S "$tmp"/bad/blobs/sha256/* | head -n 1)"
run --image "oci:$tmp/bad:1"
is "an image that was tampered with" $? 125
has "is refused by its digest" "$(cat "$tmp/err")" "Digest did not match"

# A registry, without TLS on this machine: by a tag, which moves, and a digest.
registry_start() {
	for registry_try in 1 2 3; do # another may take the port
		registry=127.0.0.1:$(free_ports)
		cat >"$tmp/registry.yml" <<-YML
			version: 0.1
			storage: {filesystem: {rootdirectory: $tmp/registry}}
			http: {addr: $registry}
		YML
		docker-registry serve "$tmp/registry.yml" >"$tmp/registry.log" 2>&1 &
		registry_pid=$!
		wait_until 30 grep -q "listening on" "$tmp/registry.log" && return
		kill "$registry_pid"
	done
	return 1
}
if command -v docker-registry >/dev/null; then
	check "a registry" registry_start
	skopeo --insecure-policy copy -q --dest-tls-verify=false "$two" \
		"docker://$registry/team/two:1" >"$tmp/err" 2>&1
	is "an image comes from it by its tag" "$(run --image \
		"$registry/team/two:1" -- cat /etc/layer)" second
	digest=$(skopeo inspect --no-tags --tls-verify=false \
		--format '{{.Digest}}' "docker://$registry/team/two:1")
	is "and by its digest" "$(run --image "$registry/team/two@$digest" -- \
		cat /etc/layer)" second
	run --image "$registry/team/none:1" -- true
	has "one that it does not have is named" "$(cat "$tmp/err")" \
		"$registry/team/none:1 cannot be found"
	kill "$registry_pid"
	wait "$registry_pid"
	is "what was fetched does without it" "$(run --image \
		"$registry/team/two@$digest" -- cat /etc/layer)" second
else
	skip "a registry" "docker-registry is not installed"
fi

# Misbehaviour, and nothing left of it.
run --image "$two" -- sh -c 'for i in 1 2 3; do sleep 1000 & done; exit 0'
is "who forks and exits has exited" $? 0
timeout 60 mezzo run --image "$two" -- sh -c 'yes | head -c 20000000' \
	>"$tmp/flood" 2>"$tmp/err"
is "a flood of output comes through" "$(wc -c <"$tmp/flood")" 20000000
full=$(mezzo run --detach --name stays --image "$two" -- sleep 1000)
mezzo kill "$full"
check "a container is killed" wait_until 20 task_is stays TASK_KILLED
check "nothing is left of them all" wait_until 20 no_containers_left

# The agent is killed in the middle, and started again.
timeout 60 mezzo run --name outlives --image "$two" -- \
	sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done; exit 9' \
	>"$tmp/out" 2>"$tmp/err" &
outlives=$!
check "a container" wait_until 20 task_is outlives TASK_RUNNING
pid=$(pgrep -f '^sh -c while \[ ! -e /tmp/go')
kill -9 "$(pid_of agent-1)"
check "runs on without its agent" kill -0 "$pid"
check "which is started again" mezzo up
check "and has it" wait_until 20 task_is outlives TASK_RUNNING
touch "/proc/$pid/root/tmp/go"
wait "$outlives"
is "its status is told" $? 9
kill -9 "$(pid_of agent-1)"
mkdir -p "$MEZZO_STATE/agent-1/containers/nobodys/upper"
check "what an earlier agent left" mezzo up
check "is swept away" wait_until 30 no_containers_left
is "layers are unpacked once" "$(find "$MEZZO_STATE/agent-1/images/layers" \
	-mindepth 1 -maxdepth 1 ! -name empty | wc -l)" 2
