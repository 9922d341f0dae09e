#!/bin/sh
# Ranks of MPICH and Open MPI, on agents that each have a network of their own.
. "$srcdir/tests/system/cluster.sh"
NAP=9$$ # seconds that nobody else sleeps
export NAP
. "$srcdir/tests/system/machines.sh"

if ! machines_possible; then
	skip "MPI between machines" "no namespaces: not root, or not permitted"
	exit
fi
trap 'machines_down; finish' EXIT
if ! machines_up 3 'cpus:2;mem:2048'; then
	echo "Bail out! the machines do not come up"
	exit 1
fi
chmod 755 "$tmp"

run() {
	timeout 60 mezzo mpi run --quiet "$@"
}
good() { # RANKS: what they say
	for each in $(seq 0 $(($1 - 1))); do
		echo "rank $each of $1: good"
	done
}
for library in mpich openmpi; do
	if ! command -v mpicc.$library >/dev/null; then
		skip "$library" "mpicc.$library is not installed"
		continue
	fi
	hello=$tmp/hello.$library
	check "a program of $library is built" mpicc.$library -o "$hello" \
		"$srcdir/tests/system/mpi_hello.c"
	for ranks in 2 4; do
		is "$library: $ranks ranks on one machine" \
			"$(run -n "$ranks" --ppn "$((ranks > 2 ? 2 : ranks))" \
				"$hello" | sort)" "$(good $ranks)"
	done
	is "$library: three machines" "$(run -n 3 --ppn 1 "$hello" | sort)" \
		"$(good 3)"
	run -n 3 --ppn 1 "$hello" abort >/dev/null 2>"$tmp/err"
	is "$library: MPI_Abort's code is the job's" $? 7
	has "$library: its rank is named" "$(cat "$tmp/err")" \
		"rank 1 on agent-2: MPI_Abort(7)"
	run -n 3 --ppn 1 "$hello" segv >/dev/null 2>"$tmp/err"
	is "$library: a crash gives its signal" $? 139
	has "$library: it is named" "$(cat "$tmp/err")" \
		"rank 1 on agent-2: killed by signal 11"
	run -n 3 --ppn 1 "$hello" leave >/dev/null 2>"$tmp/err"
	check "$library: who leaves early ends all" [ $? -ne 0 ]
	has "$library: it is named" "$(cat "$tmp/err")" \
		"rank 1 on agent-2: left without MPI_Finalize"
	run -n 2 --ppn 1 "$hello" spawn >/dev/null 2>"$tmp/err"
	check "$library: a job that starts more ranks fails" [ $? -ne 0 ]
	# Debian's MPICH does not even ask.
	[ $library = mpich ] || has "$library: and is told why" \
		"$(cat "$tmp/err")" "MPI_Comm_spawn (PMIx_Spawn) is not supported"
	check "$library: no rank is left" wait_until 10 sh -c \
		"! pgrep -f '^$hello'"
done

# What is not there is refused, with a reason.
# shellcheck disable=SC2046
if cc -o "$tmp/part" "$srcdir/tests/system/pmix_part.c" \
	$(pkg-config --cflags --libs pmix 2>/dev/null) 2>/dev/null; then
	is "PMIx: a fence of some ranks is refused" \
		"$(run -n 3 --ppn 1 "$tmp/part" 2>"$tmp/err" |
			grep -c 'rank [01]: .*SUPPORTED')" 2
	has "PMIx: and that is said" "$(cat "$tmp/err")" \
		"a fence of some of its ranks (PMIx_Fence) is not supported"
else
	skip "PMIx: a fence of some ranks" "libpmix-dev is not installed"
fi

# From a script, by the library's own name.
if command -v mpicc.mpich >/dev/null; then
	cd "$tmp" || exit 99
	printf '%s\n' '#!/bin/sh' '#SBATCH -N 2 -n 4 -o script.txt' \
		"mpiexec -n 4 $tmp/hello.mpich | sort" \
		"srun -n 2 $tmp/hello.mpich | sort" >script
	id=$(mezzo mpi submit script)
	check "a script of both ends" wait_until 60 sh -c \
		"mezzo mpi show $id --json | jq -e '.[0].ended' >/dev/null"
	is "its ranks found each other" "$(cat script.txt)" \
		"$(good 4; good 2)"
fi

