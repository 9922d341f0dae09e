#!/bin/sh
# A Compose project runs in real containers: it comes up, is found by name,
# rolls, heals, survives its framework, and goes without a trace.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
cluster_needed --agents 2
containers_needed

image_root "$tmp/root"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
image_pack "$tmp/app" 1 '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' "$tmp/base.tar"

web_port=$(agent_port)
here=$PWD
mkdir -p "$tmp/shop/www" && cd "$tmp/shop" || exit 99
echo "hello from the project" >www/index.html
project() {
	cat >compose.yaml <<-END
		services:
		  web:
		    image: oci:$tmp/app:1
		    command: httpd -f -p $web_port -h /www
		    network_mode: host
		    ports: ["$web_port:$web_port"]
		    volumes: ["./www:/www:ro"]
		    restart: always
		    stop_grace_period: 1s
		  worker:
		    image: oci:$tmp/app:1
		    command: $1
		    environment: {VERSION: $2}
		    network_mode: host
		    restart: always
		    deploy: {replicas: 2}
		    depends_on: [web]
		  once:
		    image: oci:$tmp/app:1
		    command: echo done
		    network_mode: host
		  store:
		    image: oci:$tmp/app:1
		    command: sh -c 'cat /data/mark; echo kept >/data/mark; sleep 1000'
		    network_mode: host
		    stop_grace_period: 1s
		    volumes: [data:/data]
		volumes: {data: }
	END
}
works="sh -c 'echo version \$\$VERSION; wget -q -O - http://web:$web_port/; trap \"exit 0\" TERM; while :; do sleep 0.2; done'"
project "$works" 1
up() {
	timeout 80 mezzo compose up -d --timeout 60s
}
# instances FILTER: of the report, by jq.
instances() {
	mezzo compose ps --json | jq -r ".services[].instances[] | $1"
}
workers() {
	instances 'select(.name | startswith("shop-worker")).task' | sort
}

check "up succeeds" up
is "and all of it runs" "$(instances '.name + " " + .state')" \
	"shop-web-1 running
shop-worker-1 running
shop-worker-2 running
shop-once-1 completed
shop-store-1 running"
is "with the files of the project" \
	"$(busybox wget -q -O - http://127.0.0.1:$web_port/)" "hello from the project"
first=$(workers | head -n 1)
is "logs say who wrote what; one finds another by its name" \
	"$(mezzo compose logs worker once | sort)" \
	"shop-once-1 | done
shop-worker-1 | hello from the project
shop-worker-1 | version 1
shop-worker-2 | hello from the project
shop-worker-2 | version 1"
is "ls has it" "$(mezzo compose ls --json | jq -c '.projects[] | [.name, .ready]')" \
	'["shop",5]'

# Another user.
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
has "another user does not see it" \
	"$(nobody mezzo compose -p shop ps 2>&1)" "there is no project shop"
nobody mezzo compose -p shop down >"$tmp/out" 2>&1
is "nor can he take it down" "$?" 1

# Its framework is killed.
before=$(instances .task)
kill -9 "$(pid_of mezzo-container)"
check "mezzo up starts it again" mezzo up
runs_all() {
	[ "$(instances .state | grep -c '^running$')" = 4 ]
}
check "it knows what it had" wait_until 60 runs_all
is "and has touched nothing" "$(instances .task)" "$before"

# A process is killed.
first=$(workers | head -n 1)
for each in /proc/[0-9]*; do
	grep -qsF "$first" "$each/cgroup" && kill -9 "${each#/proc/}" 2>/dev/null
done
is_replaced() {
	runs_all && ! workers | grep -qxF "$first"
}
check "what is killed is replaced" wait_until 60 is_replaced

# A new version, one that works and one that does not.
project "$works" 2
check "a change is rolled" up
is "to the new version" "$(mezzo compose logs worker | grep version | sort)" \
	"shop-worker-1 | version 2
shop-worker-2 | version 2"
now=$(workers)
project "sh -c 'exit 3'" 3
up >"$tmp/out" 2>"$tmp/err"
is "what does not work goes back" "$?" 1
has "and says so" "$(cat "$tmp/err")" "back to what was before"
is "nothing of what worked was touched" "$(workers | tail -n 1)" \
	"$(echo "$now" | tail -n 1)"
project "$works" 2
check "the file of before is what runs" up
check "fewer of a service" mezzo compose scale worker=1
is "are fewer" "$(workers | wc -l)" 1

# Down, and up: data stays where it is.
check "down succeeds" timeout 60 mezzo compose down
check "no container is left" wait_until 20 no_containers_left
has "ps says that it is gone" "$(mezzo compose ps 2>&1)" "there is no project"
check "up succeeds again" up
is "on the data of before" "$(mezzo compose logs store)" "shop-store-1 | kept"
kept() {
	ls -d "$MEZZO_STATE"/agent-*/volumes/root/*shop.data 2>/dev/null | wc -l
}
is "which is on one agent" "$(kept)" 1
check "down with it in the end" timeout 60 mezzo compose down -v
is "and it is gone" "$(kept)" 0
check "no container is left now" wait_until 20 no_containers_left
is "no archive of it either" \
	"$(find "$MEZZO_STATE/container/files" -type f -mmin +10)" ""
names_gone() {
	[ "$(mezzo tasks --json | jq '[.[] | select(.state == "TASK_RUNNING")] |
		length')" = 0 ]
}
check "nor a name server" wait_until 60 names_gone

# What is wrong is said.
printf 'services: {a: {image: "oci:%s/none:1", network_mode: host}}\n' "$tmp" \
	>compose.yaml
up >"$tmp/out" 2>"$tmp/err"
is "an image that is missing fails" "$?" 1
has "and is named" "$(cat "$tmp/err")" "$tmp/none"
mezzo compose down >/dev/null 2>&1
printf 'services: {a: {image: x, volumes: ["./none:/x"]}}\n' >compose.yaml
has "a file that is missing is named" "$(up 2>&1)" "$tmp/shop/none"
has "a project that is gone has no volumes any more" "$(up >/dev/null 2>&1
	mezzo compose down -v 2>&1)" "there is no project"
cd "$here" || exit 99
