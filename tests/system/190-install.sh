#!/bin/sh
# What make install puts where, what it links, and the manual pages.
. "$srcdir/tests/system/cluster.sh"

for program in bin/mezzo bin/mezzo-wordcount sbin/mezzo-master \
	sbin/mezzo-agent libexec/mezzo/mezzo-launcher libexec/mezzo/mezzo-fetch \
	lib/pkgconfig/mezzo-framework.pc include/mezzo/framework.h; do
	check "$program is installed" test -e "$installed/$program"
done
links() {
	ldd "$installed/$1" | awk '{ print $1 }' | sed 's/\.so.*//'
}
is "no daemon links curl or archive" "$(for each in \
	sbin/mezzo-master sbin/mezzo-agent libexec/mezzo/mezzo-launcher \
	lib/libmezzo-framework.so; do
	links "$each"; done | grep -E 'libcurl|libarchive')" ""
# Under sanitizers, those and what they link as well.
sanitizers='libasan|libubsan|libm|libgcc_s|libstdc'
links libexec/mezzo/mezzo-launcher | grep -q libasan || sanitizers=libc
is "the launcher links libc alone" "$(links libexec/mezzo/mezzo-launcher |
	grep -vE "linux-vdso|libc|ld-linux|$sanitizers")" ""
is "the library shows no symbol but its own" "$(nm -D --defined-only \
	"$installed/lib/libmezzo-framework.so" | awk '{ print $3 }' |
	grep -vE '^(mezzo_|MEZZO_)')" ""
for program in mezzo mezzo-up mezzo-run mezzo-master mezzo-agent \
	mezzo-launcher mezzo-fetch; do
	page=$(find "$installed/share/man" -name "$program.[18]")
	check "$program has a manual page" test -s "$page"
	check "which is well-formed" sh -c \
		"[ -z \"\$(mandoc -T lint -W error '$page')\" ]"
done
