# What needs no cluster: reading, and what a project is.
noinst_LTLIBRARIES += frameworks/container/libproject.la
frameworks_container_libproject_la_SOURCES = \
	frameworks/container/compose_file.c \
	frameworks/container/compose_file.h \
	frameworks/container/compose_parts.c \
	frameworks/container/compose_service.c \
	frameworks/container/dotenv.c frameworks/container/dotenv.h \
	frameworks/container/interpolate.c frameworks/container/interpolate.h \
	frameworks/container/plan.c frameworks/container/plan.h \
	frameworks/container/project.c frameworks/container/project.h \
	frameworks/container/project_service.c \
	frameworks/container/project_service.h \
	frameworks/container/reading.c frameworks/container/reading.h \
	frameworks/container/values.c frameworks/container/values.h \
	frameworks/container/yaml.c frameworks/container/yaml.h
container_cppflags = $(AM_CPPFLAGS) -D_GNU_SOURCE $(JANSSON_CFLAGS) \
	$(YAML_CFLAGS) $(SODIUM_CFLAGS)
frameworks_container_libproject_la_CPPFLAGS = $(container_cppflags)
frameworks_container_libproject_la_LIBADD = base/libbase.la $(JANSSON_LIBS) \
	$(YAML_LIBS) $(SODIUM_LIBS)

# The framework's core: the shell and the simulator run it.
noinst_LTLIBRARIES += frameworks/container/libcontainer.la
frameworks_container_libcontainer_la_SOURCES = \
	frameworks/container/core.c frameworks/container/core.h \
	frameworks/container/held.c frameworks/container/held.h \
	frameworks/container/hosts.c frameworks/container/hosts.h \
	frameworks/container/launch.c frameworks/container/launch.h \
	frameworks/container/names.c frameworks/container/names.h \
	frameworks/container/projects.c frameworks/container/projects.h \
	frameworks/container/reconcile.c frameworks/container/reconcile.h \
	frameworks/container/records.c frameworks/container/records.h \
	frameworks/container/removals.c frameworks/container/removals.h \
	frameworks/container/report.c frameworks/container/report.h \
	frameworks/container/requests.c frameworks/container/requests.h \
	frameworks/container/restore.c frameworks/container/restore.h \
	frameworks/container/runs.c frameworks/container/runs.h \
	frameworks/container/state.h
frameworks_container_libcontainer_la_CPPFLAGS = $(container_cppflags)
frameworks_container_libcontainer_la_LIBADD = \
	frameworks/container/libproject.la

noinst_LTLIBRARIES += frameworks/container/libnames.la
frameworks_container_libnames_la_SOURCES = \
	frameworks/container/directory.c frameworks/container/directory.h
frameworks_container_libnames_la_CPPFLAGS = $(container_cppflags)
frameworks_container_libnames_la_LIBADD = base/libbase.la $(JANSSON_LIBS)

bin_PROGRAMS += mezzo-compose
mezzo_compose_SOURCES = \
	frameworks/container/client.c frameworks/container/client.h \
	frameworks/container/compose.c frameworks/container/compose.h \
	frameworks/container/compose_control.c \
	frameworks/container/compose_input.c \
	frameworks/container/compose_input.h \
	frameworks/container/compose_logs.c \
	frameworks/container/compose_ps.c \
	frameworks/container/compose_show.c \
	frameworks/container/compose_up.c \
	frameworks/container/compose_watch.c \
	frameworks/container/compose_watch.h \
	frameworks/container/files.h \
	frameworks/container/pack.c frameworks/container/pack.h
mezzo_compose_CPPFLAGS = $(container_cppflags) $(ARCHIVE_CFLAGS)
mezzo_compose_LDADD = frameworks/container/libproject.la \
	libframework/libmezzo-framework.la io/liboptions.la base/libbase.la \
	$(ARCHIVE_LIBS)

bin_PROGRAMS += mezzo-container
mezzo_container_SOURCES = \
	frameworks/container/files.c frameworks/container/files.h \
	frameworks/container/main.c \
	frameworks/container/serve.c frameworks/container/serve.h
mezzo_container_CPPFLAGS = $(container_cppflags) $(EVENT_CFLAGS) \
	-DPKGLIBEXECDIR='"$(pkglibexecdir)"'
mezzo_container_LDADD = frameworks/container/libcontainer.la \
	libframework/libmezzo-framework.la io/libdoor.la io/liboptions.la \
	base/libbase.la $(EVENT_LIBS)

pkglibexec_PROGRAMS += mezzo-names
mezzo_names_SOURCES = frameworks/container/names_main.c
mezzo_names_CPPFLAGS = $(container_cppflags) $(EVENT_EXTRA_CFLAGS)
# An agent gives an executor no paths to libraries.
mezzo_names_LDFLAGS = $(AM_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../../lib'
mezzo_names_LDADD = frameworks/container/libnames.la \
	libframework/libmezzo-framework.la io/libdns.la base/libbase.la
