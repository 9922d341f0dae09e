#!/bin/sh
# mezzo mpi run: ranks as if they were here; what they write, read and leave.
. "$srcdir/tests/system/cluster.sh"
NAP=9$$ # seconds that nobody else sleeps
export NAP
cluster_needed --agents 2 --resources 'cpus:4;mem:2048'

run() {
	timeout 60 mezzo mpi run "$@"
}
is "all ranks run, on several agents" "$(run -n 6 --quiet -- sh -c \
	'echo $PMI_RANK/$PMI_SIZE' | sort)" "$(printf '%d/6\n' 0 1 2 3 4 5)"
is "so many on each" "$(run -n 4 --ppn 2 --quiet -- sh -c \
	'echo $SLURMD_NODENAME' | sort | uniq -c | awk '{ print $1 }')" \
	"$(printf '%d\n' 2 2)"
is "each line has its rank when asked for" "$(run -n 2 -l --quiet -- echo hi |
	sort)" "$(printf '[%d] hi\n' 0 1)"
is "stderr is stderr" "$(run --quiet -- sh -c 'echo out; echo err >&2' \
	2>/dev/null)" out
is "rank 0 reads our stdin" "$(echo typed | run -n 2 --quiet -- cat)" typed
is "it may be long" "$(head -c 3000000 /dev/zero | run -n 2 --quiet -- wc -c |
	sort -n | tail -n 1)" 3000000
run --quiet -- sh -c 'exit 7' 2>"$tmp/err"
is "the exit status is the job's" $? 7
has "and said" "$(cat "$tmp/err")" "rank 0 on agent-"
run -n 3 --quiet -- sh -c '[ $PMI_RANK = 1 ] && kill -SEGV $$; sleep $NAP' \
	2>"$tmp/err" &
pid=$!
started=$(date +%s)
wait "$pid"
is "a rank that a signal killed gives 128 and its number" $? 139
has "it is named, with its node and signal" "$(cat "$tmp/err")" \
	"killed by signal 11 (SIGSEGV)"
check "the others are reaped in time" [ $(($(date +%s) - started)) -le 8 ]
check "and are gone" wait_until 5 sh -c '! pgrep -f "^sleep $NAP"'
run -n 2 --quiet -- /is/not/there 2>"$tmp/err"
is "a program that is not there" $? 127
has "is named, with the agent" "$(cat "$tmp/err")" \
	"the program /is/not/there is not there; nothing was started"
run -n 2 -t 0:2 --quiet -- sleep $NAP 2>"$tmp/err"
check "one whose time is over fails" [ $? -ne 0 ]
has "and says so" "$(cat "$tmp/err")" "timeout: its time was over"
run -n 1000 -- true 2>"$tmp/err"
is "more than there is room for is refused" $? 1
has "with the numbers" "$(cat "$tmp/err")" "1000 x 1 cpus"

# One that waits, and why.
run -n 8 --quiet -- sh -c "touch $tmp/begun; while [ ! -e $tmp/go ]; do
	sleep 0.1; done" &
first=$!
check "a job takes all there is" wait_until 20 test -e "$tmp/begun"
run -n 2 -t 5 -- echo second >"$tmp/second" 2>"$tmp/err" &
second=$!
check "another waits, and says why" wait_until 20 grep -q 'waits: Resources' \
	"$tmp/err"
touch "$tmp/go"
wait "$first"
wait "$second"
is "it runs when the first has ended" "$(sort -u "$tmp/second")" second

# Ctrl-C, and a client that goes away.
run -n 2 --quiet -- sleep $NAP 2>"$tmp/err" &
check "a job runs" wait_until 20 pgrep -f "^sleep $NAP"
pkill -INT -f "mezzo-mpi run -n 2 --quiet -- sleep $NAP"
wait $!
check "Ctrl-C cancels it" grep -q cancelled "$tmp/err"
check "with its ranks" wait_until 10 sh -c '! pgrep -f "^sleep $NAP"'
run -n 2 --quiet -- sleep $NAP &
check "another runs" wait_until 20 pgrep -f "^sleep $NAP"
pkill -KILL -f "mezzo-mpi run -n 2 --quiet -- sleep $NAP"
check "when its client is killed, it is cancelled" wait_until 20 sh -c \
	'! pgrep -f "^sleep $NAP"'
wait

# Much output, and whoever does not speak PMI as it should.
is "a rank that floods is heard to its end" "$(run --quiet -- sh -c \
	'head -c 20000000 /dev/zero | tr "\0" x | fold -w 100' | wc -c)" 20199999
run -n 2 --quiet -- sh -c 'printf "GET / HTTP\n" >&3; sleep $NAP' 2>"$tmp/err"
check "one that breaks PMI's protocol ends" [ $? -ne 0 ]
has "and says how" "$(cat "$tmp/err")" "its first words are not cmd=init"
run -n 2 --quiet -- sh -c '
	ask() { echo "$*" >&3; read -r answer <&3; echo "$answer"; }
	ask cmd=init pmi_version=1 pmi_subversion=1 >/dev/null
	ask "cmd=put kvsname=x key=$(head -c 65 /dev/zero | tr "\0" k) value=1"
	ask cmd=finalize >/dev/null' >"$tmp/out" 2>&1
is "a key beyond the bounds is refused" "$(sort -u "$tmp/out")" \
	"cmd=put_result rc=-1 msg=key_has_1_to_64_bytes"
run -n 2 --quiet -- sh -c 'echo "cmd=init pmi_version=1" >&3; read -r x <&3
	[ $PMI_RANK = 1 ] || sleep $NAP' 2>"$tmp/err"
has "who leaves without MPI_Finalize is named" "$(cat "$tmp/err")" \
	"rank 1 on agent-"
check "nothing is left of all that" wait_until 20 sh -c \
	'[ "$(mezzo agents --json | jq "[.[].used.cpus] | add")" = 0 ]'
