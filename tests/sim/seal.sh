#!/bin/sh
# seal.sh - make one object of a core, in which only what is named is visible.
#
#   seal.sh OUTPUT "SYMBOL..." FILE.lo...
#
# A * in a symbol is a wildcard; OLD=NEW is visible by another name.
#
# Cores never meet in one program but here, and some of their modules have the
# same names (tasks.c, offers.c); in the simulator each is closed to the others.
set -ef

output=$1
keep=
for symbol in $2; do
	case $symbol in
	*=*) keep="$keep --redefine-sym $symbol" ;;
	esac
	keep="$keep --keep-global-symbol=${symbol#*=}"
done
shift 2

objects=
for lo in "$@"; do
	object=$(sed -n "s/^pic_object='\(.*\)'$/\1/p" "$lo")
	[ "$object" != none ] ||
		object=$(sed -n "s/^non_pic_object='\(.*\)'$/\1/p" "$lo")
	objects="$objects $(dirname "$lo")/$object"
done

# shellcheck disable=SC2086
${LD:-ld} -r -o "$output.tmp" $objects
# shellcheck disable=SC2086
${OBJCOPY:-objcopy} --wildcard $keep "$output.tmp"
mv "$output.tmp" "$output"
