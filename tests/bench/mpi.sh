#!/bin/sh
# mpi.sh - how long an MPI job takes to start and to run, against MPICH's own
# mpiexec.hydra, and Open MPI's mpirun: same host, same processes, the median of
# 9 pairs that follow each other.  Needs a cluster of 64 cpus.
set -u

work=$(mktemp -d "${TMPDIR:-/tmp}/mezzo-bench-mpi.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
pairs=9
PATH=$PATH:/usr/sbin:/sbin
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM

for each in mpiexec.hydra mpicc.mpich mpicc.openmpi mpirun.openmpi; do
	command -v $each >/dev/null || {
		echo "bench: $each is not installed; see scripts/dependencies" >&2
		exit 1
	}
done

# What each process says: when it runs, in ns; with MPI, when MPI_Init is done.
cat >"$work/now.c" <<'END'
#include <stdio.h>
#include <time.h>
#ifdef WITH_MPI
#include <mpi.h>
#endif
int main(int argc, char **argv)
{
    struct timespec now;
#ifdef WITH_MPI
    MPI_Init(&argc, &argv);
#endif
    (void)argc, (void)argv;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
#ifdef WITH_MPI
    MPI_Finalize();
#endif
    return 0;
}
END
# An application: every rank works, and now and then all add up.
cat >"$work/app.c" <<'END'
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    double mine = 0, all = 0;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int round = 0; round < 200; round++) {
        for (int i = 1; i < 2000000; i++)
            mine += 1.0 / ((double)i * i + round);
        MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    }
    if (rank == 0)
        printf("%.6f\n", all);
    MPI_Finalize();
    return 0;
}
END
cc -O2 -o "$work/now" "$work/now.c" &&
	mpicc.mpich -O2 -DWITH_MPI -o "$work/init" "$work/now.c" &&
	mpicc.openmpi -O2 -o "$work/app" "$work/app.c" || exit 1

# to_last RANKS COMMAND...: ms from the start of the command until the last of
# its processes runs.
to_last() {
	count=$1
	shift
	from=$(date +%s%N)
	timeout 60 "$@" >"$work/said" 2>"$work/err" || return
	sort -n "$work/said" | awk -v from="$from" -v count="$count" '
		{ last = $1 }
		END { if (NR != count) exit 1; printf "%.3f\n", (last - from) / 1e6 }'
}
# to_end COMMAND...: ms until it has ended.
to_end() {
	from=$(date +%s%N)
	timeout 100 "$@" >"$work/said" 2>"$work/err" || return
	awk -v from="$from" -v to="$(date +%s%N)" \
		'BEGIN { printf "%.3f\n", (to - from) / 1e6 }'
}
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# compare FIGURE BOUND WHAT MEASURE OURS -- THEIRS
compare() {
	figure=$1 bound=$2 what=$3
	: >"$work/ours" >"$work/theirs"
	for pair in $(seq "$pairs"); do
		ours >>"$work/ours" && theirs >>"$work/theirs" || {
			echo "bench: $figure: pair $pair failed" >&2
			cat "$work/err" >&2
			return 1
		}
	done
	awk -v name="$figure" -v bound="$bound" -v what="$what" \
		-v ours="$(median "$work/ours")" \
		-v theirs="$(median "$work/theirs")" 'BEGIN {
		printf "{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"\", ",
			name, ours / theirs
		printf "\"against\": \"<= %s\", \"note\": \"%s: %.0f ms ", bound, what, ours
		printf "against %.0f ms, medians of 9 pairs\"}\n", theirs }'
}

run() {
	mezzo mpi run --quiet "$@" </dev/null
}
wait_for_framework() {
	for try in $(seq 100); do
		mezzo mpi queue >/dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}
wait_for_framework && run -- true || exit 1

ours() { to_last 64 mezzo mpi run --quiet -n 64 --mem-per-rank 8M "$work/now"; }
theirs() { to_last 64 mpiexec.hydra -n 64 "$work/now"; }
compare mpi_launch_64_vs_hydra 1.0 "64 plain processes, to the last running" ||
	exit
ours() { to_last 16 mezzo mpi run --quiet -n 16 "$work/init"; }
theirs() { to_last 16 mpiexec.hydra -n 16 "$work/init"; }
compare mpi_init_16_vs_hydra 1.05 "16 ranks, to the end of the last MPI_Init" ||
	exit
ours() { to_end mezzo mpi run --quiet -n 2 "$work/app"; }
theirs() { to_end mpirun.openmpi -n 2 --oversubscribe "$work/app"; }
compare mpi_app_vs_bare 1.01 "2 ranks of Open MPI that work for a second"
