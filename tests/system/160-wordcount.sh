#!/bin/sh
# The example framework counts words as wc does, here and built outside.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 3

total() {
	awk '$1 == "total" { print $NF }' "$1"
}
expected=$(cat /usr/share/common-licenses/* | wc -w)
timeout 120 mezzo-wordcount /usr/share/common-licenses/* >"$tmp/out" 2>"$tmp/err"
is "mezzo-wordcount succeeds" $? 0
is "its total is that of wc" "$(total "$tmp/out")" "$expected"
is "all agents took part" "$(mezzo tasks --json | jq '[.[].agent] | unique |
	length')" 3

mkdir "$tmp/outside" && cp "$srcdir/frameworks/example/wordcount.c" "$tmp/outside"
flags=$(PKG_CONFIG_PATH=$installed/lib/pkgconfig pkg-config \
	--define-variable=prefix="$installed" --cflags --libs mezzo-framework)
check "it compiles with nothing but pkg-config" \
	sh -c "cd '$tmp/outside' && cc -o count wordcount.c $flags"
if ldd "$installed/lib/libmezzo-framework.so" | grep -q libasan; then
	skip "and counts the same" "built with sanitizers, which it is not"
else
	LD_LIBRARY_PATH=$installed/lib timeout 120 "$tmp/outside/count" \
		/usr/share/common-licenses/* >"$tmp/out"
	is "and counts the same" "$(total "$tmp/out")" "$expected"
fi
check "in at most 80 lines" [ "$(wc -l <"$tmp/outside/wordcount.c")" -le 80 ]
