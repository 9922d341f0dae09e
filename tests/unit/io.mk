io_tests = \
	tests/unit/address_test \
	tests/unit/driver_test \
	tests/unit/endpoint_test \
	tests/unit/file_test \
	tests/unit/history_test \
	tests/unit/keeper_address_test \
	tests/unit/keys_test \
	tests/unit/log_test \
	tests/unit/master_info_test \
	tests/unit/options_test \
	tests/unit/options_text_test \
	tests/unit/store_test
check_PROGRAMS += $(io_tests)
TESTS += $(io_tests)
io_shell = io/libdriver.la io/libstore.la io/libkeeper.la io/liboptions.la \
	base/libbase.la
tests_unit_address_test_LDADD = $(io_shell)
tests_unit_driver_test_SOURCES = tests/unit/driver_test.c \
	tests/unit/toy.c tests/unit/toy.h
tests_unit_driver_test_LDADD = io/libloop.la $(io_shell)
tests_unit_file_test_LDADD = io/liboptions.la base/libbase.la
tests_unit_history_test_LDADD = $(io_shell)
tests_unit_keys_test_LDADD = $(io_shell)
tests_unit_log_test_LDADD = io/liboptions.la base/libbase.la
tests_unit_options_test_LDADD = io/liboptions.la base/libbase.la
tests_unit_store_test_SOURCES = tests/unit/store_test.c \
	tests/unit/zookeeper.c tests/unit/zookeeper.h
tests_unit_store_test_LDADD = $(io_shell)
tests_unit_keeper_address_test_LDADD = $(io_shell)
tests_unit_master_info_test_LDADD = $(io_shell)
tests_unit_options_text_test_LDADD = io/liboptions.la base/libbase.la
tests_unit_endpoint_test_LDADD = $(io_shell)
