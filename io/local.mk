# Several libraries, so that no program links what it does not use.
noinst_LTLIBRARIES += io/liboptions.la io/libdriver.la io/libloop.la \
	io/libstore.la io/libdoor.la io/libdns.la

# libc only; needs base/error.c.
io_liboptions_la_SOURCES = \
	io/file.c io/file.h \
	io/log.c io/log.h \
	io/options.c io/options.h io/options_table.h \
	io/options_text.c io/options_text.h
io_liboptions_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE

# Needs io/liboptions.la and base/libbase.la.
io_libdriver_la_SOURCES = \
	io/address.c io/address.h \
	io/context.c io/context.h \
	io/driver.c io/driver.h \
	io/endpoint.c io/endpoint.h \
	io/keys.c io/keys.h \
	io/peers.c io/peers.h \
	io/socket.c io/socket.h \
	io/transport.c io/transport.h \
	io/wire.c io/wire.h
io_libdriver_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(ZMQ_CFLAGS)
io_libdriver_la_LIBADD = $(ZMQ_LIBS)

# Needs io/libdriver.la.
io_libloop_la_SOURCES = io/loop.c io/loop.h
io_libloop_la_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
io_libloop_la_LIBADD = $(EVENT_LIBS)

# Needs io/libkeeper.la, io/liboptions.la and base/libbase.la.
io_libstore_la_SOURCES = \
	io/history.c io/history.h \
	io/thread.c io/thread.h \
	io/sqlite_check.c io/sqlite_check.h \
	io/store.c io/store.h io/store_backend.h \
	io/store_memory.c io/store_open.h \
	io/store_request.c io/store_request.h \
	io/store_sqlite.c io/store_zookeeper.c
io_libstore_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(SQLITE_CFLAGS)
io_libstore_la_LIBADD = $(SQLITE_LIBS) -lpthread

# Needs io/liboptions.la and base/libbase.la.
noinst_LTLIBRARIES += io/libkeeper.la
io_libkeeper_la_SOURCES = \
	io/blobs.c io/blobs.h \
	io/contenders.c io/contenders.h \
	io/detector.h io/detector_zookeeper.c \
	io/election.c io/election.h \
	io/keeper.c io/keeper.h \
	io/keeper_address.c io/keeper_address.h \
	io/master_info.c io/master_info.h \
	io/zklog.c io/zklog.h io/zklog_parts.h \
	io/zklog_snapshot.c
io_libkeeper_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(ZOOKEEPER_CFLAGS) \
	$(JANSSON_CFLAGS)
io_libkeeper_la_LIBADD = $(ZOOKEEPER_LIBS) $(JANSSON_LIBS)

# Needs base/libbase.la.
io_libdoor_la_SOURCES = io/door.c io/door.h
io_libdoor_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(EVENT_CFLAGS)
io_libdoor_la_LIBADD = $(EVENT_LIBS)

# Needs base/libbase.la.
io_libdns_la_SOURCES = io/dns.c io/dns.h
io_libdns_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(EVENT_EXTRA_CFLAGS)
io_libdns_la_LIBADD = $(EVENT_EXTRA_LIBS)
