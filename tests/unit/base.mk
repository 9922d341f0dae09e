base_tests = \
	tests/unit/resources_test \
	tests/unit/table_test
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
tests_unit_resources_test_LDADD = base/libbase.la
tests_unit_table_test_LDADD = base/libbase.la
