# What of the launcher its agent uses too.
noinst_LTLIBRARIES += agent/launcher/libpacket.la
agent_launcher_libpacket_la_SOURCES = \
	agent/launcher/packet.c agent/launcher/packet.h

# No library but libc: nothing here may ever need a restart.
pkglibexec_PROGRAMS += mezzo-launcher
mezzo_launcher_SOURCES = \
	agent/launcher/channel.c agent/launcher/channel.h \
	agent/launcher/children.c agent/launcher/children.h \
	agent/launcher/main.c \
	agent/launcher/server.c agent/launcher/server.h \
	agent/launcher/start.c agent/launcher/start.h
mezzo_launcher_LDADD = agent/launcher/libpacket.la

noinst_LTLIBRARIES += agent/os/libagentos.la
agent_os_libagentos_la_SOURCES = \
	agent/os/launcher.c agent/os/launcher.h
agent_os_libagentos_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
agent_os_libagentos_la_LIBADD = agent/launcher/libpacket.la base/libbase.la \
	$(EVENT_LIBS)
