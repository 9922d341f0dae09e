#!/bin/sh
# The replay of logs: its table, what it refuses, and its results.
set -u
count=0 failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mezzo-replay.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
scripts=${srcdir:-.}/scripts
MEZZO_BUILD=$PWD
export MEZZO_BUILD

ok() {
	sentence=$1
	shift
	count=$((count + 1))
	if "$@" >"$tmp/said" 2>&1; then
		echo "ok $count - $sentence"
	else
		echo "not ok $count - $sentence"
		sed 's/^/# /' "$tmp/said"
		failed=1
	fi
}

is() {
	ok "$1" test "$2" = "$3"
}

# that SENTENCE FILTER: the filter of jq is true of $results, where fcfs, easy
# and mezzo are what was measured under them.
that() {
	ok "$1" jq -e "(map({(.policy): .}) | add) as {\$fcfs, \$easy, \$mezzo}
		| $2" "$results"
	sed 's/^/# /' "$results" | grep "$3"
}

replay() {
	sh "$scripts/replay" "$@"
}

# Of two logs by the same options.
log=$tmp/log.swf results=$tmp/results
sh "$scripts/workload" --jobs 800 --processors 64 --load 0.7 >"$log"
sh "$scripts/workload" --jobs 800 --processors 64 --load 0.7 >"$tmp/again"
ok "a synthetic log is the same each time" cmp "$log" "$tmp/again"
ok "it has jobs of 18 fields" awk '/^;/ { next } NF != 18 { exit 1 }
	END { exit NR < 800 }' "$log"
ok "it is replayed" sh -c "sh '$scripts/replay' '$log' --nodes 64 --json \
	>'$results'"
that "the results are of three policies, in this order" \
	'map(.policy) == ["fcfs", "easy", "mezzo"]' nothing
that "each has all that is to be known" 'all(.[]; keys == ["jobs",
	"max_wait_s", "mean_bounded_slowdown", "mean_wait_s", "p95_wait_s",
	"policy", "utilisation"])' nothing
that "all jobs are run" 'all(.[]; .jobs == 800)' jobs
that "the figures can be" 'all(.[]; .utilisation > 0 and .utilisation <= 1
	and .mean_bounded_slowdown >= 1 and .mean_wait_s <= .max_wait_s
	and .p95_wait_s <= .max_wait_s)' nothing
that "backfilling lets jobs wait less" \
	'$easy.mean_wait_s < $fcfs.mean_wait_s' mean_wait
that "mezzo lets them wait less for what they are" \
	'$mezzo.mean_bounded_slowdown < 0.75 * $easy.mean_bounded_slowdown' \
	slowdown
replay "$log" --nodes 16 --cpus 4 >"$tmp/table"
is "tables have a line for each policy" "$(awk '{ printf "%s ", $1 }' \
	"$tmp/table")" "policy fcfs easy mezzo  beside policy fcfs easy mezzo "
is "processors are as good together on a node" "$(awk '/^fcfs/ { print $3; exit }' \
	"$tmp/table")" "$(jq '.[0].mean_wait_s | round' "$results")"

replay "$log" --nodes 64 --services --json >"$results"
that "services have what is guaranteed to them, or nearly" \
	'all(.[]; .jobs == 800 and .services_met > 0.8)' policy

# Users in roles of their own, one processor: the first has had ten hours of it
# when both want ten more.
awk 'function job(user, submit) { printf "%d %d -1 3600 1 -1 -1 1 3600 -1 1 " \
	"%d 1 -1 1 1 -1 -1\n", ++n, submit, user }
	BEGIN { for (i = 0; i < 10; i++) job(1, i * 3600)
	for (i = 0; i < 10; i++) { job(1, 36000); job(2, 36000) } }' >"$tmp/two.swf"
light() {
	replay "$tmp/two.swf" --nodes 1 --users "$@" --json |
		jq -c 'map(.light_users_slowdown | . * 10 | round / 10)'
}
is "without a history users take turns" "$(light)" "[11,11,11]"
is "with one, who has had less catches up" "$(light --half-life 168)" \
	"[6.5,6.5,6.5]"
is "and when that is soon forgotten, they take turns" \
	"$(light --half-life 1)" "$(light)"
replay "$log" --nodes 64 --users --half-life 24 --json >"$results"
that "all jobs of all users are run" 'all(.[]; .jobs == 800)' jobs

# What is wrong with it: file, line, field, status 2.
refused() {
	printf '; a comment\n\n%s\n' "$2" >"$tmp/bad.swf"
	is "$1" "$(replay "$tmp/bad.swf" --nodes 4 2>&1; echo $?)" "replay: $3
2"
}
refused "a word is refused" \
	"1 0 -1 ten 1 -1 -1 1 20 -1 1 1 1 -1 1 1 -1 -1" \
	"$tmp/bad.swf:3: field 4 (run time) is no number: ten"
refused "so is a line that ends early" "1 0 -1 10 1" \
	"$tmp/bad.swf:3: field 6 (processor time) is missing"
refused "and one that goes on" \
	"1 0 -1 10 1 -1 -1 1 20 -1 1 1 1 -1 1 1 -1 -1 7" \
	"$tmp/bad.swf:3: more than 18 fields"
refused "a log without a job that could run is refused" \
	"1 0 -1 10 9 -1 -1 9 20 -1 1 1 1 -1 1 1 -1 -1" \
	"$tmp/bad.swf: no job in it could run on 4 processors"
is "as is a file that is not there" "$(replay "$tmp/none" --nodes 4 2>&1
	echo $?)" "replay: $tmp/none: No such file or directory
2"
replay "$log" --nodes 0 >/dev/null 2>&1
is "and a pool without nodes" $? 2

# The head of a real log, beside the repository where there is one; what is
# compared with comes from a simulator that has nothing of ours.
real=${srcdir:-.}/../shared/corpus/swf/hpc2n.swf
near() {
	that "$1 agrees with an independent simulator" "def near(\$n): . > 0.95
		* \$n and . < 1.05 * \$n; \$$1 | (.mean_wait_s | near($2)) and
		(.p95_wait_s | near($3)) and (.mean_bounded_slowdown | near($4))" "$1"
}
if [ -e "$real" ]; then
	replay "$real" --nodes 240 --json >"$results"
	that "3145 jobs of a real log are run" 'all(.[]; .jobs == 3145)' jobs
	near fcfs 5601 25648 47.12
	near easy 3483 20332 16.87
	that "mezzo lets them wait less, and nobody much longer" '
		$mezzo.mean_bounded_slowdown <= 0.75 * $easy.mean_bounded_slowdown and
		$mezzo.p95_wait_s <= 0.95 * $easy.p95_wait_s and
		$mezzo.max_wait_s <= 1.3 * $easy.max_wait_s and
		$mezzo.utilisation >= 0.97 * $easy.utilisation' 'easy\|mezzo'
else
	count=$((count + 1))
	echo "ok $count - a real log # SKIP there is none at $real"
fi
echo "1..$count"
exit $failed
