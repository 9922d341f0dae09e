#!/bin/sh
# What cannot be is refused in one line that says how to mend it.
. "$srcdir/tests/system/cluster.sh"

# refused SENTENCE PART COMMAND...: status 2, one line, which has PART.
refused() {
	refused_sentence=$1 refused_part=$2
	shift 2
	timeout 30 "$@" >"$tmp/out" 2>"$tmp/err"
	refused_status=$?
	{
		echo "status $refused_status; expected 2 and: $refused_part"
		cat "$tmp/out" "$tmp/err"
	} >"$tmp/said"
	[ "$refused_status" -eq 2 ] && [ ! -s "$tmp/out" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -qF -- "$refused_part" "$tmp/err"
	result $? "$refused_sentence"
}

for command in up down run masters agents frameworks tasks offers roles logs \
	kill wait version keygen; do
	refused "mezzo $command refuses an unknown option" --no-such-option \
		mezzo "$command" --no-such-option
done
for daemon in mezzo-master mezzo-agent; do
	refused "$daemon does as well" --no-such-option "$daemon" --no-such-option
	refused "$daemon needs a state directory" --state "$daemon"
done
refused "no such command" "mezzo help" mezzo no-such-command
refused "nor help of it" "mezzo help" mezzo help no-such-command
refused "too many instances" "a number" mezzo run --instances 10001 -- true
refused "a master that is no endpoint" "tcp://" mezzo-agent --plain \
	--state "$tmp/bad-agent" --master localhost
for resources in cpus:-1 cpus:1e309 cpus:nan cpus:inf 'ports:[9-1]' cpus \
	'cpus:' ':1' 'cpus:4;mem' 'ports:[1-' 'gpus:{0' 'cpus:4;cpus:x' \
	'cpus:99999999999999999999'; do
	refused "mezzo up refuses the resources $resources" "--resources" \
		mezzo up --state "$tmp/bad" --resources "$resources"
	refused "mezzo-agent does as well" resources \
		mezzo-agent --state "$tmp/bad-agent" --master tcp://127.0.0.1:1 \
		--resources "$resources"
done
refused "mezzo up refuses blanks" "no blanks" \
	mezzo up --state "$tmp/bad" --resources 'cpus: 4'
refused "0 agents" --agents mezzo up --agents 0
refused "agents without number" --agents mezzo up --agents three
refused "a port that is none" --port mezzo up --port 70000
refused "0 cpus" --cpus mezzo run --cpus 0 -- true
refused "cpus without number" --cpus mezzo run --cpus many -- true
refused "negative memory" --mem mezzo run --mem -5 -- true
refused "memory in parts" --mem mezzo run --mem 0.5 -- true
refused "no instances" --instances mezzo run --instances 0 -- true
refused "a variable without value" NAME=VALUE mezzo run --env FOO -- true
refused "no command" "mezzo run --" mezzo run
refused "a key of no kind" --kind mezzo keygen --kind king "$tmp/king.keys"
check "a key" mezzo keygen "$tmp/agent-9.keys"
refused "is not written over" "$tmp/agent-9.keys" \
	mezzo keygen "$tmp/agent-9.keys"
refused "no cluster to take down" "mezzo up" mezzo down --state "$tmp/nothing"

# Without a master, commands fail at once and say how to get one.
port=$(free_ports)
for command in masters agents frameworks tasks offers roles; do
	timeout 20 mezzo "$command" --master "127.0.0.1:$port" \
		>"$tmp/out" 2>"$tmp/err"
	is "mezzo $command without a master fails" $? 1
	is "and says what to do next" "$(cat "$tmp/err")" \
		"mezzo: no master at 127.0.0.1:$port; start one with: mezzo up"
done
timeout 20 mezzo run --master "127.0.0.1:$port" -- true 2>"$tmp/err"
is "mezzo run never ran then" $? 125
has "and says what to do next" "$(cat "$tmp/err")" "start one with: mezzo up"
timeout 20 mezzo agents 2>"$tmp/err"
is "with no cluster at all" $? 1
has "the same is said" "$(cat "$tmp/err")" "mezzo up"

# Taken ports and directories.
python3 - "$port" "$tmp" <<'END' &
import socket, sys, time
taken = socket.socket()
taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
taken.bind(("127.0.0.1", int(sys.argv[1])))
taken.listen()
open(sys.argv[2] + "/listening", "w").close()
time.sleep(600)
END
listener=$!
wait_until 20 test -e "$tmp/listening"
refused "mezzo up on a taken port" "--port" \
	mezzo up --state "$tmp/taken" --port "$port"
mezzo keygen --kind master "$tmp/master.keys" >"$tmp/allow"
refused "mezzo-master on a taken port" "$port" \
	mezzo-master --state "$tmp/by-hand" --keys "$tmp/master.keys" \
	--allow "$tmp/allow" --listen "tcp://127.0.0.1:$port"
kill "$listener"
cluster_needed --agents 1
refused "a second master in one state directory" "$(pid_of master)" \
	mezzo-master --state "$MEZZO_STATE/master" \
	--keys "$MEZZO_STATE/keys/master.keys" --listen "tcp://127.0.0.1:$port"
master_key=$(sed -n 's/^master_key //p' "$MEZZO_STATE/cluster")
refused "a second agent in one state directory" "$(pid_of agent-1)" \
	mezzo-agent --state "$MEZZO_STATE/agent-1" --master-key "$master_key" \
	--keys "$MEZZO_STATE/keys/agent-1.keys" --master "tcp://127.0.0.1:$port" \
	--listen "tcp://127.0.0.1:$(free_ports)"
check "the first of both are not disturbed" agents_registered 1
