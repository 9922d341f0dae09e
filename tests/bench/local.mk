# Not run by `make check`, nor built by `make`.
EXTRA_PROGRAMS += tests/bench/alloc_bench tests/bench/agents_bench
tests_bench_alloc_bench_LDADD = master/alloc/liballoc.la base/libbase.la
tests_bench_agents_bench_LDADD = $(sim_ldadd)
CLEANFILES += $(EXTRA_PROGRAMS)
