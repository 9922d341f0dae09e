#!/bin/sh
# purity.sh - the cores, as they were compiled, call nothing that reaches the
# world, which is whatever is not in purity.txt, and have no variables outside
# of functions.  Runs in the build directory.  Prints TAP.

here=$(dirname "$0")
command -v nm >/dev/null || { echo "1..0 # SKIP no nm"; exit 0; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# main.c and loops put cores together; cluster.c finds out where a cluster is.
for dir in proto base master master/alloc agent libframework; do
	set -- "$dir"/.libs/*.o
	[ -e "$1" ] || set -- "$dir"/*.o
	for object; do
		case $object in
		*.pb-c.o | *main.o | *loop.o | libframework/*cluster.o) ;;
		*) echo "$object" ;;
		esac
	done
done >"$work/objects"

# FILE|SYMBOL|CLASS|SECTION
while read -r object; do
	nm -f sysv "$object" | tr -d ' ' |
		awk -F'|' -v o="$object" 'NF == 7 { print o "|" $1 "|" $3 "|" $7 }'
done <"$work/objects" >"$work/symbols"

awk -F'|' '
	BEGIN {
		# what compilers and sanitizers call
		added = "^(_GLOBAL_|__[a-z]+[dt]i[0-9]$|__(asan|ctype|errno|" \
			"gcov|sancov|sanitizer|stack_chk|start|stop|ubsan)_)"
	}
	FILENAME ~ /purity.txt$/ {
		if ($0 !~ /^#/)
			is_known[$1] = 1
		next
	}
	$3 == "U" { used[$1 "|" $2] = 1; next }
	$3 ~ /^[A-TV-Z]$/ { is_known[$2] = 1 }
	$4 ~ /^\.(data|bss|tbss|tdata)/ && $4 !~ /\.ro/ && $2 !~ /^(__|\.L)/ {
		print $1 ": the variable " $2
	}
	END {
		for (use in used) {
			split(use, parts, "|")
			name = parts[2]
			if (name ~ added)
				continue
			# other names that the C library gives its functions
			sub(/^__isoc(23|99)_/, "", name)
			sub(/^__/, "", name)
			sub(/_chk$/, "", name)
			if (!(name in is_known) && !(parts[2] in is_known) &&
			    name !~ /^(mesos|mezzo)__/)
				print parts[1] ": calls " parts[2]
		}
	}' "$here/purity.txt" "$work/symbols" | LC_ALL=C sort >"$work/bad"

[ -s "$work/bad" ] && sed 's/^/# /' "$work/bad" && echo "not ok 1 - purity" ||
	echo "ok 1 - purity"
[ "$(wc -l <"$work/objects")" -ge 60 ] && echo "ok 2 - of all cores" ||
	echo "not ok 2 - of all cores: few objects are built"
echo 1..2
