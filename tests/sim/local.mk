# libworld.la has what is in the world; the programs put cores into it.
check_LTLIBRARIES = tests/sim/libworld.la
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

sim_tests = tests/sim/world_test
check_PROGRAMS += $(sim_tests)
TESTS += $(sim_tests)
tests_sim_world_test_LDADD = tests/sim/libworld.la
