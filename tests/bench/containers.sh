#!/bin/sh
# containers.sh - an image with nothing but stamp, and for the runtime alone a
# bundle like those that the agent makes of it; then containers.c takes turns.
#
# usage: containers.sh STAMP PROGRAM COUNT; in bench.sh, with a cluster of one
# agent.  As on every hybrid machine, crun is shown no cgroup2.

set -u
srcdir=${srcdir:-.}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mezzo-bench.XXXXXX") || exit 2
trap 'rm -rf "$tmp"' EXIT
. "$srcdir/tests/system/images.sh"
mkdir -p "$tmp/root/tmp" "$tmp/bundle" && cp "$1" "$tmp/root/stamp" || exit
tar -C "$tmp/root" -cf "$tmp/stamp.tar" . &&
	image_pack "$tmp/image" 1 '{"Cmd":["/stamp"]}' "$tmp/stamp.tar" || exit
mkdir "$tmp/bundle/rootfs" "$tmp/bundle/upper" "$tmp/bundle/work" \
	"$tmp/bundle/sandbox"
touch "$tmp/bundle/hosts" "$tmp/bundle/hostname" "$tmp/bundle/resolv.conf"
bind() {
	printf ',{"destination": "%s", "type": "bind", "source": "%s",' "$1" "$2"
	printf ' "options": ["rw", "nosuid", "nodev", "rbind"]}'
}
binds=$(bind /etc/hosts "$tmp/bundle/hosts"
	bind /etc/hostname "$tmp/bundle/hostname"
	bind /etc/resolv.conf "$tmp/bundle/resolv.conf"
	bind /mnt/mesos/sandbox "$tmp/bundle/sandbox")
cat >"$tmp/bundle/config.json" <<-JSON
	{"ociVersion": "1.0.2", "hostname": "alone",
	 "process": {"user": {"uid": 0, "gid": 0}, "args": ["/stamp", "/out"],
	  "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": true},
	 "root": {"path": "rootfs"},
	 "mounts": [
	  {"destination": "/proc", "type": "proc", "source": "proc"},
	  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
	   "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
	  {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
	   "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666"]},
	  {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
	   "options": ["nosuid", "noexec", "nodev", "mode=1777"]},
	  {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue"},
	  {"destination": "/sys", "type": "sysfs", "source": "sysfs",
	   "options": ["nosuid", "noexec", "nodev", "ro"]}$binds],
	 "linux": {
	  "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
	   "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
	   "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/fs/selinux"],
	  "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
	   "/proc/sysrq-trigger"],
	  "namespaces": [{"type": "pid"}, {"type": "mount"},
	  {"type": "ipc"}, {"type": "uts"}]}}
JSON
unshare -m sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null
	bundle=$1 root=$2
	shift 2
	mount -t overlay -o "lowerdir=$root,upperdir=$bundle/upper,workdir=$bundle/work" \
		overlay "$bundle/rootfs" && exec "$@"' - "$tmp/bundle" "$tmp/root" \
	"$2" "oci:$tmp/image:1" "$MEZZO_STATE/agent-1" "$tmp/bundle" "$3"
