# Not run by `make check`, nor built by `make`.
EXTRA_PROGRAMS += tests/bench/alloc_bench
tests_bench_alloc_bench_LDADD = master/alloc/liballoc.la base/libbase.la
CLEANFILES += $(EXTRA_PROGRAMS)
