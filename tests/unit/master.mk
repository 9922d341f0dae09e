check_PROGRAMS += tests/unit/master_test
TESTS += tests/unit/master_test
tests_unit_master_test_SOURCES = tests/unit/master_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_master_test_LDADD = master/libmaster.la

check_PROGRAMS += tests/unit/networks_test
TESTS += tests/unit/networks_test
tests_unit_networks_test_SOURCES = tests/unit/networks_test.c \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_networks_test_LDADD = master/libmaster.la

check_PROGRAMS += tests/unit/lease_test
TESTS += tests/unit/lease_test
tests_unit_lease_test_SOURCES = tests/unit/lease_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_lease_test_LDADD = master/libmaster.la

check_PROGRAMS += tests/unit/return_test
TESTS += tests/unit/return_test
tests_unit_return_test_SOURCES = tests/unit/return_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_return_test_LDADD = master/libmaster.la
check_PROGRAMS += tests/unit/muster_test
TESTS += tests/unit/muster_test
tests_unit_muster_test_SOURCES = tests/unit/muster_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_muster_test_LDADD = master/libmaster.la
check_PROGRAMS += tests/unit/standbys_test
TESTS += tests/unit/standbys_test
tests_unit_standbys_test_LDADD = master/libmaster.la

check_PROGRAMS += tests/unit/shares_test
TESTS += tests/unit/shares_test
tests_unit_shares_test_SOURCES = tests/unit/shares_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_shares_test_LDADD = master/libmaster.la
check_PROGRAMS += tests/unit/departures_test
TESTS += tests/unit/departures_test
tests_unit_departures_test_SOURCES = tests/unit/departures_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_departures_test_LDADD = master/libmaster.la
check_PROGRAMS += tests/unit/follower_test
TESTS += tests/unit/follower_test
tests_unit_follower_test_LDADD = master/libmaster.la

check_PROGRAMS += tests/unit/preemption_test
TESTS += tests/unit/preemption_test
tests_unit_preemption_test_SOURCES = tests/unit/preemption_test.c \
	tests/unit/master_calls.c tests/unit/master_calls.h \
	tests/unit/master_desk.c tests/unit/master_desk.h
tests_unit_preemption_test_LDADD = master/libmaster.la
