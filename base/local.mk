noinst_LTLIBRARIES += base/libbase.la
base_libbase_la_SOURCES = \
	base/arena.c base/arena.h \
	base/auto.h \
	base/body.c base/body.h \
	base/container_network.c base/container_network.h \
	base/clock.h \
	base/deadlines.c base/deadlines.h \
	base/effect.c base/effect.h \
	base/error.c base/error.h \
	base/history.h \
	base/id.c base/id.h \
	base/input.h \
	base/links.c base/links.h \
	base/machine.h \
	base/memory.c base/memory.h \
	base/message.c base/message.h \
	base/permission.c base/permission.h \
	base/principal.c base/principal.h \
	base/random.h \
	base/resource.c base/resource.h \
	base/resources.c base/resources.h \
	base/resources_text.c \
	base/resources_wire.c \
	base/role.c base/role.h \
	base/store.h \
	base/store_log.c base/store_log.h \
	base/store_tree.c base/store_tree.h \
	base/table.c base/table.h \
	base/task_state.c base/task_state.h \
	base/ticket.c base/ticket.h \
	base/uuid.c base/uuid.h
base_libbase_la_CPPFLAGS = $(AM_CPPFLAGS) $(SODIUM_CFLAGS)
base_libbase_la_LIBADD = proto/libproto.la $(SODIUM_LIBS)
