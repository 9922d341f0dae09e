os_tests = tests/unit/launcher_test tests/unit/machine_test \
	tests/unit/machine_limits_test \
	tests/unit/bundle_test tests/unit/passing_test tests/unit/pids_test \
	tests/unit/pipes_test tests/unit/spares_test
check_PROGRAMS += $(os_tests)
TESTS += $(os_tests)
os_test_cppflags = $(AM_CPPFLAGS) $(EVENT_CFLAGS) \
	-DLAUNCHER='"$(abs_top_builddir)/mezzo-launcher"' \
	-DFETCH='"$(abs_top_builddir)/mezzo-fetch"'

tests_unit_launcher_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_launcher_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_launcher_test_DEPENDENCIES = mezzo-launcher
tests_unit_machine_limits_test_SOURCES = tests/unit/machine_limits_test.c \
	tests/unit/machine_desk.h
tests_unit_machine_limits_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_machine_limits_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_machine_limits_test_DEPENDENCIES = mezzo-launcher mezzo-fetch
tests_unit_machine_test_SOURCES = tests/unit/machine_test.c \
	tests/unit/machine_desk.h
tests_unit_machine_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_machine_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_machine_test_DEPENDENCIES = mezzo-launcher mezzo-fetch
tests_unit_bundle_test_LDADD = agent/os/libagentos.la
tests_unit_passing_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_passing_test_LDADD = agent/os/libagentos.la
tests_unit_pids_test_LDADD = agent/os/libagentos.la
tests_unit_pipes_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_pipes_test_LDADD = agent/os/libagentos.la
tests_unit_spares_test_LDADD = agent/os/libagentos.la
