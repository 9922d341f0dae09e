check_PROGRAMS += tests/system/rogue
tests_system_rogue_CPPFLAGS = $(AM_CPPFLAGS) $(ZMQ_CFLAGS)
tests_system_rogue_LDADD = io/libdriver.la io/liboptions.la base/libbase.la
