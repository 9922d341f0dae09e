#!/bin/sh
# Two services on agents of different network namespaces: each agent has a
# subnet of its own, though both would take the same, and a tunnel to the other.
. "$srcdir/tests/system/cluster.sh"
. "$srcdir/tests/system/images.sh"
. "$srcdir/tests/system/machines.sh"

if ! machines_possible; then
	skip "containers apart" "no network namespaces: not root, or not permitted"
	exit 0
fi
trap 'machines_down; finish' EXIT
bridge_needed
for each in 1 2; do
	mkdir -p "$tmp/cluster/agent-$each/network"
	echo "mezzo0000000$each 77" >"$tmp/cluster/agent-$each/network/bridge"
done
check "a pool of two machines" machines_up 2 'cpus:2;mem:1024;ports:[31000-31999]'
start_daemon mezzo-container mezzo-container serve --state="$MEZZO_STATE"
containers_needed
check "has a framework for containers" \
	wait_until 30 test -S "$MEZZO_STATE/container/door"

image_root "$tmp/root"
tar -C "$tmp/root" -cf "$tmp/base.tar" .
image_pack "$tmp/app" 1 '{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]}' \
	"$tmp/base.tar"
head -c 300000 /dev/zero | tr '\0' x >"$tmp/page"
here=$PWD
mkdir -p "$tmp/shop/www" && cd "$tmp/shop" || exit 99
cp "$tmp/page" www/page
cat >compose.yaml <<END
services:
  web:
    image: oci:$tmp/app:1
    command: sh -c 'cp -r /www /tmp/www; hostname >/tmp/www/name; touch /tmp/well; exec httpd -f -p 80 -h /tmp/www'
    volumes: ["./www:/www:ro"]
    healthcheck: {test: test -e /tmp/well, interval: 200ms}
    stop_grace_period: 1s
    deploy: {replicas: 2}
  client:
    image: oci:$tmp/app:1
    command: >
      sh -c 'trap "exit 0" TERM; while :; do
      wget -q -O - http://shop-web-1/name; wget -q -O - http://shop-web-2/name;
      wget -q -O - http://shop-web-1/page | wc -c; wget -q -O - http://shop-web-2/page | wc -c;
      sleep 0.2; done'
    depends_on: {web: {condition: service_healthy}}
    restart: always
END
check "up succeeds" timeout 80 mezzo compose up -d --timeout 60s
instances() {
	mezzo compose ps --json | jq -r ".services[].instances[] | $1"
}
is "web is on both machines" "$(instances \
	'select(.name | startswith("shop-web")).agent' | sort | tr '\n' ' ')" \
	"agent-1 agent-2 "
is "each with a subnet of its own" "$(instances \
	'select(.name | startswith("shop-web")).address' | cut -d . -f 3 |
	sort -u | wc -l)" 2
heard() {
	for line in shop-web-1 shop-web-2; do
		mezzo compose logs client | grep -q "| $line\$" || return 1
	done
	[ "$(mezzo compose logs client | grep -c '| 300000$')" -ge 4 ]
}
check "another service hears both, by name, and large pages too" \
	wait_until 30 heard
mezzo compose logs client | grep -v '| shop-web-.$' | sort | uniq -c | head -n 5 |
	sed 's/^/# /'

check "down succeeds" timeout 60 mezzo compose down
links_are_gone() {
	for each in 1 2; do
		[ -z "$(on_machine $each ip -o link show | grep mezzo)" ] || return 1
	done
}
check "and takes bridges and tunnels with it" wait_until 30 links_are_gone
cd "$here" || exit 99
