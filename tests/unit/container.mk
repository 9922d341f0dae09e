container_tests = \
	tests/unit/compose_file_test \
	tests/unit/container_test \
	tests/unit/directory_test \
	tests/unit/dns_test \
	tests/unit/dotenv_test \
	tests/unit/interpolate_test \
	tests/unit/project_test \
	tests/unit/values_test \
	tests/unit/yaml_test
check_PROGRAMS += $(container_tests)
TESTS += $(container_tests)
tests_unit_compose_file_test_CPPFLAGS = $(container_cppflags)
tests_unit_compose_file_test_LDADD = frameworks/container/libproject.la
tests_unit_dotenv_test_LDADD = frameworks/container/libproject.la
tests_unit_interpolate_test_LDADD = frameworks/container/libproject.la
tests_unit_project_test_CPPFLAGS = $(container_cppflags)
tests_unit_project_test_LDADD = frameworks/container/libproject.la
tests_unit_values_test_LDADD = frameworks/container/libproject.la
tests_unit_yaml_test_LDADD = frameworks/container/libproject.la
tests_unit_container_test_SOURCES = tests/unit/container_test.c \
	tests/unit/container_desk.c tests/unit/container_desk.h
tests_unit_container_test_CPPFLAGS = $(container_cppflags)
tests_unit_container_test_LDADD = frameworks/container/libcontainer.la
tests_unit_directory_test_CPPFLAGS = $(container_cppflags)
tests_unit_directory_test_LDADD = frameworks/container/libnames.la
tests_unit_dns_test_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_unit_dns_test_LDADD = io/libdns.la base/libbase.la $(EVENT_LIBS)
