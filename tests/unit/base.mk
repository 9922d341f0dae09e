EXTRA_DIST += tests/hostile.h
base_tests = \
	tests/unit/body_test \
	tests/unit/deadlines_test \
	tests/unit/effect_test \
	tests/unit/error_test \
	tests/unit/frame_test \
	tests/unit/id_test \
	tests/unit/links_test \
	tests/unit/message_test \
	tests/unit/permission_test \
	tests/unit/principal_test \
	tests/unit/resources_test \
	tests/unit/resources_property_test \
	tests/unit/resources_wire_test \
	tests/unit/role_test \
	tests/unit/store_log_test \
	tests/unit/store_tree_test \
	tests/unit/table_test \
	tests/unit/task_state_test \
	tests/unit/ticket_test \
	tests/unit/uuid_test
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
tests_unit_body_test_LDADD = base/libbase.la
tests_unit_deadlines_test_LDADD = base/libbase.la
tests_unit_effect_test_LDADD = base/libbase.la
tests_unit_error_test_LDADD = base/libbase.la
tests_unit_frame_test_LDADD = base/libbase.la
tests_unit_id_test_LDADD = base/libbase.la
tests_unit_links_test_LDADD = base/libbase.la
tests_unit_message_test_LDADD = base/libbase.la
tests_unit_permission_test_LDADD = base/libbase.la
tests_unit_principal_test_LDADD = base/libbase.la
tests_unit_resources_test_LDADD = base/libbase.la
tests_unit_resources_property_test_LDADD = base/libbase.la
tests_unit_resources_wire_test_LDADD = base/libbase.la
tests_unit_role_test_LDADD = base/libbase.la
tests_unit_store_log_test_LDADD = base/libbase.la
tests_unit_store_tree_test_LDADD = base/libbase.la
tests_unit_table_test_LDADD = base/libbase.la
tests_unit_task_state_test_LDADD = base/libbase.la
tests_unit_ticket_test_LDADD = base/libbase.la
tests_unit_uuid_test_LDADD = base/libbase.la
