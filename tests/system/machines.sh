# machines.sh - agents that each have a network of their own, and a master they
# reach over it, for tests of MPI; to be sourced after cluster.sh.  Needs root.

machines_count=0
machines_bridge=mz$(($$ % 100000))
machines_net=10.77.$(($$ % 250))

machines_possible() {
	[ "$(id -u)" -eq 0 ] && unshare -n true 2>/dev/null &&
		ip link add "$machines_bridge" type bridge 2>/dev/null
}

# machines_up N RESOURCES: a master here, agents agent-1 to agent-N elsewhere.
machines_up() {
	MEZZO_STATE=$tmp/cluster
	export MEZZO_STATE
	port=$(free_ports)
	mkdir -p "$MEZZO_STATE/keys" "$MEZZO_STATE/master" "$MEZZO_STATE/log"
	ip addr add "$machines_net.254/24" dev "$machines_bridge" &&
		ip link set "$machines_bridge" up || return
	machines_keys=$MEZZO_STATE/keys
	mezzo keygen --kind master "$machines_keys/master.keys" >/dev/null
	for each in operator framework; do
		mezzo keygen --kind $each "$machines_keys/$each.keys"
	done >"$MEZZO_STATE/master/allow"
	machines_key=$(sed -n 's/^public //p' "$machines_keys/master.keys")
	printf '%s\n' "master tcp://$machines_net.254:$port" \
		"master_key $machines_key" "operator_key keys/operator.keys" \
		"framework_key keys/framework.keys" >"$MEZZO_STATE/cluster"
	while [ "$machines_count" -lt "$1" ]; do
		machines_count=$((machines_count + 1))
		mezzo keygen --name "agent-$machines_count" \
			"$machines_keys/agent-$machines_count.keys" \
			>>"$MEZZO_STATE/master/allow"
	done
	start_daemon master mezzo-master --state="$MEZZO_STATE/master" \
		--listen="tcp://$machines_net.254:$port" \
		--keys="$machines_keys/master.keys"
	for machines_each in $(seq "$1"); do
		machine_up "$machines_each" "$2" || return
	done
	start_daemon mezzo-mpi mezzo-mpi serve --verbose --state="$MEZZO_STATE"
	wait_until 30 agents_registered "$1" &&
		wait_until 30 test -S "$MEZZO_STATE/mpi.sock"
}

# start_daemon NAME COMMAND...
start_daemon() {
	machines_name=$1
	shift
	setsid "$@" </dev/null >>"$MEZZO_STATE/log/$machines_name" 2>&1 &
	echo $! >"$tmp/pid-$machines_name"
}

machine_up() { # NUMBER RESOURCES
	setsid unshare -n sleep infinity </dev/null >/dev/null 2>&1 &
	machines_pid=$!
	echo $machines_pid >"$tmp/pid-machine-$1"
	wait_until 20 sh -c \
		"! [ /proc/$machines_pid/ns/net -ef /proc/$$/ns/net ]" &&
		ip link add "$machines_bridge-$1" type veth \
			peer name eth0 netns "$machines_pid" &&
		ip link set "$machines_bridge-$1" master "$machines_bridge" up &&
		on_machine "$1" ip link set lo up &&
		on_machine "$1" ip addr add "$machines_net.$1/24" dev eth0 &&
		on_machine "$1" ip link set eth0 up || return
	agent_up "$1" "$2"
}

agent_up() { # NUMBER RESOURCES
	start_daemon "agent-$1" nsenter -t "$(cat "$tmp/pid-machine-$1")" -n \
		mezzo-agent --state="$MEZZO_STATE/agent-$1" \
		--master="tcp://$machines_net.254:$port" \
		--master-key="$machines_key" \
		--listen="tcp://$machines_net.$1:5051" \
		--keys="$machines_keys/agent-$1.keys" \
		--hostname="agent-$1" --resources="$2"
}

# on_machine NUMBER COMMAND...
on_machine() {
	machines_at=$(cat "$tmp/pid-machine-$1")
	shift
	nsenter -t "$machines_at" -n "$@"
}

# machine_lost NUMBER: as if its cable was pulled.
machine_lost() {
	ip link set "$machines_bridge-$1" down
}
machine_found() {
	ip link set "$machines_bridge-$1" up
}

machines_down() {
	mezzo down --state "$MEZZO_STATE" >/dev/null 2>&1
	for machines_each in "$tmp"/pid-*; do
		kill -9 "$(cat "$machines_each")" 2>/dev/null
	done
	ip link del "$machines_bridge" 2>/dev/null
	for machines_each in $(seq "$machines_count"); do
		ip link del "$machines_bridge-$machines_each" 2>/dev/null
	done
}
