EXTRA_DIST += doc/architecture.md doc/cluster.md doc/dependencies.md \
	doc/performance.md doc/protocol.md doc/testing.md
dist_man_MANS += doc/man/mezzo.1 doc/man/mezzo-launcher.8 \
	doc/man/mezzo-mpi-executor.8 doc/man/mezzo-mpi-step.8 \
	doc/man/mezzo-names.8 \
	doc/man/mezzo-sleeper.1 doc/man/mezzo-wordcount.1

# The other pages are what the programs say of their options, with what else
# there is to say, doc/man/NAME.more, behind it.
command_mans = \
	doc/man/mezzo-agents.1 doc/man/mezzo-down.1 doc/man/mezzo-drain.1 doc/man/mezzo-gone.1 \
	doc/man/mezzo-undrain.1 doc/man/mezzo-exec.1 \
	doc/man/mezzo-explain.1 \
	doc/man/mezzo-frameworks.1 doc/man/mezzo-history.1 \
	doc/man/mezzo-keygen.1 \
	doc/man/mezzo-kill.1 doc/man/mezzo-logs.1 doc/man/mezzo-masters.1 \
	doc/man/mezzo-offers.1 doc/man/mezzo-quota.1 doc/man/mezzo-roles.1 doc/man/mezzo-run.1 \
	doc/man/mezzo-tasks.1 doc/man/mezzo-up.1 doc/man/mezzo-version.1 \
	doc/man/mezzo-wait.1 doc/man/mezzo-weight.1 \
	doc/man/mezzo-reserve.1 doc/man/mezzo-unreserve.1 \
	doc/man/mezzo-whatif.1
program_mans = doc/man/mezzo-fsck.1 \
	doc/man/mezzo-agent.8 doc/man/mezzo-compose.1 doc/man/mezzo-container.8 \
	doc/man/mezzo-fetch.8 doc/man/mezzo-master.8
man_more = \
	doc/man/mezzo-agent.more doc/man/mezzo-exec.more \
	doc/man/mezzo-fetch.more \
	doc/man/mezzo-keygen.more doc/man/mezzo-master.more \
	doc/man/mezzo-run.more doc/man/mezzo-up.more
man_MANS += $(command_mans) $(program_mans)
EXTRA_DIST += $(man_more)
CLEANFILES += $(command_mans) $(program_mans)
make_man = name=$@ && name=$${name\#doc/man/} && name=$${name%.[18]} && \
	more=$(srcdir)/doc/man/$$name.more && $(MKDIR_P) doc/man && \
	{ $$program --help-man && \
	if test -e $$more; then cat $$more; fi; } >$@.tmp && mv $@.tmp $@
$(command_mans): mezzo$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=$@ && program=$${program#doc/man/mezzo-} && \
	program="./mezzo$(EXEEXT) $${program%.1}" && $(make_man)
doc/man/mezzo-agent.8: mezzo-agent$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=./mezzo-agent$(EXEEXT) && $(make_man)
doc/man/mezzo-compose.1: mezzo-compose$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=./mezzo-compose$(EXEEXT) && $(make_man)
doc/man/mezzo-container.8: mezzo-container$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=./mezzo-container$(EXEEXT) && $(make_man)
doc/man/mezzo-fetch.8: mezzo-fetch$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=./mezzo-fetch$(EXEEXT) && $(make_man)
doc/man/mezzo-fsck.1: mezzo-fsck$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=./mezzo-fsck$(EXEEXT) && $(make_man)
doc/man/mezzo-master.8: mezzo-master$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=./mezzo-master$(EXEEXT) && $(make_man)
mpi_mans = \
	doc/man/mezzo-mpi-cancel.1 doc/man/mezzo-mpi-history.1 \
	doc/man/mezzo-mpi-queue.1 doc/man/mezzo-mpi-run.1 \
	doc/man/mezzo-mpi-serve.1 doc/man/mezzo-mpi-show.1 \
	doc/man/mezzo-mpi-submit.1
dist_man_MANS += doc/man/mezzo-mpi.1
man_MANS += $(mpi_mans)
CLEANFILES += $(mpi_mans)
$(mpi_mans): mezzo-mpi$(EXEEXT) $(man_more)
	$(AM_V_GEN)program=$@ && program=$${program#doc/man/mezzo-mpi-} && \
	program="./mezzo-mpi$(EXEEXT) $${program%.1}" && $(make_man)
