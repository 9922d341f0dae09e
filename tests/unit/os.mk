os_tests = tests/unit/launcher_test
check_PROGRAMS += $(os_tests)
TESTS += $(os_tests)

tests_unit_launcher_test_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) \
	-DLAUNCHER='"$(abs_top_builddir)/mezzo-launcher"'
tests_unit_launcher_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_launcher_test_DEPENDENCIES = mezzo-launcher
