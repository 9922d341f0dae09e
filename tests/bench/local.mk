# `make bench` measures everything, `make bench BENCH=NAME` one figure: a table,
# and bench.json.  `make check` builds them all, and runs a little.
bench_programs = \
	tests/bench/agents_bench \
	tests/bench/alloc_bench \
	tests/bench/containers \
	tests/bench/crowd \
	tests/bench/launch \
	tests/bench/many \
	tests/bench/million \
	tests/bench/rate \
	tests/bench/spawns
check_PROGRAMS += $(bench_programs) tests/bench/replay
# Linked statically, which sanitizers cannot be.
EXTRA_PROGRAMS += tests/bench/stamp
bench_figures = \
	tests/bench/figure.c tests/bench/figure.h \
	tests/bench/samples.c tests/bench/samples.h
tests_bench_agents_bench_SOURCES = tests/bench/agents_bench.c \
	tests/bench/figure.c tests/bench/figure.h
tests_bench_agents_bench_LDADD = $(sim_ldadd)
tests_bench_alloc_bench_SOURCES = tests/bench/alloc_bench.c $(bench_figures)
tests_bench_alloc_bench_LDADD = master/alloc/liballoc.la base/libbase.la -lm
tests_bench_containers_SOURCES = tests/bench/containers.c $(bench_figures)
tests_bench_containers_LDADD = libframework/libmezzo-framework.la -lm
tests_bench_crowd_SOURCES = tests/bench/crowd.c \
	tests/bench/figure.c tests/bench/figure.h
tests_bench_crowd_LDADD = agent/libagent.la io/libdriver.la \
	io/libkeeper.la io/liboptions.la base/libbase.la
tests_bench_many_SOURCES = tests/bench/many.c \
	tests/bench/figure.c tests/bench/figure.h
tests_bench_many_LDADD = libframework/libmezzo-framework.la
tests_bench_launch_SOURCES = tests/bench/launch.c $(bench_figures)
tests_bench_launch_LDADD = libframework/libmezzo-framework.la -lm
tests_bench_million_SOURCES = tests/bench/million.c \
	tests/bench/puppet.c tests/bench/puppet.h \
	tests/bench/figure.c tests/bench/figure.h
tests_bench_million_LDADD = $(sim_ldadd) -lm
tests_bench_rate_SOURCES = tests/bench/rate.c $(bench_figures)
tests_bench_rate_LDADD = libframework/libmezzo-framework.la -lm
tests_bench_replay_SOURCES = tests/bench/replay.c \
	tests/bench/swf.c tests/bench/swf.h
tests_bench_replay_LDADD = master/alloc/liballoc.la base/libbase.la
tests_bench_spawns_SOURCES = tests/bench/spawns.c \
	tests/bench/figure.c tests/bench/figure.h
# Sanitizers cannot be linked statically.
tests_bench_stamp_CFLAGS = $(WARN_CFLAGS)
tests_bench_stamp_LDFLAGS = -all-static
EXTRA_DIST += tests/bench/bench.sh tests/bench/containers.sh \
	tests/bench/failover.sh \
	tests/bench/mpi.sh tests/bench/resident.sh tests/bench/restart.sh \
	tests/bench/sockets.sh
CLEANFILES += $(EXTRA_PROGRAMS) bench.json

TESTS += tests/bench/replay_test.sh
EXTRA_DIST += tests/bench/replay_test.sh
tests/bench/replay_test.log: tests/bench/replay

bench: $(bench_programs) tests/bench/stamp tests/system/installed.stamp
	@srcdir=$(srcdir) $(SHELL) $(srcdir)/tests/bench/bench.sh $(BENCH)
