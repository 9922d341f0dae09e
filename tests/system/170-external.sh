#!/bin/sh
# mezzo X runs mezzo-X; bundled frameworks are started and stopped with the rest.
. "$srcdir/tests/system/cluster.sh"

mkdir "$tmp/bin"
printf '#!/bin/sh\necho "$0: $*"\nexit 5\n' >"$tmp/bin/mezzo-greet"
chmod +x "$tmp/bin/mezzo-greet"
PATH=$tmp/bin:$PATH
is "mezzo greet runs mezzo-greet" "$(mezzo greet you --loud | sed 's|.*/||')" \
	"mezzo-greet: you --loud"
mezzo greet >/dev/null
is "its exit status is passed on" $? 5
mezzo ../greet 2>/dev/null
is "a path is no command" $? 2
has "mezzo help lists the commands" "$(mezzo help)" "masters"
has "and has help of each" "$(mezzo help run)" "--instances"
