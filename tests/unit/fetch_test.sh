#!/bin/sh
# fetch_test.sh - mezzo-fetch against files, a server and archives, good and
# hostile.  Prints TAP.

dir=$(mktemp -d) || exit 99
trap '[ -n "$server" ] && kill "$server"; rm -rf "$dir"' EXIT
fetch=$PWD/mezzo-fetch
mkdir "$dir/served" "$dir/box"

python3 - "$dir/served" <<'END' || exit 99
import io, os, sys, tarfile, zipfile
os.chdir(sys.argv[1])
def tar(name, *entries, mode="w"):
    with tarfile.open(name, mode) as t:
        for path, kind, what in entries:
            i = tarfile.TarInfo(path)
            i.type = kind
            i.mode = 0o6755
            if kind == tarfile.REGTYPE:
                i.size = len(what)
                t.addfile(i, io.BytesIO(what))
            else:
                i.linkname = what or ""
                t.addfile(i)
R, S, L, C = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE
open("plain", "w").write("hello\n")
tar("good.tar.gz", ("d/a", R, b"one"), ("d/e/up", S, "../a"), mode="w:gz")
tar("up.tar", ("../escaped", R, b"x"))
tar("absolute.tar", ("/tmp/escaped", R, b"x"))
tar("link.tar", ("l", S, "/etc"), ("l/x", R, b"x"))
tar("around.tar", ("d/l", S, "../../.."), ("d/l/x", R, b"x"))
tar("through.tar", ("d/l", S, "../k"), ("k", S, "d"), ("d/l/x", R, b"x"))
tar("hard.tar", ("h", L, "/etc/passwd"))
tar("device.tar", ("null", C, None))
tar("bomb.tar.gz", ("b", R, b"\0" * 5000000), mode="w:gz")
open("torn.tar.gz", "wb").write(open("bomb.tar.gz", "rb").read()[:2000])
with zipfile.ZipFile("good.zip", "w") as z:
    z.writestr("z/a", "zipped")
END

(cd "$dir/served" && exec python3 -u -m http.server 0 --bind 127.0.0.1 \
	>"$dir/log" 2>&1) &
server=$!
until port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$dir/log") &&
	[ -n "$port" ]; do kill -0 "$server" || exit 99; done
url=http://127.0.0.1:$port

check() {
	n=$((n + 1))
	what=$1
	shift
	if "$@"; then echo "ok $n - $what"; else
		echo "not ok $n - $what"
		sed 's/^/# /' "$dir/err"
	fi
}
get() {
	rm -rf "$dir/box" && mkdir "$dir/box"
	"$fetch" --directory "$dir/box" "$@" 2>"$dir/err"
}
holds() { [ "$(cat "$dir/box/$1" 2>/dev/null)" = "$2" ]; }
refused() { # what, archive, words of the message
	get --extract "$url/$2"
	status=$?
	check "$1 is refused" test "$status" -eq 1
	check "... and said so" grep -q "$3" "$dir/err"
	check "... in one line" test "$(wc -l <"$dir/err")" -eq 1
}

get "$url/plain?token=1#top"
check "http: the file has the last part's name" holds plain hello
get "file://$dir/served/plain"
check "file: likewise" holds plain hello
get --output other --executable "$dir/served/plain"
check "a path, another name, executable" test -x "$dir/box/other"
get --extract "$url/good.tar.gz"
check "a tar is unpacked beside itself" holds d/a one
check "a link inside it works" holds d/e/up one
check "set-user-id bits are dropped" \
	test "$(stat -c %a "$dir/box/d/a")" -le 777
get --extract "$url/good.zip"
check "so is a zip" holds z/a zipped
get "$url/good.zip"
check "without --extract it is not" test ! -e "$dir/box/z"

refused "an entry above" up.tar "leads out"
refused "an absolute entry" absolute.tar "leads out"
refused "a link to outside" link.tar "links out"
refused "a link around the corner" around.tar "links out"
refused "writing through a link" through.tar "symlink\|link"
refused "a hard link to outside" hard.tar "links out"
refused "a device" device.tar "device"
refused "a torn archive" torn.tar.gz "torn"
check "nothing escaped" test ! -e "$dir/escaped" -a ! -e /tmp/escaped

get --extract --size-max 100K "$url/bomb.tar.gz"
check "a bomb is not unpacked" grep -q "too many bytes" "$dir/err"
get --size-max 3 "$url/plain"
check "what is too large is not fetched" grep -q "larger than 3" "$dir/err"
get "$url/missing"
check "a missing file names the answer" grep -q "missing.*404" "$dir/err"
get "ftp://127.0.0.1/x"
check "what cannot be fetched says what can" grep -q "https://" "$dir/err"
get "$url/"
check "a URI without a name asks for one" grep -q "no name" "$dir/err"
"$fetch" 2>"$dir/err"
check "no URI: status 2" test $? -eq 2
echo "1..$n"
