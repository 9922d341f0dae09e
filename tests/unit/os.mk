os_tests = tests/unit/launcher_test tests/unit/machine_test \
	tests/unit/machine_limits_test \
	tests/unit/bundle_test tests/unit/passing_test tests/unit/pids_test \
	tests/unit/pipes_test tests/unit/spares_test
check_PROGRAMS += $(os_tests)
TESTS += $(os_tests)
os_test_cppflags = $(AM_CPPFLAGS) $(EVENT_CFLAGS) \
	-DLAUNCHER='"$(abs_top_builddir)/mezzo-launcher"' \
	-DFETCH='"$(abs_top_builddir)/mezzo-fetch"'

tests_unit_launcher_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_launcher_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_launcher_test_DEPENDENCIES = mezzo-launcher
tests_unit_machine_limits_test_SOURCES = tests/unit/machine_limits_test.c \
	tests/unit/machine_desk.h
tests_unit_machine_limits_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_machine_limits_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_machine_limits_test_DEPENDENCIES = mezzo-launcher mezzo-fetch
tests_unit_machine_test_SOURCES = tests/unit/machine_test.c \
	tests/unit/machine_desk.h
tests_unit_machine_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_machine_test_LDADD = agent/os/libagentos.la
EXTRA_tests_unit_machine_test_DEPENDENCIES = mezzo-launcher mezzo-fetch
tests_unit_bundle_test_LDADD = agent/os/libagentos.la
tests_unit_passing_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_passing_test_LDADD = agent/os/libagentos.la
tests_unit_pids_test_LDADD = agent/os/libagentos.la
tests_unit_pipes_test_CPPFLAGS = $(os_test_cppflags)
tests_unit_pipes_test_LDADD = agent/os/libagentos.la
tests_unit_spares_test_LDADD = agent/os/libagentos.la

# Parts of it, each by itself.
os_part_tests = \
	tests/unit/attributes_test \
	tests/unit/cgroup_test \
	tests/unit/cpu_list_test \
	tests/unit/descriptors_test \
	tests/unit/detect_test \
	tests/unit/image_sweep_test \
	tests/unit/journal_file_test \
	tests/unit/json_writer_test \
	tests/unit/packet_test \
	tests/unit/run_name_test \
	tests/unit/sandbox_test \
	tests/unit/trash_test \
	tests/unit/users_test \
	tests/unit/variables_test
check_PROGRAMS += $(os_part_tests)
TESTS += $(os_part_tests)
EXTRA_DIST += tests/unit/place.h
tests_unit_attributes_test_LDADD = agent/os/libagentos.la
tests_unit_cgroup_test_LDADD = agent/os/libagentos.la
tests_unit_cpu_list_test_LDADD = agent/os/libagentos.la
tests_unit_descriptors_test_LDADD = agent/launcher/libpacket.la
tests_unit_image_sweep_test_LDADD = agent/os/libagentos.la
tests_unit_journal_file_test_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_unit_journal_file_test_LDADD = agent/os/libagentos.la
tests_unit_json_writer_test_LDADD = agent/os/libagentos.la
tests_unit_packet_test_LDADD = agent/launcher/libpacket.la
tests_unit_run_name_test_LDADD = agent/os/libagentos.la
tests_unit_sandbox_test_LDADD = agent/os/libagentos.la
tests_unit_trash_test_LDADD = agent/os/libagentos.la
tests_unit_users_test_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_unit_users_test_LDADD = agent/os/libagentos.la
tests_unit_variables_test_LDADD = agent/os/libagentos.la
tests_unit_detect_test_LDADD = agent/os/libagentos.la
