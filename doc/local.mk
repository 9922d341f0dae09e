EXTRA_DIST += doc/architecture.md doc/dependencies.md doc/protocol.md
dist_man_MANS += doc/man/mezzo.1

# The other pages are what the programs say of their options.
command_mans = \
	doc/man/mezzo-agents.1 doc/man/mezzo-down.1 \
	doc/man/mezzo-frameworks.1 doc/man/mezzo-keygen.1 \
	doc/man/mezzo-kill.1 doc/man/mezzo-logs.1 doc/man/mezzo-masters.1 \
	doc/man/mezzo-offers.1 doc/man/mezzo-roles.1 doc/man/mezzo-run.1 \
	doc/man/mezzo-tasks.1 doc/man/mezzo-up.1 doc/man/mezzo-version.1 \
	doc/man/mezzo-wait.1
man_MANS = $(command_mans)
CLEANFILES += $(command_mans)
$(command_mans): mezzo$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) doc/man && \
	command=$@ && command=$${command#doc/man/mezzo-} && \
	./mezzo$(EXEEXT) $${command%.1} --help-man >$@.tmp && mv $@.tmp $@
