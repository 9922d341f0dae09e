TEST_EXTENSIONS = .sh
TAP = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP)
SH_LOG_DRIVER = $(TAP)
SH_LOG_COMPILER = $(SHELL)
EXTRA_DIST += tests/test.h

include tests/unit/base.mk
include tests/unit/io.mk
include tests/unit/alloc.mk
include tests/unit/master.mk
include tests/unit/agent.mk
include tests/unit/fetch.mk
include tests/unit/os.mk
include tests/unit/libframework.mk
include tests/unit/cli.mk
include tests/unit/mpi.mk
include tests/unit/container.mk
include tests/lint/local.mk
include tests/sim/local.mk
include tests/system/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
