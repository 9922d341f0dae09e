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

bin_PROGRAMS += mezzo-compose
mezzo_compose_SOURCES = \
	frameworks/container/compose.c frameworks/container/compose.h \
	frameworks/container/compose_input.c \
	frameworks/container/compose_input.h \
	frameworks/container/compose_show.c
mezzo_compose_CPPFLAGS = $(container_cppflags)
mezzo_compose_LDADD = frameworks/container/libproject.la io/liboptions.la \
	base/libbase.la
