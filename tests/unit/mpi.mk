mpi_tests = \
	tests/unit/mpi_layout_test \
	tests/unit/mpi_pmi_test \
	tests/unit/mpi_request_test
check_PROGRAMS += $(mpi_tests)
TESTS += $(mpi_tests)
mpi_core = frameworks/mpi/libmpi.la base/libbase.la
tests_unit_mpi_layout_test_LDADD = $(mpi_core)
tests_unit_mpi_pmi_test_LDADD = $(mpi_core)
tests_unit_mpi_request_test_LDADD = $(mpi_core)
