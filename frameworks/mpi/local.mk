# What is pure, for the programs, for the simulator and for tests.
noinst_LTLIBRARIES += frameworks/mpi/libmpi.la
frameworks_mpi_libmpi_la_SOURCES = \
	frameworks/mpi/array.c frameworks/mpi/array.h \
	frameworks/mpi/dependency.c frameworks/mpi/dependency.h \
	frameworks/mpi/filename.c frameworks/mpi/filename.h \
	frameworks/mpi/job.c frameworks/mpi/job.h \
	frameworks/mpi/job_json.c frameworks/mpi/job_json.h \
	frameworks/mpi/job_state.c frameworks/mpi/job_state.h \
	frameworks/mpi/layout.c frameworks/mpi/layout.h \
	frameworks/mpi/letter.c frameworks/mpi/letter.h \
	frameworks/mpi/lines.c frameworks/mpi/lines.h \
	frameworks/mpi/node.c frameworks/mpi/node.h \
	frameworks/mpi/node_parts.h frameworks/mpi/node_pmi.c \
	frameworks/mpi/node_script.c frameworks/mpi/node_step.c \
	frameworks/mpi/node_tree.c \
	frameworks/mpi/nodelist.c frameworks/mpi/nodelist.h \
	frameworks/mpi/pairs.c frameworks/mpi/pairs.h \
	frameworks/mpi/partitions.c frameworks/mpi/partitions.h \
	frameworks/mpi/pmi.c frameworks/mpi/pmi.h \
	frameworks/mpi/pmi_second.c frameworks/mpi/pmi_parts.h \
	frameworks/mpi/quantity.c frameworks/mpi/quantity.h \
	frameworks/mpi/queue.c frameworks/mpi/queue.h \
	frameworks/mpi/queue_end.c frameworks/mpi/queue_gang.c \
	frameworks/mpi/queue_parts.h frameworks/mpi/queue_store.c \
	frameworks/mpi/request.c frameworks/mpi/request.h \
	frameworks/mpi/request_json.c frameworks/mpi/request_json.h \
	frameworks/mpi/script.c frameworks/mpi/script.h \
	frameworks/mpi/variables.c frameworks/mpi/variables.h \
	frameworks/mpi/words.c frameworks/mpi/words.h
frameworks_mpi_libmpi_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE \
	$(JANSSON_CFLAGS)
frameworks_mpi_libmpi_la_LIBADD = $(JANSSON_LIBS)

# One for each job and agent; what scripts have ranks started by; what is loaded
# into ranks of a library that needs it.
pkglibexec_PROGRAMS += mezzo-mpi-executor mezzo-mpi-step
mezzo_mpi_executor_SOURCES = \
	frameworks/mpi/counter.c frameworks/mpi/counter.h \
	frameworks/mpi/executor.c \
	frameworks/mpi/pmix_job.c frameworks/mpi/pmix_job.h \
	frameworks/mpi/pmix_news.c frameworks/mpi/pmix_news.h \
	frameworks/mpi/pmix_server.c frameworks/mpi/pmix_server.h \
	frameworks/mpi/process.c frameworks/mpi/process.h \
	frameworks/mpi/program.c frameworks/mpi/program.h \
	frameworks/mpi/relay.c frameworks/mpi/relay.h \
	frameworks/mpi/watch.c frameworks/mpi/watch.h \
	frameworks/mpi/workaround.c frameworks/mpi/workaround.h
mezzo_mpi_executor_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE \
	$(JANSSON_CFLAGS) $(PMIX_CFLAGS)
mezzo_mpi_executor_LDADD = frameworks/mpi/libmpi.la \
	libframework/libmezzo-framework.la base/libbase.la $(JANSSON_LIBS) \
	$(PMIX_LIBS) -lpthread
mezzo_mpi_executor_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,-rpath,'$$ORIGIN/../../lib'
mezzo_mpi_step_SOURCES = frameworks/mpi/step.c
mezzo_mpi_step_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(JANSSON_CFLAGS)
mezzo_mpi_step_LDADD = frameworks/mpi/libmpi.la base/libbase.la \
	$(JANSSON_LIBS)
mpimodulesdir = $(pkglibexecdir)
mpimodules_LTLIBRARIES = frameworks/mpi/mezzo-mpi-finalize.la
frameworks_mpi_mezzo_mpi_finalize_la_SOURCES = frameworks/mpi/finalize.c
frameworks_mpi_mezzo_mpi_finalize_la_LDFLAGS = $(AM_LDFLAGS) -module \
	-avoid-version -shared

bin_PROGRAMS += mezzo-mpi
mezzo_mpi_SOURCES = \
	frameworks/mpi/caller.c frameworks/mpi/caller.h \
	frameworks/mpi/command.h \
	frameworks/mpi/list.c \
	frameworks/mpi/main.c \
	frameworks/mpi/outputs.c frameworks/mpi/outputs.h \
	frameworks/mpi/reception.c \
	frameworks/mpi/run.c \
	frameworks/mpi/serve.c \
	frameworks/mpi/service.c frameworks/mpi/service.h \
	frameworks/mpi/service_parts.h \
	frameworks/mpi/submit.c \
	frameworks/mpi/visitors.c frameworks/mpi/visitors.h \
	frameworks/mpi/wish.c frameworks/mpi/wish.h
mezzo_mpi_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(JANSSON_CFLAGS) \
	$(EVENT_CFLAGS)
mezzo_mpi_LDADD = frameworks/mpi/libmpi.la \
	libframework/libmezzo-framework.la io/libdoor.la io/liboptions.la \
	base/libbase.la $(EVENT_LIBS) $(JANSSON_LIBS)
