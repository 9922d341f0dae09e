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

# load_check WHAT CPUS: what has begun has ended, each once, and others hold
# CPUS.  A launch that was on its way when the master or an agent was killed may
# be lost: such a task never begins, and mezzo run says so; but they are few.
load_check() {
	load_all=0
	wait_until 120 is_gone "$load" || load_all=1
	wait "$load"
	load_status=$?
	load_began=$(grep -c began "$tmp/marks")
	cp "$tmp/load.err" "$tmp/said"
	[ "$load_all" -eq 0 ] && {
		[ "$load_status" -eq 0 ] || [ "$load_status" -eq 125 ]
	}
	result $? "after $1, every task has finished, or never began"
	check "almost all of them began" \
		[ "$load_began" -ge $((load_count * 8 / 10)) ]
	is "none was started twice" \
		"$(grep began "$tmp/marks" | sort | uniq -d | wc -l)" 0
	is "each has ended once" "$(grep -c ended "$tmp/marks"),$(grep ended \
		"$tmp/marks" | sort | uniq -d | wc -l)" "$load_began,0"
	is "no output was shown twice" \
		"$(sort "$tmp/load.out" | uniq -d | wc -l)" 0
	# A master that was killed knows no more of those that had ended.
	is "the master has none that began as anything but finished" \
		"$(mezzo tasks --json |
			jq -r '.[] | select(.name | startswith("load-")).state' |
			grep -vx -e TASK_FINISHED -e TASK_DROPPED -e TASK_GONE)" ""
	check "nothing is held any more" wait_until 20 sh -c \
		"[ \"\$(mezzo agents --json | jq '[.[].used.cpus] | add')\" = $2 ]"
}
