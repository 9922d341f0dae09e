#!/bin/sh
# paths.sh - every file and folder that doc/architecture.md names is there; in a
# row of a table, also as seen from the folder of that row.  Prints TAP.

cd "$(dirname "$0")/../.." || exit 99

names=$(awk '
	{
		row = ""
		if (match($0, /^\| `[^`]*\/`/))
			row = substr($0, 4, RLENGTH - 4)
		count = split($0, parts, "`")
		for (i = 2; i <= count; i += 2)
			if (parts[i] ~ /^[A-Za-z0-9_.\/-]*\/[A-Za-z0-9_.\/-]*$/ ||
			    parts[i] ~ /^[a-z_-]+\.(c|h|proto|md)$/)
				print parts[i] "," row
	}
	/^    [a-z_]+\/[^ ]+  / { print $1 "," }' doc/architecture.md |
	LC_ALL=C sort -u)

n=0
for name in $names; do
	n=$((n + 1))
	path=${name%%,*}
	[ -e "$path" ] || [ -e "${name#*,}$path" ] &&
		echo "ok $n - $path" || echo "not ok $n - $path"
done
n=$((n + 1))
[ "$n" -gt 15 ] && echo "ok $n - the page names paths" ||
	echo "not ok $n - the page names $((n - 1)) paths only"
echo "1..$n"
