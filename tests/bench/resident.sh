#!/bin/sh
# resident.sh - how much memory daemons of a cluster that has nothing to do have
# resident, once they have come to rest.
set -u

# figure NAME BOUND PROCESS
figure() {
	awk -v name="$1" -v bound="$2" '
		/^VmRSS/ { rss = $2 / 1024 }
		/^RssAnon/ { own = $2 / 1024 }
		END {
			printf "{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"MiB\", ",
				name, rss
			printf "\"against\": \"<= %d\", \"note\": \"of these %.2f MiB ",
				bound, own
			print "its own, the rest mapped from files\"}"
			exit !rss
		}' "/proc/$3/status"
}

mezzo run -- true || exit # the first task makes the launcher be started
sleep 3 # what the start has left behind may settle
agent=$(cut -d ' ' -f 1 "$MEZZO_STATE/run/agent-1")
figure agent_rss_mib 8 "$agent" || exit
for each in /proc/[0-9]*; do # it tells nobody who it is, but logs somewhere
	[ "$(readlink "$each/fd/2")" != "$MEZZO_STATE/agent-1/launcher.log" ] ||
		launcher=${each#/proc/}
done
figure launcher_rss_mib 2 "${launcher:?there is none}"
