cli_tests = \
	tests/unit/job_streams_test \
	tests/unit/amounts_test \
	tests/unit/listing_test \
	tests/unit/names_test \
	tests/unit/output_test
check_PROGRAMS += $(cli_tests)
TESTS += $(cli_tests)
tests_unit_amounts_test_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_amounts_test_LDADD = cli/libcli.la
tests_unit_listing_test_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_listing_test_LDADD = cli/libcli.la
tests_unit_output_test_LDADD = cli/libcli.la
tests_unit_names_test_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_names_test_LDADD = cli/libcli.la libframework/libmezzo-framework.la \
	base/libbase.la
tests_unit_job_streams_test_LDADD = cli/libcli.la
