#!/bin/sh
# paths.sh - every file and folder that doc/architecture.md names is there; in a
# row of a table, also as seen from the folder of that row.  No page has a link
# to nothing, and what README.md shows of the example is in it.  Prints TAP.

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
for page in README.md doc/*.md; do
	n=$((n + 1))
	dead=$(grep -o ']([^)#:]*)' "$page" | sed 's/^](//; s/)$//' |
		while read -r link; do
			[ -e "$(dirname "$page")/$link" ] || echo "$link"
		done)
	[ -z "$dead" ] && echo "ok $n - links of $page" ||
		echo "not ok $n - links of $page:" $dead
done
n=$((n + 1))
sed -n '/^```c/,/^```$/p' README.md | grep -v '^```' |
	grep -vxFf frameworks/example/wordcount.c | grep -q . &&
	echo "not ok $n - README.md shows another example" ||
	echo "ok $n - README.md shows the example"
n=$((n + 1))
[ "$n" -gt 25 ] && echo "ok $n - the page names paths" ||
	echo "not ok $n - the page names $((n - 1)) paths only"
echo "1..$n"
