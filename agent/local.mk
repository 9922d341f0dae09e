noinst_LTLIBRARIES += agent/libagent.la
agent_libagent_la_SOURCES = \
	agent/acceptance.c agent/acceptance.h \
	agent/admission.c agent/admission.h \
	agent/agent.c agent/agent.h \
	agent/check.c \
	agent/dialogue.c agent/dialogue.h \
	agent/endings.c agent/endings.h \
	agent/enrolment.c agent/enrolment.h \
	agent/environment.c agent/environment.h \
	agent/events.c agent/events.h \
	agent/exec_order.c agent/exec_order.h \
	agent/execs.c agent/execs.h \
	agent/executors.c agent/executors.h \
	agent/gangs.c agent/gangs.h \
	agent/health.c agent/health.h \
	agent/identity.c agent/identity.h \
	agent/image_name.c agent/image_name.h \
	agent/images.c agent/images.h \
	agent/inboxes.c agent/inboxes.h \
	agent/journal.c agent/journal.h \
	agent/launch.c agent/launch.h \
	agent/network.c agent/network.h \
	agent/launch_container.c agent/launch_container.h \
	agent/volumes.c agent/volumes.h \
	agent/orders.h \
	agent/outbox.c agent/outbox.h \
	agent/channels.c agent/channels.h \
	agent/processes.c agent/processes.h \
	agent/recovery.c agent/recovery.h \
	agent/refusal.c agent/refusal.h \
	agent/registration.c agent/registration.h \
	agent/roster.c agent/roster.h \
	agent/runs.c agent/runs.h \
	agent/sandboxes.c agent/sandboxes.h \
	agent/scribe.c agent/scribe.h \
	agent/serving.c agent/serving.h \
	agent/settings.c agent/settings.h \
	agent/snapshot.c agent/snapshot.h \
	agent/step.h \
	agent/stream_key.c agent/stream_key.h \
	agent/streams.c agent/streams.h \
	agent/tasks.c agent/tasks.h \
	agent/updates.c agent/updates.h \
	agent/verdict.c agent/verdict.h
agent_libagent_la_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
agent_libagent_la_LIBADD = base/libbase.la $(SODIUM_LIBS)

include agent/os/local.mk
include agent/fetch/local.mk

sbin_PROGRAMS += mezzo-agent
mezzo_agent_SOURCES = agent/main.c
mezzo_agent_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) \
	-DPKGLIBEXECDIR='"$(pkglibexecdir)"'
mezzo_agent_LDADD = agent/libagent.la agent/os/libagentos.la io/libloop.la \
	io/libdriver.la io/libkeeper.la io/liboptions.la base/libbase.la
