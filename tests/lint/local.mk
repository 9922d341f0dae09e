lint_tests = \
	tests/lint/cycles.sh \
	tests/lint/headers.sh \
	tests/lint/layers.sh \
	tests/lint/manuals.sh \
	tests/lint/mutants.sh \
	tests/lint/paths.sh \
	tests/lint/purity.sh \
	tests/lint/tidy.sh
check_SCRIPTS += $(lint_tests)
TESTS += $(lint_tests)
EXTRA_DIST += $(lint_tests) tests/lint/layers.txt tests/lint/purity.txt

# What headers.sh compiles with, and whose pages manuals.sh reads.
AM_TESTS_ENVIRONMENT = \
	CC='$(CC)'; export CC; \
	LINT_CPPFLAGS='$(PROTOBUF_C_CFLAGS) $(EVENT_CFLAGS) $(ZMQ_CFLAGS)'; \
	export LINT_CPPFLAGS; \
	PROGRAMS='$(bin_PROGRAMS) $(sbin_PROGRAMS) $(pkglibexec_PROGRAMS)'; \
	export PROGRAMS;
