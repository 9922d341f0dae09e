#!/bin/sh
# What jobs of mezzo mpi may have: memory, whole agents, partitions, accounts.
. "$srcdir/tests/system/cluster.sh"
NAP=9$$ # seconds that nobody else sleeps
export NAP
cat >"$tmp/partitions" <<'END'
partition all default
partition second constraint=hostname:equals:agent-2 time=30 ranks=2
account physics
END
cluster_needed --agents 2 --resources 'cpus:4;mem:1024'
kill "$(pid_of mezzo-mpi)"
wait_until 20 is_gone "$(pid_of mezzo-mpi)"
mezzo-mpi serve --state="$MEZZO_STATE" --mpi-partitions="$tmp/partitions" \
	</dev/null >"$tmp/serve.log" 2>&1 &
serve=$!
trap 'kill $serve; wait $serve; finish' EXIT
wait_until 20 mezzo mpi queue
mkdir -m 777 "$tmp/work" && cd "$tmp/work" || exit 99

run() {
	timeout 60 mezzo mpi run --quiet "$@" </dev/null
}
job() { # JOB MEMBER
	mezzo mpi show "$1" --json | jq -r ".[0].$2"
}
state_is() { # JOB STATE
	[ "$(job "$1" state)" = "$2" ]
}
last() { # MEMBER: of the job that ended last
	mezzo mpi history --json | jq -r "max_by(.id | tonumber).$1"
}

# ---------------------------------------------------------------------- memory

if [ "$(id -u)" -ne 0 ]; then
	skip "memory" "not root: no cgroups"
else
	run -n 4 --ppn 2 --mem-per-rank 40M -- sh -c \
		'[ $PMI_RANK -ne 3 ] || exec tail /dev/zero; exec sleep $NAP' \
		2>"$tmp/err"
	is "a rank that wants more memory than there is is killed" $? 137
	is "that is the job's state" "$(last state)" out_of_memory
	has "the rank is named, with its node" "$(cat "$tmp/err")" \
		"rank 3 on agent-"
	has "and what its node's ranks may use" "$(cat "$tmp/err")" \
		"2 ranks may use 80 MiB"
	check "the others are reaped" wait_until 5 sh -c \
		'! pgrep -f "^sleep $NAP"'
	is "what fits runs" "$(run -n 2 --mem-per-rank 100M -- sh -c \
		'head -c 30000000 /dev/zero | tail | wc -c' | sort -u)" 30000000
	printf '%s\n' '#!/bin/sh' '#SBATCH -n 1 --mem-per-cpu=40M -o memory.txt' \
		'tail /dev/zero' >memory
	id=$(mezzo mpi submit memory)
	check "a script's memory is limited too" wait_until 30 state_is "$id" \
		out_of_memory
fi

# ------------------------------------------------------ whole agents, partitions

mezzo mpi run --quiet -n 1 --exclusive -- sleep "$NAP" </dev/null 2>/dev/null &
first=$!
check "an exclusive job runs" wait_until 20 pgrep -f "^sleep $NAP"
holder=$(mezzo mpi queue --json | jq -r '.[0].nodes[0].host')
is "others share what it does not have" "$(run -n 4 -- sh -c \
	'echo $SLURMD_NODENAME' | sort -u)" \
	"$([ "$holder" = agent-1 ] && echo agent-2 || echo agent-1)"
mezzo mpi run -n 5 -- echo both </dev/null >"$tmp/both" 2>"$tmp/err" &
second=$!
check "who needs its agent too waits" wait_until 20 grep -q waits "$tmp/err"
kill -INT "$first"
check "and runs when it has ended" wait "$second"
is "on both" "$(sort "$tmp/both" | uniq -c | tr -s ' ')" " 5 both"
wait "$first"

is "a partition is where its constraint says" "$(run -n 2 -p second -- sh -c \
	'echo $SLURMD_NODENAME $SLURM_JOB_PARTITION' | sort -u)" "agent-2 second"
has "its bound of ranks holds" "$(run -n 3 -p second -- true 2>&1)" \
	"second"
has "and that of time" "$(run -n 1 -p second -t 60 -- true 2>&1)" "second"
has "another is not known" "$(run -p third -- true 2>&1)" \
	"there are: all, second"

# --------------------------------------------------------------------- accounts

mezzo mpi run --quiet -n 1 -A physics -- sleep "$NAP" </dev/null 2>/dev/null &
first=$!
check "a job of an account runs" wait_until 20 pgrep -f "^sleep $NAP"
has "an account is a role below the framework's" \
	"$(mezzo roles --json | jq -r '.[].name')" "mpi/physics"
kill -INT "$first"
wait "$first"
has "another is not known" "$(run -A chemistry -- true 2>&1)" "chemistry"

# --------------------------------------------------------------------- bad input

mezzo mpi run --quiet -n 2 -- sh -c 'sleep $NAP & exit 0' </dev/null
check "what ranks left behind is ended with the job" wait_until 10 sh -c \
	'! pgrep -f "^sleep $NAP"'
mezzo mpi run --quiet -n 2 -- sleep "$NAP" </dev/null 2>/dev/null &
first=$!
check "ranks run that do not speak PMI" wait_until 20 pgrep -f "^sleep $NAP"
id=$(mezzo mpi queue --json | jq -r '.[0].id')
check "and are told of, after 10 s" wait_until 30 sh -c \
	"mezzo mpi show $id | grep -q 'has not spoken PMI or PMIx'"
kill -INT "$first"
wait "$first"
# An agent that is dead fences nothing off: its launcher does, before the job
# is started again elsewhere.
printf '%s\n' '#!/bin/sh' '#SBATCH -n 1 -o fenced.txt' \
	'[ -z "$SLURM_RESTART_COUNT" ] || exit 0' 'srun sleep $NAP' >fenced
id=$(mezzo mpi submit fenced)
check "a job runs" wait_until 20 pgrep -f "^sleep $NAP"
kill -KILL "$(pid_of "$(job "$id" nodes[0].host)")"
check "when its agent is dead, it is ended" wait_until 15 sh -c \
	'! pgrep -f "^sleep $NAP"'
check "and started again elsewhere" wait_until 40 state_is "$id" completed
is "once" "$(job "$id" restarts)" 1
check "nothing is left of all that" wait_until 20 sh -c \
	'! pgrep -f "^sleep $NAP"'
