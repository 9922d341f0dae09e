#!/bin/sh
# What the listing commands print, for people and for programs.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 2 --resources 'cpus:2;mem:512;licences:3'

full=$(mezzo run --detach --name held --cpus 0.5 --mem 96 --role batch/night \
	-- sleep 1000)
for list in masters agents frameworks tasks offers roles; do
	is "mezzo $list --json is an array" \
		"$(mezzo "$list" --json | jq -r type)" array
done
is "masters have pid, address, leader" "$(mezzo masters --json |
	jq -c '.[0] | [.pid, .address, .leader] | map(type)')" \
	'["number","string","boolean"]'
is "agents have id, pid, state" "$(mezzo agents --json |
	jq -c '.[0] | [.id, .pid, .state] | map(type)')" \
	'["string","number","string"]'
is "an agent has what it was given" "$(mezzo agents --json |
	jq -c '.[0].resources | [.cpus, .mem, .licences]')" '[2,512,"3"]'
is "what a task holds is used" "$(mezzo agents --json |
	jq -c '[.[].used | [.cpus, .mem]] | sort')" '[[0,0],[0.5,96]]'
is "a task says what it holds" "$(mezzo tasks --json |
	jq -c '.[] | select(.id == "held").resources | [.cpus, .mem]')" '[0.5,96]'
is "and whose it is" "$(mezzo tasks --json |
	jq -r '.[] | select(.id == "held").framework')" "${full%/*}"
mezzo run --cpus 0.3 --mem 48 --name ended -- true
is "also when it has ended" "$(mezzo tasks --json |
	jq -c '.[] | select(.id == "ended").resources | [.cpus, .mem]')" '[0.3,48]'
is "and where it ran" "$(mezzo tasks --json |
	jq -r '.[] | select(.id == "ended").agent_name' | sed 's/[12]$/N/')" agent-N
mezzo run --instances 11 --name row -- true
is "rows are in the order of their names" "$(mezzo tasks | grep -o '^row-.* ' |
	cut -d ' ' -f 1 | tr '\n' ' ')" "$(echo row-1 row-2 row-3 row-4 row-5 row-6 \
	row-7 row-8 row-9 row-10 row-11) "
is "the framework has its role" "$(mezzo frameworks --json |
	jq -r --arg id "${full%/*}" '.[] | select(.id == $id).roles')" batch/night
is "the role is used" "$(mezzo roles --json |
	jq -c '.[] | select(.name == "batch/night").used.cpus')" 0.5
is "a table has a line for each and a title" "$(mezzo agents | wc -l)" 3
has "with its name" "$(mezzo agents)" agent-2
has "tasks as well" "$(mezzo tasks)" TASK_RUNNING
is "no rows are no table" "$(mezzo offers 2>"$tmp/err")" ""
has "but it is said" "$(cat "$tmp/err")" "no offers"
is "mezzo version" "$(mezzo version)" "$(mezzo --version)"
mezzo agents >/dev/full 2>"$tmp/err"
is "output that cannot be written is a failure" $? 1
