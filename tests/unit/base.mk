base_tests = tests/unit/table_test
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
tests_unit_table_test_LDADD = base/libbase.la
