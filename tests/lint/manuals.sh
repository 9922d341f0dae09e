#!/bin/sh
# manuals.sh - every program and every command of mezzo has a manual page, each
# page is well-formed and names all options of --help.  Run in the build
# directory; prints TAP.

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 99
if ! command -v mandoc >/dev/null; then
	echo "1..0 # SKIP mandoc is not installed"
	exit
fi
said=$(mktemp) && trap 'rm -f "$said"' EXIT
n=0

report() {
	n=$((n + 1))
	sed 's/^/# /' "$said"
	[ -s "$said" ] && echo "not ok $n - $1" || echo "ok $n - $1"
}

find_page() {
	for page in "doc/man/$1".[18] "$top/doc/man/$1".[18]; do
		[ ! -e "$page" ] || break
	done
	[ -e "$page" ]
}

# check_page NAME PROGRAM...: that a page has no date is no fault, nor that others
# are not installed.
check_page() {
	name=$1
	shift
	find_page "$name" || {
		echo "no page doc/man/$name.[18]; see doc/local.mk" >"$said"
		report "$name"
		return
	}
	mandoc -T lint -W style "$page" |
		grep -v -e 'missing date' -e 'referenced manual not found' >"$said"
	mandoc -T utf8 "$page" | col -b >"$said.text"
	"$@" --help 2>&1 | grep -o -e '^  \(-., \)\?--[a-z-]*' | tr -d ' ' |
		sed 's/^-.,//' | while read -r option; do
		grep -q -e "^ *\(-., \)\?$option" "$said.text" ||
			echo "$option is not in $page"
	done >>"$said"
	rm -f "$said.text"
	report "$name"
}

check_page mezzo true
for command in $(./mezzo help | sed -n 's/^    \([a-z]*\) .*/\1/p'); do
	check_page "mezzo-$command" ./mezzo "$command"
	find_page mezzo && ! grep -q "mezzo\\\\-$command" "$page" &&
		echo "mezzo.1 does not name mezzo-$command" >"$said" && report mezzo
done
for program in $PROGRAMS; do
	name=${program##*/}
	case $name in
	mezzo) ;;
	mezzo-sleeper | mezzo-wordcount | mezzo-mpi-executor | mezzo-mpi-step | \
		mezzo-names)
		check_page "$name" true # they have no --help
		;;
	*) check_page "$name" "./$program" ;;
	esac
done
echo "1..$n"
