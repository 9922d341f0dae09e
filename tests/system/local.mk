check_PROGRAMS += tests/system/rogue
tests_system_rogue_CPPFLAGS = $(AM_CPPFLAGS) $(ZMQ_CFLAGS)
tests_system_rogue_LDADD = io/libdriver.la io/liboptions.la base/libbase.la
check_PROGRAMS += tests/system/ganger
tests_system_ganger_CPPFLAGS = -I$(top_srcdir)/libframework
tests_system_ganger_LDADD = libframework/libmezzo-framework.la

system_tests =
system_tests += tests/system/010-up-and-down.sh
system_tests += tests/system/020-exit-status.sh
system_tests += tests/system/030-output.sh
system_tests += tests/system/040-environment.sh
system_tests += tests/system/050-names-wait-kill.sh
system_tests += tests/system/060-logs.sh
system_tests += tests/system/070-listings.sh
system_tests += tests/system/080-bad-input.sh
system_tests += tests/system/085-rogue.sh
system_tests += tests/system/090-limits.sh
system_tests += tests/system/095-limits-v2.sh
system_tests += tests/system/100-detach.sh
system_tests += tests/system/110-kill-master.sh
system_tests += tests/system/120-kill-agent.sh
system_tests += tests/system/130-kill-launcher.sh
system_tests += tests/system/140-kill-framework.sh
system_tests += tests/system/150-ordinary-user.sh
system_tests += tests/system/160-wordcount.sh
system_tests += tests/system/170-external.sh
system_tests += tests/system/180-cluster.sh
system_tests += tests/system/190-install.sh
system_tests += tests/system/200-gangs.sh
system_tests += tests/system/205-gangs-overlap.sh
system_tests += tests/system/210-asks.sh
system_tests += tests/system/220-quota.sh
system_tests += tests/system/225-reserve.sh
system_tests += tests/system/230-preempt.sh
system_tests += tests/system/240-drain.sh
system_tests += tests/system/245-whatif.sh
system_tests += tests/system/300-spawn.sh
system_tests += tests/system/310-peers.sh
system_tests += tests/system/315-peers-apart.sh
system_tests += tests/system/320-exec.sh
system_tests += tests/system/330-exec-container.sh
system_tests += tests/system/340-input.sh
system_tests += tests/system/400-failover.sh
system_tests += tests/system/410-ha.sh
system_tests += tests/system/420-wordcount-ha.sh
system_tests += tests/system/430-removals.sh
system_tests += tests/system/440-history.sh
system_tests += tests/system/450-fsck.sh
system_tests += tests/system/460-wrong-keeper.sh
system_tests += tests/system/500-compose-plan.sh
system_tests += tests/system/510-compose-up.sh
system_tests += tests/system/520-compose-bridge.sh
system_tests += tests/system/600-containers.sh
system_tests += tests/system/610-container-health.sh
system_tests += tests/system/620-container-network.sh
system_tests += tests/system/630-containers-apart.sh
system_tests += tests/system/700-mpi-batch.sh
system_tests += tests/system/710-mpi-run.sh
system_tests += tests/system/720-mpi-libraries.sh
system_tests += tests/system/730-mpi-limits.sh
EXTRA_DIST += tests/system/machines.sh tests/system/mpi_hello.c \
	tests/system/pmix_part.c
check_PROGRAMS += tests/system/crew
tests_system_crew_CPPFLAGS = -I$(top_srcdir)/libframework
tests_system_crew_LDADD = libframework/libmezzo-framework.la
tests_system_crew_LDFLAGS = -no-install
check_PROGRAMS += tests/system/zknode
tests_system_zknode_CPPFLAGS = $(AM_CPPFLAGS) $(ZOOKEEPER_CFLAGS)
tests_system_zknode_LDADD = $(ZOOKEEPER_LIBS)
check_PROGRAMS += tests/system/lodger
tests_system_lodger_CPPFLAGS = -I$(top_srcdir)/libframework
tests_system_lodger_LDADD = libframework/libmezzo-framework.la
check_SCRIPTS += $(system_tests)
TESTS += $(system_tests)
EXTRA_DIST += $(system_tests) tests/system/cluster.sh tests/system/images.sh \
	tests/system/load.sh tests/system/zookeeper.sh

# They are run on what is installed, below the build directory.  Where that is
# depends on the prefix; tests/system/installed is a link to it.
installed_files = $(bin_PROGRAMS) $(sbin_PROGRAMS) $(pkglibexec_PROGRAMS) \
	$(lib_LTLIBRARIES) $(man_MANS) $(dist_man_MANS) \
	$(mezzoinclude_HEADERS) $(pkgconfig_DATA) $(systemdsystemunit_DATA)
tests/system/installed.stamp: $(installed_files)
	$(AM_V_at)rm -rf tests/system/installed tests/system/root
	$(AM_V_GEN)$(MAKE) -s install DESTDIR="$$PWD/tests/system/root" \
		>tests/system/install.log 2>&1 || \
		{ cat tests/system/install.log; exit 1; }
	$(AM_V_at)ln -s "root$(prefix)" tests/system/installed
	$(AM_V_at)touch $@
$(system_tests:.sh=.log): tests/system/installed.stamp tests/system/rogue$(EXEEXT) \
	tests/system/ganger$(EXEEXT) tests/system/crew$(EXEEXT) \
	tests/system/lodger$(EXEEXT) tests/system/zknode$(EXEEXT)
clean-local:
	rm -rf tests/system/installed tests/system/root
CLEANFILES += tests/system/installed.stamp tests/system/install.log
