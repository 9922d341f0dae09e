EXTRA_DIST += scripts/build scripts/check scripts/demo scripts/demo-ha \
	scripts/demo-images scripts/demo-mpi scripts/demo-services \
	scripts/dependencies scripts/replay scripts/workload

# Directories are known to make only.
units = scripts/systemd/mezzo-agent.service scripts/systemd/mezzo-master.service
systemdsystemunitdir = @systemdsystemunitdir@
systemdsystemunit_DATA = $(units)
EXTRA_DIST += $(units:=.in)
CLEANFILES += $(units)
$(units): Makefile
	$(AM_V_GEN)$(MKDIR_P) scripts/systemd && \
	sed 's|[@]sbindir@|$(sbindir)|g' $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
scripts/systemd/mezzo-agent.service: scripts/systemd/mezzo-agent.service.in
scripts/systemd/mezzo-master.service: scripts/systemd/mezzo-master.service.in

# Or programs that others link with the library would not find it.
install-exec-hook:
	@if test -z "$(DESTDIR)" && test "`id -u`" = 0; then \
		PATH=$$PATH:/sbin:/usr/sbin ldconfig || :; \
	fi
