# A target is NAME here, tests/fuzz/NAME_fuzz.c, its LDADD below, and at least
# one input in tests/fuzz/corpus/NAME.  Without --enable-fuzz, `make check`
# replays the inputs; with it (and CC=clang), `make fuzz` looks for new ones.
fuzz_targets = frame body resources resources_wire principals journal pmi \
	compose master agent library image dns
fuzz_programs = \
	tests/fuzz/frame_fuzz \
	tests/fuzz/body_fuzz \
	tests/fuzz/resources_fuzz \
	tests/fuzz/resources_wire_fuzz \
	tests/fuzz/principals_fuzz \
	tests/fuzz/journal_fuzz \
	tests/fuzz/pmi_fuzz \
	tests/fuzz/compose_fuzz \
	tests/fuzz/master_fuzz \
	tests/fuzz/agent_fuzz \
	tests/fuzz/library_fuzz \
	tests/fuzz/image_fuzz \
	tests/fuzz/dns_fuzz
check_PROGRAMS += $(fuzz_programs)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/replay.c tests/fuzz/target.h
EXTRA_PROGRAMS = tests/fuzz/seeds
tests_fuzz_seeds_LDADD = base/libbase.la

tests_fuzz_frame_fuzz_LDADD = $(fuzz_driver) base/libbase.la
tests_fuzz_body_fuzz_LDADD = $(fuzz_driver) base/libbase.la
tests_fuzz_resources_fuzz_LDADD = $(fuzz_driver) base/libbase.la
tests_fuzz_resources_wire_fuzz_LDADD = $(fuzz_driver) base/libbase.la
tests_fuzz_principals_fuzz_LDADD = $(fuzz_driver) base/libbase.la
tests_fuzz_image_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tests_fuzz_image_fuzz_LDADD = $(fuzz_driver) agent/fetch/libimage.la \
	base/libbase.la
tests_fuzz_dns_fuzz_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
tests_fuzz_dns_fuzz_LDADD = $(fuzz_driver) io/libdns.la base/libbase.la \
	$(EVENT_LIBS)
tests_fuzz_journal_fuzz_LDADD = $(fuzz_driver) agent/libagent.la

# Whole cores, to which anything is said.
fuzz_stage = tests/fuzz/stage.c tests/fuzz/stage.h \
	tests/fuzz/wild.c tests/fuzz/wild.h
tests_fuzz_master_fuzz_SOURCES = tests/fuzz/master_fuzz.c $(fuzz_stage)
tests_fuzz_master_fuzz_LDADD = $(fuzz_driver) master/libmaster.la
tests_fuzz_agent_fuzz_SOURCES = tests/fuzz/agent_fuzz.c $(fuzz_stage)
tests_fuzz_agent_fuzz_LDADD = $(fuzz_driver) agent/libagent.la
tests_fuzz_library_fuzz_SOURCES = tests/fuzz/library_fuzz.c $(fuzz_stage)
tests_fuzz_library_fuzz_LDADD = $(fuzz_driver) libframework/libcore.la base/libbase.la
tests_fuzz_pmi_fuzz_LDADD = $(fuzz_driver) frameworks/mpi/libmpi.la \
	base/libbase.la
tests_fuzz_compose_fuzz_CPPFLAGS = $(container_cppflags)
tests_fuzz_compose_fuzz_LDADD = $(fuzz_driver) \
	frameworks/container/libproject.la

if FUZZ
fuzz_driver = $(FUZZ_DRIVER)
FUZZ_SECONDS = 60
fuzz: $(BUILT_SOURCES) $(fuzz_programs)
	@for target in $(fuzz_targets); do \
		echo "$$target: $(FUZZ_SECONDS) s"; \
		$(MKDIR_P) tests/fuzz/found/$$target; \
		./tests/fuzz/$${target}_fuzz -max_len=8192 -verbosity=0 \
			-max_total_time=$(FUZZ_SECONDS) \
			-artifact_prefix=tests/fuzz/found/$$target- \
			tests/fuzz/found/$$target \
			$(srcdir)/tests/fuzz/corpus/$$target || exit 1; \
	done
.PHONY: fuzz
else
TESTS += $(fuzz_programs)
check_LTLIBRARIES += tests/fuzz/libreplay.la
tests_fuzz_libreplay_la_SOURCES = tests/fuzz/replay.c tests/fuzz/target.h
fuzz_driver = tests/fuzz/libreplay.la
endif
