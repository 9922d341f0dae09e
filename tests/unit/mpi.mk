mpi_tests = \
	tests/unit/mpi_layout_test \
	tests/unit/mpi_node_test \
	tests/unit/mpi_pmi_test \
	tests/unit/mpi_program_test \
	tests/unit/mpi_queue_test \
	tests/unit/mpi_request_test
check_PROGRAMS += $(mpi_tests)
TESTS += $(mpi_tests)
mpi_core = frameworks/mpi/libmpi.la base/libbase.la
tests_unit_mpi_layout_test_LDADD = $(mpi_core)
tests_unit_mpi_pmi_test_LDADD = $(mpi_core)
tests_unit_mpi_program_test_SOURCES = tests/unit/mpi_program_test.c \
	frameworks/mpi/program.c frameworks/mpi/program.h
tests_unit_mpi_program_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tests_unit_mpi_program_test_LDADD = $(mpi_core)
tests_unit_mpi_request_test_LDADD = $(mpi_core)

# On a pool that is played, instead of the library.
tests_unit_mpi_queue_test_SOURCES = tests/unit/mpi_queue_test.c $(mpi_pool)
tests_unit_mpi_queue_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE \
	$(JANSSON_CFLAGS)
tests_unit_mpi_queue_test_LDADD = $(mpi_core) $(JANSSON_LIBS)
tests_unit_mpi_node_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE \
	$(JANSSON_CFLAGS)
tests_unit_mpi_node_test_LDADD = frameworks/mpi/libmpi.la \
	$(libframework_core) $(JANSSON_LIBS)
