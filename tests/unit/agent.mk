# Those that drive a whole agent by hand.
agent_desk = tests/unit/agent_desk.c tests/unit/agent_desk.h
executor_desk = $(agent_desk) tests/unit/executor_desk.c \
	tests/unit/executor_desk.h
agent_tests = \
	tests/unit/agent_health_test \
	tests/unit/agent_images_test \
	tests/unit/agent_network_test \
	tests/unit/agent_volumes_test \
	tests/unit/agent_processes_test \
	tests/unit/agent_test \
	tests/unit/channels_test \
	tests/unit/execs_test \
	tests/unit/executors_test \
	tests/unit/gangs_test \
	tests/unit/journal_test \
	tests/unit/launch_test \
	tests/unit/recovery_test \
	tests/unit/snapshot_test \
	tests/unit/streams_test \
	tests/unit/tasks_test \
	tests/unit/updates_test \
	tests/unit/verdict_test
check_PROGRAMS += $(agent_tests)
TESTS += $(agent_tests)
tests_unit_agent_processes_test_SOURCES = tests/unit/agent_processes_test.c \
	$(executor_desk)
tests_unit_agent_processes_test_LDADD = agent/libagent.la
tests_unit_execs_test_SOURCES = tests/unit/execs_test.c $(agent_desk)
tests_unit_execs_test_LDADD = agent/libagent.la
tests_unit_channels_test_SOURCES = tests/unit/channels_test.c \
	$(executor_desk)
tests_unit_channels_test_LDADD = agent/libagent.la
tests_unit_agent_health_test_SOURCES = tests/unit/agent_health_test.c \
	$(agent_desk)
tests_unit_agent_health_test_LDADD = agent/libagent.la
tests_unit_agent_images_test_SOURCES = tests/unit/agent_images_test.c \
	$(agent_desk)
tests_unit_agent_images_test_LDADD = agent/libagent.la
tests_unit_agent_network_test_SOURCES = tests/unit/agent_network_test.c \
	$(agent_desk)
tests_unit_agent_network_test_LDADD = agent/libagent.la
tests_unit_agent_volumes_test_SOURCES = tests/unit/agent_volumes_test.c \
	$(agent_desk)
tests_unit_agent_volumes_test_LDADD = agent/libagent.la
tests_unit_agent_test_SOURCES = tests/unit/agent_test.c $(agent_desk)
tests_unit_agent_test_LDADD = agent/libagent.la
tests_unit_executors_test_SOURCES = tests/unit/executors_test.c \
	$(executor_desk)
tests_unit_executors_test_LDADD = agent/libagent.la
tests_unit_gangs_test_SOURCES = tests/unit/gangs_test.c $(agent_desk)
tests_unit_gangs_test_LDADD = agent/libagent.la
tests_unit_journal_test_LDADD = agent/libagent.la
tests_unit_recovery_test_SOURCES = tests/unit/recovery_test.c $(agent_desk)
tests_unit_recovery_test_LDADD = agent/libagent.la
tests_unit_streams_test_SOURCES = tests/unit/streams_test.c $(executor_desk)
tests_unit_streams_test_LDADD = agent/libagent.la
tests_unit_tasks_test_SOURCES = tests/unit/tasks_test.c $(agent_desk)
tests_unit_tasks_test_LDADD = agent/libagent.la
tests_unit_updates_test_SOURCES = tests/unit/updates_test.c $(agent_desk)
tests_unit_updates_test_LDADD = agent/libagent.la
tests_unit_launch_test_LDADD = agent/libagent.la
tests_unit_verdict_test_LDADD = agent/libagent.la
tests_unit_snapshot_test_SOURCES = tests/unit/snapshot_test.c $(executor_desk)
tests_unit_snapshot_test_LDADD = agent/libagent.la
