# What is tested apart from the program.
noinst_LTLIBRARIES += cli/libcli.la
cli_libcli_la_SOURCES = \
	cli/amounts.c cli/amounts.h \
	cli/listing.c cli/listing.h \
	cli/names.c cli/names.h \
	cli/outcome.c cli/outcome.h \
	cli/output.c cli/output.h \
	cli/patience.c cli/patience.h \
	cli/row.c cli/row.h \
	cli/streams.c cli/streams.h
cli_libcli_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(JANSSON_CFLAGS)
cli_libcli_la_LIBADD = base/libbase.la $(JANSSON_LIBS)

bin_PROGRAMS += mezzo
mezzo_SOURCES = \
	cli/agents.c \
	cli/bring_up.c cli/bring_up.h \
	cli/cluster.c cli/cluster.h \
	cli/command.h \
	cli/daemon.c cli/daemon.h \
	cli/down.c \
	cli/drain.c \
	cli/exec.c \
	cli/explain.c \
	cli/external.c \
	cli/frameworks.c \
	cli/history.c \
	cli/interrupts.c cli/interrupts.h \
	cli/input.c cli/input.h \
	cli/job.c cli/job.h \
	cli/job_name.c cli/job_name.h \
	cli/keygen.c \
	cli/kill.c \
	cli/logs.c \
	cli/main.c \
	cli/masters.c \
	cli/offers.c \
	cli/pool.c cli/pool.h cli/pool_keepers.c \
	cli/query.c cli/query.h \
	cli/quota.c \
	cli/reserve.c \
	cli/roles.c \
	cli/run.c \
	cli/task_json.c cli/task_json.h \
	cli/tasks.c \
	cli/up.c \
	cli/version.c \
	cli/wait.c \
	cli/weight.c \
	cli/whatif.c
mezzo_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(JANSSON_CFLAGS) \
	-DSBINDIR='"$(sbindir)"'
mezzo_LDADD = cli/libcli.la libframework/libmezzo-framework.la \
	io/libdriver.la io/liboptions.la base/libbase.la $(JANSSON_LIBS)
