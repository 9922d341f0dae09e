mezzoincludedir = $(includedir)/mezzo
mezzoinclude_HEADERS = \
	libframework/mezzo/cluster.h \
	libframework/mezzo/executor.h \
	libframework/mezzo/framework.h \
	libframework/mezzo/guest.h \
	libframework/mezzo/operator.h \
	libframework/mezzo/task.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = libframework/mezzo-framework.pc

# The cores, for the library, for the simulator and for tests; with it goes
# base/libbase.la.
noinst_LTLIBRARIES += libframework/libcore.la
libframework_libcore_la_SOURCES = \
	libframework/acceptance.c \
	libframework/agent_links.c libframework/agent_links.h \
	libframework/amounts.c libframework/amounts.h \
	libframework/asks.c libframework/asks.h \
	libframework/backoff.h \
	libframework/calls.c \
	libframework/checks.c libframework/checks.h \
	libframework/container.c libframework/container.h \
	libframework/core.h \
	libframework/errands.c libframework/errands.h \
	libframework/events.c \
	libframework/executor.c libframework/executor.h \
	libframework/executor_frames.c libframework/executor_frames.h \
	libframework/group.c libframework/group.h \
	libframework/guest.c libframework/guest.h \
	libframework/kept.c libframework/kept.h \
	libframework/masters.c libframework/masters.h \
	libframework/offers.c libframework/offers.h \
	libframework/operator.c libframework/operator.h \
	libframework/outbox.c libframework/outbox.h \
	libframework/processes.c libframework/processes.h \
	libframework/programs.c libframework/programs.h \
	libframework/question.c libframework/question.h \
	libframework/readers.c libframework/readers.h \
	libframework/reservation.c libframework/reservation.h \
	libframework/whatif.c libframework/whatif.h \
	libframework/rows.c libframework/rows.h \
	libframework/scheduler.c libframework/scheduler.h \
	libframework/status.c libframework/status.h \
	libframework/storage.c libframework/storage.h \
	libframework/takeover.c libframework/takeover.h \
	libframework/tickets.c libframework/tickets.h \
	libframework/subscription.c libframework/subscription.h \
	libframework/task.c libframework/task.h \
	libframework/tasks.c libframework/tasks.h \
	libframework/updates.c libframework/updates.h
libframework_libcore_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE

# What runs them for real.
lib_LTLIBRARIES += libframework/libmezzo-framework.la
libframework_libmezzo_framework_la_SOURCES = \
	libframework/cluster.c \
	libframework/executor_loop.c \
	libframework/guest_loop.c \
	libframework/loop.c libframework/loop.h \
	libframework/operator_loop.c \
	libframework/scheduler_loop.c
libframework_libmezzo_framework_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
libframework_libmezzo_framework_la_LIBADD = libframework/libcore.la \
	io/libdriver.la io/libstore.la io/libkeeper.la io/liboptions.la \
	base/libbase.la
libframework_libmezzo_framework_la_LDFLAGS = $(AM_LDFLAGS) \
	-version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(srcdir)/libframework/mezzo.map
libframework_libmezzo_framework_la_DEPENDENCIES = libframework/libcore.la \
	io/libdriver.la io/libstore.la io/libkeeper.la io/liboptions.la \
	base/libbase.la \
	libframework/mezzo.map
EXTRA_DIST += libframework/mezzo.map
