#!/bin/sh
# mezzo up starts a master and agents; mezzo down leaves nothing behind.
. "$srcdir/tests/system/cluster.sh"

check "up succeeds" cluster_up
is "and prints nothing that was not asked for" "$(cat "$tmp/up.out")" ""
has "but says where the master is" "$(cat "$tmp/up.err")" "127.0.0.1:$port"
has "and what each agent offers" "$(cat "$tmp/up.err")" \
	"agent-3 offers cpus:4;mem:2048;ports:[31600-31899]"
is "three agents are registered" "$(mezzo agents --json |
	jq -c '[.[] | .state]')" '["registered","registered","registered"]'
is "their names differ" "$(mezzo agents --json |
	jq -r '.[].name' | sort | tr '\n' ' ')" "agent-1 agent-2 agent-3 "
is "so do their ids" "$(mezzo agents --json | jq -r '.[].id' | sort -u |
	wc -l)" 3
is "their ports do not overlap" "$(mezzo agents --json |
	jq -r '.[].resources.ports' | sort -u | wc -l)" 3
is "their pids are the system's" "$(mezzo agents --json | jq -r '.[].pid' |
	while read -r pid; do tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1; done |
	sed 's|.*/||' | sort | uniq -c | tr -s ' ')" " 3 mezzo-agent"
is "one master leads" "$(mezzo masters --json |
	jq -c '[.[] | {leader, address}]')" \
	"[{\"leader\":true,\"address\":\"tcp://127.0.0.1:$port\"}]"
master=$(mezzo masters --json | jq '.[0].pid')
is "its pid is the system's" "$master" "$(pid_of master)"

agent=$(pid_of agent-2)
check "up again succeeds" mezzo up
is "and leaves what runs" "$(pid_of master) $(pid_of agent-2)" "$master $agent"
kill -9 "$agent"
check "up after an agent was killed succeeds" mezzo up
is "and starts what does not run" "$(mezzo agents --json | jq length)" 3
is "again with its name and id" "$(mezzo agents --json |
	jq -r '.[] | .name' | sort -u | wc -l)" 3
check "one more agent can be added" mezzo up --agents 4
is "which is registered" "$(mezzo agents --json | jq length)" 4
has "other resources are refused while it is up" \
	"$(mezzo up --resources 'cpus:1;mem:10' 2>&1)" "mezzo down"

without_state=$(unset MEZZO_STATE && mezzo agents --json | jq length)
is "commands find the cluster that was started last" "$without_state" 4

launchers=$(pgrep -f "$tmp.*launcher|launcher.*$tmp")
check "down succeeds" mezzo down
is "nothing is left of it" "$(stragglers)" ""
check "its launchers are gone as well" sh -c \
	"for pid in $(echo "$launchers" | tr '\n' ' '); do
		[ ! -e /proc/\$pid ] || exit 1; done"
has "then there is no master" "$(mezzo agents 2>&1)" "mezzo up"
check "up after down succeeds" mezzo up
is "with as many agents as before" "$(mezzo agents --json |
	jq '[.[] | select(.state == "registered")] | length')" 4
bundled_are_back() {
	[ "$(mezzo frameworks --json | jq -c '[.[] | select(.connected) | .name] |
		sort')" = '["mezzo-container","mezzo-mpi"]' ]
}
check "and the frameworks that come with it" wait_until 20 bundled_are_back
