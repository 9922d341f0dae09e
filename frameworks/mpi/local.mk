# What is pure, for the programs, for the simulator and for tests.
noinst_LTLIBRARIES += frameworks/mpi/libmpi.la
frameworks_mpi_libmpi_la_SOURCES = \
	frameworks/mpi/array.c frameworks/mpi/array.h \
	frameworks/mpi/dependency.c frameworks/mpi/dependency.h \
	frameworks/mpi/filename.c frameworks/mpi/filename.h \
	frameworks/mpi/job_state.c frameworks/mpi/job_state.h \
	frameworks/mpi/layout.c frameworks/mpi/layout.h \
	frameworks/mpi/nodelist.c frameworks/mpi/nodelist.h \
	frameworks/mpi/pairs.c frameworks/mpi/pairs.h \
	frameworks/mpi/pmi.c frameworks/mpi/pmi.h \
	frameworks/mpi/pmi_second.c frameworks/mpi/pmi_parts.h \
	frameworks/mpi/quantity.c frameworks/mpi/quantity.h \
	frameworks/mpi/request.c frameworks/mpi/request.h \
	frameworks/mpi/script.c frameworks/mpi/script.h \
	frameworks/mpi/variables.c frameworks/mpi/variables.h \
	frameworks/mpi/words.c frameworks/mpi/words.h
frameworks_mpi_libmpi_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE \
	$(JANSSON_CFLAGS)
