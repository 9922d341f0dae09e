#!/bin/sh
# The services of a Compose project have addresses of their own: they find each
# other by name, several instances are on one agent, a port of the machine leads to
# one; and a change of version loses no request.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
cluster_needed --agents 2
containers_needed
bridge_needed

image_root "$tmp/root"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
image_pack "$tmp/app" 1 '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' \
	"$tmp/base.tar"
front_port=$(agent_port)

here=$PWD
mkdir -p "$tmp/shop" && cd "$tmp/shop" || exit 99
# project VERSION [COMMAND]: web says which version answers, and where.
project() {
	cat >compose.yaml <<-END
		services:
		  web:
		    image: oci:$tmp/app:1
		    command: sh -c '${2-mkdir /tmp/www; echo $1 >/tmp/www/version; touch /tmp/well; exec httpd -f -p 80 -h /tmp/www}'
		    healthcheck: {test: test -e /tmp/well, interval: 200ms, retries: 2}
		    restart: always
		    stop_grace_period: 1s
		    deploy: {replicas: 3}
		  front:
		    image: oci:$tmp/app:1
		    command: sh -c 'mkdir /tmp/www; echo front >/tmp/www/page; exec httpd -f -p 80 -h /tmp/www'
		    ports: ["$front_port:80"]
		    stop_grace_period: 1s
		  client:
		    image: oci:$tmp/app:1
		    command: >
		      sh -c 'trap "exit 0" TERM; while :; do
		      if version=\$\$(timeout 10 wget -q -O - http://web/version 2>/dev/null); then echo got \$\$version;
		      else echo failed; fi; sleep 0.05; done'
		    depends_on: {web: {condition: service_healthy}}
		    restart: always
	END
}
up() {
	timeout 80 mezzo compose up -d --timeout 60s
}
instances() {
	mezzo compose ps --json | jq -r ".services[].instances[] | $1"
}
project 1
check "up succeeds" up
is "every instance has an address of its own" \
	"$(instances .address | sort -u | grep -c '^10\.88\.')" 5
is "they are on both agents, and two with one port on one" "$(instances \
	'select(.name | startswith("shop-web")).agent' | sort | uniq -c |
	awk '{ print $1 }' | sort | tr '\n' ' ')" "1 2 "
is "a port of the machine leads to what publishes it" \
	"$(busybox wget -q -O - "http://127.0.0.1:$front_port/page")" front
answered() {
	mezzo compose logs client | grep -c "got $1\$"
}
is_answered() {
	[ "$(answered "$1")" -gt "$2" ]
}
check "one finds another by its name" wait_until 30 is_answered 1 20

project 2
check "a change is rolled" up
check "and the new version answers" wait_until 30 is_answered 2 20
mezzo compose logs client >"$tmp/log"
echo "# requests_during_roll $(wc -l <"$tmp/log")"
is "no request of all has failed" "$(grep -c failed "$tmp/log")" 0
is "nobody of before is left" "$(instances \
	'select(.name | startswith("shop-web")) | .is_current' | sort -u)" true

project 3 'trap "exit 0" TERM; while :; do sleep 0.1; done'
up >"$tmp/out" 2>"$tmp/err"
is "a version that is not healthy fails" $? 1
mezzo compose ps >"$tmp/ps"
has "and goes back by itself" "$(cat "$tmp/err" "$tmp/ps")" \
	"back to what was before"
before=$(answered 2)
check "so that the one before answers" wait_until 30 is_answered 2 $((before + 20))
mezzo compose logs client >"$tmp/log"
is "still no request has failed" "$(grep -c failed "$tmp/log")" 0

webs() {
	instances "select(.name | startswith(\"shop-web\")) | $1"
}
unwell=$(webs .task | head -n 1)
timeout 20 mezzo exec "$unwell" -- rm /tmp/well
is_replaced() {
	! webs .task | grep -qxF "$unwell" && [ "$(webs .state | grep -c '^healthy$')" = 3 ]
}
check "what is not healthy any more is replaced" wait_until 30 is_replaced

check "down succeeds" timeout 60 mezzo compose down
check "no container is left" wait_until 20 no_containers_left
bridges_are_gone() {
	for bridge in $(cat "$MEZZO_STATE"/agent-*/network/bridge | cut -d ' ' -f 1); do
		[ ! -e "/sys/class/net/$bridge" ] || return 1
	done
}
check "nor a bridge, a moment later" wait_until 30 bridges_are_gone
cd "$here" || exit 99
