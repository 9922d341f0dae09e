# libworld.la has what is in the world; libcluster.la puts Mezzo into it.
check_LTLIBRARIES = tests/sim/libworld.la tests/sim/libcluster.la
tests_sim_libworld_la_SOURCES = \
	tests/sim/disk.c tests/sim/disk.h \
	tests/sim/host.c tests/sim/host.h \
	tests/sim/ledger.c tests/sim/ledger.h \
	tests/sim/message_trace.c tests/sim/message_trace.h \
	tests/sim/network.c tests/sim/network.h \
	tests/sim/process.c tests/sim/process.h \
	tests/sim/runs.c tests/sim/runs.h \
	tests/sim/world.c tests/sim/world.h
tests_sim_libworld_la_LIBADD = base/libbase.la
tests_sim_libcluster_la_SOURCES = \
	tests/sim/character.h \
	tests/sim/cluster.c tests/sim/cluster.h \
	tests/sim/faults.c tests/sim/faults.h \
	tests/sim/gang.c tests/sim/gang.h \
	tests/sim/lives.c tests/sim/lives.h \
	tests/sim/probe.c tests/sim/probe.h \
	tests/sim/rogue.c tests/sim/rogue.h \
	tests/sim/scenario.c tests/sim/scenario.h \
	tests/sim/scheduler.c tests/sim/scheduler.h \
	tests/sim/script.c tests/sim/script.h

# Each core as one object that shows only what its header promises.
sim_cores = \
	tests/sim/agent_core.o \
	tests/sim/framework_core.o \
	tests/sim/master_core.o
tests/sim/agent_core.o: agent/libagent.la tests/sim/seal.sh
	$(AM_V_GEN)LD="$(LD)" $(SHELL) $(srcdir)/tests/sim/seal.sh $@ \
		"agent_new agent_free agent_machine agent_check" \
		$(agent_libagent_la_OBJECTS)
tests/sim/framework_core.o: libframework/libcore.la tests/sim/seal.sh
	$(AM_V_GEN)LD="$(LD)" $(SHELL) $(srcdir)/tests/sim/seal.sh $@ \
		"mezzo_* scheduler_free=mezzo_scheduler_free \
		scheduler_prepare scheduler_machine" \
		$(libframework_libcore_la_OBJECTS)
tests/sim/master_core.o: master/libmaster.la tests/sim/seal.sh
	$(AM_V_GEN)LD="$(LD)" $(SHELL) $(srcdir)/tests/sim/seal.sh $@ \
		"master_new master_free master_machine master_defaults \
		master_check" \
		$(master_libmaster_la_OBJECTS) \
		$(master_alloc_liballoc_la_OBJECTS)
CLEANFILES += $(sim_cores)
EXTRA_DIST += tests/sim/seal.sh

sim_tests = tests/sim/world_test tests/sim/sim tests/sim/shares \
	tests/sim/services \
	tests/sim/batches
check_PROGRAMS += $(sim_tests)
TESTS += $(sim_tests)
tests_sim_world_test_LDADD = tests/sim/libworld.la
sim_ldadd = tests/sim/libcluster.la tests/sim/libworld.la $(sim_cores) \
	base/libbase.la
tests_sim_sim_LDADD = $(sim_ldadd)
tests_sim_shares_SOURCES = tests/sim/shares.c \
	tests/sim/claimant.c tests/sim/claimant.h
tests_sim_shares_LDADD = $(sim_ldadd)
sim_keeper = tests/sim/keeper.c tests/sim/keeper.h \
	tests/sim/wraps.c tests/sim/wraps.h
sim_wrapped = $(AM_LDFLAGS) -Wl,--wrap=mezzo_scheduler_accept \
	-Wl,--wrap=mezzo_scheduler_accept_gang,--wrap=mezzo_scheduler_kill
tests_sim_services_SOURCES = tests/sim/services.c $(sim_keeper)
tests_sim_services_CPPFLAGS = $(container_cppflags)
tests_sim_services_LDADD = frameworks/container/libcontainer.la $(sim_ldadd)
tests_sim_services_LDFLAGS = $(sim_wrapped)
tests_sim_batches_SOURCES = tests/sim/batches.c \
	tests/sim/clerk.c tests/sim/clerk.h $(sim_keeper)
tests_sim_batches_CPPFLAGS = $(container_cppflags)
tests_sim_batches_LDADD = frameworks/mpi/libmpi.la \
	frameworks/container/libcontainer.la $(sim_ldadd) $(JANSSON_LIBS)
tests_sim_batches_LDFLAGS = $(sim_wrapped)
TESTS += tests/sim/week.sh
EXTRA_DIST += tests/sim/week.sh
tests/sim/week.log: tests/sim/sim
TESTS += tests/sim/trace_test.sh
EXTRA_DIST += tests/sim/trace_test.sh
tests/sim/trace_test.log: tests/sim/sim

# More seeds than `make check` has time for: make soak SEEDS=1000000 FIRST=1
SEEDS = 100000
FIRST = 1
soak: tests/sim/sim
	$(SHELL) $(srcdir)/tests/sim/soak.sh tests/sim/sim $(SEEDS) $(FIRST) \
		soak.state
EXTRA_DIST += tests/sim/soak.sh
CLEANFILES += soak.state

# Plant each bug of tests/mutants/ and see which check finds it.
mutants:
	$(SHELL) $(srcdir)/tests/mutants/run.sh $(srcdir) .
EXTRA_DIST += tests/mutants

# The MPI framework's core, on a pool that is played instead of the library.
mpi_pool = \
	tests/sim/mpi_pool.c tests/sim/mpi_pool.h \
	tests/sim/mpi_pool_offers.c tests/sim/mpi_pool_parts.h \
	tests/sim/mpi_pool_store.c tests/sim/mpi_pool_tasks.c
check_PROGRAMS += tests/sim/mpi_sim
TESTS += tests/sim/mpi_sim
tests_sim_mpi_sim_SOURCES = tests/sim/mpi_sim.c $(mpi_pool)
tests_sim_mpi_sim_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(JANSSON_CFLAGS)
tests_sim_mpi_sim_LDADD = frameworks/mpi/libmpi.la base/libbase.la \
	$(JANSSON_LIBS)
