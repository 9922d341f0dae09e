alloc_tests = \
	tests/unit/pattern_test \
	tests/unit/alloc_test \
	tests/unit/alloc_ask_test \
	tests/unit/alloc_ask_property_test \
	tests/unit/alloc_ends_test \
	tests/unit/alloc_constraints_test \
	tests/unit/alloc_filters_test \
	tests/unit/alloc_need_test \
	tests/unit/alloc_spread_test \
	tests/unit/alloc_tree_test \
	tests/unit/alloc_explain_test \
	tests/unit/alloc_gang_test \
	tests/unit/alloc_property_test \
	tests/unit/alloc_quota_test \
	tests/unit/alloc_shortage_test \
	tests/unit/alloc_usage_test
check_PROGRAMS += $(alloc_tests)
TESTS += $(alloc_tests)
tests_unit_pattern_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_ask_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_property_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_ask_property_test_LDADD = master/alloc/liballoc.la base/libbase.la
EXTRA_DIST += tests/unit/alloc_asking.h
tests_unit_alloc_gang_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_explain_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_quota_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_shortage_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_usage_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_ends_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_constraints_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_filters_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_need_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_tree_test_LDADD = master/alloc/liballoc.la base/libbase.la
tests_unit_alloc_spread_test_LDADD = master/alloc/liballoc.la base/libbase.la
