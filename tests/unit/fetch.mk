TESTS += tests/unit/fetch_test.sh
check_SCRIPTS += tests/unit/fetch_test.sh
EXTRA_DIST += tests/unit/fetch_test.sh
