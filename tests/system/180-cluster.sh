#!/bin/sh
# doc/cluster.md, followed to the letter on four machines that are none: each
# has a network, a name, an /etc and a /var/lib of its own.
. "$srcdir/tests/system/cluster.sh"
page=$srcdir/doc/cluster.md
units=$installed/lib/systemd/system

for daemon in master agent; do
	if command -v systemd-analyze >/dev/null; then
		sed "s|^ExecStart=[^ ]*|ExecStart=/bin/true|" \
			"$units/mezzo-$daemon.service" >"$tmp/mezzo-$daemon.service"
		is "systemd understands mezzo-$daemon.service" "$(
			systemd-analyze verify "$tmp/mezzo-$daemon.service" 2>&1 |
				grep "mezzo-$daemon.service:[0-9]")" ""
	else
		skip "systemd understands mezzo-$daemon.service" "no systemd-analyze"
	fi
done
if ! unshare -mnu true 2>/dev/null; then
	skip "doc/cluster.md" "no namespaces: not root, or not permitted"
	exit
fi

# --------------------------------------------------------------- the machines

unset XDG_CONFIG_HOME XDG_STATE_HOME
PATH=$tmp/bin:$PATH
mkdir "$tmp/bin" "$tmp/machines" "$tmp/blocks"

# begin_machine NAME: it lives as long as its first process.
begin_machine() {
	mkdir "$tmp/machines/$1"
	cat >"$tmp/bin/machine" <<'END'
set -e
top=$tmp/machines/$1
hostname "$1"
mount --make-rprivate /
mount -t tmpfs tmpfs "$top"
for each in etc var/lib var/log; do
	mkdir -p "$top/$each" "$top/work/$each"
	mount -t overlay -o \
		"lowerdir=/$each,upperdir=$top/$each,workdir=$top/work/$each" \
		overlay "/$each"
done
mkdir "$top/home"
ip link set lo up
touch "$tmp/$1.ready"
exec sleep infinity
END
	tmp=$tmp setsid unshare -mnu sh "$tmp/bin/machine" "$1" \
		</dev/null >"$tmp/said" 2>&1 &
	echo $! >"$tmp/$1.pid"
	wait_until 20 test -e "$tmp/$1.ready"
}

# on MACHINE COMMAND...
cat >"$tmp/bin/on" <<END
#!/bin/sh
pid=\$(cat "$tmp/\$1.pid")
HOME=$tmp/machines/\$1/home
machine=\$1
export HOME machine
shift
exec nsenter -t "\$pid" -m -n -u --wd=/ "\$@"
END
# Enough of ssh: a session of its own, too, so that what it leaves is found.
cat >"$tmp/bin/ssh" <<END
#!/bin/sh
machine=\$1
shift
exec setsid -w on "\$machine" sh -c "\$*"
END
# What systemd makes of a unit, as far as ours need it.
cat >"$tmp/bin/systemctl" <<END
#!/bin/sh
set -f
verb=\$1
for unit; do :; done
get() {
	sed -n "s/^\$1=//p" "$units/\$unit.service"
}
pid_file=$tmp/\$machine-\$unit
if [ "\$verb" = reload ]; then
	MAINPID=\$(cat "\$pid_file")
	eval "\$(get ExecReload)"
	exit
fi
user=\$(get User)
mkdir -p "/var/lib/\$(get StateDirectory)"
chown -R "\${user:-root}" "/var/lib/\$(get StateDirectory)"
file=\$(get EnvironmentFile)
while IFS= read -r line; do
	export "\$line"
done <"\${file#-}"
command=
for word in \$(get ExecStart); do
	case \$word in
	'\$'*) eval "word=\\\${\${word#?}:-}" ;;
	esac
	command="\$command \$word"
