# load.sh - many short tasks that leave a mark each, to kill daemons under.
#
# Sourced after cluster.sh.  A task's process appends its id to $tmp/marks when
# it begins and when it ends, so that what was started twice, or was never, is
# seen from outside.

# load_start COUNT: COUNT tasks in the background, as load-1 to load-COUNT.
load_start() {
	load_count=$1
	: >"$tmp/marks"
	chmod 666 "$tmp/marks"
	mezzo run --name load --instances "$1" --cpus 0.1 --mem 16 -- sh -c "
		echo began \$MEZZO_TASK_ID >>$tmp/marks
		sleep 0.\$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')
		echo ended \$MEZZO_TASK_ID >>$tmp/marks
		echo done" >"$tmp/load.out" 2>"$tmp/load.err" &
	load=$!
}

# load_progress N: N tasks have ended.
load_progress() {
	[ "$(grep -c ended "$tmp/marks")" -ge "$1" ]
}

# load_check WHAT CPUS: all have ended, each once, and others hold CPUS.
load_check() {
	load_all=0
	wait_until 120 is_gone "$load" || {
		load_all=1
		kill "$load"
	}
	wait "$load"
	is "after $1, every task has finished" "$?,$load_all" 0,0
	is "each was started once" "$(grep -c began "$tmp/marks"),$(grep began \
		"$tmp/marks" | sort | uniq -d | wc -l)" "$load_count,0"
	is "each has ended once" "$(grep -c ended "$tmp/marks"),$(grep ended \
		"$tmp/marks" | sort | uniq -d | wc -l)" "$load_count,0"
	is "its output was shown once" \
		"$(grep -c ': done$' "$tmp/load.out"),$(sort "$tmp/load.out" |
			uniq -d | wc -l)" "$load_count,0"
	# A master that was killed knows no more of those that had ended; one that
	# was dropped before it began was launched again, by another id.
	is "the master has none as anything but finished" "$(mezzo tasks --json |
		jq -r '.[] | select(.name | startswith("load-")).state' |
		grep -vx -e TASK_FINISHED -e TASK_DROPPED)" ""
	check "nothing is held any more" wait_until 20 sh -c \
		"[ \"\$(mezzo agents --json | jq '[.[].used.cpus] | add')\" = $2 ]"
}
