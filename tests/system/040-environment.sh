#!/bin/sh
# A task has the variables, the files and the user it was promised.
. "$srcdir/tests/system/cluster.sh"
cluster_needed --agents 1

is "--env sets a variable" \
	"$(mezzo run --env GREETING='hello, you' -- sh -c 'echo "$GREETING"')" \
	"hello, you"
is "it can be given again and again" \
	"$(mezzo run --env A=1 --env B= --env C=x=y -- sh -c 'echo "$A,$B,$C"')" \
	"1,,x=y"
is "our own variables are not the task's" \
	"$(SECRET=1 mezzo run -- sh -c 'echo "${SECRET:-none}"')" none

echo "from a file" >"$tmp/file.txt"
printf '#!/bin/sh\necho "a script: $1"\n' >"$tmp/script" && chmod 755 "$tmp/script"
mkdir "$tmp/packed" && echo inside >"$tmp/packed/part" &&
	tar -C "$tmp" -czf "$tmp/packed.tar.gz" packed
is "--uri brings a file by its path" \
	"$(mezzo run --uri "$tmp/file.txt" -- cat file.txt)" "from a file"
is "and by file:" \
	"$(mezzo run --uri "file://$tmp/file.txt" -- cat file.txt)" "from a file"
is "an executable stays one" \
	"$(mezzo run --uri "$tmp/script" -- ./script hello)" "a script: hello"
is "an archive is unpacked" \
	"$(mezzo run --uri "$tmp/packed.tar.gz" -- cat packed/part)" inside

python3 - "$tmp" <<'END' &
import http.server, functools, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                            directory=sys.argv[1])
handler.func.log_message = lambda *ignored: None
server = http.server.HTTPServer(("127.0.0.1", 0), handler)
with open(sys.argv[1] + "/http.port", "w") as f:
    f.write("%d\n" % server.server_port)
server.serve_forever()
END
http=$!
wait_until 20 test -s "$tmp/http.port"
url=http://127.0.0.1:$(cat "$tmp/http.port")
is "http brings it too" \
	"$(mezzo run --uri "$url/packed.tar.gz" -- cat packed/part)" inside
check "what is not there fails the task" sh -c \
	"! mezzo run --uri '$url/nothing' -- true 2>'$tmp/err'"
has "and it is told why" "$(cat "$tmp/err")" nothing
kill "$http"

is "it runs in its sandbox" \
	"$(mezzo run --name where -- sh -c 'pwd -P' | grep -c where)" 1
is "as who has called" "$(mezzo run -- id -un)" "$(id -un)"
if [ "$(id -u)" -eq 0 ]; then
	is "or as whom was said" "$(mezzo run --user nobody -- id -un)" nobody
	is "with its groups only" "$(mezzo run --user nobody -- id -Gn)" \
		"$(id -Gn nobody)"
	is "and without new privileges" \
		"$(mezzo run --user nobody -- grep NoNewPrivs /proc/self/status |
			tr -d '[:space:]')" NoNewPrivs:1
	is "its sandbox is its own" \
		"$(mezzo run --user nobody -- sh -c 'echo x >own && cat own')" x
else
	skip "or as whom was said" "not root"
fi
check "a user that is none fails the task" sh -c \
	"! mezzo run --user no-such-user -- true 2>'$tmp/err'"
has "and it is told why" "$(cat "$tmp/err")" no-such-user
