#!/bin/sh
# bench.sh - the benchmarks one after the other: a table, and bench.json.
#
# usage: bench.sh [NAME]; in the build directory, as `make bench BENCH=NAME`
#
# NAME is a figure's, or that of the program that measures it; all, unless given.  A benchmark is a
# program that prints a line of JSON for each of its figures (figure.h), and one
# line in benchmarks() below.  The load is noted beside each figure: it says how
# much of the machine the measurement had.  What falls short is said, and is no
# failure; what could not be measured is one.

set -u
only=${1:-}
source=${srcdir:-.}/tests/bench
bench=$PWD/tests/bench
installed=$PWD/tests/system/installed
PATH=$installed/bin:$installed/sbin:$PATH
export PATH
unset MEZZO_MASTER MEZZO_STATE MEZZO_KEY_FILE MEZZO_MASTER_KEY
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mezzo-bench.XXXXXX") || exit 2
chmod 755 "$tmp"
XDG_CONFIG_HOME=$tmp/config # the user's own cluster stays the one meant
export XDG_CONFIG_HOME
failed=0 known=0

# bench FIGURES NEEDS PROGRAM [ARGUMENT]...; NEEDS: cluster, one agent that has
# nothing else to do; pool: the same, of 64 cpus; masters: the same, with three
# masters; nothing: a machine.
benchmarks() {
	bench 'launch_over_spawn_ms_p50 launch_over_spawn_ms_p99 ended_to_offered_ms_p99' cluster \
		launch "$bench/stamp" "$tmp/stamp.out" 500
	bench 'container_over_runtime_ms' cluster \
		containers.sh "$bench/stamp" "$bench/containers" 20
	bench 'agent_rss_mib launcher_rss_mib' cluster \
		resident.sh
	bench 'task_rate_vs_spawn' cluster \
		rate "$bench/spawns" 2000 5
	bench 'mpi_launch_64_vs_hydra mpi_init_16_vs_hydra mpi_app_vs_bare' pool \
		mpi.sh
	bench 'agents_2k_sockets_seconds' cluster \
		sockets.sh seconds
	bench 'agent_restart_blind_ms' pool \
		restart.sh
	bench 'failover_sockets_over_session_s' masters \
		failover.sh
	bench 'master_bytes_per_task' cluster \
		sockets.sh memory
	bench 'agents_10k_seconds' nothing \
		agents_bench 10000
	bench 'alloc_20k_2k_ms alloc_100k_10k_ms freed_to_offered_ms' nothing \
		alloc_bench
	bench 'million_tasks_seconds' nothing \
		million
	bench 'failover_40k_400k_seconds' nothing \
		million failover 40000
	bench 'failover_100k_1m_seconds' nothing \
		million failover 100000
}

load() {
	cut -d ' ' -f 1 /proc/loadavg
}

conditions() {
	printf 'machine     %s cpus, %s, %s MiB, Linux %s\n' "$(nproc)" \
		"$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" \
		"$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
		"$(uname -r)"
	printf 'cgroups     %s\n' "$(awk '$3 ~ /^cgroup/ && !seen[$3]++ {
		printf "%s%s", n++ ? ", " : "", $3 }' /proc/mounts)"
	printf 'load        %s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
	printf 'date        %s\n\n' "$(date '+%Y-%m-%d %H:%M')"
}

# A new one for each benchmark.  What is left of it stays until the end: for some
# minutes after much was deleted, ext4 takes milliseconds to make a file.
clusters=0
cluster_up() { # [OPTION]...
	cluster_tries=0
	clusters=$((clusters + 1))
	MEZZO_STATE=$tmp/cluster-$clusters
	export MEZZO_STATE
	while :; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 1000 * 10))
		mezzo up --agents 1 --port "$port" "$@" >"$tmp/up" 2>&1 && return
		mezzo down >/dev/null 2>&1
		rm -rf "$MEZZO_STATE"
		cluster_tries=$((cluster_tries + 1))
		[ "$cluster_tries" -lt 3 ] || break
	done
	cat "$tmp/up" >&2
	return 1
}

cluster_down() {
	[ -z "${MEZZO_STATE:-}" ] || mezzo down >/dev/null 2>&1
	unset MEZZO_STATE
}

finish() {
	trap - EXIT INT TERM
	cluster_down
	rm -rf "$tmp"
	exit "$failed"
}

bench_cluster_up() { # NEEDS
	case $1 in
	nothing) ;;
	pool) cluster_up --resources 'cpus:64;mem:20000' ;;
	cluster) cluster_up ;;
	masters) cluster_up --ha ;;
	esac
}

is_wanted() {
	[ -z "$only" ] && return
	case " $1 $2 " in
	*" $only "*) ;;
	*) return 1 ;;
	esac
}

show() {
	jq -r '
		def met: .value as $v
			| (.against | capture("(?<how>[<>]=?) *(?<bound>[0-9.]+)")) // null
			| if . == null then ""
			  else (.bound | tonumber) as $b
			  | if .how == "<" then $v < $b elif .how == "<=" then $v <= $b
			    elif .how == ">" then $v > $b else $v >= $b end
			  | if . then "met" else "short" end end;
		[.name, .value, .unit, .against, met, .note] | @tsv' |
		awk -F '\t' '{ printf "%-26s %11.2f %-6s %-8s %-5s  %s\n",
			$1, $2, $3, $4, $5, $6 }'
}

bench() {
	figures=$1 needs=$2 program=$3
	shift 3
	is_wanted "$figures" "${program%.sh}" || return
	known=1
	before=$(load)
	case $program in
	*.sh) set -- sh "$source/$program" "$@" ;;
	*) set -- "$bench/$program" "$@" ;;
	esac
	if bench_cluster_up "$needs" &&
		timeout 900 "$@" >"$tmp/figures" && [ -s "$tmp/figures" ]; then
		jq -c --arg load "; load $before to $(load)" '.note += $load' \
			"$tmp/figures" | tee -a "$tmp/all" | show
	else
		printf '%-26s failed\n' "$program"
		failed=1
	fi
	cluster_down
}

trap finish EXIT
trap 'failed=1; finish' INT TERM
: >"$tmp/all"
conditions
benchmarks
if [ "$known" -eq 0 ]; then
	echo "bench: there is no figure '$only'" >&2
	failed=2
	exit
fi
jq -s . "$tmp/all" >bench.json.new && mv bench.json.new bench.json || failed=1
