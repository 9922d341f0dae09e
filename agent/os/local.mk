# What of the launcher its agent uses too.
noinst_LTLIBRARIES += agent/launcher/libpacket.la
agent_launcher_libpacket_la_SOURCES = \
	agent/launcher/descriptors.c agent/launcher/descriptors.h \
	agent/launcher/packet.c agent/launcher/packet.h

# No library but libc: nothing here may ever need a restart.
pkglibexec_PROGRAMS += mezzo-launcher
mezzo_launcher_SOURCES = \
	agent/launcher/channel.c agent/launcher/channel.h \
	agent/launcher/children.c agent/launcher/children.h \
	agent/launcher/container.c agent/launcher/container.h \
	agent/launcher/main.c \
	agent/launcher/server.c agent/launcher/server.h \
	agent/launcher/start.c agent/launcher/start.h
mezzo_launcher_LDADD = agent/launcher/libpacket.la
# Bound once, not by each child again before its exec.
mezzo_launcher_LDFLAGS = -Wl,-z,relro,-z,now

noinst_LTLIBRARIES += agent/os/libagentos.la
agent_os_libagentos_la_SOURCES = \
	agent/os/attributes.c agent/os/attributes.h \
	agent/os/cgroup.c agent/os/cgroup.h \
	agent/os/cgroup_kill.c \
	agent/os/cgroup_mounts.c \
	agent/os/cgroup_parts.h \
	agent/os/cgroup_v1.c \
	agent/os/cgroup_v2.c \
	agent/os/bridge.c agent/os/bridge.h \
	agent/os/bundle.c agent/os/bundle.h \
	agent/os/closing.h \
	agent/os/containers.c agent/os/containers.h \
	agent/os/containers_launch.c \
	agent/os/containers_parts.h \
	agent/os/containers_user.c \
	agent/os/containers_volumes.c \
	agent/os/cpu_list.c agent/os/cpu_list.h \
	agent/os/detect.c agent/os/detect.h \
	agent/os/fetch.c agent/os/fetch.h \
	agent/os/files.c agent/os/files.h \
	agent/os/image_sweep.c agent/os/image_sweep.h \
	agent/os/image_store.c agent/os/image_store.h \
	agent/os/json_writer.c agent/os/json_writer.h \
	agent/os/inside.c agent/os/inside.h \
	agent/os/journal_file.c agent/os/journal_file.h \
	agent/os/launcher.c agent/os/launcher.h \
	agent/os/lives.c agent/os/lives.h \
	agent/os/lives_adopt.c \
	agent/os/lives_checks.c \
	agent/os/lives_end.c \
	agent/os/lives_inputs.c \
	agent/os/lives_processes.c \
	agent/os/lives_parts.h \
	agent/os/lives_start.c \
	agent/os/machine.c agent/os/machine.h \
	agent/os/passing.c agent/os/passing.h \
	agent/os/networks_parts.h \
	agent/os/networks_plugins.c \
	agent/os/networks.c agent/os/networks.h \
	agent/os/pids.c agent/os/pids.h \
	agent/os/pipes.c agent/os/pipes.h \
	agent/os/probe.c agent/os/probe.h \
	agent/os/run_name.c agent/os/run_name.h \
	agent/os/run_table.c agent/os/run_table.h \
	agent/os/runtime.c agent/os/runtime.h \
	agent/os/sandbox.c agent/os/sandbox.h \
	agent/os/spares.c agent/os/spares.h \
	agent/os/sandbox_place.h \
	agent/os/sandbox_read.c \
	agent/os/sandbox_task.c \
	agent/os/sessions.c agent/os/sessions.h \
	agent/os/overlay.c agent/os/overlay.h \
	agent/os/subnet.c agent/os/subnet.h \
	agent/os/tools.c agent/os/tools.h \
	agent/os/trash.c agent/os/trash.h \
	agent/os/users.c agent/os/users.h \
	agent/os/watches.c agent/os/watches.h \
	agent/os/variables.c agent/os/variables.h \
	agent/os/worker.c agent/os/worker.h
agent_os_libagentos_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
agent_os_libagentos_la_LIBADD = agent/launcher/libpacket.la \
	io/liboptions.la base/libbase.la $(EVENT_LIBS) -lpthread
