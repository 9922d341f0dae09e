include master/alloc/local.mk

noinst_LTLIBRARIES += master/libmaster.la
master_libmaster_la_SOURCES = \
	master/acceptance.c master/acceptance.h \
	master/asks.c master/asks.h \
	master/agents.c master/agents.h \
	master/calls.c master/calls.h \
	master/check.c \
	master/departures.c master/departures.h \
	master/drains.c master/drains.h \
	master/events.c master/events.h \
	master/explain.c master/explain.h \
	master/follower.c master/follower.h \
	master/frameworks.c master/frameworks.h \
	master/freeing.c master/freeing.h \
	master/gang_acceptance.c master/gang_acceptance.h \
	master/gangs.c master/gangs.h \
	master/history.c master/history.h \
	master/muster.c master/muster.h \
	master/networks.c master/networks.h \
	master/holdings.c master/holdings.h \
	master/master.c master/master.h \
	master/newest.c master/newest.h \
	master/offers.c master/offers.h \
	master/operators.c master/operators.h \
	master/outbox.c master/outbox.h \
	master/parked.c master/parked.h \
	master/placing.c master/placing.h \
	master/preemption.c master/preemption.h \
	master/quotas.c master/quotas.h \
	master/recalls.c master/recalls.h \
	master/reconciliation.c master/reconciliation.h \
	master/records.c master/records.h \
	master/registration.c master/registration.h \
	master/reported.c master/reported.h \
	master/reservations.c master/reservations.h \
	master/replica.c master/replica.h \
	master/retired.c master/retired.h \
	master/role_settings.c master/role_settings.h \
	master/rows.c master/rows.h \
	master/standbys.c master/standbys.h \
	master/state.h \
	master/subscription.c master/subscription.h \
	master/tasks.c master/tasks.h \
	master/tickets.c master/tickets.h \
	master/updates.c master/updates.h \
	master/usages.c master/usages.h \
	master/whatif.c master/whatif.h
master_libmaster_la_LIBADD = master/alloc/liballoc.la base/libbase.la

sbin_PROGRAMS += mezzo-master
mezzo_master_SOURCES = master/main.c \
	master/shell/settings.c master/shell/settings.h
mezzo_master_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
mezzo_master_LDADD = master/libmaster.la io/libloop.la io/libdriver.la \
	io/libstore.la io/libkeeper.la io/liboptions.la base/libbase.la