done
command=\${command#*/sbin/}
cd /
setsid setpriv --reuid="\${user:-root}" --clear-groups -- \$command \
	</dev/null >>"$tmp/\$machine.log" 2>&1 &
echo \$! >"\$pid_file"
END
chmod +x "$tmp/bin/on" "$tmp/bin/ssh" "$tmp/bin/systemctl"

PATH=$PATH setsid unshare -n sleep infinity </dev/null >/dev/null 2>&1 &
switch=$!
machines_up() {
	wait_until 20 sh -c "! [ /proc/$switch/ns/net -ef /proc/$$/ns/net ]" &&
		nsenter -t "$switch" -n ip link add switch type bridge &&
		nsenter -t "$switch" -n ip link set switch up || return
	while read -r name address; do
		begin_machine "$name" &&
			nsenter -t "$switch" -n ip link add "to-$name" type veth \
				peer name eth0 netns "$(cat "$tmp/$name.pid")" &&
			nsenter -t "$switch" -n ip link set "to-$name" up master switch &&
			on "$name" ip address add "$address/24" dev eth0 &&
			on "$name" ip link set eth0 up || return
	done <<-END
		head 10.9.0.1
		node-1 10.9.0.11
		node-2 10.9.0.12
		desk 10.9.0.100
	END
}
if ! machines_up >"$tmp/up" 2>&1; then
	skip "doc/cluster.md" "no machines: $(tail -n 1 "$tmp/up" "$tmp/said")"
	exit
fi

# ------------------------------------------------------------------ the page

# A block is what is indented; where it is typed is what was named last.  Text
# between ends one, so that what a later block needs must be in it.
awk -v directory="$tmp/blocks" '
	match($0, /[Oo]n `[a-z0-9-]+`/) {
		machine = substr($0, RSTART + 4, RLENGTH - 5)
	}
	/^    / {
		if (!inside)
			file = sprintf("%s/%02d,%s", directory, ++count, machine)
		inside = 1
		print substr($0, 5) >file
		next
	}
	/^$/ && inside { print "" >file; next }
	{ inside = 0 }' "$page"
block_count=0
for block in "$tmp/blocks"/*; do
	block_count=$((block_count + 1))
	machine=${block##*,}
	check "on $machine: $(head -n 1 "$block")" \
		timeout 60 ssh "$machine" ". $block"
	cp "$tmp/said" "$tmp/shown"
done
check "all blocks of the page were run" [ "$block_count" -ge 6 ]
has "the last one lists the first agent" "$(cat "$tmp/shown")" node-1
is "and has run two tasks" "$(grep -c '^hostname-[12].*node-[12]$' \
	"$tmp/shown")" 2

# ----------------------------------------------------------- what else it says

at_desk() {
	on desk env MEZZO_STATE="$tmp/machines/desk/home/.mezzo" timeout 60 "$@"
}
registered() {
	[ "$(at_desk mezzo agents --json | jq -r \
		'[.[] | select(.state == "registered").name] | sort | join(" ")')" = "$1" ]
}
check "both agents are registered" wait_until 30 registered "node-1 node-2"
is "tasks run on either" "$(at_desk mezzo run --instances 8 --cpus 0.4 -- \
	hostname | sed 's/.*node/node/' | sort -u | tr '\n' ' ')" "node-1 node-2 "
at_desk mezzo run --user nobody -- true 2>"$tmp/err"
is "a user who is not in the line" $? 125
has "is refused" "$(cat "$tmp/err")" nobody
master=$(cat "$tmp/head-mezzo-master")
is "the master is no root" "$(ps -o user= -p "$master" | tr -d ' ' |
	grep -x root)" ""
ssh head "sed -i '/^node-2 /d' /var/lib/mezzo/master/allow &&
	systemctl reload mezzo-master"
check "whose line is removed is put out" wait_until 30 registered node-1
on desk mezzo keygen --kind operator "$tmp/stranger.keys" >"$tmp/line"
on desk sed "s|^operator_key.*|operator_key $tmp/stranger.keys|" \
	"$tmp/machines/desk/home/.mezzo/cluster" >"$tmp/cluster-file"
mkdir "$tmp/stranger" && mv "$tmp/cluster-file" "$tmp/stranger/cluster"
MEZZO_STATE=$tmp/stranger timeout 60 on desk mezzo agents \
	>"$tmp/out" 2>"$tmp/err"
is "a stranger" $? 1
is "learns nothing" "$(cat "$tmp/out")" ""
has "but what may be wrong" "$(cat "$tmp/err")" "key"
