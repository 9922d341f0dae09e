#!/bin/sh
# mezzo mpi submit: batch scripts, from their directives to their history.
. "$srcdir/tests/system/cluster.sh"
NAP=9$$ # seconds that nobody else sleeps
export NAP
cluster_needed --agents 2
mkdir -m 777 "$tmp/work" && cd "$tmp/work" || exit 99

# script NAME [DIRECTIVE]...: its commands are stdin.
script() {
	script_name=$1
	shift
	{
		echo '#!/bin/sh'
		for each; do
			echo "#SBATCH $each"
		done
		cat
	} >"$script_name"
}
job() { # JOB MEMBER
	mezzo mpi show "$1" --json | jq -r ".[0].$2"
}
state_is() { # JOB STATE
	[ "$(job "$1" state)" = "$2" ]
}
has_ended() {
	[ "$(job "$1" ended)" != null ]
}

# ------------------------------------------------------------- what is refused

script bad '--ntasks=2' '--qos=high' </dev/null
mezzo mpi submit bad 2>said
is "a directive that is not supported is refused" $? 2
is "with its file and line" "$(sed 's/^mezzo-mpi: //' said)" \
	"bad:3: --qos is not supported; take it out"
script bad '--time=soon' </dev/null
has "so is one that makes no sense" "$(mezzo mpi submit bad 2>&1)" \
	'bad:2: --time: "soon" is no time'
script bad '--ntasks=1000' </dev/null
mezzo mpi submit bad 2>said
is "a job that the pool has no room for is refused" $? 1
has "with its numbers" "$(cat said)" "1000 x 1 cpus and 256 MiB"
has "and what to do" "$(cat said)" "--wait"
big=$(mezzo mpi submit --wait bad)
check "unless it is to wait" state_is "$big" queued
mezzo mpi cancel "$big"
check "until it is cancelled" state_is "$big" cancelled
has "a partition that is none is refused" \
	"$(mezzo mpi submit -p none bad 2>&1)" "there is no none; there are: all"
has "so is an account" "$(mezzo mpi submit -A none bad 2>&1)" \
	"there is no none"
has "a job that is none is not shown" "$(mezzo mpi show 999 2>&1)" \
	"there is no job 999"

# ------------------------------------------------------------ what a script gets

script first '--ntasks=3 -J alpha' '-o out-%x-%j.txt' '--time=5' <<'END'
echo "$PWD $SUBMITTED $1"
echo "$SLURM_JOB_ID $SLURM_JOB_NAME $SLURM_NTASKS $SLURM_SUBMIT_DIR"
srun sh -c 'echo rank $SLURM_PROCID of $SLURM_NTASKS' | sort
mpiexec -n 2 sh -c 'echo $PMI_RANK/$PMI_SIZE' | sort
echo to stdin | srun -n 2 -l cat
srun -n 1 sh -c 'exit 9'
echo "status $?"
exit 3
END
id=$(SUBMITTED=yes mezzo mpi submit first argument)
check "a job ends" wait_until 30 has_ended "$id"
is "its exit status is the script's" "$(job "$id" exit_status)" 3
is "so it has failed" "$(job "$id" state)" failed
has "and says why" "$(job "$id" reason)" "exited with 3"
sed -i '/^\[vm/d' "out-alpha-$id.txt"
is "it ran where and as it was submitted" "$(head -n 1 "out-alpha-$id.txt")" \
	"$tmp/work yes argument"
is "it has its variables" "$(sed -n 2p "out-alpha-$id.txt")" \
	"$id alpha 3 $tmp/work"
is "srun starts all ranks" "$(sed -n 3,5p "out-alpha-$id.txt")" \
	"$(printf 'rank %d of 3\n' 0 1 2)"
is "mpiexec starts some" "$(sed -n 6,7p "out-alpha-$id.txt")" \
	"$(printf '%d/2\n' 0 1)"
is "rank 0 reads what srun reads" "$(sed -n 8p "out-alpha-$id.txt")" \
	"[0] to stdin"
has "srun says which rank failed" "$(sed -n 9p "out-alpha-$id.txt")" \
	"rank 0 on agent-"
