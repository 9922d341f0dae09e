cli_tests = tests/unit/listing_test
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests)
tests_unit_listing_test_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_listing_test_LDADD = cli/libcli.la