# Real programs, where they are installed.
python=/usr/bin/python3 # whose packages are the system's
if $python -c 'import mpi4py' 2>/dev/null; then
	cat >"$tmp/pi.py" <<'END'
from mpi4py import MPI
c = MPI.COMM_WORLD
n = 100000
h = 1.0 / n
mine = sum(4 / (1 + ((i + .5) * h) ** 2) for i in range(c.rank, n, c.size))
pi = c.reduce(mine * h)
if c.rank == 0:
    print("%.8f" % pi, c.size)
END
	is "mpi4py: pi, by three ranks" \
		"$(run -n 3 --ppn 1 $python "$tmp/pi.py")" "3.14159265 3"
else
	skip "mpi4py" "it is not installed"
fi
if command -v lmp >/dev/null; then
	printf '%s\n' 'units lj' 'atom_style atomic' 'lattice fcc 0.8442' \
		'region box block 0 10 0 10 0 10' 'create_box 1 box' \
		'create_atoms 1 box' 'mass 1 1.0' \
		'velocity all create 1.44 87287 loop geom' \
		'pair_style lj/cut 2.5' 'pair_coeff 1 1 1.0 1.0 2.5' \
		'neighbor 0.3 bin' 'fix 1 all nve' 'thermo 50' 'run 100' \
		>"$tmp/in.lj"
	has "lammps: the energy after 100 steps" \
		"$(cd "$tmp" && run -n 4 --ppn 2 lmp -in in.lj -log none |
			awk '$1 == 100')" "-4.6226713"
else
	skip "lammps" "it is not installed"
fi
hpcc_input=/usr/share/doc/hpcc/examples/_hpccinf.txt
if command -v hpcc >/dev/null && [ -e "$hpcc_input" ]; then
	mkdir -m 777 "$tmp/hpcc"
	cp "$hpcc_input" "$tmp/hpcc/hpccinf.txt"
	(cd "$tmp/hpcc" &&
		timeout 120 mezzo mpi run --quiet -n 4 --ppn 2 hpcc)
	is "hpcc: all of its checks" "$(grep -E \
		'^(Success|CommWorldProcs|MPIRandomAccess_Errors)=' \
		"$tmp/hpcc/hpccoutf.txt" | sort | tr '\n' ' ')" \
		"CommWorldProcs=4 MPIRandomAccess_Errors=0 Success=1 "
else
	skip "hpcc" "it is not installed, or not its example"
fi

# A machine that is lost.
if command -v mpicc.openmpi >/dev/null; then
	cd "$tmp" || exit 99
	printf '%s\n' '#!/bin/sh' '#SBATCH -N 2 -n 2 -o lost.txt' \
		'echo "start $SLURM_RESTART_COUNT on $SLURM_JOB_NODELIST"' \
		'[ -z "$SLURM_RESTART_COUNT" ] || exit 0' \
		'srun sleep $NAP' >lost
	printf '%s\n' '#!/bin/sh' '#SBATCH -N 3 -n 3 --no-requeue -o once.txt' \
		'srun sleep $NAP' >once
	once=$(mezzo mpi submit once)
	check "a job runs on three machines" wait_until 30 sh -c \
		'[ "$(pgrep -cf "^sleep $NAP")" -eq 3 ]'
	id=$(mezzo mpi submit lost)
	check "another on two" wait_until 30 sh -c \
		'[ "$(pgrep -cf "^sleep $NAP")" -eq 5 ]'
	machine=$(mezzo mpi show "$id" --json |
		jq -r '.[0].nodes[1].agent as $a | .[0].nodes[1].host' |
		sed 's/agent-//')
	machine_lost "$machine"
	check "when one is lost, it is started again" wait_until 90 sh -c \
		"mezzo mpi show $id --json | jq -e '.[0].state == \"completed\"'"
	is "once, on others" "$(mezzo mpi show "$id" --json |
		jq -r '.[0].restarts')" 1
	check "what must not be started again has failed" wait_until 60 sh -c \
		"mezzo mpi show $once --json | jq -e '.[0].state == \"node_fail\"'"
	is "once for all" "$(mezzo mpi show "$once" --json |
		jq -r '.[0].restarts')" 0
	has "for the node that was lost" "$(mezzo mpi show "$once")" \
		"agent-$machine"
	check "nothing of them is left" wait_until 20 sh -c \
		'! pgrep -f "^sleep $NAP"'
	machine_found "$machine"
fi
