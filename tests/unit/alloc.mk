alloc_tests = tests/unit/alloc_test tests/unit/alloc_property_test
check_PROGRAMS += $(alloc_tests)
TESTS += $(alloc_tests)
tests_unit_alloc_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_property_test_LDADD = master/alloc/liballoc.la base/libbase.la
