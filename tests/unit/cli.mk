cli_tests = \
	tests/unit/job_streams_test \
	tests/unit/amounts_test \
	tests/unit/job_name_test \
	tests/unit/listing_test \
	tests/unit/names_test \
	tests/unit/outcome_test \
	tests/unit/output_test \
	tests/unit/task_json_test
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
tests_unit_job_name_test_SOURCES = tests/unit/job_name_test.c \
	cli/job_name.c cli/job_name.h
tests_unit_outcome_test_LDADD = cli/libcli.la \
	libframework/libmezzo-framework.la
# Of the program's own.
tests_unit_task_json_test_SOURCES = tests/unit/task_json_test.c \
	cli/task_json.c cli/task_json.h
tests_unit_task_json_test_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_task_json_test_LDADD = cli/libcli.la \
	libframework/libmezzo-framework.la
