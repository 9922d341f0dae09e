libframework_tests = tests/unit/acceptance_test tests/unit/cluster_test \
	tests/unit/executor_test tests/unit/framework_outbox_test \
	tests/unit/checks_test \
	tests/unit/framework_amounts_test tests/unit/masters_test \
	tests/unit/framework_updates_test tests/unit/framework_wire_test \
	tests/unit/group_test tests/unit/guest_test tests/unit/loop_test \
	tests/unit/operator_test tests/unit/processes_test \
	tests/unit/readers_test \
	tests/unit/scheduler_test \
	tests/unit/takeover_test
check_PROGRAMS += $(libframework_tests)
TESTS += $(libframework_tests)
libframework_core = libframework/libcore.la base/libbase.la
scheduler_desk = tests/unit/scheduler_desk.c tests/unit/scheduler_desk.h

tests_unit_acceptance_test_SOURCES = tests/unit/acceptance_test.c \
	$(scheduler_desk)
tests_unit_acceptance_test_LDADD = $(libframework_core)

# As its users have it.
tests_unit_cluster_test_LDADD = libframework/libmezzo-framework.la
tests_unit_loop_test_LDADD = libframework/libmezzo-framework.la -lpthread

tests_unit_executor_test_LDADD = $(libframework_core)
tests_unit_checks_test_LDADD = $(libframework_core)
tests_unit_framework_amounts_test_LDADD = $(libframework_core)
tests_unit_masters_test_LDADD = $(libframework_core)
tests_unit_framework_outbox_test_LDADD = $(libframework_core)
tests_unit_framework_updates_test_LDADD = $(libframework_core)
tests_unit_framework_wire_test_LDADD = $(libframework_core)
tests_unit_group_test_LDADD = $(libframework_core)
tests_unit_guest_test_LDADD = $(libframework_core)
tests_unit_operator_test_LDADD = $(libframework_core)
tests_unit_processes_test_LDADD = $(libframework_core)

tests_unit_readers_test_SOURCES = tests/unit/readers_test.c $(scheduler_desk)
tests_unit_readers_test_LDADD = $(libframework_core)

tests_unit_scheduler_test_SOURCES = tests/unit/scheduler_test.c \
	$(scheduler_desk)
tests_unit_scheduler_test_LDADD = $(libframework_core)

tests_unit_takeover_test_SOURCES = tests/unit/takeover_test.c \
	$(scheduler_desk)
tests_unit_takeover_test_LDADD = $(libframework_core)

TESTS += tests/unit/library_test.sh
check_SCRIPTS += tests/unit/library_test.sh
EXTRA_DIST += tests/unit/library_test.sh
