EXTRA_DIST += tests/hostile.h
base_tests = \
	tests/unit/body_test \
	tests/unit/frame_test \
	tests/unit/links_test \
	tests/unit/permission_test \
	tests/unit/principal_test \
	tests/unit/resources_test \
	tests/unit/store_tree_test \
	tests/unit/table_test \
	tests/unit/ticket_test
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
tests_unit_body_test_LDADD = base/libbase.la
tests_unit_frame_test_LDADD = base/libbase.la
tests_unit_links_test_LDADD = base/libbase.la
tests_unit_permission_test_LDADD = base/libbase.la
tests_unit_principal_test_LDADD = base/libbase.la
tests_unit_resources_test_LDADD = base/libbase.la
tests_unit_store_tree_test_LDADD = base/libbase.la
tests_unit_table_test_LDADD = base/libbase.la
tests_unit_ticket_test_LDADD = base/libbase.la
