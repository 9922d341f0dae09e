noinst_LTLIBRARIES += master/alloc/liballoc.la
master_alloc_liballoc_la_SOURCES = \
	master/alloc/agent.c master/alloc/agent.h \
	master/alloc/alloc.c master/alloc/alloc.h \
	master/alloc/asks.c master/alloc/asks.h \
	master/alloc/attributes.c master/alloc/attributes.h \
	master/alloc/backfill.c master/alloc/backfill.h \
	master/alloc/check.c \
	master/alloc/clients.c master/alloc/clients.h \
	master/alloc/constraints.c master/alloc/constraints.h \
	master/alloc/ends.c master/alloc/ends.h \
	master/alloc/explain.c master/alloc/explain.h \
	master/alloc/filters.c master/alloc/filters.h \
	master/alloc/gained.c master/alloc/gained.h \
	master/alloc/gangs.c master/alloc/gangs.h \
	master/alloc/grants.c master/alloc/grants.h \
	master/alloc/keeps.c master/alloc/keeps.h \
	master/alloc/lineup.c master/alloc/lineup.h \
	master/alloc/names.c master/alloc/names.h \
	master/alloc/need.c master/alloc/need.h \
	master/alloc/pass.c master/alloc/pass.h \
	master/alloc/pattern.c master/alloc/pattern.h \
	master/alloc/plan.c master/alloc/plan.h \
	master/alloc/policy.c master/alloc/policy.h \
	master/alloc/pool.c master/alloc/pool.h \
	master/alloc/quantity.h \
	master/alloc/quota.c \
	master/alloc/reserve.c master/alloc/reserve.h \
	master/alloc/roles.c master/alloc/roles.h \
	master/alloc/scarce.c master/alloc/scarce.h \
	master/alloc/search.c master/alloc/search.h \
	master/alloc/shortage.c master/alloc/shortage.h \
	master/alloc/shapes.c master/alloc/shapes.h \
	master/alloc/slot.h \
	master/alloc/spread.c master/alloc/spread.h \
	master/alloc/state.h \
	master/alloc/tree.c master/alloc/tree.h \
	master/alloc/usage.c master/alloc/usage.h \
	master/alloc/views.c master/alloc/views.h