is "and has its status" "$(sed -n 10p "out-alpha-$id.txt")" "status 9"

script order '--job-name=script' </dev/null
id=$(SBATCH_JOB_NAME=environment mezzo mpi submit order)
is "the environment comes before the script" "$(job "$id" name)" environment
id=$(SBATCH_JOB_NAME=environment mezzo mpi submit -J line order)
is "the command line before both" "$(job "$id" name)" line

# ------------------------------------------------------ arrays and dependencies

script sweep '--array=1-3%1' '-o sweep-%A_%a.txt' <<'END'
echo "$SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT"
END
sweep=$(mezzo mpi submit sweep)
script last "--dependency=afterok:$sweep" '-o last.txt' <<'END'
cat sweep-*.txt
END
last=$(mezzo mpi submit last)
check "an array's jobs and who waits for it end" wait_until 60 has_ended "$last"
is "each had its index, and who waited saw all" "$(cat last.txt)" \
	"$(printf '%d of 3\n' 1 2 3)"
script fails '-J fails' <<'END'
exit 1
END
id=$(mezzo mpi submit fails)
id=$(mezzo mpi submit -d "afterok:$id" last)
check "what waits in vain is cancelled" wait_until 30 state_is "$id" cancelled
has "and says so" "$(job "$id" reason)" "will not be met"

# ------------------------------------------------------------------ ending jobs

script sleeps '--ntasks=2' '-o sleeps.txt' <<'END'
trap 'echo warned' USR1
srun sleep $NAP &
while ! wait; do :; done
END
id=$(mezzo mpi submit sleeps)
check "a job runs" wait_until 30 state_is "$id" running
has "the queue shows where" "$(mezzo mpi queue)" "agent-"
check "its ranks run" wait_until 20 pgrep -f "^sleep $NAP"
mezzo mpi cancel "$id"
check "cancelled, it ends" wait_until 20 state_is "$id" cancelled
check "with its ranks" wait_until 10 sh -c '! pgrep -f "^sleep $NAP"'
id=$(mezzo mpi submit -t 0:3 --signal=B:USR1@2 sleeps)
check "one whose time is over ends" wait_until 60 state_is "$id" timeout
has "it was warned before" "$(cat sleeps.txt)" "warned"
is "it did not end of itself" "$(job "$id" reason)" "its time was over"

# --------------------------------------------------------------- restarts, users

id=$(mezzo mpi submit -o framework.txt sleeps)
check "a job runs again" wait_until 30 state_is "$id" running
kill -9 "$(pid_of mezzo-mpi)"
check "mezzo-mpi is started again" mezzo up
check "it knows the job" wait_until 30 state_is "$id" running
check "whose ranks ran on" pgrep -f "^sleep $NAP"
kill -9 "$(pid_of master)"
check "the master is started again" mezzo up
is "the job runs on" "$(job "$id" state)" running
mezzo mpi cancel "$id"
check "and can be cancelled" wait_until 40 state_is "$id" cancelled
if [ "$(id -u)" -eq 0 ]; then
	script mine '-o mine.txt' <<'END'
id -un
END
	id=$(MEZZO_MPI_SOCKET=$MEZZO_STATE/mpi.sock setpriv --reuid=nobody \
		--clear-groups "$installed/bin/mezzo-mpi" submit mine)
	check "another user's job ends" wait_until 30 has_ended "$id"
	is "and was run by him" "$(cat mine.txt)" nobody
	is "who is shown" "$(job "$id" user)" nobody
	id=$(mezzo mpi submit sleeps)
	has "he cannot cancel others' jobs" "$(MEZZO_MPI_SOCKET=$MEZZO_STATE/mpi.sock \
		setpriv --reuid=nobody --clear-groups "$installed/bin/mezzo-mpi" \
		cancel "$id" 2>&1)" "another user's"
	mezzo mpi cancel "$id"
else
	skip "jobs of other users" "not root"
fi
is "the history has them all" "$(mezzo mpi history --json |
	jq '[.[] | select(.state == "failed" or .state == "completed" or
	.state == "cancelled" or .state == "timeout")] | length > 10')" true
